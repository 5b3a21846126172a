using System.Text.Json;
using Gateway.Cli.Requests;
using Gateway.Protocol.Acts;
using Gateway.V1;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class DecisionLetterTests
{
    private static readonly CaseView View = new() { OwnAuthority = "XB-CA", PeerAuthority = "XA-CA", Reference = "RQ-XA-2026-000417", Kind = "STORED_CONTENT_DATA" };

    [Fact]
    public void A_refusal_reads_as_a_letter_in_both_languages_with_its_finality()
    {
        using var act = JsonDocument.Parse("""{"kind":"REFUSED","grounds":[{"code":"RF-NEBIS","provision":"Code of XB, section 9","reasons":"Tried in Birk in 2024."}],"consultationWaivedReason":"Nothing can be added."}""");
        var english = DecisionLetter.Write(act.RootElement, View, "en");
        Assert.Contains("RF-NEBIS: The person was tried or is prosecuted for the same conduct. (EIO 11)", english, StringComparison.Ordinal);
        Assert.Contains("Code of XB, section 9", english, StringComparison.Ordinal);
        Assert.Contains("Tried in Birk in 2024.", english, StringComparison.Ordinal);
        Assert.Contains("There was no consultation: Nothing can be added.", english, StringComparison.Ordinal);
        Assert.EndsWith("This decision is final; the case is closed.\n", english, StringComparison.Ordinal);
        var french = DecisionLetter.Write(act.RootElement, View, "fr");
        Assert.Contains("RF-NEBIS: La personne a été jugée ou est poursuivie pour les mêmes faits.", french, StringComparison.Ordinal);
        Assert.Contains("Tried in Birk in 2024.", french, StringComparison.Ordinal);
        Assert.EndsWith("Cette décision est définitive ; le dossier est clos.\n", french, StringComparison.Ordinal);
    }

    [Fact]
    public void A_postponement_names_the_day_of_review_and_is_not_called_final()
    {
        using var act = JsonDocument.Parse("""{"kind":"POSTPONED","grounds":[{"code":"PP-OWNCASE","provision":"Code of XB, section 12","reasons":"Own trial."}],"reviewOn":"2031-03-01"}""");
        var letter = DecisionLetter.Write(act.RootElement, View, "en");
        Assert.Contains("It is looked at again on 2031-03-01.", letter, StringComparison.Ordinal);
        Assert.Contains("A consultation took place before.", letter, StringComparison.Ordinal);
        Assert.DoesNotContain("final", letter, StringComparison.Ordinal);
        Assert.Contains("UNCC 40(26), unconfirmed", letter, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_in_part_says_so_and_speaks_of_no_consultation()
    {
        using var act = JsonDocument.Parse("""{"kind":"PARTIALLY_ANSWERED","part":1,"grounds":[{"code":"RF-PERSDATA","provision":"Data Act of XB, section 3","reasons":"Third persons."},{"code":"PD-RIGHTS","provision":"Data Act of XB, section 3","reasons":"Third persons."}]}""");
        var letter = DecisionLetter.Write(act.RootElement, View, "en", new HashSet<string> { "UNCC 36" });
        Assert.Contains("What is missing is refused on the following grounds:", letter, StringComparison.Ordinal);
        Assert.Contains("PD-RIGHTS: Protection of the rights and legitimate interests of citizens. (UNCC 36)", letter, StringComparison.Ordinal);
        Assert.DoesNotContain("consultation", letter, StringComparison.Ordinal);
        Assert.DoesNotContain("final", letter, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_ground_has_French_words_of_its_own()
        => Assert.All(Grounds.All, row => Assert.NotEqual(row.Text, DecisionLetter.GroundText(row.Code, "fr")));
}

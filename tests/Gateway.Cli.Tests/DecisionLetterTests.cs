using System.Text.Json;
using Gateway.Cli.Requests;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Wording;
using Gateway.V1;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class DecisionLetterTests
{
    private static readonly CaseView View = new() { OwnAuthority = "XB-CA", PeerAuthority = "XA-CA", Reference = "RQ-XA-2026-000417", Kind = "STORED_CONTENT_DATA" };

    [Fact]
    public void A_refusal_reads_as_a_letter_in_both_languages_with_its_finality()
    {
        using var act = JsonDocument.Parse("""{"kind":"REFUSED","grounds":[{"code":"RF-NEBIS","provision":"Code of XB, section 9","reasons":"Tried in Birk in 2024."}],"consultationWaivedReason":"Nothing can be added.","finality":"FINAL"}""");
        var english = DecisionLetter.Write(act.RootElement, View, Labels.Of("en"));
        Assert.Contains("RF-NEBIS: The person was tried or is prosecuted for the same conduct. (EIO 11)", english, StringComparison.Ordinal);
        Assert.Contains("Code of XB, section 9", english, StringComparison.Ordinal);
        Assert.Contains("Tried in Birk in 2024.", english, StringComparison.Ordinal);
        Assert.Contains("There was no consultation: Nothing can be added.", english, StringComparison.Ordinal);
        Assert.EndsWith("This decision is final; the case is closed.\n", english, StringComparison.Ordinal);
        var french = DecisionLetter.Write(act.RootElement, View, Labels.Of("fr"));
        Assert.Contains("RF-NEBIS: La personne a été jugée ou est poursuivie pour les mêmes faits.", french, StringComparison.Ordinal);
        Assert.Contains("Tried in Birk in 2024.", french, StringComparison.Ordinal);
        Assert.EndsWith("Cette décision est définitive ; le dossier est clos.\n", french, StringComparison.Ordinal);
    }

    [Fact]
    public void A_postponement_names_the_day_of_review_and_is_not_called_final()
    {
        using var act = JsonDocument.Parse("""{"kind":"POSTPONED","grounds":[{"code":"PP-OWNCASE","provision":"Code of XB, section 12","reasons":"Own trial."}],"reviewOn":"2031-03-01"}""");
        var letter = DecisionLetter.Write(act.RootElement, View, Labels.Of("en"));
        Assert.Contains("It is looked at again on 2031-03-01.", letter, StringComparison.Ordinal);
        // That one was opened is all that the life cycle asks for; the letter, which a lawyer signs for, says no more.
        Assert.Contains("A consultation was opened before this decision;", letter, StringComparison.Ordinal);
        Assert.DoesNotContain("took place", letter, StringComparison.Ordinal);
        Assert.DoesNotContain("final", letter, StringComparison.Ordinal);
        Assert.Contains("UNCC 40(26), unconfirmed", letter, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "A consultation was opened on 2026-02-20 by XA-CP, the requesting side, before this decision;")]
    [InlineData("fr", "Une consultation a été ouverte le 2026-02-20 par XA-CP, partie requérante, avant la présente décision ;")]
    [InlineData("ru", "До принятия решения 2026-02-20 была открыта консультация: XA-CP, запрашивающая сторона;")]
    public void A_decision_after_a_consultation_says_when_and_by_which_side_it_was_opened(string language, string said)
    {
        using var act = JsonDocument.Parse("""{"kind":"POSTPONED","authority":"XB-CA","grounds":[{"code":"PP-OWNCASE","provision":"Code of XB, section 12","reasons":"Own trial."}],"reviewOn":"2031-03-01"}""");
        var view = new CaseView(View) { Side = "REQUESTED" };
        Assert.Contains(said, DecisionLetter.Write(act.RootElement, view, Labels.Of(language), null, new MessageView { Kind = "CONSULTATION_OPENED", Sender = "XA-CP", Time = "2026-02-20T10:00:00.000Z" }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "XB-CA", "Your request: ", "XB-CA, the requested side, opens a consultation and asks:", "An answer is expected by 2026-03-02 11:30 UTC.")]
    [InlineData("fr", "XB-CA", "Votre demande: ", "XB-CA, partie requise, ouvre une consultation et demande :", "Une réponse est attendue au plus tard le 2026-03-02 11:30 UTC.")]
    [InlineData("ru", "XB-CA", "Ваш запрос: ", "XB-CA, запрашиваемая сторона, открывает консультацию и спрашивает:", "Ответ ожидается не позднее 2026-03-02 11:30 UTC.")]
    [InlineData("en", "XA-CA", "Our request: ", "XA-CA, the requesting side, opens a consultation and asks:", "An answer is expected by 2026-03-02 11:30 UTC.")]
    public void The_letter_on_a_consultation_names_the_side_that_asks_and_the_day_of_the_answer(string language, string from, string request, string asks, string expected)
    {
        var view = new CaseView(View) { Side = "REQUESTED" };
        using var act = JsonDocument.Parse($$"""{"kind":"CONSULTATION_OPENED","authority":"{{from}}","text":"Is the content needed, or the traffic data alone?","dueAt":"2026-03-02T11:30:00.000Z"}""");
        var letter = ConsultationLetter.Write(act.RootElement, view, Labels.Of(language));
        Assert.StartsWith($"[{language}] {from} → ", letter, StringComparison.Ordinal);
        Assert.Contains(request, letter, StringComparison.Ordinal);
        Assert.Contains(asks, letter, StringComparison.Ordinal);
        Assert.Contains("Is the content needed, or the traffic data alone?", letter, StringComparison.Ordinal);
        Assert.EndsWith(expected + "\n", letter, StringComparison.Ordinal);
        using var open = JsonDocument.Parse("""{"kind":"CONSULTATION_OPENED","text":"Is it needed?"}""");
        Assert.EndsWith("No day is named by which an answer is expected.\n", ConsultationLetter.Write(open.RootElement, view, Labels.Of("en")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kind":"PARTIALLY_ANSWERED","part":1""")]
    [InlineData("""{"kind":"EXECUTED","outcome":"PARTIAL" """)]
    public void A_refusal_in_part_says_so_and_speaks_of_no_consultation(string begins)
    {
        using var act = JsonDocument.Parse(begins + ""","grounds":[{"code":"RF-PERSDATA","provision":"Data Act of XB, section 3","reasons":"Third persons."},{"code":"PD-RIGHTS","provision":"Data Act of XB, section 3","reasons":"Third persons."}]}""");
        var letter = DecisionLetter.Write(act.RootElement, View, Labels.Of("en"), new HashSet<string> { "UNCC 36" });
        Assert.Contains("What is missing is refused on the following grounds:", letter, StringComparison.Ordinal);
        Assert.Contains("PD-RIGHTS: Protection of the rights and legitimate interests of citizens. (UNCC 36)", letter, StringComparison.Ordinal);
        Assert.DoesNotContain("consultation", letter, StringComparison.Ordinal);
        Assert.DoesNotContain("final", letter, StringComparison.Ordinal);
    }

    [Fact]
    public void The_letter_stands_in_Russian_where_the_requesting_State_asks_for_it()
    {
        using var act = JsonDocument.Parse("""{"kind":"REFUSED","authority":"XB-CA","grounds":[{"code":"RF-DUAL","provision":"Code of XB, section 1","reasons":"No offence here."}],"finality":"APPEAL_POSSIBLE"}""");
        var letter = DecisionLetter.Write(act.RootElement, View, Labels.Of("ru"));
        Assert.StartsWith("[ru] XB-CA → XA-CA\nВаш запрос: RQ-XA-2026-000417 (", letter, StringComparison.Ordinal);
        Assert.Contains("STORED_CONTENT_DATA", letter, StringComparison.Ordinal);
        Assert.Contains("RF-DUAL: Деяние не является преступлением по закону запрашиваемого государства. (UNCC 40(8), не подтверждено)", letter, StringComparison.Ordinal);
        Assert.Contains("No offence here.", letter, StringComparison.Ordinal);
        Assert.EndsWith("Дело закрыто. Закон запрашиваемого государства допускает обжалование этого решения.\n", letter, StringComparison.Ordinal);
    }

    [Fact]
    public void The_reader_of_a_refusal_sees_who_wrote_it()
    {
        using var act = JsonDocument.Parse("""{"kind":"REFUSED","authority":"XB-CA","grounds":[]}""");
        var reader = new CaseView { OwnAuthority = "XA-CA", PeerAuthority = "XB-CA", Reference = "RQ-XA-2026-000417", Kind = "STORED_CONTENT_DATA" };
        Assert.StartsWith("[en] XB-CA → XA-CA\n", DecisionLetter.Write(act.RootElement, reader, Labels.Of("en")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "ru", "en ru", "")]
    [InlineData("en,fr", "fr,en", "en fr", "")]
    [InlineData("fr", "fr-CH", "fr", "")]
    [InlineData("en", "", "en", "The profile of XA names no language; the letter stands in English.")]
    [InlineData("fr", "es,ru", "fr ru", "XA demande la langue suivante : espagnol ; cette lettre n'y existe pas et figure donc en russe.")]
    [InlineData("fr", "es", "fr en", "XA demande la langue suivante : espagnol ; cette lettre n'y existe pas et figure donc en anglais.")]
    [InlineData("zh", "ru", "en ru", "XB asks for Chinese; there are no words for this letter in it, so it stands in English.")]
    [InlineData("", "ru", "en ru", "The profile of XB names no language; the letter stands in English.")]
    public void A_letter_stands_in_the_language_of_the_own_State_and_in_the_one_that_the_other_State_asks_for(string own, string other, string shown, string note)
    {
        var languages = LetterLanguages.Of("XB", Tags(own), "XA", Tags(other));
        Assert.Equal(shown, string.Join(' ', languages.All.Select(labels => labels.Language)));
        Assert.Equal(note, string.Join('\n', languages.Notes));
    }

    [Fact]
    public async Task A_letter_names_the_authorities_in_its_own_language_where_their_card_does()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.History = CaseHistory.New.Take(new ActEntry("a", CaseSide.Requested, ActKind.ACKNOWLEDGED, null)).Value;
        var asking = new AuthorityView { Authority = "XA-CA", Name = "Central Authority of XA", Names = { ["ru"] = "Центральный орган XA" } };
        gateway.Service.Peers.Add(new PeerView { State = "XA", Authorities = { asking } });
        var said = await gateway.RunAsync("request", "refuse", LoopbackOperator.CaseId, "--ground", "RF-POLITICAL", "--provision", "Act of XB, section 4", "--reasons", "Because.", "--finality", "FINAL", "--no-consultation", "Nothing to add.", "--yes");
        Assert.Equal(0, said.Exit);
        Assert.Contains("[fr] XB-CA → XA-CA\nXA-CA: Central Authority of XA\n", said.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("[ru] XB-CA → XA-CA\nXA-CA: Центральный орган XA\n", said.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_officer_chooses_the_language_of_the_own_copy()
    {
        var languages = LetterLanguages.Of("XB", ["zh"], "XA", ["fr"], Labels.Of("ru"));
        Assert.Equal(["ru", "fr"], languages.All.Select(labels => labels.Language));
        Assert.Empty(languages.Notes);
    }

    [Fact]
    public async Task A_refusal_is_shown_in_the_languages_of_both_States_before_anything_is_signed()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.History = CaseHistory.New.Take(new ActEntry("a", CaseSide.Requested, ActKind.ACKNOWLEDGED, null)).Value;
        using var asking = gateway.Start("request", "refuse", LoopbackOperator.CaseId, "--ground", "RF-POLITICAL", "--provision", "Act of XB, section 4", "--reasons", "Because.", "--finality", "FINAL", "--no-consultation", "Nothing to add.");
        await asking.StandardInput.WriteLineAsync("not yet");
        var shown = await asking.StandardOutput.ReadToEndAsync();
        await asking.WaitForExitAsync();
        Assert.Equal(1, asking.ExitCode);
        Assert.Contains("[fr] XB-CA → XA-CA", shown, StringComparison.Ordinal);
        Assert.Contains("RF-POLITICAL: Преступление рассматривается как политическое.", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("The request is refused", shown, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Submitted);
        gateway.Service.Languages["XA"] = """["ar"]""";
        var said = await gateway.RunAsync("request", "refuse", LoopbackOperator.CaseId, "--ground", "RF-POLITICAL", "--provision", "Act of XB, section 4", "--reasons", "Because.", "--finality", "FINAL", "--no-consultation", "Nothing to add.", "--lang", "ru", "--yes");
        Assert.Equal(0, said.Exit);
        Assert.Contains("XA просит язык: арабский;", said.Output, StringComparison.Ordinal);
        Assert.Contains("The request is refused", said.Output, StringComparison.Ordinal);
        Assert.Single(gateway.Service.Submitted);
    }

    private static string[] Tags(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries);
}

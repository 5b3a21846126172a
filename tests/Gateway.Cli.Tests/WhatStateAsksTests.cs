using System.Text.Json;
using Gateway.Cli.Requests;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Wording;
using Gateway.V1;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>What a State asks is read in the officer's language before a word of the request is written, and where it does not arrive, what is left besides the telephone.</summary>
public sealed class WhatStateAsksTests
{
    private const string Everything = """
        {"languages":["fr","ru"],"emergencyLanguages":["en"],"originalFollowUp":"KINDS","originalFollowUpKinds":["EXTRADITION"],"originalFollowUpDays":30,"authorisationKinds":["EXTRADITION"],
         "minOffenceMonths":6,"minOffenceMonthsByKind":[{"kind":"EXTRADITION","months":12}],"signatureLevels":[{"kind":"EXTRADITION","level":"QUALIFIED"}],"acceptsOralInEmergency":true,
         "specialDocuments":[{"kind":"EXTRADITION","types":["TEXT_OF_LAW"]}],"requiresTimeStamp":true,"channelsAllowed":[{"kind":"EXTRADITION","channels":["EXTRADITION"]}],"maxItemMiB":500,"deMinimisNote":"Below 500 units we do not act."}
        """;

    public static TheoryData<string> All => [.. Labels.Languages];

    [Fact]
    public void Everything_that_a_profile_says_of_a_kind_is_said()
        => Assert.Equal(
            [
                "languages: French (fr), Russian (ru)",
                "in an emergency also: English (en)",
                "in an emergency by telephone too; the request follows",
                "a qualified signature of the person",
                "a time-stamp (RFC 3161) over the signed request; the gateway gets it when the request is sent",
                "the signed original within 30 days",
                "a judicial authorisation",
                "documents: text of the law (TEXT_OF_LAW)",
                "only by: central authorities for extradition (EXTRADITION)",
                "an offence punishable by at least 12 months, or the reasons why it is asked all the same",
                "items of evidence up to 500 MiB by wire; larger ones on a disk by a carrier",
                "on petty cases: Below 500 units we do not act.",
            ], Lines("en", RequestKind.EXTRADITION, Everything));

    [Fact]
    public void What_is_asked_of_other_kinds_is_not_said()
        => Assert.Equal(["languages: any", "an advanced signature of the person"],
            Lines("en", RequestKind.LEGAL_INFORMATION, """{"languages":[],"emergencyLanguages":[],"originalFollowUp":"KINDS","originalFollowUpKinds":["EXTRADITION"],"originalFollowUpDays":30,"authorisationKinds":["EXTRADITION"],"specialDocuments":[{"kind":"EXTRADITION","types":["TEXT_OF_LAW"]}],"channelsAllowed":[{"kind":"EXTRADITION","channels":["EXTRADITION"]}],"signatureLevels":[{"kind":"EXTRADITION","level":"QUALIFIED"}]}"""));

    [Theory]
    [MemberData(nameof(All))]
    public void No_key_is_left_without_a_word(string language)
    {
        Assert.DoesNotContain(Lines(language, RequestKind.EXTRADITION, Everything), line => line.Contains("asks.", StringComparison.Ordinal) || line.Contains('{', StringComparison.Ordinal));
        Assert.All(Enum.GetValues<Channel>(), channel => Assert.NotEqual(channel.ToString(), Labels.Of(language).Word("channel", channel)));
    }

    [Fact]
    public async Task A_new_request_to_an_authority_shows_what_its_State_asks_and_is_addressed()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Asks = ""","deMinimisNote":"En dessous de 500 unités nous n'agissons pas." """.TrimEnd();
        var said = await gateway.RunAsync("request", "new", "LEGAL_INFORMATION", "--form", "--to", "XB-CA", "--lang", "fr");
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains("Ce que XB exige d'une demande de ce genre", said.Error, StringComparison.Ordinal);
        Assert.Contains("En dessous de 500 unités nous n'agissons pas.", said.Error, StringComparison.Ordinal);
        Assert.Contains("\"requestedAuthority\": \"XB-CA\"", said.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("En dessous", said.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await gateway.RunAsync("request", "new", "LEGAL_INFORMATION", "--form", "--to", "the ministry")).Exit);
        Assert.Contains("En dessous", (await gateway.RunAsync("peer", "profile", "XB")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_waits_for_an_emergency_to_arrive_is_told_of_the_other_channel_and_its_reference()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        AlertNotice Of(string message, string standing, string act = "") => new()
        {
            Type = "ALERT", Alert = message, Message = message, CaseId = "XA-1", Urgency = "EMERGENCY", Kind = "EMERGENCY_DISCLOSURE", FromAuthority = "XB-CP", FromName = "Contact point of XB", FromNames = { ["ru"] = "Контактный пункт XB" }, Standing = standing, Act = act, Attempts = 3, Due = "2026-03-01T03:21:00.000Z", CallBackPhone = "+999 2 555 0147",
        };
        gateway.Service.Notices.AddRange([new AlertNotice { Type = "STARTED" }, Of("waits", "QUEUED"), Of("gone", "DEAD"), Of("there", "UNHEARD"), Of("back", "REJECTED", "ACKNOWLEDGED"), new AlertNotice { Type = "ENDED", CaseId = "the-last-one" }]);
        using var process = gateway.Start("watch", "--lang", "ru");
        var shown = "";
        while (!shown.Contains("the-last-one", StringComparison.Ordinal))
            shown += (await process.StandardOutput.ReadLineAsync() ?? throw new Xunit.Sdk.XunitException(shown)) + "\n";
        process.Kill();
        await process.WaitForExitAsync();
        Assert.All(["waits", "gone"], message => Assert.Contains($"ИНТЕРПОЛ, с его регистрационным номером: gatewayctl request export {message} --channel INTERPOL --reference NUMBER", shown, StringComparison.Ordinal));
        Assert.All(["there", "back"], message => Assert.DoesNotContain($"request export {message}", shown, StringComparison.Ordinal));
        Assert.Contains("XB-CP Контактный пункт XB", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("Contact point of XB", shown, StringComparison.Ordinal);
    }

    private static List<string> Lines(string language, RequestKind kind, string profile)
    {
        using var document = JsonDocument.Parse(profile);
        return [.. WhatStateAsks.Lines(Labels.Of(language), kind, document.RootElement)];
    }
}

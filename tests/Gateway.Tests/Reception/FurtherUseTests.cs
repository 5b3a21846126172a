using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Submission;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Users;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Reception;

/// <summary>What was received is used for another purpose when the State that gave it said yes to exactly that, and not before.</summary>
public sealed class FurtherUseTests
{
    [Fact]
    public async Task Data_open_for_another_purpose_only_under_a_consent_that_was_granted_for_them()
    {
        var clock = new TestClock();
        await using var states = await TwoStates.Start(clock);
        var (caseId, answer) = await Answered(states);
        await Refused.By(() => Open(states, answer, "CIVIL_PROCEEDINGS"), "V022");

        // Asked is not granted; nor is a consent in part, nor one that is about another case, nor a refused one.
        var asked = await Ask(states, caseId, "CIVIL_PROCEEDINGS", days: 30);
        await Refused.By(() => Open(states, answer, "CIVIL_PROCEEDINGS"), "V022");
        await Execute(states, await Ask(states, caseId, "CIVIL_PROCEEDINGS", days: 30), "PARTIAL");
        await Execute(states, await Ask(states, "XA-00000000000000000000000000000000", "CIVIL_PROCEEDINGS", days: 30), "FULL");
        await Refuse(states, await Ask(states, caseId, "CIVIL_PROCEEDINGS", days: 30));
        await Execute(states, await Ask(states, caseId, "CIVIL_PROCEEDINGS", days: 30, thirdState: "XD"), "FULL");
        await Refused.By(() => Open(states, answer, "CIVIL_PROCEEDINGS"), "V022");

        await Execute(states, asked, "FULL");
        // No purpose is no purpose still, and another one is another one; the refusal says what was consented to.
        await Refused.By(() => Open(states, answer, ""), "T850");
        var other = await Refused.By(() => Open(states, answer, "ADMINISTRATIVE_PROCEEDINGS"), "V022");
        Assert.Contains($"CIVIL_PROCEEDINGS by consent {asked}", other.Detail, StringComparison.Ordinal);
        var opened = await Open(states, answer, "CIVIL_PROCEEDINGS");
        Assert.Contains(opened.Conditions, c => c.StartsWith($"CONSENT: CIVIL_PROCEEDINGS by consent {asked}", StringComparison.Ordinal) && c.EndsWith("given in February 2026.", StringComparison.Ordinal));
        // The purpose of the request is good as before.
        await Open(states, answer, "CRIMINAL_PROCEEDINGS");

        clock.Offset = TimeSpan.FromDays(32);
        await Refused.By(() => Open(states, answer, "CIVIL_PROCEEDINGS"), "V022");
    }

    [Fact]
    public async Task A_consent_counts_where_it_was_asked_for_and_not_where_it_was_given()
    {
        await using var states = await TwoStates.Start();
        var consent = await Ask(states, "XA-00000000000000000000000000000000", "CIVIL_PROCEEDINGS", days: 30);
        Assert.False(Granted(states.Asking, "XA-CA", consent));
        await Execute(states, consent, "FULL");
        Assert.True(Granted(states.Asking, "XA-CA", consent));
        Assert.False(Granted(states.Asked, "XB-CA", consent));
    }

    private static bool Granted(TestState state, string authority, string consent)
    {
        var fields = JsonSerializer.SerializeToElement(new JsonObject { ["linkedRequests"] = new JsonArray(new JsonObject { ["relation"] = "UNDER_CONSENT", ["case"] = consent }) });
        return state.Get<Surroundings>().Of(fields, authority, state.Clock.GetUtcNow(), state.Get<UserDirectory>().ByName("lawyer")!).LinkedCases![consent].Granted;
    }

    private static async Task<OpenMessageReply> Open(TwoStates states, string message, string purpose)
        => await states.Asking.Client(states.DutyOfficer).OpenMessageAsync(new OpenMessageRequest { Message = message, PurposeCode = purpose });

    private static async Task<(string Case, string Answer)> Answered(TwoStates states)
    {
        var officer = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        var sent = await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", TwoStates.SampleFields("emergency-disclosure.json"));
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asked, officer, sent.CaseId, "ACKNOWLEDGED");
        await states.Settled(sent.CaseId, 6);
        return (sent.CaseId, Assert.Single((await states.Asking.Client(states.DutyOfficer).ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId, Direction = "IN" })).Messages).Message);
    }

    private static async Task<string> Ask(TwoStates states, string original, string purpose, int days, string? thirdState = null)
    {
        var fields = TwoStates.SampleFields("further-use-consent.json");
        var now = states.Asking.Clock.GetUtcNow();
        fields["originalCase"] = original;
        fields["newPurposeCode"] = purpose;
        fields["usePeriod"] = new JsonObject { ["from"] = Day(now), ["to"] = Day(now.AddDays(days)) };
        if (thirdState is not null)
            fields["thirdPartyState"] = thirdState;
        var sent = await TwoStates.Submit(states.Asking, states.Lawyer, "request", fields);
        await Arrives(states, sent.CaseId, "DELIVERED");
        return sent.CaseId;
    }

    private static async Task Execute(TwoStates states, string caseId, string outcome)
    {
        var due = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2));
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due });
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "ACCEPTED", new JsonObject { ["dueAt"] = due });
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "IN_EXECUTION");
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "EXECUTED", new JsonObject
        {
            ["outcome"] = outcome,
            ["text"] = "Yes, for this claim.",
            ["grounds"] = outcome == "PARTIAL" ? new JsonArray(new JsonObject { ["code"] = "RF-DOMESTIC", ["provision"] = "Art. 17", ["reasons"] = "Not for the second claim." }) : null,
        });
        await Arrives(states, caseId, "EXECUTED");
    }

    private static async Task Refuse(TwoStates states, string caseId)
    {
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 8/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) });
        await TwoStates.Act(states.Asked, states.AskedLawyer, caseId, "REFUSED", new JsonObject
        {
            ["grounds"] = new JsonArray(new JsonObject { ["code"] = "RF-ESSENTIAL-SECURITY", ["provision"] = "Code of procedure of XB, section 9", ["reasons"] = "Data of this kind serve no civil claim here." }),
            ["consultationWaivedReason"] = "The law leaves no room for it.",
            ["finality"] = "FINAL",
        });
        await Arrives(states, caseId, "REFUSED");
    }

    private static async Task Arrives(TwoStates states, string caseId, string state)
    {
        var (seen, client) = ("", states.Asking.Client(states.Lawyer));
        for (var i = 0; i < 600 && (seen = (await client.ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).State) != state; i++)
            await Task.Delay(50);
        Assert.Equal(state, seen);
    }

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

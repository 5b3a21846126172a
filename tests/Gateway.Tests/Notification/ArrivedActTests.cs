using System.Text.Json.Nodes;
using Gateway.Notification;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Notification;

/// <summary>What the other side does on a case is told; an emergency that is sent back rings until somebody looks.</summary>
public sealed class ArrivedActTests : IDisposable
{
    private readonly Listener _listener = new();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task An_emergency_that_is_sent_back_rings_climbs_and_is_called_out_where_it_was_sent_until_somebody_opens_it()
    {
        await using var states = await TwoStates.Start(configure: Calls);
        var (here, there) = (await states.Asking.AddUser("night-officer", "XA-CP", "CONTACT_POINT_24_7"), await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7"));
        using var screen = new Screen(states.Asking, here, "desk");
        await screen.Next("STARTED");
        var sent = await AlertTests.SendEmergency(states);
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asked, there, sent.CaseId, "ACKNOWLEDGED");
        // A good word is one line, with a ring of its own and nothing to answer.
        var quiet = await screen.Next("ACT");
        Assert.Equal(("ACKNOWLEDGED", "", true), (quiet.Act, quiet.Alert, quiet.Ring));
        await TwoStates.Act(states.Asked, there, sent.CaseId, "RETURNED_FOR_INFO", Question());

        var line = await screen.Next("ACT");
        Assert.Equal(("RETURNED_FOR_INFO", sent.CaseId, "EMERGENCY_DISCLOSURE", "EMERGENCY", "XB-CP", true), (line.Act, line.CaseId, line.Kind, line.Urgency, line.FromAuthority, line.Ring));
        Assert.Equal(("ANSWER_QUESTIONS", "XA-CP"), (line.Rule, line.DueBy));
        Assert.Equal(AlertRow.OfAct + line.Message, line.Alert);
        Assert.DoesNotContain("Which", line.ToString(), StringComparison.Ordinal);
        await Eventually.Holds(() => _listener.Said.Any(s => s.Contains("\"kind\":\"ACT\"", StringComparison.Ordinal)), () => string.Join('\n', _listener.Said));
        Assert.All(["RETURNED", "XB", sent.CaseId], secret => Assert.DoesNotContain(secret, string.Join('\n', _listener.Said), StringComparison.Ordinal));

        // That a screen rang is not that somebody looked.
        await states.Asking.Client(here).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = line.Alert, Device = "desk" });
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(6);
        Assert.Equal("RETURNED_FOR_INFO", (await screen.Next("REPEAT")).Act);
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(10);
        Assert.Equal("RETURNED_FOR_INFO", (await screen.Next("ESCALATED")).Act);
        await Board(states.Asking, line.Alert, stands: true);
        using (var late = new Screen(states.Asking, here, "late"))
            Assert.Equal(line.Message, (await late.Next("ACT")).Message);

        await states.Asking.Client(here).OpenMessageAsync(new OpenMessageRequest { Message = line.Message, PurposeCode = "CRIMINAL_PROCEEDINGS", Purpose = "to find the girl" });
        Assert.Equal(("RETURNED_FOR_INFO", sent.CaseId), await screen.Next("ENDED") is var ended ? (ended.Act, ended.CaseId) : default);
        await Board(states.Asking, line.Alert, stands: false);

        var acts = (await states.Asking.Client(here).ShiftReportAsync(new ShiftReportRequest())).Acts;
        Assert.Equal(["ACKNOWLEDGED", "RETURNED_FOR_INFO"], acts.Select(a => a.Act));
        Assert.Equal([false, true], acts.Select(a => a.Opened.Length > 0));
    }

    [Fact]
    public async Task It_rings_no_more_when_our_side_acts_and_the_supplement_rings_there()
    {
        await using var states = await TwoStates.Start();
        var (here, there) = (await states.Asking.AddUser("night-officer", "XA-CP", "CONTACT_POINT_24_7"), await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7"));
        using var screen = new Screen(states.Asking, here, "desk");
        using var other = new Screen(states.Asked, there, "desk");
        await screen.Next("STARTED");
        await other.Next("STARTED");
        var sent = await AlertTests.SendEmergency(states);
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asked, there, sent.CaseId, "ACKNOWLEDGED");
        await TwoStates.Act(states.Asked, there, sent.CaseId, "RETURNED_FOR_INFO", Question());
        await screen.Next("ACT");
        Assert.Equal("RETURNED_FOR_INFO", (await screen.Next("ACT")).Act);
        await TwoStates.Act(states.Asking, here, sent.CaseId, "SUPPLEMENTED", new JsonObject { ["answers"] = new JsonArray(new JsonObject { ["path"] = "itemsAccounts[0].at", ["answer"] = "Yes." }) });
        Assert.Equal("RETURNED_FOR_INFO", (await screen.Next("ENDED")).Act);
        var line = await other.Next("ACT");
        Assert.Equal(("SUPPLEMENTED", "XA-CP", "CALL_BACK", "XB-CP", true), (line.Act, line.FromAuthority, line.Rule, line.DueBy, line.Ring));
    }

    [Fact]
    public async Task Every_act_on_a_case_that_is_no_emergency_is_one_line_for_those_who_see_it_and_rings_where_it_is_urgent()
    {
        await using var states = await TwoStates.Start(configure: c => c["Keys"]!["Authorities"]![2]!["Parent"] = "");
        var stranger = await states.Asking.AddUser("stranger", "XA-PO", "COMPETENT_AUTHORITY");
        var here = await states.Asking.AddUser("night-officer", "XA-CP", "CONTACT_POINT_24_7");
        using var screen = new Screen(states.Asking, here, "desk");
        using var elsewhere = new Screen(states.Asking, stranger, "desk");
        await screen.Next("STARTED");
        await elsewhere.Next("STARTED");
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) });
        Assert.Equal(("ACKNOWLEDGED", "URGENT", true), await screen.Next("ACT") is var line ? (line.Act, line.Urgency, line.Ring) : default);
        await TwoStates.Act(states.Asked, states.AskedLawyer, sent.CaseId, "RETURNED_FOR_INFO", Question());
        Assert.Equal(("RETURNED_FOR_INFO", "", true), await screen.Next("ACT") is var back ? (back.Act, back.Alert, back.Ring) : default);
        Assert.False(await elsewhere.Hears("ACT"));
        Assert.Empty((await states.Asking.Client(stranger).ShiftReportAsync(new ShiftReportRequest())).Acts);
        // No alarm stands behind it: it waits in the inbox and in the report.
        Assert.Equal(0, states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM alerts WHERE kind = 'ACT'")));
    }

    [Fact]
    public async Task A_request_of_ours_that_comes_back_rejected_is_told_called_out_once_and_stands_in_the_report_until_somebody_opens_it()
    {
        await using var states = await TwoStates.Start(configure: Calls);
        var here = await states.Asking.AddUser("night-officer", "XA-CP", "CONTACT_POINT_24_7");
        using var screen = new Screen(states.Asking, here, "desk");
        await screen.Next("STARTED");
        var sent = await Returned(states);
        var line = await screen.Next("REJECTED");
        Assert.Equal((sent.Message, sent.CaseId, "PRESERVE_DATA", "URGENT", "XB-CA", "", true), (line.Message, line.CaseId, line.Kind, line.Urgency, line.FromAuthority, line.Act, line.Ring));
        Assert.StartsWith("V0", line.What, StringComparison.Ordinal);
        await Eventually.Holds(() => states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM alerts WHERE id = $1 AND kind = 'DEADLINE' AND ended IS NOT NULL", $"rejected-{sent.Message}")) == 1, () => "nobody was called");
        Assert.Single(_listener.Said, said => said.StartsWith("POST", StringComparison.Ordinal) && said.Contains(sent.Message, StringComparison.Ordinal));
        Assert.All(["PRESERV", "XB", sent.CaseId, line.What], secret => Assert.DoesNotContain(secret, string.Join('\n', _listener.Said), StringComparison.Ordinal));

        var client = states.Asking.Client(here);
        var listed = Assert.Single((await client.ShiftReportAsync(new ShiftReportRequest())).Rejected);
        Assert.Equal((sent.Message, sent.CaseId, "PRESERVE_DATA", "XB-CA", "", line.What), (listed.Message, listed.CaseId, listed.Kind, listed.ByAuthority, listed.Act, listed.Why));
        // The next shift finds it, too, and the one after somebody looked does not.
        states.Asking.Clock.Offset += TimeSpan.FromDays(2);
        Assert.Single((await client.ShiftReportAsync(new ShiftReportRequest())).Rejected);
        await client.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message });
        Assert.Empty((await client.ShiftReportAsync(new ShiftReportRequest())).Rejected);
    }

    [Fact]
    public async Task When_somebody_opened_what_came_back_nobody_is_called_any_more_although_no_way_ever_worked()
    {
        await using var states = await TwoStates.Start(configure: c => c["Notification"] = new JsonObject { ["Webhooks"] = new JsonArray(new JsonObject { ["Address"] = "http://127.0.0.1:1/alarm" }) });
        var sent = await Returned(states);
        var database = states.Asking.Get<Database>();
        await Eventually.Holds(() => database.Read(s => s.Number("SELECT count(*) FROM alert_calls WHERE alert = $1", $"rejected-{sent.Message}")) > 0, () => "nobody was called");
        await states.Asking.Client(states.DutyOfficer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message });
        await Eventually.Holds(() =>
        {
            states.Asking.Clock.Offset += TimeSpan.FromMinutes(1);
            return database.Read(s => s.Number("SELECT count(*) FROM alerts WHERE id = $1 AND ended IS NOT NULL", $"rejected-{sent.Message}")) == 1;
        }, () => "it is called for ever");
    }

    [Fact]
    public async Task An_act_of_ours_on_an_emergency_that_comes_back_rejected_rings_and_climbs_until_somebody_opens_it()
    {
        await using var states = await TwoStates.Start(configure: Calls);
        var here = await states.Asking.AddUser("night-officer", "XA-CP", "CONTACT_POINT_24_7");
        var there = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        using var screen = new Screen(states.Asking, here, "desk");
        await screen.Next("STARTED");
        var request = await AlertTests.SendEmergency(states);
        await states.Settled(request.CaseId, 3);
        await TwoStates.Act(states.Asked, there, request.CaseId, "ACKNOWLEDGED");
        await screen.Next("ACT");
        var sent = await Returned(states, "act", new JsonObject { ["case"] = request.CaseId, ["kind"] = "STATUS_QUERY", ["text"] = "Where is the girl?" });
        var line = await screen.Next("ALERT");
        Assert.Equal((sent.Message, sent.Message, request.CaseId, "EMERGENCY_DISCLOSURE", "STATUS_QUERY", "REJECTED", "XB-CP", true), (line.Alert, line.Message, line.CaseId, line.Kind, line.Act, line.Standing, line.FromAuthority, line.Ring));
        Assert.StartsWith("V0", line.What, StringComparison.Ordinal);
        await Board(states.Asking, sent.Message, stands: true, AlarmCode.EMERGENCY_NOT_DELIVERED);
        await Eventually.Holds(() => _listener.Said.Any(s => s.Contains(sent.Message, StringComparison.Ordinal)), () => string.Join('\n', _listener.Said));

        // That a screen rang is not that somebody read it.
        await states.Asking.Client(here).ConfirmAlertAsync(new ConfirmAlertRequest { Alert = line.Alert, Device = "desk" });
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(6);
        Assert.Equal("REJECTED", (await screen.Next("REPEAT")).Standing);
        states.Asking.Clock.Offset += TimeSpan.FromMinutes(10);
        Assert.Equal("REJECTED", (await screen.Next("ESCALATED")).Standing);
        using (var late = new Screen(states.Asking, here, "late"))
            Assert.Equal(sent.Message, (await late.Next("ALERT")).Message);
        Assert.Single((await states.Asking.Client(here).ShiftReportAsync(new ShiftReportRequest())).Rejected);

        await states.Asking.Client(here).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message });
        Assert.Equal(sent.Message, (await screen.Next("ENDED")).Message);
        await Board(states.Asking, sent.Message, stands: false, AlarmCode.EMERGENCY_NOT_DELIVERED);
    }

    [Fact]
    public void Every_act_is_either_one_that_people_are_called_about_in_an_emergency_or_a_good_word()
    {
        Assert.All(
        [
            ActKind.RETURNED_FOR_INFO, ActKind.SUPPLEMENTED, ActKind.CONDITIONS_PROPOSED, ActKind.CONDITIONS_ACCEPTED, ActKind.CONFIDENTIALITY_NOT_POSSIBLE, ActKind.POSTPONED, ActKind.REFUSED, ActKind.EXECUTED, ActKind.WITHDRAWN,
            ActKind.EXPIRED, ActKind.DISPUTED, ActKind.STATUS_QUERY, ActKind.CONSULTATION_OPENED, ActKind.REMINDER, ActKind.AMENDMENT, ActKind.DELAY_NOTICE, ActKind.PRESERVATION_NOT_POSSIBLE,
        ], kind => Assert.True(ActNotices.CallsPeople(kind.ToString()), kind.ToString()));
        Assert.All([ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.IN_EXECUTION, ActKind.DEADLINE_MISSED], kind => Assert.False(ActNotices.CallsPeople(kind.ToString()), kind.ToString()));
        // Of a later version.
        Assert.True(ActNotices.CallsPeople("SOMETHING_NEW"));
    }

    // Signed, and changed on the way to its own gateway: an attached order whose signature is wrong.
    private static async Task<SubmitReply> Returned(TwoStates states, string type = "request", JsonObject? fields = null)
    {
        var order = Protocol.Marks.SignedDocument.Sign("order 12/2026"u8, states.DutyOfficer.Signing.Signer(), states.Asking.Clock.GetUtcNow());
        order[^10] ^= 1;
        var client = states.Asking.Client(states.DutyOfficer);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = type, FieldsJson = (fields ?? TwoStates.Preserve(states.Asking.Clock)).ToJsonString() });
        Assert.Empty(composed.Problems);
        using var signer = states.DutyOfficer.Signing.Signer();
        return await client.SubmitAsync(new SubmitRequest
        {
            SignedDocument = Google.Protobuf.ByteString.CopyFrom(Protocol.Marks.SignedDocument.Sign(composed.Document.Span, signer, states.Asking.Clock.GetUtcNow())),
            IdempotencyKey = Ids.New(),
            Attachments = { new Attachment { Name = "order.p7m", MediaType = "application/pkcs7-mime", Content = Google.Protobuf.ByteString.CopyFrom(order) } },
        });
    }

    private static JsonObject Question() => new() { ["questions"] = new JsonArray(new JsonObject { ["path"] = "itemsAccounts[0].at", ["question"] = "Which of the two times is meant?" }) };

    private static async Task Board(TestState state, string alert, bool stands, AlarmCode code = AlarmCode.EMERGENCY_UNHEARD)
        => await Eventually.Holds(() => state.Get<Alarms>().All.Any(a => a.Code == code && a.Subject == alert) == stands, () => stands ? "it does not stand on the board" : "it stays on the board");

    // Where the request comes from.
    private void Calls(JsonObject configuration)
    {
        if (configuration["Gateway"]!["State"]!.GetValue<string>() == "XA")
            configuration["Notification"] = new JsonObject { ["Webhooks"] = new JsonArray(new JsonObject { ["Address"] = $"http://127.0.0.1:{_listener.HttpPort}/alarm" }) };
    }
}

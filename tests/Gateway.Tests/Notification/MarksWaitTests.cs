using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Notification;

/// <summary>A request whose marks nobody can decide but a person waits, and with it the other State: people hear of it until somebody decides.</summary>
public sealed class MarksWaitTests : IDisposable
{
    private readonly Listener _listener = new();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task What_waits_for_a_decision_about_its_marks_is_shown_rings_is_called_out_once_and_stands_in_the_report_until_somebody_decides()
    {
        await using var states = await TwoStates.Start(configure: Calls);
        var officer = await states.Asked.AddUser("night-officer", "XB-CP", "CONTACT_POINT_24_7");
        using var screen = new Screen(states.Asked, officer, "desk");
        await screen.Next("STARTED");
        var sent = await Send(states);
        var line = await screen.Next("HELD");
        Assert.Equal((sent.Message, sent.CaseId, "PRESERVE_DATA", "URGENT", "XA-CP", true), (line.Message, line.CaseId, line.Kind, line.Urgency, line.FromAuthority, line.Ring));
        await Board(states.Asked, sent.CaseId);
        var waiting = Assert.Single((await states.Asked.Client(states.AskedLawyer).ShiftReportAsync(new ShiftReportRequest())).Held);
        Assert.Equal((sent.Message, sent.CaseId, "XA-CP"), (waiting.Message, waiting.CaseId, waiting.FromAuthority));
        Assert.StartsWith("V027", waiting.Why, StringComparison.Ordinal);
        // Who may not see the case hears nothing of it.
        var stranger = await states.Asked.AddUser("stranger", "XB-PO", "COMPETENT_AUTHORITY");
        Assert.Empty((await states.Asked.Client(stranger).ShiftReportAsync(new ShiftReportRequest())).Held);

        // Nobody looked for as long as an urgent request may wait for its acknowledgement: webhook, mail and program, once, also behind a restart.
        Assert.Empty(Rows(states.Asked));
        states.Asked.Clock.Offset += TimeSpan.FromHours(4) + TimeSpan.FromMinutes(1);
        await Eventually.Holds(() => Rows(states.Asked) is [{ Ended: true }], () => string.Join(' ', Rows(states.Asked)));
        screen.Dispose();
        await states.Asked.Stop();
        await states.Asked.Start();
        await Eventually.Holds(() => states.Asked.Get<LedgerGate>().Shut is null, () => states.Asked.Get<LedgerGate>().Why);
        await Board(states.Asked, sent.CaseId);
        var everything = string.Join('\n', _listener.Said);
        Assert.Single(_listener.Said, said => said.StartsWith("POST", StringComparison.Ordinal) && said.Contains("\"kind\":\"DEADLINE\"", StringComparison.Ordinal));
        Assert.All(["PRESERV", "XA", sent.CaseId], secret => Assert.DoesNotContain(secret, everything, StringComparison.Ordinal));

        await states.Asked.Client(states.AskedLawyer).DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = true, Reason = "compared with the court by telephone" });
        await Eventually.Holds(() => !states.Asked.Get<Alarms>().All.Any(a => a.Code == AlarmCode.MARKS_WAIT), () => "MARKS_WAIT stays");
        Assert.Empty((await states.Asked.Client(states.AskedLawyer).ShiftReportAsync(new ShiftReportRequest())).Held);
        Assert.Single(Rows(states.Asked));
    }

    [Fact]
    public async Task However_many_wait_the_most_urgent_stands_on_the_board_and_each_is_called_out_in_its_turn()
    {
        await using var state = await TestState.Running("XB");
        var (database, now) = (state.Get<Database>(), state.Clock.GetUtcNow());
        await database.Write(Lane.Ordinary, s =>
        {
            for (var i = 0; i < 450; i++)
                Hold(s, "ORDINARY", now.AddDays(-9).AddMinutes(i));
            Hold(s, "EMERGENCY", now);
        });
        await Eventually.Holds(() => state.Get<Alarms>().All.Any(a => a.Code == AlarmCode.MARKS_WAIT && a.Text.StartsWith("EMERGENCY", StringComparison.Ordinal)), () => "the emergency is not on the board");
        await Eventually.Holds(() => database.Read(s => s.Number("SELECT count(*) FROM alerts WHERE id LIKE 'held-%'")) == 450, () => "not every one was called out");

        static void Hold(Session s, string urgency, DateTimeOffset since)
        {
            var id = Ids.New();
            s.RunOne("""
                INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body)
                VALUES ($1, 'IN', 'XA-CP', 'XB-CA', $2, 'REQUEST', 'PRESERVE_DATA', $3, $4, 'HELD', $5, $6)
                """, id, Ids.NewCase("XA"), urgency, Digest.Of("cover"u8), since, new byte[] { 1 });
            s.RunOne("INSERT INTO recognition_holds (message, case_id, refusal, detail, since) VALUES ($1, 'none', 'V027', 'no chain', $2)", id, since);
        }
    }

    [Fact]
    public async Task When_somebody_decided_nobody_is_called_any_more_although_no_way_ever_worked()
    {
        await using var states = await TwoStates.Start(configure: c =>
        {
            Calls(c);
            if (c["Notification"] is JsonObject notification)
                notification["Webhooks"]![0]!["Address"] = "http://127.0.0.1:1/alarm";
        });
        var sent = await Send(states);
        await states.Settled(sent.CaseId, 2);
        states.Asked.Clock.Offset += TimeSpan.FromHours(4) + TimeSpan.FromMinutes(1);
        await Eventually.Holds(() => states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM alert_calls WHERE alert = $1", $"held-{sent.Message}")) > 0, () => "nobody was called");
        await states.Asked.Client(states.AskedLawyer).DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = true, Reason = "compared with the court by telephone" });
        await Eventually.Holds(() =>
        {
            states.Asked.Clock.Offset += TimeSpan.FromMinutes(1);
            return Rows(states.Asked) is [{ Ended: true }];
        }, () => "it is called for ever");
    }

    [Fact]
    public async Task What_one_State_lets_wait_by_the_hundred_hides_nothing_of_another_State()
    {
        await using var states = await TwoStates.Start(configure: Calls);
        var longAgo = states.Asked.Clock.GetUtcNow().AddDays(-3);
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            for (var i = 0; i < 450; i++)
            {
                var (message, caseId) = (Ids.New(), Ids.NewCase("XC"));
                s.RunOne("INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body) VALUES ($1, 'IN', 'XC-CA', 'XB-CA', $2, 'REQUEST', 'PRESERVE_DATA', 'ORDINARY', $3, 'HELD', $4, x'00')",
                    message, caseId, Digest.Of("x"u8), longAgo);
                s.RunOne("INSERT INTO recognition_holds (message, case_id, refusal, detail, since) VALUES ($1, $2, 'V027', 'nobody knows its signer', $3)", message, caseId, longAgo);
            }
        });
        var sent = await Send(states);
        await states.Settled(sent.CaseId, 2);
        await Board(states.Asked, sent.CaseId);
        states.Asked.Clock.Offset += TimeSpan.FromHours(4) + TimeSpan.FromMinutes(1);
        await Eventually.Holds(() => Rows(states.Asked).Exists(row => row.Id == $"held-{sent.Message}"), () => $"nobody is called; {Rows(states.Asked).Count} others were");
    }

    private static async Task Board(TestState state, string caseId)
        => await Eventually.Holds(() => state.Get<Alarms>().All.Any(a => a.Code == AlarmCode.MARKS_WAIT && a.CaseId == caseId), () => "MARKS_WAIT was not raised");

    private static List<(string Id, bool Ended)> Rows(TestState state) => state.Get<Database>().Read(s => s.Query("SELECT id, ended IS NOT NULL FROM alerts WHERE id LIKE 'held-%'", r => (r.GetString(0), r.GetBoolean(1))));

    // An order signed by somebody whom no list names.
    private static async Task<SubmitReply> Send(TwoStates states)
    {
        var now = states.Asking.Clock.GetUtcNow();
        using var judge = new TestPki("XA").Issue("Judge", TestPki.Sign).Signer();
        var client = states.Asking.Client(states.DutyOfficer);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(states.Asking.Clock).ToJsonString() });
        using var signer = states.DutyOfficer.Signing.Signer();
        return await client.SubmitAsync(new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, now)),
            IdempotencyKey = Ids.New(),
            Attachments = { new Attachment { Name = "order.p7m", MediaType = "application/pkcs7-mime", Content = ByteString.CopyFrom(SignedDocument.Sign("order 12/2026"u8, judge, now)) } },
        });
    }

    private void Calls(JsonObject configuration)
    {
        if (configuration["Gateway"]!["State"]!.GetValue<string>() != "XB")
            return;
        // Its prosecutors read no copy of what lies with the central authority.
        configuration["Keys"]!["Authorities"]![2]!["Parent"] = "";
        configuration["Notification"] = new JsonObject { ["Webhooks"] = new JsonArray(new JsonObject { ["Address"] = $"http://127.0.0.1:{_listener.HttpPort}/alarm" }) };
    }
}

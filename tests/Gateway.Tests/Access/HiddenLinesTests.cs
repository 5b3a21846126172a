using System.Text;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Notification;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Access;

/// <summary>
/// A measure with a need-to-know list comes, is worked on, waits, is rejected, is due: in no list, count, report, stream or line on a screen does anything change for those who are not on the list, whatever else they
/// see. What names an id is asked in <see cref="HiddenOrAbsentTests"/>.
/// </summary>
public sealed class HiddenLinesTests : IAsyncLifetime
{
    private TwoStates _states = null!;
    private TestPerson[] _others = [];
    private SubmitReply _ordinary = null!;

    public async Task InitializeAsync()
    {
        _states = await TwoStates.Start();
        _others =
        [
            await _states.Asked.AddUser("colleague", "XB-CA", "CENTRAL_AUTHORITY_MLA"),
            await _states.Asked.AddUser("duty", "XB-CP", "CONTACT_POINT_24_7"),
            await _states.Asked.AddUser("auditor", "XB-CA", "AUDITOR"),
            _states.Asked.Administrator,
        ];
        // Something that they do see.
        _ordinary = await _states.SendPreserve();
        await _states.Settled(_ordinary.CaseId, 3);
    }

    public async Task DisposeAsync() => await _states.DisposeAsync();

    [Fact]
    public async Task No_list_count_or_report_changes_by_a_measure_for_those_who_are_not_on_its_list()
    {
        var before = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        foreach (var person in _others.Prepend(_states.AskedLawyer))
            before[person.Name] = await Replies(person);
        var measure = await Measure();
        var ids = await Happen(measure);
        foreach (var person in _others)
        {
            var now = await Replies(person);
            Assert.All(now, reply => Assert.True(before[person.Name][reply.Key] == reply.Value, $"{person.Name}, {reply.Key}:\n{before[person.Name][reply.Key]}\n{reply.Value}"));
            // The board says that there are alarms, and of a case that is not open no word.
            var board = (await _states.Asked.Client(person).StatusAsync(new StatusRequest())).Alarms.ToString();
            Assert.All(ids.Append("COVERT"), id => Assert.DoesNotContain(id, board, StringComparison.Ordinal));
        }
        // Whom the list names sees it in each of them: what is compared here can change.
        var seen = await Replies(_states.AskedLawyer);
        Assert.All(seen.Where(reply => reply.Key != "drafts"), reply => Assert.NotEqual(before[_states.AskedLawyer.Name][reply.Key], reply.Value));
    }

    [Fact]
    public async Task No_line_about_a_measure_comes_on_the_screen_of_somebody_who_is_not_on_its_list()
    {
        using var listed = new Screen(_states.Asked, _states.AskedLawyer, "listed");
        var screens = _others[..2].Select(person => (person.Name, Screen: new Screen(_states.Asked, person, "other"))).ToList();
        await listed.Next("STARTED");
        foreach (var (_, screen) in screens)
            await screen.Next("STARTED");
        var measure = await Measure();
        await Happen(measure);
        string[] types = ["ALERT", "ACT", "HELD", "DEADLINE", "REJECTED"];
        await listed.Until(lines => types.All(type => lines.Any(line => line.Type == type && line.CaseId == measure.CaseId)));
        // Of what comes next they hear, so that what they did not hear of the measure will not come any more.
        var next = await _states.SendPreserve();
        foreach (var (name, screen) in screens)
        {
            var lines = await screen.Until(lines => lines.Any(line => line.Type == "ALERT" && line.CaseId == next.CaseId));
            Assert.All(lines, line => Assert.True(line.CaseId != measure.CaseId && line.Kind != "COVERT_MEASURE", $"{name} heard {line}"));
            screen.Dispose();
        }
    }

    [Fact]
    public async Task A_link_to_a_measure_is_shown_as_one_to_a_case_that_nobody_has()
    {
        var measure = await Measure();
        var (colleague, absent) = (_states.Asked.Client(_others[0]), Ids.NewCase("XA"));
        await _states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            foreach (var (from, to) in new[] { (_ordinary.CaseId, measure.CaseId), (_ordinary.CaseId, absent), (measure.CaseId, _ordinary.CaseId) })
                s.RunOne("INSERT INTO case_links (case_id, linked, relation) VALUES ($1, $2, 'SUPPLEMENTS')", from, to);
        });
        // The request names both; that the measure names it too is known to the readers of the measure.
        Assert.Equal(new[] { absent, measure.CaseId }.Order(StringComparer.Ordinal), (await colleague.ShowCaseAsync(new ShowCaseRequest { CaseId = _ordinary.CaseId })).Linked);
        Assert.Contains(_ordinary.CaseId, (await _states.Asked.Client(_states.AskedLawyer).ShowCaseAsync(new ShowCaseRequest { CaseId = measure.CaseId })).Linked);
        await _states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("DELETE FROM case_links WHERE case_id = $1 AND linked = $2", _ordinary.CaseId, measure.CaseId));
        Assert.Equal([absent], (await colleague.ShowCaseAsync(new ShowCaseRequest { CaseId = _ordinary.CaseId })).Linked);
    }

    private async Task<SubmitReply> Measure()
    {
        var fields = TwoStates.SampleFields("covert-measure.json");
        fields["needToKnow"] = new JsonArray(new JsonObject { ["authority"] = "XA-CA", ["person"] = "lawyer" }, new JsonObject { ["authority"] = "XB-CA", ["person"] = "lawyer" });
        var sent = await TwoStates.Submit(_states.Asking, _states.Lawyer, "request", fields);
        await _states.Arrived(sent.CaseId);
        return sent;
    }

    // All that may happen on a case; gives the ids by which it could be told.
    private async Task<IReadOnlyList<string>> Happen(SubmitReply measure)
    {
        await TwoStates.Act(_states.Asking, _states.Lawyer, measure.CaseId, "STATUS_QUERY", new JsonObject { ["text"] = "How does it stand?" });
        await Eventually.Holds(() => _states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM case_acts WHERE case_id = $1", measure.CaseId)) == 1, () => "the query did not arrive");
        var (held, rejected, item, breach, now) = (Ids.New(), Ids.New(), Ids.New(), Ids.New(), _states.Asked.Clock.GetUtcNow());
        await _states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            void Message(string id, string direction, string kind, string state) => s.RunOne(
                "INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body, refusal) VALUES ($1, $2, $3, $4, $5, 'ACT', $6, 'URGENT', $7, $8, $9, x'00', $10)",
                id, direction, direction == "IN" ? "XA-CA" : "XB-CA", direction == "IN" ? "XB-CA" : "XA-CA", measure.CaseId, kind, Digest.Of("x"u8), state, now, state == "REJECTED" ? "V023" : null);
            Message(held, "IN", "WITHDRAWN", "HELD");
            s.RunOne("INSERT INTO recognition_holds (message, case_id, refusal, detail, since) VALUES ($1, $2, 'V027', 'nobody knows its signer', $3)", held, measure.CaseId, now);
            Events.Append(s, now, "message.held", measure.CaseId, held, "URGENT WITHDRAWN from XA-CA: V027");
            s.RunOne("INSERT INTO deadlines (case_id, rule, number, side, began, due, state, basis, passed, announced) VALUES ($1, 'STATUS_REPORT', 7, 'Requested', $2, $2, 'RUNNING', 'card', $2, '-')", measure.CaseId, now.AddDays(-1));
            Events.Append(s, now, "deadline.missed", measure.CaseId, "STATUS_REPORT", $"URGENT COVERT_MEASURE: STATUS_REPORT ours, due {DocumentWriter.FormatTime(now.AddDays(-1))}, now");
            Message(rejected, "OUT", "ACCEPTED", "REJECTED");
            s.RunOne("INSERT INTO outbox (position, message, case_id, peer, lane, state, queued, next_attempt) SELECT position, id, case_id, 'XA', 'Ordinary', 'DEAD', created, created FROM messages WHERE id = $1", rejected);
            // Its envelope was refused before it was opened: on the channel between the States, which belongs to no case.
            s.RunOne("INSERT INTO receipts (chain, issuer, seq, sha256, event, message, time, der) SELECT 'peer:XA', issuer, 1, x'00', $2, $1, time, der FROM receipts WHERE message = $3 ORDER BY seq LIMIT 1", rejected, ReceiptEvent.RelayRejection, measure.Message);
            Events.Append(s, now, "receipt.received", "", rejected, "RelayRejection XA 1");
            Events.Append(s, now, "message.rejected", measure.CaseId, rejected, "rejected by XA-CA: V023");
            s.RunOne("INSERT INTO items (id, case_id, direction, state, chunks, size_bytes, manifest_sha256, created) VALUES ($1, $2, 'OUT', 'ATTACHED', 1, 4711, $3, $4)", item, measure.CaseId, Digest.Of("x"u8), now);
            s.RunOne("INSERT INTO breaches (id, case_id, found, recorded, by, text) VALUES ($1, $2, $3, $3, 'lawyer', $4)", breach, measure.CaseId, now, _states.Asked.Get<CaseKeys>().Seal(measure.CaseId, $"breach:{breach}", "lost"u8));
        });
        await _states.Asked.Client(_states.AskedLawyer).HoldCaseAsync(new HoldCaseRequest { CaseId = measure.CaseId, Reason = "trial" });
        return [measure.CaseId, measure.Message, held, rejected, item, breach];
    }

    // Everything that shows more than what it was asked for by an id, without the time of the answer.
    private async Task<IReadOnlyDictionary<string, string>> Replies(TestPerson person)
    {
        var client = _states.Asked.Client(person);
        var day = _states.Asked.Clock.GetUtcNow().UtcDateTime.Date;
        var shift = new ShiftReportRequest { From = $"{day.AddDays(-2):yyyy-MM-dd}T00:00:00Z", To = $"{day.AddDays(3):yyyy-MM-dd}T00:00:00Z" };
        return new Dictionary<string, string>
        {
            ["status"] = await Of(async () => await client.StatusAsync(new StatusRequest()) is var status ? new StatusReply { Cases = status.Cases, Receipts = status.Receipts, Outbox = status.Outbox, DeadLetters = status.DeadLetters } : null!),
            ["events"] = await Of(async () => await Seen(client)),
            ["cases"] = await Of(async () => await client.ListCasesAsync(new ListCasesRequest())),
            ["cases of the desk"] = await Of(async () => await client.ListCasesAsync(new ListCasesRequest { OpenOnly = true, Desk = person == _states.AskedLawyer ? "own" : "XB-CA" })),
            ["cases that are held"] = await Of(async () => await client.ListCasesAsync(new ListCasesRequest { HeldOnly = true })),
            ["inbox"] = await Of(async () => await client.ListMessagesAsync(new ListMessagesRequest { Direction = "IN" })),
            ["messages"] = await Of(async () => await client.ListMessagesAsync(new ListMessagesRequest { About = "ACT" })),
            ["items"] = await Of(async () => await client.ListItemsAsync(new ListItemsRequest())),
            ["deliveries"] = await Of(async () => await client.ListDeliveriesAsync(new ListDeliveriesRequest())),
            ["dead letters"] = await Of(async () => await client.ListDeliveriesAsync(new ListDeliveriesRequest { DeadOnly = true })),
            ["drafts"] = await Of(async () => await client.ListDraftsAsync(new ListDraftsRequest())),
            ["deadlines"] = await Of(async () => Timeless(await client.ListDeadlinesAsync(new ListDeadlinesRequest()))),
            ["missed deadlines"] = await Of(async () => Timeless(await client.ListDeadlinesAsync(new ListDeadlinesRequest { MissedOnly = true, OwnOnly = true }))),
            ["breaches"] = await Of(async () => await client.ListBreachesAsync(new ListBreachesRequest { OpenOnly = true })),
            ["statistics"] = await Of(async () => await client.StatisticsAsync(new StatisticsRequest { Year = (uint)day.Year })),
            ["shift"] = await Of(async () => await client.ShiftReportAsync(shift) is var report ? new ShiftReportReply { Alerts = { report.Alerts.Where(a => !a.Test) }, Held = { report.Held }, Acts = { report.Acts }, Rejected = { report.Rejected } } : null!),
        };
    }

    private static async Task<string> Of(Func<Task<IMessage>> call)
    {
        try
        {
            return (await call()).ToString()!;
        }
        catch (RpcException e)
        {
            return $"{e.StatusCode} {e.Status.Detail}";
        }
    }

    private static ListDeadlinesReply Timeless(ListDeadlinesReply reply)
    {
        reply.Now = "";
        return reply;
    }

    private static async Task<IMessage> Seen(Operator.OperatorClient client)
    {
        using var call = client.Watch(new WatchRequest { NoWait = true });
        var text = new StringBuilder();
        while (await call.ResponseStream.MoveNext(default))
            text.AppendLine(call.ResponseStream.Current.ToString());
        return new FilePart { Name = text.ToString() };
    }
}

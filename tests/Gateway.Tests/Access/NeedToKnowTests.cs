using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Delivery;
using Gateway.Protocol.Documents;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Access;

/// <summary>A measure with a need-to-know list beside ordinary cases: who is not on the list cannot tell it from what does not exist.</summary>
public sealed class NeedToKnowTests : IAsyncLifetime
{
    private TwoStates _states = null!;
    private TestPerson _colleague = null!;
    private TestPerson _auditor = null!;
    private SubmitReply _measure = null!;

    public async Task InitializeAsync()
    {
        _states = await TwoStates.Start();
        _colleague = await _states.Asked.AddUser("colleague", "XB-CA", "CENTRAL_AUTHORITY_MLA");
        _auditor = await _states.Asked.AddUser("auditor", "XB-CA", "AUDITOR");
        _measure = await TwoStates.Submit(_states.Asking, _states.Lawyer, "request", Measure());
        await Arrived(_measure.CaseId);
    }

    public async Task DisposeAsync() => await _states.DisposeAsync();

    [Fact]
    public async Task Whom_the_list_names_reads_and_acts_on_both_sides()
    {
        var opened = await _states.Asked.Client(_states.AskedLawyer).OpenMessageAsync(new OpenMessageRequest { Message = _measure.Message });
        Assert.Equal("COVERT_MEASURE", opened.Message.Kind);
        await TwoStates.Act(_states.Asked, _states.AskedLawyer, _measure.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 9/26", ["dueAt"] = DocumentWriter.FormatTime(_states.Asked.Clock.GetUtcNow().AddDays(5)) });
        Assert.Equal("ACKNOWLEDGED", (await _states.Asked.Client(_states.AskedLawyer).ShowCaseAsync(new ShowCaseRequest { CaseId = _measure.CaseId })).State);
        Assert.Equal("COVERT_MEASURE", Assert.Single((await _states.Asking.Client(_states.Lawyer).ListCasesAsync(new ListCasesRequest())).Cases).Kind);
    }

    [Fact]
    public async Task Lists_events_and_deliveries_of_others_do_not_show_it()
    {
        foreach (var person in new[] { _colleague, _auditor })
        {
            var client = _states.Asked.Client(person);
            Assert.Empty((await client.ListCasesAsync(new ListCasesRequest())).Cases);
            Assert.Empty((await client.ListMessagesAsync(new ListMessagesRequest())).Messages);
            Assert.Empty((await client.ListDeliveriesAsync(new ListDeliveriesRequest())).Deliveries);
            Assert.DoesNotContain(await Events(client), e => e.CaseId == _measure.CaseId || e.Text.Contains("COVERT", StringComparison.Ordinal));
        }
        // The central authority's other people see nothing of it on the asking side either; an administrator sees no delivery of it.
        await _states.Asked.Stop();
        var second = await TwoStates.Submit(_states.Asking, _states.Lawyer, "request", Measure());
        Assert.Equal(second.CaseId, Assert.Single((await _states.Asking.Client(_states.Lawyer).ListDeliveriesAsync(new ListDeliveriesRequest())).Deliveries).CaseId);
        Assert.Empty((await _states.Asking.Client(_states.Asking.Administrator).ListDeliveriesAsync(new ListDeliveriesRequest())).Deliveries);
        await Refused.By(() => _states.Asking.Client(_states.Asking.Administrator).ResendDeliveryAsync(new ResendDeliveryRequest { Message = second.Message }).ResponseAsync, "T804");
    }

    [Fact]
    public async Task An_alarm_about_a_case_says_what_it_says_to_those_who_see_the_case()
    {
        const string Words = "exhibit 7 of the case";
        const string Hidden = "about a case that is not open to you";
        var alarms = _states.Asked.Get<Alarms>();
        var sent = await _states.SendPreserve();
        await Arrived(sent.CaseId);
        var laboratory = await _states.Asked.AddUser("laboratory", "XB-LAB", "FORENSIC_LAB");
        alarms.Raise(AlarmCode.DISK_LOW, "disk", "42 MiB are free");
        async Task<string> Told(TestPerson person, string caseId)
        {
            alarms.Raise(AlarmCode.RECEIPT_FORK, "told", Words, caseId);
            var board = (await _states.Asked.Client(person).StatusAsync(new StatusRequest())).Alarms;
            Assert.Equal("42 MiB are free", Assert.Single(board, a => a.Code == "DISK_LOW").Text);
            return Assert.Single(board, a => a.Code == "RECEIPT_FORK").Text;
        }
        foreach (var person in new[] { _colleague, _auditor, _states.Asked.Administrator, laboratory })
            Assert.Equal(Hidden, await Told(person, _measure.CaseId));
        Assert.Equal(Words, await Told(_states.AskedLawyer, _measure.CaseId));
        // An ordinary case: its own people, and those who watch the whole.
        foreach (var person in new[] { _colleague, _auditor, _states.Asked.Administrator })
            Assert.Equal(Words, await Told(person, sent.CaseId));
        Assert.Equal(Hidden, await Told(laboratory, sent.CaseId));
    }

    [Fact]
    public async Task Counts_and_alarms_that_count_are_over_what_the_reader_sees()
    {
        var sent = await _states.SendPreserve();
        await Arrived(sent.CaseId);
        async Task<StatusReply> Status(TestState state, TestPerson person) => await state.Client(person).StatusAsync(new StatusRequest());
        var receipts = await Receipts(_auditor, sent.CaseId);
        foreach (var person in new[] { _colleague, _auditor, _states.Asked.Administrator })
        {
            var seen = await Status(_states.Asked, person);
            Assert.Equal((1UL, receipts), (seen.Cases, seen.Receipts));
        }
        var all = await Status(_states.Asked, _states.AskedLawyer);
        Assert.Equal(2UL, all.Cases);
        Assert.True(all.Receipts > (await Status(_states.Asked, _colleague)).Receipts);

        // Deadlines of the measure alone are missed.
        await TwoStates.Act(_states.Asked, _states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 9/26", ["dueAt"] = DocumentWriter.FormatTime(_states.Asked.Clock.GetUtcNow().AddDays(50)) });
        await TwoStates.Act(_states.Asked, _states.AskedLawyer, sent.CaseId, "PRESERVED", new JsonObject { ["until"] = DocumentWriter.FormatTime(_states.Asked.Clock.GetUtcNow().AddDays(60)) });
        _states.Asked.Clock.Offset += TimeSpan.FromDays(40);
        await _states.Asked.Get<ClockLoop>().LookAtAll();
        Assert.Contains((await Status(_states.Asked, _states.AskedLawyer)).Alarms, a => a.Code == "DEADLINES_MISSED" && char.IsAsciiDigit(a.Text[0]));
        foreach (var person in new[] { _colleague, _auditor, _states.Asked.Administrator })
            Assert.DoesNotContain((await Status(_states.Asked, person)).Alarms, a => a.Code == "DEADLINES_MISSED");
        await _states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("UPDATE deadlines SET state = 'RUNNING', met = NULL, passed = due WHERE case_id = $1 AND rule = 'ACKNOWLEDGE'", sent.CaseId));
        Assert.StartsWith("1 deadlines", Assert.Single((await Status(_states.Asked, _colleague)).Alarms, a => a.Code == "DEADLINES_MISSED").Text, StringComparison.Ordinal);

        // What waits for a State that does not answer, and what was given up.
        await _states.Asked.Stop();
        await TwoStates.Submit(_states.Asking, _states.Lawyer, "request", Measure());
        Assert.Equal(0UL, (await Status(_states.Asking, _states.Asking.Administrator)).Outbox);
        Assert.Equal(1UL, (await Status(_states.Asking, _states.Lawyer)).Outbox);
        await _states.Asking.Get<Database>().Write(Lane.Ordinary, s => s.RunOne("UPDATE outbox SET state = 'DEAD'"));
        _states.Asking.Get<DeadLetters>().Look();
        Assert.StartsWith("1 messages to XB", Assert.Single((await Status(_states.Asking, _states.Lawyer)).Alarms, a => a.Code == "DELIVERY_DEAD").Text, StringComparison.Ordinal);
        var other = await Status(_states.Asking, _states.Asking.Administrator);
        Assert.Equal(0UL, other.DeadLetters);
        Assert.DoesNotContain(other.Alarms, a => a.Code == "DELIVERY_DEAD");
    }

    [Fact]
    public async Task What_a_measure_brought_is_in_no_count_of_a_year_but_that_of_its_readers()
    {
        var (item, now) = (Ids.New(), _states.Asked.Clock.GetUtcNow());
        await _states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            s.RunOne("INSERT INTO items (id, case_id, direction, state, chunks, size_bytes, manifest_sha256, created) VALUES ($1, $2, 'OUT', 'ATTACHED', 1, 4711, $3, $4)", item, _measure.CaseId, Digest.Of("x"u8), now);
            s.RunOne("INSERT INTO receipts (chain, issuer, seq, sha256, event, message, item, time, der) VALUES ($1, 'XA', 99, $2, 'ContentHandover', $3, $4, $5, x'00')", _measure.CaseId, Digest.Of("y"u8), Ids.New(), item, now);
        });
        async Task<ulong> Sent(TestPerson person) => (await _states.Asked.Client(person).StatisticsAsync(new StatisticsRequest { Year = (uint)now.Year })).Peers.Aggregate(0UL, (sum, peer) => sum + peer.BytesSent);
        Assert.Equal(0UL, await Sent(_colleague));
        Assert.Equal(0UL, await Sent(_auditor));
        Assert.Equal(4711UL, await Sent(_states.AskedLawyer));
    }

    // Of a case and of the channel between the States, which belongs to none.
    private async Task<ulong> Receipts(TestPerson person, string caseId)
        => (ulong)((await _states.Asked.Client(person).ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).Chains.Sum(c => (long)c.Count)
            + _states.Asked.Get<Database>().Read(s => s.Number("SELECT coalesce(sum(seq), 0) FROM chains WHERE chain NOT IN (SELECT id FROM cases)")));

    [Fact]
    public async Task An_id_that_exists_and_one_that_does_not_give_the_same_code_and_the_same_bytes()
    {
        var item = Ids.New();
        await _states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.RunOne(
            "INSERT INTO items (id, case_id, direction, state, chunks, size_bytes, manifest_sha256, created) VALUES ($1, $2, 'OUT', 'ATTACHED', 1, 1, $3, $4)", item, _measure.CaseId, Digest.Of("x"u8), _states.Asked.Clock.GetUtcNow()));
        // A repeat of the message was rejected on the channel, which belongs to no case.
        await _states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.RunOne(
            "INSERT INTO receipts (chain, issuer, seq, sha256, event, message, time, der) SELECT 'peer:XA', issuer, 1, x'00', event, message, time, der FROM receipts WHERE message = $1 ORDER BY seq LIMIT 1", _measure.Message));
        foreach (var person in new[] { _colleague, _auditor, _states.Asked.Administrator })
        {
            var client = _states.Asked.Client(person);
            (string Name, Func<string, string, string, Task<IMessage>> Call)[] calls =
            [
                ("show", async (c, _, _) => await client.ShowCaseAsync(new ShowCaseRequest { CaseId = c })),
                ("receipts", async (c, _, _) => await client.ListReceiptsAsync(new ListReceiptsRequest { CaseId = c })),
                ("receipts of a message", async (_, m, _) => await client.ListReceiptsAsync(new ListReceiptsRequest { Message = m })),
                ("messages", async (c, _, _) => await client.ListMessagesAsync(new ListMessagesRequest { CaseId = c })),
                ("open", async (_, m, _) => await client.OpenMessageAsync(new OpenMessageRequest { Message = m })),
                ("decide", async (_, m, _) => await client.DecideMarksAsync(new DecideMarksRequest { Message = m, Accept = true, Reason = "it is known to be good" })),
                ("items", async (c, _, _) => await client.ListItemsAsync(new ListItemsRequest { CaseId = c })),
                ("manifest", async (_, _, i) => await client.FetchManifestAsync(new FetchManifestRequest { Item = i })),
                ("download", async (_, _, i) => await First(client.DownloadEvidence(new DownloadEvidenceRequest { Item = i }))),
                ("export", async (c, _, _) => await First(client.ExportCase(new ExportCaseRequest { CaseId = c }))),
                ("hold", async (c, _, _) => await client.HoldCaseAsync(new HoldCaseRequest { CaseId = c, Reason = "trial" })),
                ("unhold", async (c, _, _) => await client.UnholdCaseAsync(new HoldCaseRequest { CaseId = c, Reason = "trial" })),
                ("review", async (c, _, _) => await client.ReviewRetentionAsync(new ReviewRetentionRequest { CaseId = c, Reason = "it is needed no longer" })),
                ("hand over", async (c, _, _) => await client.HandOverCaseAsync(new HandOverCaseRequest { CaseId = c, To = "XB-CA", Reason = "trial" })),
                ("profile", async (c, _, _) => await client.ShowProfileAsync(new ShowProfileRequest { CaseId = c })),
                ("act", async (c, _, _) => await Compose(client, "act", new JsonObject { ["case"] = c, ["kind"] = "ACCEPTED" })),
                ("erase", async (c, _, _) => await Compose(client, "erasureDecision", new JsonObject { ["case"] = c, ["decision"] = "PROPOSE", ["reason"] = "ORDERED", ["legalBasis"] = "order" })),
                ("release", async (c, _, i) => await Compose(client, "release", new JsonObject { ["itemId"] = i, ["manifestSha256"] = Digest.Of("x"u8).ToString(), ["case"] = c, ["decision"] = "PROPOSE", ["legalBasis"] = "order" })),
                ("link", async (c, _, _) => await Compose(client, "request", Linked(c))),
                ("extend", async (c, _, _) => await Compose(client, "request", Linked(c, "EXTENDS"))),
            ];
            foreach (var (name, call) in calls)
            {
                var none = Ids.NewCase("XA");
                var there = await Answer(() => call(_measure.CaseId, _measure.Message, item), _measure.CaseId);
                var absent = await Answer(() => call(none, Ids.New(), Ids.New()), none);
                Assert.True(there == absent, $"{person.Name}, {name}: {there} is not {absent}");
            }
        }
    }

    [Fact]
    public async Task A_measure_whose_sender_or_addressee_is_not_on_the_list_is_not_sent()
    {
        async Task<IReadOnlyList<string>> Problems(TestPerson person, Action<JsonObject> change)
        {
            var fields = Measure();
            change(fields);
            return [.. (await _states.Asking.Client(person).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() })).Problems.Select(p => $"{p.Code} {p.Path}: {p.Detail}")];
        }

        var other = await _states.Asking.AddUser("other-lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        Assert.Equal(["V049 needToKnow: You are not on the list for this measure."], await Problems(other, _ => { }));
        Assert.Equal(["V049 needToKnow: Nobody of XB is on the list for this measure."], await Problems(_states.Lawyer, fields => fields["needToKnow"]!.AsArray().RemoveAt(1)));
        Assert.Empty(await Problems(_states.Lawyer, _ => { }));
    }

    [Fact]
    public async Task A_measure_that_is_rejected_on_arrival_is_hidden_too()
    {
        var rejected = Ids.NewCase("XA");
        var bytes = JsonNode.Parse((await _states.Asking.Client(_states.Lawyer).ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = Measure().ToJsonString() })).Document.Span)!;
        Assert.Null(_states.Asked.Get<Gateway.Access.NeedToKnow>().ReadersOf("{\"kind\":\"PRESERVE_DATA\"}"u8.ToArray()));
        var readers = _states.Asked.Get<Gateway.Access.NeedToKnow>().ReadersOf(System.Text.Encoding.UTF8.GetBytes(bytes.ToJsonString()));
        await _states.Asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            Gateway.Access.Desks.Open(s, rejected, "XB-CA", _states.Asked.Card.Card, readers, _states.Asked.Clock.GetUtcNow());
            s.RunOne("INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, refusal, detail) VALUES ($1, 'IN', 'XA-CA', 'XB-CA', $2, 'REQUEST', 'REQUEST', 'ORDINARY', $3, 'REJECTED', $4, 'V001', 'x')",
                Ids.New(), rejected, Digest.Of("x"u8), _states.Asked.Clock.GetUtcNow());
        });
        Assert.Empty((await _states.Asked.Client(_colleague).ListMessagesAsync(new ListMessagesRequest())).Messages);
        Assert.Contains((await _states.Asked.Client(_states.AskedLawyer).ListMessagesAsync(new ListMessagesRequest())).Messages, m => m.CaseId == rejected);
    }

    [Fact]
    public async Task A_measure_is_handed_over_only_to_an_authority_of_which_somebody_is_on_the_list()
    {
        await _states.Asked.AddUser("officer", "XB-PO", "COMPETENT_AUTHORITY");
        var refused = await Refused.By(() => _states.Asked.Client(_states.AskedLawyer).HandOverCaseAsync(new HandOverCaseRequest { CaseId = _measure.CaseId, To = "XB-PO", Reason = "to be executed" }).ResponseAsync, "V049");
        Assert.Equal("Nobody of XB-PO is on the list for this measure.", refused.Detail);
    }

    private static JsonObject Measure()
    {
        var fields = TwoStates.SampleFields("covert-measure.json");
        fields["needToKnow"] = new JsonArray(
            new JsonObject { ["authority"] = "XA-CA", ["person"] = "lawyer" },
            new JsonObject { ["authority"] = "XB-CA", ["person"] = "lawyer" });
        return fields;
    }

    private static JsonObject Linked(string caseId, string relation = "SUPPLEMENTS")
    {
        var fields = TwoStates.SampleFields(relation == "EXTENDS" ? "preserve-extension.json" : "legal-information.json");
        fields["requestingAuthority"] = "XB-CA";
        fields["requestedAuthority"] = "XA-CA";
        fields["linkedRequests"] = new JsonArray(new JsonObject { ["relation"] = relation, ["case"] = caseId });
        return fields;
    }

    // The reference of a composed request is a new number each time; everything else must be the same.
    private static async Task<ComposeReply> Compose(Operator.OperatorClient client, string type, JsonObject fields)
    {
        var reply = await client.ComposeAsync(new ComposeRequest { Type = type, FieldsJson = fields.ToJsonString() });
        Assert.NotEmpty(reply.Problems);
        return reply;
    }

    private static async Task<IMessage> First<T>(AsyncServerStreamingCall<T> call) where T : class, IMessage
    {
        using (call)
        {
            Assert.True(await call.ResponseStream.MoveNext(default));
            return call.ResponseStream.Current;
        }
    }

    // The bytes of the answer; the id that was asked for stands in one message (V018) and is the only difference allowed.
    private static async Task<string> Answer(Func<Task<IMessage>> call, string caseId)
    {
        try
        {
            return Convert.ToHexString((await call()).ToByteArray()).Replace(Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(caseId)), "ID", StringComparison.Ordinal);
        }
        catch (RpcException e)
        {
            return $"{e.StatusCode} {e.Status.Detail} {string.Join(' ', e.Trailers.Where(t => t.Key != "date").Select(t => $"{t.Key}={(t.IsBinary ? Convert.ToHexString(t.ValueBytes) : t.Value)}"))}";
        }
    }

    private static async Task<List<Event>> Events(Operator.OperatorClient client)
    {
        using var call = client.Watch(new WatchRequest { NoWait = true });
        var events = new List<Event>();
        while (await call.ResponseStream.MoveNext(default))
            events.Add(call.ResponseStream.Current);
        return events;
    }

    private async Task Arrived(string caseId)
    {
        for (var i = 0; i < 2400; i++)
        {
            if ((await _states.Asked.Client(_states.AskedLawyer).ListCasesAsync(new ListCasesRequest())).Cases.Any(c => c.CaseId == caseId))
                return;
            await Task.Delay(50);
        }
        Assert.Fail($"{caseId} did not arrive");
    }
}

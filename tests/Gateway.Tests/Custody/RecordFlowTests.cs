using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cases;
using Gateway.Custody;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Verification;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Custody;

/// <summary>Records of an item at its gateway and on their way: first what is refused, then how they arrive and stand in both bundles.</summary>
public sealed class RecordFlowTests
{
    [Fact]
    public async Task What_is_no_signed_record_of_the_item_is_refused()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(1000);
        var report = Report(item, flow);
        await Refused.By(() => Add(flow, flow.Technician, item), "T806");
        await Refused.By(() => Add(flow, flow.Technician, item, "no CMS"u8.ToArray()), "T201");
        await Refused.By(() => Add(flow, flow.Technician, item, Signed(flow, flow.Technician, "{\"v\":1,\"type\":\"release\"}\n"u8.ToArray())), "T111");
        foreach (var (member, value) in new[] { ("item", Ids.New()), ("case", "XA-00000000000000000000000000000000"), ("exhibitNumber", "another") })
            await Refused.By(() => Add(flow, flow.Technician, item, Signed(flow, flow.Technician, Report(item, flow, member, value))), "T705");
        await Refused.By(() => Add(flow, flow.Technician, item, Signed(flow, flow.Technician, report), Signed(flow, flow.Technician, report)), "V039");
        await Refused.By(() => Add(flow, flow.Technician, item, Signed(flow, flow.Technician, report), Signed(flow, flow.First, Report(item, flow))), "T805");
        await Refused.By(() => Add(flow, flow.Technician, item, [.. Enumerable.Repeat(Signed(flow, flow.Technician, report), 21)]), "T806");
        // Another laboratory did not attach it; an administrator writes nothing down.
        await Refused.By(async () => await Add(flow, await flow.States.Asked.AddUser("other-lab", "XB-CP", "FORENSIC_LAB"), item, Signed(flow, flow.Technician, report)), "T804");
        await Refused.By(() => Add(flow, flow.States.Asked.Administrator, item, Signed(flow, flow.Technician, report)), "T802");
        Assert.Empty(await Records(flow.States.Asked, flow.First, item));

        // The second person signs later; the same again changes nothing.
        Assert.Equal(1u, (await Add(flow, flow.Technician, item, Signed(flow, flow.Technician, report))).Signatures);
        var second = Signed(flow, flow.First, report);
        Assert.Equal(2u, (await Add(flow, flow.Technician, item, second)).Signatures);
        Assert.Equal(2u, (await Add(flow, flow.Technician, item, second)).Signatures);
        await Refused.By(() => Add(flow, flow.Technician, item, Signed(flow, flow.Technician, report)), "V039");
        Assert.Equal([Digest.Of(report)], (await Records(flow.States.Asked, flow.First, item)).Select(r => r.Record.Sha256).Distinct());
    }

    [Fact]
    public async Task A_copying_record_needs_the_participants_of_the_States_own_profile()
    {
        await using var flow = await EvidenceFlow.Start(c => c["Profile"] = new JsonObject { ["CopyingParticipants"] = new JsonArray("SPECIALIST", "WITNESS", "WITNESS") });
        var item = await flow.Attached(1000);
        var refusal = await Refused.By(() => Add(flow, flow.Technician, item, Signed(flow, flow.Technician, Copying(item, flow, "SPECIALIST", "WITNESS"))), "V037");
        Assert.Contains("required by XB (SPECIALIST, WITNESS, WITNESS); missing: 2 WITNESS", refusal.Detail, StringComparison.Ordinal);
        Assert.Empty(await Records(flow.States.Asked, flow.First, item));
        Assert.Equal(1u, (await Add(flow, flow.Technician, item, Signed(flow, flow.Technician, Copying(item, flow, "SPECIALIST", "WITNESS", "WITNESS")))).Signatures);
    }

    [Fact]
    public async Task A_record_goes_behind_its_item_and_stands_with_its_signatures_in_both_bundles()
    {
        await using var flow = await EvidenceFlow.Start();
        var states = flow.States;
        var item = await flow.Attached(1000);
        var report = Report(item, flow);
        await Add(flow, flow.Technician, item, Signed(flow, flow.Technician, report), Signed(flow, flow.Second, report));
        Assert.Empty((await states.Asking.Client(states.Lawyer).ListItemsAsync(new ListItemsRequest { CaseId = flow.Sent.CaseId })).Items);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(states.Asking, states.Lawyer, item, "COMPLETE");
        var there = await Come(flow, item, 2);
        Assert.All(there, record => Assert.Equal(report, record.Signed.Content.ToArray()));
        Assert.Equal(["second-officer", "technician"], there.Select(r => r.Signed.Signer.CommonName).Order(StringComparer.Ordinal));

        // One that is made after the item was sent goes too; one that the recipient makes stays with it.
        var later = Report(item, flow, "reportNumber", "LR-2");
        Assert.True((await Add(flow, flow.Technician, item, Signed(flow, flow.Technician, later))).Travels);
        await Come(flow, item, 3);
        var own = Report(item, flow, "reportNumber", "own");
        using var lawyer = states.Lawyer.Signing.Signer();
        var kept = new AddRecordRequest { Item = item.Id, Signatures = { ByteString.CopyFrom(SignedDocument.Sign(own, lawyer, states.Asking.Clock.GetUtcNow())) } };
        Assert.False((await states.Asking.Client(states.Lawyer).AddRecordAsync(kept)).Travels);

        foreach (var (state, person, expected) in new[] { (states.Asking, flow.Auditor, 3), (states.Asked, states.AskedLawyer, 2) })
        {
            var judged = await CustodyFlowTests.Judged(flow, state, person);
            Assert.True(judged.Verdict == Verdict.VALID, string.Join('\n', judged.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
            var records = Assert.Single(judged.Items).Records;
            Assert.Equal(expected, records.Count);
            Assert.Contains("labReport, signed by technician, second-officer", records.Select(Sorted));
        }

        static string Sorted(string record) => record.Replace("second-officer, technician", "technician, second-officer", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_of_an_item_that_is_not_released_stay_out_of_every_bundle()
    {
        await using var flow = await EvidenceFlow.Start();
        var (released, kept) = (await flow.Attached(1000), await flow.Attached(1001));
        await Add(flow, flow.Technician, released, Signed(flow, flow.Technician, Report(released, flow)));
        await Add(flow, flow.Technician, kept, Signed(flow, flow.Technician, Report(kept, flow, "reportNumber", "of what stays here")));
        await flow.Decide(flow.First, released, "PROPOSE");
        await flow.Decide(flow.Second, released, "APPROVE");
        await flow.Reaches(flow.States.Asked, flow.First, released, "CONSIGNED");
        var judged = await CustodyFlowTests.Judged(flow, flow.States.Asked, flow.States.AskedLawyer);
        Assert.True(judged.Verdict == Verdict.VALID, string.Join('\n', judged.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        Assert.Equal(["labReport, signed by technician"], Assert.Single(judged.Items).Records);
        Assert.DoesNotContain(judged.Findings, f => f.Code is FindingCode.RecordDiffers or FindingCode.ProofUnreferenced);
    }

    [Fact]
    public async Task What_the_other_side_must_not_send_as_a_record_is_rejected()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(1000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        Assert.Equal("T705", await Sent(flow, Signed(flow, flow.Technician, Report(item, flow, "item", Ids.New()))));
        Assert.Equal("T705", await Sent(flow, Signed(flow, flow.Technician, Report(item, flow, "exhibitNumber", "another"))));
        // A seal is no person.
        Assert.NotEqual("", await Sent(flow, SignedDocument.Sign(Report(item, flow), flow.States.Asked.Get<Keys.KeyRing>().Seal("XB-CA"), flow.States.Asked.Clock.GetUtcNow())));
        Assert.Empty(await Records(flow.States.Asking, flow.States.Lawyer, item));
        Assert.Equal("", await Sent(flow, Signed(flow, flow.Technician, Report(item, flow))));
        Assert.Single(await Come(flow, item, 1));
    }

    [Fact]
    public async Task Of_two_that_are_brought_at_once_the_second_is_judged_beside_the_first()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asked, item) = (flow.States.Asked, await flow.Attached(1000));
        var report = Report(item, flow);
        var (add, user, database) = (asked.Get<AddRecord>(), asked.Get<UserDirectory>().ByName("technician")!, asked.Get<Database>());
        AddRecordRequest Request(params byte[][] signatures) => new() { Item = item.Id, Signatures = { signatures.Select(ByteString.CopyFrom) } };

        // While the writer is busy both are judged on what is there now, and wait to be written. One person signs twice, and more sign than one record has room for.
        using var free = new ManualResetEventSlim();
        var busy = database.Write(Lane.Ordinary, _ => free.Wait());
        byte[][] many = [.. Enumerable.Range(0, 18).Select(i => Signed(flow, asked.Person($"signer-{i}"), report))];
        Task<Outcome<AddRecordReply>>[] brought =
        [
            add.Run(Request(Signed(flow, flow.Technician, report)), user),
            add.Run(Request(Signed(flow, flow.Technician, report)), user),
            add.Run(Request(many), user),
            add.Run(Request(Signed(flow, flow.First, report), Signed(flow, flow.Second, report)), user),
        ];
        Assert.All(brought, one => Assert.False(one.IsCompleted));
        free.Set();
        await busy;
        var codes = (await Task.WhenAll(brought)).Select(one => one.Succeeded ? "" : one.Refusal.Code.Text());
        Assert.Equal(["", "V039", "", "T604"], codes);
        Assert.Equal(19, (await Records(asked, flow.First, item)).Count);
    }

    [Fact]
    public async Task Signatures_that_come_together_are_counted_together()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await flow.Attached(1000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(flow.States.Asking, flow.States.Lawyer, item, "COMPLETE");
        var report = Report(item, flow);
        byte[][] Copies(int count) => [.. Enumerable.Range(0, count).Select(_ => Signed(flow, flow.Technician, report))];
        Assert.Equal("T604", await Sent(flow, Copies(21)));
        Assert.Empty(await Records(flow.States.Asking, flow.States.Lawyer, item));
        Assert.Equal("", await Sent(flow, Copies(20)));
        Assert.Equal("T604", await Sent(flow, Copies(1)));
        Assert.Equal(20, (await Records(flow.States.Asking, flow.States.Lawyer, item)).Count);
    }

    [Fact]
    public async Task What_an_item_cannot_hold_is_refused_and_what_one_message_cannot_hold_goes_in_several()
    {
        await using var flow = await EvidenceFlow.Start();
        var (asked, asking) = (flow.States.Asked, flow.States.Asking);
        var item = await flow.Attached(1000);
        // As large as a report gets: five copies are more than a message holds, ten more than the item does.
        var report = Report(item, flow, fields =>
        {
            fields["questions"] = new JsonArray([.. Enumerable.Range(1, 90).Select(i => (JsonNode)$"question {i}")]);
            fields["results"] = new JsonArray([.. Enumerable.Range(1, 90).Select(i => (JsonNode)new JsonObject { ["question"] = i, ["answer"] = new string('x', 10_000) })]);
        });
        var copies = Enumerable.Range(1, 10).Select(i => Signed(flow, asked.Person($"signer-{i}"), report)).ToList();
        await Refused.By(() => Add(flow, flow.Technician, item, [.. copies]), "T604");
        Assert.Equal(5u, (await Add(flow, flow.Technician, item, [.. copies[..5]])).Signatures);
        await Refused.By(() => Add(flow, flow.Technician, item, [.. copies[5..]]), "T604");
        await Add(flow, flow.Technician, item, Signed(flow, flow.Technician, Report(item, flow)));

        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await Eventually.Holds(() => Count("SELECT count(*) FROM item_records") == 6, () => $"{Count("SELECT count(*) FROM item_records")} came");
        Assert.Equal(3, Count("SELECT count(*) FROM messages WHERE about = 'CUSTODY'"));

        long Count(string sql) => asking.Get<Database>().Read(s => s.Number(sql));
    }

    [Fact]
    public async Task A_record_whose_signer_nobody_knows_waits_for_an_officer_and_the_case_goes_on()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, lawyer) = (flow.States, flow.States.Asking.Client(flow.States.Lawyer));
        var item = await flow.Attached(1000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(states.Asking, states.Lawyer, item, "COMPLETE");
        // A custodian of a company: certified by nobody whom the card names.
        var stranger = new TestPki("XB").Issue("custodian", TestPki.Sign);
        var (unknown, refused) = (Report(item, flow, "reportNumber", "of a stranger"), Report(item, flow, "reportNumber", "to be refused"));
        using (var signer = stranger.Signer())
        {
            await Add(flow, flow.Technician, item, SignedDocument.Sign(unknown, signer, states.Asked.Clock.GetUtcNow()));
            await Add(flow, flow.Technician, item, SignedDocument.Sign(refused, signer, states.Asked.Clock.GetUtcNow()));
        }
        await Eventually.Holds(() => Waiting().Count == 2, () => $"{Waiting().Count} wait");
        Assert.All(Waiting(), waiting => Assert.StartsWith("V027", waiting.Held, StringComparison.Ordinal));
        Assert.Empty(await Records(states.Asking, states.Lawyer, item));

        // What comes behind it arrives: another record, and an act that the other side answers for.
        await Add(flow, flow.Technician, item, Signed(flow, flow.Technician, Report(item, flow)));
        await Come(flow, item, 1);
        await TwoStates.Act(states.Asked, states.AskedLawyer, flow.Sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) });
        await Eventually.Holds(() => lawyer.ListCases(new ListCasesRequest()).Cases.Single(c => c.CaseId == flow.Sent.CaseId).State == "ACKNOWLEDGED");
        Assert.Equal(2, Waiting().Count);
        Assert.DoesNotContain((await CustodyFlowTests.Judged(flow, states.Asking, flow.Auditor)).Findings, f => f.Severity == Severity.Broken || (f.Code == FindingCode.ProofPending && f.Text.Contains("custodian", StringComparison.Ordinal)));

        var message = Waiting().Single(w => w.Sha256 == Digest.Of(unknown).ToString()).Message;
        await lawyer.DecideMarksAsync(new DecideMarksRequest { Message = message, Accept = true, Reason = "the company confirmed it by telephone" });
        Assert.Contains(Digest.Of(unknown), (await Come(flow, item, 2)).Select(r => r.Record.Sha256));
        await lawyer.DecideMarksAsync(new DecideMarksRequest { Message = Assert.Single(Waiting()).Message, Accept = false, Reason = "nobody there knows the signer" });
        Assert.Empty(Waiting());
        Assert.Equal(2, (await Records(states.Asking, states.Lawyer, item)).Count);
        Assert.DoesNotContain((await CustodyFlowTests.Judged(flow, states.Asking, flow.Auditor)).Findings, f => f.Severity == Severity.Broken);

        IReadOnlyList<WaitingRecord> Waiting() => lawyer.FetchCustody(new FetchCustodyRequest { Item = item.Id }).Waiting;
    }

    [Fact]
    public async Task A_copy_of_what_waits_is_taken_only_when_an_officer_has_decided_about_the_first()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, lawyer) = (flow.States, flow.States.Asking.Client(flow.States.Lawyer));
        var item = await flow.Attached(1000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(states.Asking, states.Lawyer, item, "COMPLETE");
        byte[] record;
        using (var signer = new TestPki("XB").Issue("custodian", TestPki.Sign).Signer())
            record = SignedDocument.Sign(Report(item, flow), signer, states.Asked.Clock.GetUtcNow());
        Assert.Equal("", await Sent(flow, record));
        var message = Assert.Single(Waiting()).Message;

        var again = await Queued(flow, record);
        await Eventually.Holds(() => Attempt(again) is not "", () => "no attempt was made");
        Assert.StartsWith("T606", Attempt(again), StringComparison.Ordinal);
        Assert.Equal(message, Assert.Single(Waiting()).Message);
        await lawyer.DecideMarksAsync(new DecideMarksRequest { Message = message, Accept = true, Reason = "the company confirmed it by telephone" });
        await states.Asked.Client(states.AskedLawyer).ResendDeliveryAsync(new ResendDeliveryRequest { Message = again });
        await Eventually.Holds(() => Attempt(again) is "gone", () => Attempt(again));
        Assert.Single(await Records(states.Asking, states.Lawyer, item));

        IReadOnlyList<WaitingRecord> Waiting() => lawyer.FetchCustody(new FetchCustodyRequest { Item = item.Id }).Waiting;

        string Attempt(string id) => states.Asked.Get<Database>().Read(s => s.One("SELECT coalesce(last_error, '') FROM outbox WHERE message = $1", r => r.GetString(0), id)) ?? "gone";
    }

    [Fact]
    public async Task A_decision_after_the_completion_of_the_case_is_kept_without_a_receipt()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, lawyer) = (flow.States, flow.States.Asking.Client(flow.States.Lawyer));
        var item = await flow.Attached(1000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(states.Asked, flow.First, item, "CONSIGNED");
        var (accepted, refused) = (Report(item, flow, "reportNumber", "accepted"), Report(item, flow, "reportNumber", "refused"));
        using (var signer = new TestPki("XB").Issue("custodian", TestPki.Sign).Signer())
        {
            await Add(flow, flow.Technician, item, SignedDocument.Sign(accepted, signer, states.Asked.Clock.GetUtcNow()));
            await Add(flow, flow.Technician, item, SignedDocument.Sign(refused, signer, states.Asked.Clock.GetUtcNow()));
        }
        await Eventually.Holds(() => Waiting().Count == 2, () => $"{Waiting().Count} wait");
        await flow.Completed();
        var receipts = Receipts();
        foreach (var (record, accept) in new[] { (accepted, true), (refused, false) })
            await lawyer.DecideMarksAsync(new DecideMarksRequest { Message = Waiting().Single(w => w.Sha256 == Digest.Of(record).ToString()).Message, Accept = accept, Reason = "asked the company by telephone" });
        Assert.Empty(Waiting());
        Assert.Equal([Digest.Of(accepted)], (await Records(states.Asking, states.Lawyer, item)).Select(r => r.Record.Sha256));
        Assert.Equal(receipts, Receipts());
        foreach (var (state, person) in new[] { (states.Asking, flow.Auditor), (states.Asked, states.AskedLawyer) })
            Assert.DoesNotContain((await CustodyFlowTests.Judged(flow, state, person)).Findings, f => f.Severity == Severity.Broken);

        IReadOnlyList<WaitingRecord> Waiting() => lawyer.FetchCustody(new FetchCustodyRequest { Item = item.Id }).Waiting;

        long Receipts() => states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipts"));
    }

    [Fact]
    public async Task What_is_decided_and_handed_over_between_a_confirmation_and_its_delivery_has_its_receipt()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, lawyer) = (flow.States, flow.States.Asking.Client(flow.States.Lawyer));
        var item = await flow.Attached(1000);
        await flow.Decide(flow.First, item, "PROPOSE");
        await flow.Decide(flow.Second, item, "APPROVE");
        await flow.Reaches(states.Asked, flow.First, item, "CONSIGNED");
        using (var signer = new TestPki("XB").Issue("custodian", TestPki.Sign).Signer())
            await Add(flow, flow.Technician, item, SignedDocument.Sign(Report(item, flow), signer, states.Asked.Clock.GetUtcNow()));
        await Eventually.Holds(() => Waiting().Count == 1, () => $"{Waiting().Count} wait");
        var (_, found, manifest, sha256) = await flow.Download(states.Lawyer, item);
        await flow.Executed();

        await states.Asked.Stop();
        await TwoStates.Act(states.Asking, states.DutyOfficer, flow.Sent.CaseId, "COMPLETED");
        var message = Assert.Single(Waiting()).Message;
        await lawyer.DecideMarksAsync(new DecideMarksRequest { Message = message, Accept = true, Reason = "asked the company by telephone" });
        Assert.Equal(1, Count($"SELECT count(*) FROM receipts WHERE message = '{message}' AND event = 'ContentConsignment'"));
        await TwoStates.Submit(states.Asking, states.Lawyer, "handOver", new JsonObject
        {
            ["itemId"] = item.Id, ["manifestSha256"] = sha256.ToString(), ["case"] = manifest.Case, ["outcome"] = "AGREED",
            ["digests"] = new JsonArray([.. found.Digests.Select(d => (JsonNode)new JsonObject { ["algorithm"] = d.Algorithm, ["value"] = d.Value })]),
        });
        Assert.Equal(1, Count("SELECT count(*) FROM receipts WHERE event = 'ContentHandover'"));
        Assert.Equal(0, Count("SELECT count(*) FROM receipts WHERE event = 'GatewayCaseClosed'"));

        await states.Asked.Start();
        await Eventually.Holds(() => Count("SELECT count(*) FROM receipts WHERE event = 'GatewayCaseClosed'") == 2);
        await states.Settled(flow.Sent.CaseId, 1);
        foreach (var (state, person) in new[] { (states.Asking, flow.Auditor), (states.Asked, states.AskedLawyer) })
            Assert.DoesNotContain((await CustodyFlowTests.Judged(flow, state, person)).Findings, f => f.Severity == Severity.Broken);

        IReadOnlyList<WaitingRecord> Waiting() => lawyer.FetchCustody(new FetchCustodyRequest { Item = item.Id }).Waiting;

        long Count(string sql) => states.Asking.Get<Database>().Read(s => s.Number(sql));
    }

    private static byte[] Report(TestItem item, EvidenceFlow flow, string member, string value) => Report(item, flow, fields => fields[member] = value);

    private static byte[] Report(TestItem item, EvidenceFlow flow, Action<JsonObject>? change = null)
    {
        var fields = new JsonObject
        {
            ["item"] = item.Id,
            ["case"] = flow.Sent.CaseId,
            ["exhibitNumber"] = "EX-2026-17/3",
            ["reportNumber"] = "LR-1",
            ["requestReference"] = "RQ-1",
            ["questions"] = new JsonArray("Is the mailbox on the disk?"),
            ["itemsReceived"] = new JsonArray(new JsonObject { ["exhibitNumber"] = "EX-2026-17", ["sealIntact"] = true, ["condition"] = "good" }),
            ["method"] = "read with a forensic suite",
            ["sopReference"] = "SOP 4",
            ["tools"] = new JsonArray(new JsonObject { ["name"] = "Suite", ["vendor"] = "Example", ["version"] = "4", ["purpose"] = "analysis" }),
            ["results"] = new JsonArray(new JsonObject { ["question"] = 1, ["answer"] = "yes" }),
            ["limitations"] = "none",
            ["from"] = "2026-03-01T09:00:00+01:00",
            ["to"] = "2026-03-01T10:00:00+01:00",
            ["examiner"] = new JsonObject { ["name"] = "A. Examiner", ["post"] = "examiner", ["organisation"] = "laboratory" },
            ["reviewer"] = new JsonObject { ["name"] = "B. Reviewer", ["post"] = "examiner", ["organisation"] = "laboratory" },
        };
        change?.Invoke(fields);
        using var document = JsonDocument.Parse(fields.ToJsonString());
        var composed = RecordDocument.Compose(RecordForms.LabReport, document.RootElement);
        return composed.Document ?? throw new InvalidOperationException(string.Join("; ", composed.Problems));
    }

    // Its own local rule asks for nobody.
    private static byte[] Copying(TestItem item, EvidenceFlow flow, params string[] roles)
    {
        var digest = Digest.Of("disk"u8).ToString();
        var fields = new JsonObject
        {
            ["item"] = item.Id,
            ["case"] = flow.Sent.CaseId,
            ["exhibitNumber"] = "EX-2026-17/3",
            ["place"] = "Birk, room 2",
            ["from"] = "2026-03-01T09:00:00+01:00",
            ["to"] = "2026-03-01T11:00:00+01:00",
            ["author"] = new JsonObject { ["name"] = "Kim", ["post"] = "investigator", ["organisation"] = "Police of XB" },
            ["participants"] = new JsonArray([.. roles.Select((role, i) => new JsonObject { ["name"] = $"Person {i}", ["role"] = role, ["signature"] = "SIGNED" })]),
            ["localRule"] = new JsonObject { ["state"] = "XB", ["provision"] = "none", ["roles"] = new JsonArray("SPECIALIST"), ["witnesses"] = 0 },
            ["technicalMeans"] = new JsonArray(new JsonObject { ["name"] = "Imager", ["purpose"] = "copying" }),
            ["objects"] = new JsonArray("a disk"),
            ["actions"] = new JsonArray("copied"),
            ["results"] = "one image",
            ["sourceHashBefore"] = digest,
            ["sourceHashAfter"] = digest,
            ["copyHash"] = digest,
            ["medium"] = new JsonObject { ["description"] = "a disk", ["handedTo"] = "laboratory" },
            ["rightsExplained"] = true,
        };
        using var form = JsonDocument.Parse(fields.ToJsonString());
        var composed = RecordDocument.Compose(RecordForms.CopyingRecord, form.RootElement);
        Assert.Empty(composed.Problems);
        return composed.Document!;
    }

    private static byte[] Signed(EvidenceFlow flow, TestPerson person, byte[] document)
    {
        using var signer = person.Signing.Signer();
        return SignedDocument.Sign(document, signer, flow.States.Asked.Clock.GetUtcNow());
    }

    private static async Task<AddRecordReply> Add(EvidenceFlow flow, TestPerson person, TestItem item, params byte[][] signatures)
        => await flow.States.Asked.Client(person).AddRecordAsync(new AddRecordRequest { Item = item.Id, Signatures = { signatures.Select(ByteString.CopyFrom) } });

    private static async Task<List<KeptRecord>> Records(TestState state, TestPerson person, TestItem item)
        => [.. (await state.Client(person).FetchCustodyAsync(new FetchCustodyRequest { Item = item.Id })).Records.Select(der => KeptRecord.Read(der.ToByteArray()).Value)];

    private static async Task<List<KeptRecord>> Come(EvidenceFlow flow, TestItem item, int count)
    {
        List<KeptRecord> found = [];
        for (var i = 0; i < 600 && found.Count < count; i++)
        {
            found = await Records(flow.States.Asking, flow.States.Lawyer, item);
            await Task.Delay(50);
        }
        Assert.Equal(count, found.Count);
        return found;
    }

    // The code with which the other side rejected it; empty when it took it.
    private static async Task<string> Sent(EvidenceFlow flow, params byte[][] records)
    {
        var message = await Queued(flow, records);
        MessageView? view = null;
        await Eventually.Holds(() => (view = Look()) is { State: "DELIVERED" or "REJECTED" }, () => view?.State ?? "not there");
        return view!.Refusal?.Code ?? "";

        MessageView? Look() => flow.States.Asked.Client(flow.First).ListMessages(new ListMessagesRequest { CaseId = flow.Sent.CaseId, Limit = 50 }).Messages.FirstOrDefault(m => m.Message == message);
    }

    private static async Task<string> Queued(EvidenceFlow flow, params byte[][] records)
    {
        var asked = flow.States.Asked;
        var row = asked.Get<Database>().Read(s => CaseRow.Find(s, flow.Sent.CaseId))!;
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.CUSTODY, "CUSTODY", row.Urgency, row.RequestMessage,
            [.. records.Select((der, i) => Part.Of(PartRole.custody, $"record-{i + 1}.cms", "application/pkcs7-mime", der))]);
        Assert.True((await asked.Get<SendMessage>().Send(message, _ => { })).Succeeded);
        return message.Id;
    }
}

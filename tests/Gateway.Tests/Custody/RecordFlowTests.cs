using System.Text.Json.Nodes;
using Gateway.Custody;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Verification;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Tests.Evidence;
using Gateway.Tests.Infrastructure;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Xunit;
using static Gateway.Tests.Custody.RecordFlow;

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
        await Released(flow, item);
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
        await Released(flow, released);
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
        var item = await Arrived(flow);
        Assert.Equal("T705", await Sent(flow, Signed(flow, flow.Technician, Report(item, flow, "item", Ids.New()))));
        Assert.Equal("T705", await Sent(flow, Signed(flow, flow.Technician, Report(item, flow, "exhibitNumber", "another"))));
        // A seal is no person.
        Assert.NotEqual("", await Sent(flow, SignedDocument.Sign(Report(item, flow), flow.States.Asked.Get<Keys.KeyRing>().Seal("XB-CA"), flow.States.Asked.Clock.GetUtcNow())));
        Assert.Empty(await Records(flow.States.Asking, flow.States.Lawyer, item));
        Assert.Equal("", await Sent(flow, Signed(flow, flow.Technician, Report(item, flow))));
        Assert.Single(await Come(flow, item, 1));
    }

    [Fact]
    public async Task A_certificate_is_brought_and_taken_only_with_the_signatures_of_those_whom_its_parts_name()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await Arrived(flow);
        var certificate = Certificate(item, flow, "technician", "Second-Officer");
        await Refused.By(() => Add(flow, flow.Technician, item, Signed(flow, flow.First, certificate), Signed(flow, flow.Second, certificate)), "T772");
        await Refused.By(() => Add(flow, flow.Technician, item, Signed(flow, flow.Technician, certificate)), "T772");
        // The other side looks for itself: whom no part names it does not take.
        Assert.Equal("T772", await Sent(flow, Signed(flow, flow.First, certificate)));
        Assert.Empty(await Records(flow.States.Asking, flow.States.Lawyer, item));
        Assert.Equal(2u, (await Add(flow, flow.Technician, item, Signed(flow, flow.Technician, certificate), Signed(flow, flow.Second, certificate))).Signatures);
        await Come(flow, item, 2);
    }

    [Fact]
    public async Task Half_of_a_certificate_is_taken_by_nobody_and_nothing_is_released_beside_it()
    {
        await using var flow = await EvidenceFlow.Start();
        var item = await Arrived(flow);
        var certificate = Certificate(item, flow, "technician", "Second-Officer");
        var (one, other) = (Signed(flow, flow.Technician, certificate), Signed(flow, flow.Second, certificate));
        Assert.Equal("T772", await Sent(flow, one));
        Assert.Equal("T772", await Sent(flow, other));
        // One person does not sign for two, and half of one does not hide among other records.
        Assert.Equal("T772", await Sent(flow, one, Signed(flow, flow.Technician, Report(item, flow))));
        Assert.Empty(await Records(flow.States.Asking, flow.States.Lawyer, item));
        Assert.Equal("", await Sent(flow, one, other));
        await Come(flow, item, 2);

        // As a gateway kept it before it asked for both.
        var waiting = await flow.Attached(1001);
        var kept = KeptRecord.Read(Signed(flow, flow.Technician, Certificate(waiting, flow, "technician", "Second-Officer"))).Value;
        var asked = flow.States.Asked;
        await asked.Get<Database>().Write(Lane.Ordinary, s => RecordRows.Append(s, asked.Get<CaseKeys>(), flow.Sent.CaseId, waiting.Id, kept, tell: true));
        Assert.Equal(["T772"], await flow.Problems(flow.First, waiting, "PROPOSE"));
        await Add(flow, flow.Technician, waiting, Signed(flow, flow.Second, kept.Signed.Content.ToArray()));
        Assert.Empty(await flow.Problems(flow.First, waiting, "PROPOSE"));
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
        var item = await Arrived(flow);
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

        await Released(flow, item);
        await Eventually.Holds(() => Count("SELECT count(*) FROM item_records") == 6, () => $"{Count("SELECT count(*) FROM item_records")} came");
        Assert.Equal(3, Count("SELECT count(*) FROM messages WHERE about = 'CUSTODY'"));

        long Count(string sql) => asking.Get<Database>().Read(s => s.Number(sql));
    }
}

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
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;
using static Gateway.Tests.Custody.RecordFlow;

namespace Gateway.Tests.Custody;

/// <summary>Records whose signer nobody knows: they wait for an officer, and nothing else waits for them.</summary>
public sealed class WaitingRecordTests
{
    [Fact]
    public async Task A_record_whose_signer_nobody_knows_waits_for_an_officer_and_the_case_goes_on()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, lawyer) = (flow.States, flow.States.Asking.Client(flow.States.Lawyer));
        var item = await Arrived(flow);
        // A custodian of a company: certified by nobody whom the card names.
        var stranger = new TestPki("XB").Issue("custodian", TestPki.Sign);
        var (unknown, refused) = (Report(item, flow, "reportNumber", "of a stranger"), Report(item, flow, "reportNumber", "to be refused"));
        using (var signer = stranger.Signer())
        {
            await Add(flow, flow.Technician, item, SignedDocument.Sign(unknown, signer, states.Asked.Clock.GetUtcNow()));
            await Add(flow, flow.Technician, item, SignedDocument.Sign(refused, signer, states.Asked.Clock.GetUtcNow()));
        }
        await Eventually.Holds(() => Waiting(flow, item).Count == 2, () => $"{Waiting(flow, item).Count} wait");
        Assert.All(Waiting(flow, item), waiting => Assert.StartsWith("V027", waiting.Held, StringComparison.Ordinal));
        Assert.Empty(await Records(states.Asking, states.Lawyer, item));

        // What comes behind it arrives: another record, and an act that the other side answers for.
        await Add(flow, flow.Technician, item, Signed(flow, flow.Technician, Report(item, flow)));
        await Come(flow, item, 1);
        await TwoStates.Act(states.Asked, states.AskedLawyer, flow.Sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(states.Asked.Clock.GetUtcNow().AddDays(2)) });
        await Eventually.Holds(() => lawyer.ListCases(new ListCasesRequest()).Cases.Single(c => c.CaseId == flow.Sent.CaseId).State == "ACKNOWLEDGED");
        Assert.Equal(2, Waiting(flow, item).Count);
        Assert.DoesNotContain((await CustodyFlowTests.Judged(flow, states.Asking, flow.Auditor)).Findings, f => f.Severity == Severity.Broken || (f.Code == FindingCode.ProofPending && f.Text.Contains("custodian", StringComparison.Ordinal)));

        var message = Waiting(flow, item).Single(w => w.Sha256 == Digest.Of(unknown).ToString()).Message;
        await lawyer.DecideMarksAsync(new DecideMarksRequest { Message = message, Accept = true, Reason = "the company confirmed it by telephone" });
        Assert.Contains(Digest.Of(unknown), (await Come(flow, item, 2)).Select(r => r.Record.Sha256));
        await lawyer.DecideMarksAsync(new DecideMarksRequest { Message = Assert.Single(Waiting(flow, item)).Message, Accept = false, Reason = "nobody there knows the signer" });
        Assert.Empty(Waiting(flow, item));
        Assert.Equal(2, (await Records(states.Asking, states.Lawyer, item)).Count);
        Assert.DoesNotContain((await CustodyFlowTests.Judged(flow, states.Asking, flow.Auditor)).Findings, f => f.Severity == Severity.Broken);
    }

    [Fact]
    public async Task A_copy_of_what_waits_is_taken_only_when_an_officer_has_decided_about_the_first()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, lawyer) = (flow.States, flow.States.Asking.Client(flow.States.Lawyer));
        var item = await Arrived(flow);
        byte[] record;
        using (var signer = new TestPki("XB").Issue("custodian", TestPki.Sign).Signer())
            record = SignedDocument.Sign(Report(item, flow), signer, states.Asked.Clock.GetUtcNow());
        Assert.Equal("", await Sent(flow, record));
        var message = Assert.Single(Waiting(flow, item)).Message;

        var again = await Queued(flow, record);
        await Eventually.Holds(() => Attempt(again) is not "", () => "no attempt was made");
        Assert.StartsWith("T606", Attempt(again), StringComparison.Ordinal);
        Assert.Equal(message, Assert.Single(Waiting(flow, item)).Message);
        await lawyer.DecideMarksAsync(new DecideMarksRequest { Message = message, Accept = true, Reason = "the company confirmed it by telephone" });
        await states.Asked.Client(states.AskedLawyer).ResendDeliveryAsync(new ResendDeliveryRequest { Message = again });
        await Eventually.Holds(() => Attempt(again) is "gone", () => Attempt(again));
        Assert.Single(await Records(states.Asking, states.Lawyer, item));

        string Attempt(string id) => states.Asked.Get<Database>().Read(s => s.One("SELECT coalesce(last_error, '') FROM outbox WHERE message = $1", r => r.GetString(0), id)) ?? "gone";
    }

    [Fact]
    public async Task A_decision_after_the_completion_of_the_case_is_kept_without_a_receipt()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, lawyer) = (flow.States, flow.States.Asking.Client(flow.States.Lawyer));
        var item = await Arrived(flow);
        var (accepted, refused) = (Report(item, flow, "reportNumber", "accepted"), Report(item, flow, "reportNumber", "refused"));
        using (var signer = new TestPki("XB").Issue("custodian", TestPki.Sign).Signer())
        {
            await Add(flow, flow.Technician, item, SignedDocument.Sign(accepted, signer, states.Asked.Clock.GetUtcNow()));
            await Add(flow, flow.Technician, item, SignedDocument.Sign(refused, signer, states.Asked.Clock.GetUtcNow()));
        }
        await Eventually.Holds(() => Waiting(flow, item).Count == 2, () => $"{Waiting(flow, item).Count} wait");
        await flow.Completed();
        var receipts = Receipts();
        foreach (var (record, accept) in new[] { (accepted, true), (refused, false) })
            await lawyer.DecideMarksAsync(new DecideMarksRequest { Message = Waiting(flow, item).Single(w => w.Sha256 == Digest.Of(record).ToString()).Message, Accept = accept, Reason = "asked the company by telephone" });
        Assert.Empty(Waiting(flow, item));
        Assert.Equal([Digest.Of(accepted)], (await Records(states.Asking, states.Lawyer, item)).Select(r => r.Record.Sha256));
        Assert.Equal(receipts, Receipts());
        foreach (var (state, person) in new[] { (states.Asking, flow.Auditor), (states.Asked, states.AskedLawyer) })
            Assert.DoesNotContain((await CustodyFlowTests.Judged(flow, state, person)).Findings, f => f.Severity == Severity.Broken);

        long Receipts() => states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipts"));
    }

    [Fact]
    public async Task What_is_decided_and_handed_over_between_a_confirmation_and_its_delivery_has_its_receipt()
    {
        await using var flow = await EvidenceFlow.Start();
        var (states, lawyer) = (flow.States, flow.States.Asking.Client(flow.States.Lawyer));
        var item = await Arrived(flow);
        using (var signer = new TestPki("XB").Issue("custodian", TestPki.Sign).Signer())
            await Add(flow, flow.Technician, item, SignedDocument.Sign(Report(item, flow), signer, states.Asked.Clock.GetUtcNow()));
        await Eventually.Holds(() => Waiting(flow, item).Count == 1, () => $"{Waiting(flow, item).Count} wait");
        var (_, found, manifest, sha256) = await flow.Download(states.Lawyer, item);
        await flow.Executed();

        await states.Asked.Stop();
        await TwoStates.Act(states.Asking, states.DutyOfficer, flow.Sent.CaseId, "COMPLETED");
        var message = Assert.Single(Waiting(flow, item)).Message;
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

        long Count(string sql) => states.Asking.Get<Database>().Read(s => s.Number(sql));
    }
}

using System.Text.Json.Nodes;
using Gateway.Integrity;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Marks;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Paper;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Erasures;

/// <summary>A State that no gateway serves hears of an erasure as of everything else: by a carrier, and what was handed over is on record.</summary>
public sealed class CarryErasureTests
{
    [Fact]
    public async Task The_erasure_of_a_case_on_paper_leaves_as_a_file_and_is_then_told()
    {
        await using var paper = await OnPaper.Start();
        var sent = await Closed(paper);
        await Refused.By(() => Carry(paper, sent.CaseId), "T805");
        await Erase(paper, sent.CaseId);
        // No machine can tell it, and none tries.
        Assert.Equal(0, Told(paper, sent.CaseId));

        var carried = await Carry(paper, sent.CaseId);
        var signed = SignedDocument.Open(carried.Erasure.Memory).Value;
        var erasure = Erasure.Read(signed.Content).Value;
        Assert.Equal((sent.CaseId, "XC-CA", ErasureReason.UNLAWFUL), (erasure.Case, erasure.Peer.Authority, erasure.Reason));
        Assert.Equal(1, Told(paper, sent.CaseId));
        var record = Assert.Single(Records(paper, sent.CaseId));
        Assert.Contains("COURIER", record, StringComparison.Ordinal);
        Assert.Contains("CR-4712", record, StringComparison.Ordinal);
        Assert.Contains(signed.Sha256.ToString(), record, StringComparison.Ordinal);

        // The answer may have been lost: the same file again, and that it was handed over again.
        Assert.Equal(carried.Erasure, (await Carry(paper, sent.CaseId)).Erasure);
        Assert.Equal(2, Records(paper, sent.CaseId).Count);
        await paper.State.Stop();
        var report = CheckLedger.Run(paper.State.DataFolder, chunks: true);
        Assert.True(report.Good, string.Join('\n', report.Findings));
    }

    [Fact]
    public async Task Whoever_may_not_erase_carries_nothing_and_a_carrier_is_named()
    {
        await using var paper = await OnPaper.Start();
        var sent = await Closed(paper);
        await Erase(paper, sent.CaseId);
        await Refused.By(async () => await paper.Client.CarryErasureAsync(Call(sent.CaseId)), "T802");
        await Refused.By(() => Carry(paper, sent.CaseId, call => call.Channel = "PIGEON"), "T806");
        await Refused.By(() => Carry(paper, sent.CaseId, call => call.Person = " "), "T806");
        await Refused.By(() => Carry(paper, "XA-00000000000000000000000000000000"), "T804");
        Assert.Equal(0, Told(paper, sent.CaseId));
        Assert.Empty(Records(paper, sent.CaseId));
    }

    [Fact]
    public async Task A_State_with_a_gateway_is_told_by_wire()
    {
        await using var states = await TwoStates.Start();
        var sent = await TwoStates.Submit(states.Asking, states.DutyOfficer, "request", TwoStates.Preserve(states.Asking.Clock));
        await Eventually.Holds(() => states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM cases WHERE id = $1", sent.CaseId)) == 1);
        await states.Asked.Get<Database>().Write(Lane.Ordinary, s => s.Run("UPDATE cases SET state = 'COMPLETED', closed = opened WHERE id = $1", sent.CaseId));
        var (second, _) = await ErasureFlowTests.People(states);
        await ErasureFlowTests.Decide(states, states.AskedLawyer, sent.CaseId, "PROPOSE");
        await ErasureFlowTests.Decide(states, second, sent.CaseId, "APPROVE");
        await Refused.By(async () => await states.Asked.Client(states.AskedLawyer).CarryErasureAsync(Call(sent.CaseId)), "V043");
    }

    private static CarryErasureRequest Call(string caseId) => new() { CaseId = caseId, Channel = "COURIER", Person = "Courier Ltd", Reference = "CR-4712" };

    private static async Task<CarryErasureReply> Carry(OnPaper paper, string caseId, Action<CarryErasureRequest>? change = null)
    {
        var call = Call(caseId);
        change?.Invoke(call);
        return await paper.State.Client(paper.Lawyer).CarryErasureAsync(call);
    }

    private static async Task<SubmitReply> Closed(OnPaper paper)
    {
        var sent = await paper.Send();
        var letter = ("answer.pdf", "application/pdf", OnPaper.Letter("nothing is kept here"));
        var answer = OnPaper.Came(sent, "EXECUTED", letter);
        answer["outcome"] = "NO_DATA_FOUND";
        await paper.Record(answer, files: letter);
        await TwoStates.Act(paper.State, paper.Officer, sent.CaseId, "COMPLETED");
        return sent;
    }

    private static async Task Erase(OnPaper paper, string caseId)
    {
        var second = await paper.State.AddUser("second-lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        foreach (var (person, decision) in new[] { (paper.Lawyer, "PROPOSE"), (second, "APPROVE") })
            await TwoStates.Submit(paper.State, person, "erasureDecision", new JsonObject { ["case"] = caseId, ["decision"] = decision, ["reason"] = "UNLAWFUL", ["legalBasis"] = "order 7/2026" });
    }

    private static long Told(OnPaper paper, string caseId) => paper.State.Get<Database>().Read(s => s.Number("SELECT told FROM erasures WHERE case_id = $1", caseId));

    private static List<string> Records(OnPaper paper, string caseId)
        => paper.State.Get<Database>().Read(s => s.Query("SELECT CAST(body AS TEXT) FROM audit_records WHERE case_id = $1 AND act = 'erasure.carried'", r => r.GetString(0), caseId));
}

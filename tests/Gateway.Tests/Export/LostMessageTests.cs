using Gateway.Protocol.Bundles;
using Gateway.Protocol.Verification;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Export;

/// <summary>A document that is gone without a decision was lost, or taken: a bundle does not call it withheld.</summary>
public sealed class LostMessageTests
{
    [Fact]
    public async Task What_was_lost_is_missing_in_the_bundle_and_not_withheld()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var auditor = await states.Asking.AddUser("auditor", "XA-CA", "AUDITOR");
        Assert.DoesNotContain((await Judged(states, auditor, sent.CaseId)).Findings, f => f.Code is FindingCode.DocumentMissing or FindingCode.Withheld);
        await states.Asking.Get<Database>().Write(Lane.Ordinary, s => s.Run("UPDATE messages SET body = NULL WHERE case_id = $1", sent.CaseId));
        var report = await Judged(states, auditor, sent.CaseId);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.DocumentMissing);
        Assert.DoesNotContain(report.Findings, f => f.Code == FindingCode.Withheld);
        Assert.Equal(Verdict.BROKEN, report.Verdict);
    }

    private static async Task<BundleReport> Judged(TwoStates states, TestPerson person, string caseId)
    {
        var bundle = new MemoryStream();
        using var call = states.Asking.Client(person).ExportCase(new ExportCaseRequest { CaseId = caseId });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        bundle.Position = 0;
        return BundleCheck.Run(bundle, []);
    }
}

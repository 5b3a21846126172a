using Gateway.Keys;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Verification;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Witness;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Export;

/// <summary>What a gateway holds against its peer goes into the bundle.</summary>
public sealed class ForkedReceiptTests
{
    [Fact]
    public async Task The_second_receipt_with_one_number_is_in_the_bundle_and_is_named()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var database = states.Asking.Get<Database>();
        var first = database.Read(s => Chains.Der(s, sent.CaseId, "XB", 1, 1))[0];
        var now = states.Asked.Clock.GetUtcNow();
        var receipt = Receipt.Read(SignedDocument.Open(first).Value.Content).Value with { Nonce = Ids.New() };
        var second = SignedDocument.Sign(receipt.Write(), states.Asked.Get<KeyRing>().Seal(receipt.Issuer.Authority), now);
        await database.Write(Lane.Ordinary, s => s.Run("INSERT INTO receipt_forks (chain, issuer, seq, der, seen) VALUES ($1, 'XB', 1, $2, $3)", sent.CaseId, second, now));
        var report = await Exported(states, sent.CaseId);
        Assert.Contains("issued two receipts 1", Assert.Single(report.Findings, f => f.Code == FindingCode.PeerReceiptForked).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Findings, f => f.Severity == Severity.Broken);
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
    }

    [Fact]
    public async Task Both_checkpoints_of_a_log_that_the_peer_split_are_in_the_bundle_and_are_named()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var (now, name) = (states.Asked.Clock.GetUtcNow(), new LogName("XB", 2026, 3));
        var log = new TestLog(states.Asked.Get<LogKeys>(), name.Origin).Grow(5);
        var other = log.Fork(3).Grow(2);
        await states.Asking.Get<Database>().Write(Lane.Ordinary, s =>
        {
            // That a log did not show its growth proves nothing to others.
            foreach (var (kind, size) in ((string, long)[])[("ROOTS", 5), ("GROWTH", 4)])
                s.Run("INSERT INTO log_conflicts (origin, state, kind, first_size, second_size, second_root, first, second, source, seen) VALUES ($1, 'XB', $2, $3, $3, $4, $5, $6, 'XC', $7)",
                    name.Origin, kind, size, other.Root(size), log.Note(size), other.Note(size), now);
        });
        var report = await Exported(states, sent.CaseId);
        // Nothing of the case stands in that log as far as this bundle shows: it is named, and keeps nothing from being valid.
        Assert.Contains(report.Findings, f => f.Code == FindingCode.ProofUnreferenced && f.Text.Contains("of size 5 with different roots", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Findings, f => f.Code == FindingCode.PeerLogForked);
        Assert.DoesNotContain(report.Findings, f => f.Severity == Severity.Broken);
    }

    private static async Task<BundleReport> Exported(TwoStates states, string caseId)
    {
        var bundle = new MemoryStream();
        using var call = states.Asking.Client(await states.Asking.AddUser("auditor", "XA-CA", "AUDITOR")).ExportCase(new ExportCaseRequest { CaseId = caseId });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        bundle.Position = 0;
        return BundleCheck.Run(bundle, []);
    }
}

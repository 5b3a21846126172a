using Gateway.Keys;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Verification;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
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
        var bundle = new MemoryStream();
        using var call = states.Asking.Client(await states.Asking.AddUser("auditor", "XA-CA", "AUDITOR")).ExportCase(new ExportCaseRequest { CaseId = sent.CaseId });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        bundle.Position = 0;
        var report = BundleCheck.Run(bundle, []);
        Assert.Contains("issued two receipts 1", Assert.Single(report.Findings, f => f.Code == FindingCode.PeerReceiptForked).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Findings, f => f.Severity == Severity.Broken);
        Assert.Equal(Verdict.CONSISTENT, report.Verdict);
    }
}

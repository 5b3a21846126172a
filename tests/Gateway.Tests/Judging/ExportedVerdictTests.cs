using Gateway.AuditLog;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Verification;
using Gateway.Recognition.Bundles;
using Gateway.Recognition.TrustLists;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Xunit;

namespace Gateway.Tests.Judging;

/// <summary>What a gateway found about a signed file leaves with the case: report, record in the log, material; and can be repeated without the gateway.</summary>
public sealed class ExportedVerdictTests : IAsyncLifetime
{
    private TwoStates _states = null!;

    public async Task InitializeAsync() => _states = await TwoStates.Start();

    public async Task DisposeAsync() => await _states.DisposeAsync();

    [Fact]
    public async Task A_verdict_is_exported_with_its_material_its_record_and_the_proof_of_it_and_repeated()
    {
        await TakeList();
        var sent = await Send();
        await _states.Settled(sent.CaseId, 2);
        await Asked.DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = true, Reason = "compared with the court by telephone" });
        await _states.Settled(sent.CaseId, 3);
        await Eventually.Holds(() => _states.Asked.Get<Sequencer>().MaySign);
        await _states.Asked.Get<Sequencer>().Advance();

        var report = BundleCheck.Run(await Export(sent.CaseId), [], _states.Asked.Clock.GetUtcNow(), further: [CheckVerdicts.Run]);
        Assert.DoesNotContain(report.Findings, f => f.Severity == Severity.Broken);
        Assert.Contains("INDETERMINATE", Assert.Single(report.Findings, f => f.Code == FindingCode.VerdictRepeated).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.VerdictNotLogged or FindingCode.VerdictMaterialMissing or FindingCode.ProofUnreferenced);

        using var bundle = new System.IO.Compression.ZipArchive(await Export(sent.CaseId));
        Assert.Single(bundle.Entries, e => e.FullName.StartsWith("trust/material/", StringComparison.Ordinal) && e.FullName.EndsWith(".cms", StringComparison.Ordinal));
        var record = Assert.Single(bundle.Entries, e => e.FullName.EndsWith(".record.json", StringComparison.Ordinal));
        using var bytes = new MemoryStream();
        await using (var content = record.Open())
            await content.CopyToAsync(bytes);
        Assert.Contains(bundle.Entries, e => e.FullName == $"log/XB/proofs/{Digest.Of(bytes.ToArray())}.tlog-proof");
    }

    [Fact]
    public async Task The_verdict_on_a_withheld_message_is_withheld()
    {
        var sent = await Send();
        await _states.Settled(sent.CaseId, 2);
        await Asked.DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = true, Reason = "compared with the court by telephone" });
        await _states.Settled(sent.CaseId, 3);
        var cover = (await Asked.ListReceiptsAsync(new ListReceiptsRequest { CaseId = sent.CaseId })).Receipts
            .Select(r => Gateway.Protocol.Receipts.Receipt.Read(SignedDocument.Open(r.Der.ToByteArray()).Value.Content).Value.Subject.CoverSha256).First(d => d is not null);
        using var bundle = new System.IO.Compression.ZipArchive(await Export(sent.CaseId, cover!.Value));
        Assert.DoesNotContain(bundle.Entries, e => e.FullName.StartsWith("recognition/", StringComparison.Ordinal));
    }

    private Operator.OperatorClient Asked => _states.Asked.Client(_states.AskedLawyer);

    private async Task TakeList()
    {
        var now = _states.Asked.Clock.GetUtcNow();
        var service = new TrustedService("XA", "Ministry", "Signatures", [_states.Asking.Pki.Root.X509.RawData], [new ServicePeriod(now.AddYears(-1), "CA", ServiceWords.Granted, [MarkUse.SIGNATURE], [])], null, []);
        using var signer = _states.Asking.Pki.SelfSigned("List of XA", TestPki.Sign, isAuthority: false).Signer();
        var list = SignedDocument.Sign(new StateList("XA", 1, now, now.AddDays(30), [service]).Write(), signer, now);
        var view = await Asked.ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(list), State = "XA" });
        await _states.Asked.Client(_states.Asked.Administrator).ApproveTrustAsync(new ApproveTrustRequest { State = "XA", Fingerprint = view.Fingerprint });
    }

    private async Task<SubmitReply> Send()
    {
        var client = _states.Asking.Client(_states.DutyOfficer);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(_states.Asking.Clock).ToJsonString() });
        using var signer = _states.DutyOfficer.Signing.Signer();
        using var judge = _states.Asking.Pki.Issue("Judge", TestPki.Sign).Signer();
        return await client.SubmitAsync(new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, _states.Asking.Clock.GetUtcNow())),
            IdempotencyKey = Ids.New(),
            Attachments = { new Attachment { Name = "order.p7m", MediaType = "application/pkcs7-mime", Content = ByteString.CopyFrom(SignedDocument.Sign("order 12/2026"u8, judge, _states.Asking.Clock.GetUtcNow())) } },
        });
    }

    private async Task<MemoryStream> Export(string caseId, params Digest[] withhold)
    {
        var bundle = new MemoryStream();
        var request = new ExportCaseRequest { CaseId = caseId };
        request.Withhold.AddRange(withhold.Select(d => d.ToString()));
        using var call = Asked.ExportCase(request);
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        bundle.Position = 0;
        return bundle;
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Judging;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Verification;
using Gateway.Reception;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Bundles;
using Gateway.Recognition.Reports;
using Gateway.Recognition.TrustLists;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Judging;

/// <summary>What waits is judged again by itself when a list, an agreement or revocation status arrives.</summary>
public sealed class JudgeAgainTests : IAsyncLifetime
{
    // Whom no card names: only a trusted list makes its certificates good for anything.
    private readonly TestPki _justice = new("XA");
    private readonly TrustServer _server = TrustServer.Start();
    private TwoStates _states = null!;

    public async Task InitializeAsync() => _states = await TwoStates.Start(configure: json => json["Judging"] = new JsonObject
    {
        ["Sources"] = new JsonArray(new JsonObject { ["State"] = "XA", ["Kind"] = "OCSP", ["Url"] = _server.Url + "/ocsp" }),
    });

    public async Task DisposeAsync()
    {
        await _states.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_message_that_waits_opens_its_case_when_all_that_was_missing_has_come_and_not_before()
    {
        var judge = _justice.Issue("Judge", TestPki.Sign);
        var sent = await Waits(judge);
        Assert.Equal("INDETERMINATE", Assert.Single(await Reports(sent)).Document.Indication);

        await TakeList();
        await Eventually.Holds(() => Held(sent).Contains("CERTIFICATE_CHAIN_GENERAL_FAILURE", StringComparison.Ordinal), () => Held(sent));
        await TakeStatus(1);
        await Eventually.Holds(() => Held(sent).StartsWith("V028", StringComparison.Ordinal), () => Held(sent));
        Assert.Empty((await Asked.ListCasesAsync(new ListCasesRequest())).Cases);
        await Agree();

        var chains = await _states.Settled(sent.CaseId, 3);
        Assert.Equal([ReceiptEvent.RelayAcceptance, ReceiptEvent.ContentConsignment], chains["XB"].Select(r => r.Event));
        Assert.Equal("DELIVERED", Assert.Single((await Asked.ListCasesAsync(new ListCasesRequest())).Cases).State);
        Assert.Equal("gateway accepted", Settled(sent));
        Assert.Equal("", Held(sent));
        var reports = await Reports(sent);
        Assert.Equal(["INDETERMINATE", "INDETERMINATE", "TOTAL_PASSED", "TOTAL_PASSED"], reports.Select(r => r.Document.Indication));
        Assert.Equal("RECOGNISED", Assert.Single(reports[^1].Signatures).Recognition.Decision);
        // Nobody decides any more, and another look writes nothing.
        Assert.Contains("T804", (await Assert.ThrowsAsync<RpcException>(async () => await Asked.DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = false, Reason = "compared by telephone" }))).Status.Detail, StringComparison.Ordinal);
        await AgainWritesNothing();
        Assert.Equal(4, (await Reports(sent)).Count);
    }

    [Fact]
    public async Task What_an_officer_decides_while_it_is_judged_again_is_not_written_over()
    {
        var sent = await Waits(_justice.Issue("Judge", TestPki.Sign));
        var (again, database) = (_states.Asked.Get<JudgeAgain>(), _states.Asked.Get<Database>());
        // Only the look that this test asks for.
        await again.StopAsync(CancellationToken.None);
        await database.Write(Lane.Ordinary, s => s.RunOne("UPDATE recognition_holds SET detail = 'another reason' WHERE message = $1", sent.Message));

        // The writer is busy with the decision while the message is judged on what is there now; the result waits to be written behind it.
        using var free = new ManualResetEventSlim();
        var decision = database.Write(Lane.Ordinary, s =>
        {
            free.Wait();
            s.RunOne("UPDATE recognition_holds SET decided = $1, by = 'officer', accepted = 1, reason = x'00' WHERE message = $2", _states.Asked.Clock.GetUtcNow(), sent.Message);
        });
        var round = again.Round(CancellationToken.None);
        Assert.False(round.IsCompleted);
        var before = database.Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'marks.open'"));
        free.Set();
        await decision;
        await round;
        Assert.Equal("officer accepted", Settled(sent));
        Assert.Equal("another reason", database.Read(s => s.One("SELECT detail FROM recognition_holds WHERE message = $1", r => r.GetString(0), sent.Message)));
        Assert.Equal(before, database.Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act = 'marks.open'")));
        Assert.Single(Stored(sent));
    }

    [Fact]
    public async Task What_a_blocked_State_sent_goes_on_waiting_until_it_is_blocked_no_more()
    {
        var sent = await Waits(_justice.Issue("Judge", TestPki.Sign));
        await TakeList();
        await Agree();
        await Eventually.Holds(() => Held(sent).Contains("CERTIFICATE_CHAIN_GENERAL_FAILURE", StringComparison.Ordinal), () => Held(sent));
        var administrator = _states.Asked.Client(_states.Asked.Administrator);
        await administrator.BlockPeerAsync(new BlockPeerRequest { State = "XA", Reason = "its keys were stolen" });
        await TakeStatus(1);
        await _states.Asked.Get<JudgeAgain>().Round(CancellationToken.None);
        Assert.NotEqual("", Held(sent));
        await Refused.By(async () => await Asked.DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = true, Reason = "compared by telephone" }), "T402");
        Assert.Empty((await Asked.ListCasesAsync(new ListCasesRequest())).Cases);

        await administrator.UnblockPeerAsync(new BlockPeerRequest { State = "XA", Reason = "new keys" });
        await Eventually.Holds(() => Settled(sent) == "gateway accepted", () => Held(sent));
        Assert.Single((await Asked.ListCasesAsync(new ListCasesRequest())).Cases);
    }

    [Fact]
    public async Task What_an_authority_sent_that_left_its_card_goes_on_waiting_and_stops_nothing()
    {
        var (first, second) = (await Waits(_justice.Issue("Judge", TestPki.Sign)), await Waits(_justice.Issue("Other", TestPki.Sign)));
        var (peers, card) = (_states.Asked.Get<Gateway.Peers.PeerDirectory>(), _states.Asking.Card.Card);
        using (var signer = _states.Asking.Pki.Card.Signer())
        {
            var later = card with { Version = card.Version + 1, Issued = _states.Asking.Clock.GetUtcNow(), Authorities = [.. card.Authorities.Where(a => a.Id != "XA-CP")] };
            await _states.Asked.Get<Gateway.Peers.TakeCard>().Run(new PushCardRequest { Card = ByteString.CopyFrom(SignedDocument.Sign(later.Write(), signer, later.Issued)) }, peers.ByState("XA")!);
        }
        Assert.Null(peers.ByState("XA")!.Card.Card.Find("XA-CP"));
        await TakeList();
        await Agree();
        await TakeStatus(1);
        await _states.Asked.Get<JudgeAgain>().Round(CancellationToken.None);
        Assert.NotEqual("", Held(first));
        Assert.NotEqual("", Held(second));
        await Refused.By(async () => await Asked.DecideMarksAsync(new DecideMarksRequest { Message = first.Message, Accept = true, Reason = "compared by telephone" }), "T210");
        Assert.Empty((await Asked.ListCasesAsync(new ListCasesRequest())).Cases);
    }

    [Fact]
    public async Task An_answer_of_a_responder_releases_what_waited_for_it()
    {
        var judge = _justice.Issue("Judge", TestPki.Sign);
        await TakeList();
        await Agree();
        _server.Files["/ocsp"] = _ => OcspAnswers.Good(_justice.Root, judge, _states.Asked.Clock.GetUtcNow().AddMinutes(-1));
        var sent = await Send(judge);
        var chains = await _states.Settled(sent.CaseId, 3);
        Assert.Equal([ReceiptEvent.RelayAcceptance, ReceiptEvent.ContentConsignment], chains["XB"].Select(r => r.Event));
        // On arrival it waited; the answer came by itself.
        Assert.Equal(["INDETERMINATE", "TOTAL_PASSED"], (await Reports(sent)).Select(r => r.Document.Indication));
        Assert.Equal("gateway accepted", Settled(sent));
    }

    [Fact]
    public async Task What_was_revoked_before_it_came_goes_on_waiting_and_what_was_revoked_afterwards_passes()
    {
        var (early, late) = (_justice.Issue("Early", TestPki.Sign), _justice.Issue("Late", TestPki.Sign));
        var (first, second) = (await Waits(early), await Waits(late));
        await TakeList();
        await Agree();
        var now = _states.Asked.Clock.GetUtcNow();
        _states.Asked.Clock.Offset = TimeSpan.FromHours(2);
        await TakeStatus(1, (early, now.AddHours(-1)), (late, now.AddHours(1)));
        await _states.Settled(second.CaseId, 3);
        Assert.Equal(second.CaseId, Assert.Single((await Asked.ListCasesAsync(new ListCasesRequest())).Cases).CaseId);
        Assert.Contains("receipt RelayAcceptance", (await Reports(second))[^1].Signatures[0].BestSignatureTimeSource, StringComparison.Ordinal);
        await Eventually.Holds(() => Held(first).Contains("REVOKED_NO_POE", StringComparison.Ordinal), () => Held(first));
        Assert.Equal("", Settled(first));
    }

    [Fact]
    public async Task A_person_whose_suspension_has_ended_is_on_record_as_clear()
    {
        // The card names who certified the officer; only the suspension held the request up.
        var officer = _states.DutyOfficer.Signing;
        var root = _states.Asking.Pki.Root;
        await Import(List(root, 1, (officer, X509RevocationReason.CertificateHold)));
        var sent = await _states.SendPreserve();
        await _states.Settled(sent.CaseId, 2);
        Assert.Contains("TRY_LATER", Held(sent), StringComparison.Ordinal);
        await Import(List(root, 2));
        await _states.Settled(sent.CaseId, 3);
        Assert.Equal("gateway accepted", Settled(sent));
        Assert.Equal(["INDETERMINATE", "TOTAL_PASSED"], Stored(sent));
    }

    [Fact]
    public async Task A_request_signed_with_a_certificate_that_was_revoked_before_is_refused_and_opens_nothing()
    {
        await Import(List(_states.Asking.Pki.Root, 1, (_states.DutyOfficer.Signing, X509RevocationReason.KeyCompromise)));
        var sent = await _states.SendPreserve();
        var chains = await _states.Settled(sent.CaseId, 2);
        Assert.Equal(ReceiptEvent.RelayRejection, chains["XB"][^1].Event);
        Assert.Equal(["V026"], chains["XB"][^1].Reasons);
        Assert.Empty((await Asked.ListCasesAsync(new ListCasesRequest())).Cases);
        Assert.Equal("REJECTED_TECHNICAL", Assert.Single((await _states.Asking.Client(_states.DutyOfficer).ListCasesAsync(new ListCasesRequest())).Cases).State);
    }

    [Fact]
    public async Task What_is_proved_bad_is_refused_with_a_receipt_and_opens_nothing()
    {
        // Signed with a certificate that was made only after our receipt: whoever signed it then was not its holder.
        var sent = await Waits(_justice.Issue("Judge", TestPki.Sign, notBefore: _states.Asked.Clock.GetUtcNow().AddHours(1)));
        _states.Asked.Clock.Offset = TimeSpan.FromHours(2);
        await TakeList();
        await Agree();
        await TakeStatus(1);
        var chains = await _states.Settled(sent.CaseId, 3);
        Assert.Equal(ReceiptEvent.ContentConsignmentFailure, chains["XB"][^1].Event);
        Assert.Equal(["V025"], chains["XB"][^1].Reasons);
        Assert.Equal("REJECTED_TECHNICAL", Assert.Single((await _states.Asking.Client(_states.DutyOfficer).ListCasesAsync(new ListCasesRequest())).Cases).State);
        Assert.Empty((await Asked.ListCasesAsync(new ListCasesRequest())).Cases);
        Assert.Equal("gateway refused", Settled(sent));
        Assert.Equal("TOTAL_FAILED", Stored(sent)[^1]);
    }

    [Fact]
    public async Task What_became_known_while_the_gateway_was_down_counts_after_its_start()
    {
        var judge = _justice.Issue("Judge", TestPki.Sign);
        var sent = await Waits(judge);
        await TakeList();
        await Agree();
        await Eventually.Holds(() => Held(sent).Contains("CERTIFICATE_CHAIN_GENERAL_FAILURE", StringComparison.Ordinal), () => Held(sent));
        var list = Revocation(1);
        await _states.Asked.Get<Database>().Write(Lane.Bulk, s => new TrustRow(Digest.Of(list), "XA", TrustKind.CRL, "test", 1, null, TrustStatus.IN_USE, "gateway", null, _states.Asked.Clock.GetUtcNow(), list).Store(s));
        await _states.Asked.Stop();
        await _states.Asked.Start();
        await _states.Settled(sent.CaseId, 3);
        Assert.Equal("gateway accepted", Settled(sent));
    }

    [Fact]
    public async Task The_verdicts_are_exported_and_repeated()
    {
        var sent = await Waits(_justice.Issue("Judge", TestPki.Sign));
        await TakeList();
        await Agree();
        await TakeStatus(1);
        await _states.Settled(sent.CaseId, 3);
        await Eventually.Holds(() => _states.Asked.Get<Sequencer>().MaySign);
        await _states.Asked.Get<Sequencer>().Advance();
        var report = BundleCheck.Run(await Export(sent.CaseId), [], _states.Asked.Clock.GetUtcNow(), further: [CheckVerdicts.Run]);
        Assert.DoesNotContain(report.Findings, f => f.Severity == Severity.Broken);
        var repeated = report.Findings.Where(f => f.Code == FindingCode.VerdictRepeated).ToList();
        Assert.Contains(repeated, f => f.Text.Contains("INDETERMINATE", StringComparison.Ordinal));
        Assert.Contains(repeated, f => f.Text.Contains("TOTAL_PASSED", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.VerdictNotLogged or FindingCode.VerdictMaterialMissing or FindingCode.VerdictOtherToday or FindingCode.VerdictDiffers);
    }

    private Operator.OperatorClient Asked => _states.Asked.Client(_states.AskedLawyer);

    private string Held(SubmitReply sent)
        => _states.Asked.Get<Database>().Read(s => s.One("SELECT refusal || ' ' || detail FROM recognition_holds WHERE message = $1 AND decided IS NULL", r => r.GetString(0), sent.Message)) ?? "";

    private string Settled(SubmitReply sent)
        => _states.Asked.Get<Database>().Read(s => s.One("SELECT by || CASE accepted WHEN 1 THEN ' accepted' ELSE ' refused' END FROM recognition_holds WHERE message = $1 AND decided IS NOT NULL", r => r.GetString(0), sent.Message)) ?? "";

    private List<string> Stored(SubmitReply sent)
        => _states.Asked.Get<Database>().Read(s => s.Query("SELECT indication FROM recognitions WHERE message = $1 ORDER BY time", r => r.GetString(0), sent.Message));

    private async Task<IReadOnlyList<RecognitionReport>> Reports(SubmitReply sent)
        => [.. (await Asked.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message })).RecognitionReports.Select(r => RecognitionReport.Read(r.Memory).Value)];

    private async Task AgainWritesNothing()
    {
        var before = Records();
        await _states.Asked.Get<JudgeAgain>().Round(CancellationToken.None);
        Assert.Equal(before, Records());

        long Records() => _states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM audit_records WHERE act LIKE 'mark%'"));
    }

    private async Task TakeList()
    {
        var now = _states.Asked.Clock.GetUtcNow();
        var service = new TrustedService("XA", "Ministry", "Signatures", [_justice.Root.X509.RawData], [new ServicePeriod(now.AddYears(-1), "CA", ServiceWords.Granted, [MarkUse.SIGNATURE], [])], null, []);
        using var signer = _justice.SelfSigned("List of XA", TestPki.Sign, isAuthority: false).Signer();
        var view = await Asked.ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(SignedDocument.Sign(new StateList("XA", 1, now, now.AddDays(30), [service]).Write(), signer, now)), State = "XA" });
        await _states.Asked.Client(_states.Asked.Administrator).ApproveTrustAsync(new ApproveTrustRequest { State = "XA", Fingerprint = view.Fingerprint });
    }

    private async Task Agree()
    {
        var now = _states.Asked.Clock.GetUtcNow();
        Agreement agreement = new(Ids.New(), 1, "XB", "XA", Direction.OURS, new("Treaty on legal assistance", "art. 7", "2024-05-01"), now, [new(MarkUse.SIGNATURE, Level.RECOGNISED, null, [], [], [], [], [], 0, [], now.AddYears(-1), null)]);
        using var signer = _states.AskedLawyer.Signing.Signer();
        await Asked.ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(SignedDocument.Sign(agreement.Write(), signer, now)) });
    }

    private async Task TakeStatus(int number, params (TestIdentity Who, DateTimeOffset When)[] revoked)
        => await Import(Revocation(number, revoked));

    private async Task Import(byte[] list) => Assert.Equal("IN_USE", (await Asked.ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(list), State = "XA" })).Status);

    private byte[] Revocation(int number, params (TestIdentity Who, DateTimeOffset When)[] revoked)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var (who, when) in revoked)
            builder.AddEntry(who.X509, when, X509RevocationReason.KeyCompromise);
        return Build(builder, _justice.Root, number);
    }

    private byte[] List(TestIdentity root, int number, params (TestIdentity Who, X509RevocationReason Why)[] entries)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var (who, why) in entries)
            builder.AddEntry(who.X509, _states.Asked.Clock.GetUtcNow().AddDays(-1), why);
        return Build(builder, root, number);
    }

    private byte[] Build(CertificateRevocationListBuilder builder, TestIdentity root, int number)
    {
        var now = _states.Asked.Clock.GetUtcNow();
        return builder.Build(root.X509.SubjectName, X509SignatureGenerator.CreateForECDsa(root.Key), number, now.AddDays(1), HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root.X509, true, false), now.AddMinutes(-1));
    }

    private async Task<SubmitReply> Waits(TestIdentity judge)
    {
        var sent = await Send(judge);
        await _states.Settled(sent.CaseId, 2);
        Assert.StartsWith("V027", Held(sent), StringComparison.Ordinal);
        return sent;
    }

    private async Task<SubmitReply> Send(TestIdentity judge)
    {
        var client = _states.Asking.Client(_states.DutyOfficer);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = TwoStates.Preserve(_states.Asking.Clock).ToJsonString() });
        using var signer = _states.DutyOfficer.Signing.Signer();
        using var judging = judge.Signer();
        return await client.SubmitAsync(new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, _states.Asking.Clock.GetUtcNow())),
            IdempotencyKey = Ids.New(),
            Attachments = { new Attachment { Name = "order.p7m", MediaType = "application/pkcs7-mime", Content = ByteString.CopyFrom(SignedDocument.Sign("order 12/2026"u8, judging, _states.Asking.Clock.GetUtcNow())) } },
        });
    }

    private async Task<MemoryStream> Export(string caseId)
    {
        var bundle = new MemoryStream();
        using var call = Asked.ExportCase(new ExportCaseRequest { CaseId = caseId });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        bundle.Position = 0;
        return bundle;
    }
}

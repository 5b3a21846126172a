using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Cases;
using Gateway.Deadlines;
using Gateway.Judging;
using Gateway.Peers;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Verification;
using Gateway.Receipts;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Reports;
using Gateway.Reception;
using Gateway.Recognition.TrustLists;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Judging;

/// <summary>Signed files of others that travel with a request: what is bad is rejected, what is open waits for an officer.</summary>
public sealed class HeldMessageTests : IAsyncLifetime
{
    private const string Reason = "compared with the court by telephone";

    private TwoStates _states = null!;

    public async Task InitializeAsync() => _states = await TwoStates.Start();

    public async Task DisposeAsync() => await _states.DisposeAsync();

    [Fact]
    public async Task An_attached_order_by_an_unknown_signer_waits_and_opens_no_case_until_an_officer_accepts_it()
    {
        var sent = await Send(Signed("order 12/2026", new TestPki("XA").Issue("Judge", TestPki.Sign)));
        var chains = await _states.Settled(sent.CaseId, 2);
        Assert.Equal([ReceiptEvent.RelayAcceptance], chains["XB"].Select(r => r.Event));
        Assert.Empty((await Asked.ListCasesAsync(new ListCasesRequest())).Cases);
        // Whoever asked sees that it is there and waits, and until when somebody there is to say a word.
        var (state, deadlines) = await Sender(sent.CaseId);
        Assert.Equal("PENDING_RECOGNITION", state);
        Assert.Equal(("ACKNOWLEDGE", false, "RUNNING", TimeSpan.FromHours(4)), Assert.Single(deadlines));

        var opened = await Asked.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message });
        Assert.StartsWith("V027", opened.Held, StringComparison.Ordinal);
        Assert.EndsWith("An officer of the addressee decides.", opened.Held, StringComparison.Ordinal);
        Assert.Equal("HELD", opened.Message.State);
        var report = RecognitionReport.Read(Assert.Single(opened.RecognitionReports).Memory).Value;
        Assert.Equal("INDETERMINATE", report.Document.Indication);

        Assert.Equal("RECEIVED", (await Asked.DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = true, Reason = Reason })).State);
        chains = await _states.Settled(sent.CaseId, 3);
        Assert.Equal([ReceiptEvent.RelayAcceptance, ReceiptEvent.ContentConsignment], chains["XB"].Select(r => r.Event));
        Assert.Equal("DELIVERED", Assert.Single((await Asked.ListCasesAsync(new ListCasesRequest())).Cases).State);
        (state, deadlines) = await Sender(sent.CaseId);
        Assert.Equal("DELIVERED", state);
        Assert.Equal(["ACKNOWLEDGE", "DECIDE"], deadlines.Select(d => d.Rule).Where(r => r is "ACKNOWLEDGE" or "DECIDE").Order(StringComparer.Ordinal));
        await Refused("T804", () => Asked.DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = true, Reason = Reason }));
    }

    [Fact]
    public async Task Persons_named_in_a_message_that_waits_are_read_for_the_purpose_of_the_request_only()
    {
        var sent = await Send(Signed("order 12/2026", new TestPki("XA").Issue("Judge", TestPki.Sign)), fields =>
        {
            fields.Remove("noPersonKnown");
            fields["persons"] = new JsonArray(new JsonObject { ["name"] = "Account holder of the server", ["role"] = "ACCOUNT_HOLDER" });
            fields["handling"] = TwoStates.SampleFields("emergency-disclosure.json")["handling"]!.DeepClone();
        });
        await _states.Settled(sent.CaseId, 2);
        await Refused("T850", () => Asked.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message, Purpose = "to judge its marks" }));
        var opened = await Asked.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message, PurposeCode = "CRIMINAL_PROCEEDINGS" });
        Assert.StartsWith("V027", opened.Held, StringComparison.Ordinal);
        Assert.Contains("DELETE_AFTER_USE", opened.Conditions);
    }

    [Fact]
    public async Task A_refused_message_is_told_to_the_sender_and_ends_its_case()
    {
        var sent = await Send(Signed("order 12/2026", new TestPki("XA").Issue("Judge", TestPki.Sign)));
        await _states.Settled(sent.CaseId, 2);
        await Asked.DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = false, Reason = Reason });
        var chains = await _states.Settled(sent.CaseId, 3);
        Assert.Equal(ReceiptEvent.ContentConsignmentFailure, chains["XB"][^1].Event);
        Assert.Equal(["V027"], chains["XB"][^1].Reasons);
        Assert.Equal("REJECTED_TECHNICAL", Assert.Single((await _states.Asking.Client(_states.DutyOfficer).ListCasesAsync(new ListCasesRequest())).Cases).State);
        var (_, deadlines) = await Sender(sent.CaseId);
        Assert.DoesNotContain(deadlines, d => d.State == "RUNNING");
        // Nothing follows it: there is no case that it could follow.
        Assert.Empty((await _states.Asking.Client(_states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).AllowedActs);
        var withdrawal = new JsonObject { ["case"] = sent.CaseId, ["kind"] = "WITHDRAWN", ["text"] = "Not needed any more." };
        Assert.Equal("V043", Assert.Single((await _states.Asking.Client(_states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = withdrawal.ToJsonString() })).Problems).Code);
        Assert.Empty((await Asked.ListCasesAsync(new ListCasesRequest())).Cases);
    }

    [Fact]
    public async Task The_time_for_a_word_on_a_request_that_waits_there_passes_and_is_seen_where_it_was_sent()
    {
        var sent = await Send(Signed("order 12/2026", new TestPki("XA").Issue("Judge", TestPki.Sign)));
        await _states.Settled(sent.CaseId, 2);
        Assert.Equal("PENDING_RECOGNITION", (await Sender(sent.CaseId)).State);
        _states.Asking.Clock.Offset += TimeSpan.FromHours(4) + TimeSpan.FromMinutes(1);
        Assert.Equal("MISSED", Assert.Single((await Sender(sent.CaseId)).Deadlines).State);
        Assert.Equal(1, _states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM events WHERE kind = 'deadline.missed' AND case_id = $1", sent.CaseId)));
        // It is taken back before anybody there looked at it.
        await TwoStates.Act(_states.Asking, _states.DutyOfficer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "Not needed any more." });
        Assert.Equal("WITHDRAWN", (await Sender(sent.CaseId)).State);
    }

    [Theory]
    [InlineData(true, "WITHDRAWN")]
    [InlineData(false, "REJECTED_TECHNICAL")]
    public async Task A_withdrawal_waits_behind_the_request_that_waits_there(bool accept, string state)
    {
        var sent = await Send(Signed("order 12/2026", new TestPki("XA").Issue("Judge", TestPki.Sign)));
        await _states.Settled(sent.CaseId, 2);
        var withdrawal = await TwoStates.Act(_states.Asking, _states.DutyOfficer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "Not needed any more." });
        await Eventually.Holds(() => _states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM outbox WHERE message = $1 AND attempts > 0", withdrawal.Message)) == 1);
        Assert.Equal("WITHDRAWN", (await Sender(sent.CaseId)).State);
        await Asked.DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = accept, Reason = Reason });
        // The pauses between two attempts double; whoever waits at a screen need not.
        _states.Asking.Clock.Offset += TimeSpan.FromHours(1);
        await Eventually.Holds(() => _states.Asking.Get<Database>().Read(s => s.Number("SELECT count(*) FROM messages WHERE id = $1 AND state = $2", withdrawal.Message, accept ? "DELIVERED" : "REJECTED")) == 1);
        Assert.Equal(state, (await Sender(sent.CaseId)).State);
        Assert.Equal(accept ? ["WITHDRAWN"] : [], (await Asked.ListCasesAsync(new ListCasesRequest())).Cases.Select(c => c.State));
    }

    [Fact]
    public async Task An_act_that_is_rejected_leaves_the_request_where_it_was()
    {
        var sent = await Send(Signed("order 12/2026", new TestPki("XA").Issue("Judge", TestPki.Sign)));
        await _states.Settled(sent.CaseId, 2);
        var withdrawal = await TwoStates.Act(_states.Asking, _states.DutyOfficer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "Not needed any more." });
        await _states.Asking.Get<Database>().Write(Lane.Ordinary, s => CaseRow.Find(s, sent.CaseId)!.Answered(s, withdrawal.Message, rejected: true, _states.Asking.Clock.GetUtcNow()));
        Assert.Equal("PENDING_RECOGNITION", (await Sender(sent.CaseId)).State);
    }

    [Fact]
    public async Task A_refused_act_counts_no_more_on_either_side_and_another_one_may_follow()
    {
        var sent = await _states.SendPreserve();
        await _states.Settled(sent.CaseId, 3);
        var client = _states.Asked.Client(_states.AskedLawyer);
        var act = await client.ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = new System.Text.Json.Nodes.JsonObject { ["case"] = sent.CaseId, ["kind"] = "ACKNOWLEDGED", ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(_states.Asked.Clock.GetUtcNow().AddDays(2)) }.ToJsonString() });
        using var signer = _states.AskedLawyer.Signing.Signer();
        var submitted = await client.SubmitAsync(new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(act.Document.Span, signer, _states.Asked.Clock.GetUtcNow())),
            IdempotencyKey = Ids.New(),
            Attachments = { new Attachment { Name = "order.p7m", MediaType = "application/pkcs7-mime", Content = ByteString.CopyFrom(Signed("note", new TestPki("XB").Issue("Judge", TestPki.Sign))) } },
        });
        await _states.Settled(sent.CaseId, 5);
        Assert.Equal("ACKNOWLEDGED", Assert.Single((await client.ListCasesAsync(new ListCasesRequest())).Cases).State);

        // A prosecutor sees it in the copy of the central authority; whose case it is decides, or who answers for that.
        var prosecutor = await _states.Asking.AddUser("prosecutor", "XA-PO", "COMPETENT_AUTHORITY");
        Assert.Equal("HELD", (await _states.Asking.Client(prosecutor).OpenMessageAsync(new OpenMessageRequest { Message = submitted.Message })).Message.State);
        foreach (var accept in new[] { true, false })
            await Refused("T802", () => _states.Asking.Client(prosecutor).DecideMarksAsync(new DecideMarksRequest { Message = submitted.Message, Accept = accept, Reason = Reason }));
        await _states.Asking.Client(_states.Lawyer).DecideMarksAsync(new DecideMarksRequest { Message = submitted.Message, Accept = false, Reason = Reason });
        await _states.Settled(sent.CaseId, 6);
        Assert.Equal("DELIVERED", Assert.Single((await client.ListCasesAsync(new ListCasesRequest())).Cases).State);
        await TwoStates.Act(_states.Asked, _states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new System.Text.Json.Nodes.JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = DocumentWriter.FormatTime(_states.Asked.Clock.GetUtcNow().AddDays(2)) });
        await _states.Settled(sent.CaseId, 9);
        Assert.Equal("ACKNOWLEDGED", Assert.Single((await client.ListCasesAsync(new ListCasesRequest())).Cases).State);
        Assert.Equal("ACKNOWLEDGED", Assert.Single((await _states.Asking.Client(_states.DutyOfficer).ListCasesAsync(new ListCasesRequest())).Cases).State);
    }

    [Fact]
    public async Task A_confirmation_that_waits_closes_nothing_when_it_is_refused_and_the_case_on_both_sides_when_it_is_accepted()
    {
        var sent = await Executed();

        var refused = await Confirm(sent.CaseId);
        await _states.Settled(sent.CaseId, 17);
        await Asked.DecideMarksAsync(new DecideMarksRequest { Message = refused, Accept = false, Reason = Reason });
        var chains = await _states.Settled(sent.CaseId, 18);
        Assert.Equal(ReceiptEvent.ContentConsignmentFailure, chains["XB"][^1].Event);
        Assert.Equal(("EXECUTED", "EXECUTED"), await StateOf(sent.CaseId));
        await NothingBroken(sent.CaseId);

        var accepted = await Confirm(sent.CaseId);
        await _states.Settled(sent.CaseId, 20);
        Assert.Equal(("COMPLETED", "EXECUTED"), await StateOf(sent.CaseId));
        await Asked.DecideMarksAsync(new DecideMarksRequest { Message = accepted, Accept = true, Reason = Reason });
        chains = await _states.Settled(sent.CaseId, 23);
        Assert.Equal([ReceiptEvent.ContentConsignment, ReceiptEvent.GatewayCaseClosed], chains["XB"].TakeLast(2).Select(r => r.Event));
        Assert.Equal(ReceiptEvent.GatewayCaseClosed, chains["XA"][^1].Event);
        Assert.Equal(("COMPLETED", "COMPLETED"), await StateOf(sent.CaseId));
        await NothingBroken(sent.CaseId);
    }

    [Fact]
    public async Task A_confirmation_that_is_consigned_while_nothing_may_be_signed_closes_the_case_as_soon_as_something_may()
    {
        var sent = await Executed();
        var message = await Confirm(sent.CaseId);
        await _states.Settled(sent.CaseId, 17);
        var (gate, database) = (_states.Asking.Get<LedgerGate>(), _states.Asking.Get<Database>());
        gate.Rollback("a test shut it");
        await Asked.DecideMarksAsync(new DecideMarksRequest { Message = message, Accept = true, Reason = Reason });
        await Eventually.Holds(() => Own(ReceiptEvent.ContentConsignment, "XB") == 1);
        // The other side brought its receipt once, and brings it no more.
        await Eventually.Holds(() => _states.Asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM chains WHERE chain = $1 AND issuer = 'XB' AND acked = seq", sent.CaseId)) == 1);
        Assert.Equal(0, Own(ReceiptEvent.GatewayCaseClosed, "XA"));

        gate.Reopen();
        var chains = await _states.Settled(sent.CaseId, 20);
        Assert.Equal(ReceiptEvent.GatewayCaseClosed, chains["XA"][^1].Event);
        Assert.Equal(ReceiptEvent.GatewayCaseClosed, chains["XB"][^1].Event);
        await NothingBroken(sent.CaseId);

        long Own(ReceiptEvent kind, string issuer) => database.Read(s => s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND issuer = $2 AND event = $3 AND message = $4", sent.CaseId, issuer, kind, message));
    }

    [Fact]
    public async Task What_waits_in_a_case_that_is_erased_at_the_same_moment_is_decided_by_nobody_and_stops_nothing()
    {
        var sent = await Send(Signed("order 12/2026", new TestPki("XA").Issue("Judge", TestPki.Sign)));
        await _states.Settled(sent.CaseId, 2);
        var (database, keys, settle) = (_states.Asked.Get<Database>(), _states.Asked.Get<CaseKeys>(), _states.Asked.Get<SettleHeld>());
        var held = database.Read(s => HeldMessage.Find(s, sent.Message))!;
        var message = OpenedMessage.Decided(_states.Asked.Get<PeerDirectory>().ByState("XA")!, held.Seal(keys)!, null);
        var (heads, content) = settle.Read(message);

        await keys.Forget(sent.CaseId);
        Assert.False(await settle.Accept(message, heads, content.Value, new Settlement("lawyer", true, "marks.accepted", Reason)));
        Assert.False(await settle.Refuse(message, heads, RefusalCode.SignatureUndetermined, "open", new Settlement("lawyer", false, "marks.refused", Reason)));
        Assert.Null(held.Seal(keys));
        await _states.Asked.Get<JudgeAgain>().Round(default);
        await Refused("T804", () => Asked.DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = true, Reason = Reason }));
        Assert.Equal(1, database.Read(s => s.Number("SELECT count(*) FROM receipts WHERE chain = $1 AND issuer = 'XB'", sent.CaseId)));
    }

    [Fact]
    public async Task Only_an_officer_decides_and_only_with_a_reason()
    {
        var sent = await Send(Signed("order 12/2026", new TestPki("XA").Issue("Judge", TestPki.Sign)));
        await _states.Settled(sent.CaseId, 2);
        await Refused("T806", () => Asked.DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = true, Reason = "ok" }));
        await Refused("T802", () => _states.Asked.Client(_states.Asked.Administrator).DecideMarksAsync(new DecideMarksRequest { Message = sent.Message, Accept = true, Reason = Reason }));
        await Refused("T804", () => Asked.DecideMarksAsync(new DecideMarksRequest { Message = Ids.New(), Accept = true, Reason = Reason }));
    }

    [Fact]
    public async Task A_signature_whose_content_is_not_there_waits_and_is_not_called_bad()
    {
        var judge = new TestPki("XA").Issue("Judge", TestPki.Sign);
        var cms = new System.Security.Cryptography.Pkcs.SignedCms(new System.Security.Cryptography.Pkcs.ContentInfo("order 12/2026"u8.ToArray()), detached: true);
        cms.ComputeSignature(new System.Security.Cryptography.Pkcs.CmsSigner(judge.X509));
        var sent = await Send(cms.Encode());
        await _states.Settled(sent.CaseId, 2);
        var opened = await Asked.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message });
        Assert.StartsWith("V027", opened.Held, StringComparison.Ordinal);
        Assert.Contains("SIGNED_DATA_NOT_FOUND", opened.Held, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attachments_that_nobody_signed_hold_nothing()
    {
        var sent = await Send("%PDF-1.7 plain"u8.ToArray());
        await _states.Settled(sent.CaseId, 3);
        Assert.Single((await Asked.ListCasesAsync(new ListCasesRequest())).Cases);
    }

    [Fact]
    public async Task What_acts_in_a_compressed_part_of_a_PDF_is_refused_and_what_cannot_be_looked_into_is_sent_and_said()
    {
        await Refused("V044", () => Send(Pdf("20 0 << /S /JavaScript /JS (app.alert\\(1\\)) >>", 5)));
        var sent = await Send(Pdf("20 0 << /Type /Page >>", 5));
        Assert.DoesNotContain("not examined", sent.Outcome, StringComparison.Ordinal);
        var open = await Send(Pdf("20 0 << /Type /Page >>", 999_999));
        Assert.Contains("order.p7m: compressed objects not examined for active content (V044)", open.Outcome, StringComparison.Ordinal);
        await _states.Settled(sent.CaseId, 3);
        await _states.Settled(open.CaseId, 3);
        Assert.Equal([open.CaseId], _states.Asked.Get<Database>().Read(s => s.Query("SELECT case_id FROM events WHERE kind = 'attachment.notExamined'", r => r.GetString(0))));
    }

    // An object stream, ISO 32000-2 §7.5.7.
    private static byte[] Pdf(string objects, int first)
    {
        using var file = new MemoryStream();
        file.Write(System.Text.Encoding.ASCII.GetBytes($"%PDF-1.7\n7 0 obj\n<< /Type /ObjStm /N 1 /First {first} /Filter /FlateDecode /Length 8 0 R >>\nstream\n"));
        using (var zlib = new System.IO.Compression.ZLibStream(file, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(System.Text.Encoding.ASCII.GetBytes(objects));
        file.Write("\nendstream\nendobj\n%%EOF\n"u8);
        return file.ToArray();
    }

    [Fact]
    public async Task A_trusted_list_by_a_new_signer_needs_two_persons_and_later_ones_none()
    {
        var listKey = _states.Asking.Pki.SelfSigned("List of XA", TestPki.Sign, isAuthority: false);
        var first = List(listKey, 1);
        var lawyer = Asked;
        var view = await lawyer.ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(first), State = "XA" });
        Assert.Equal("PROPOSED", view.Status);
        Assert.Empty(_states.Asked.Get<TrustStore>().Of("XA").Lists);
        await Refused("T407", () => lawyer.ApproveTrustAsync(new ApproveTrustRequest { State = "XA", Fingerprint = view.Fingerprint }));
        var second = _states.Asked.Client(_states.Asked.Administrator);
        await Refused("T405", () => second.ApproveTrustAsync(new ApproveTrustRequest { State = "XA", Fingerprint = Digest.Of("other"u8).ToString() }));
        Assert.Equal("IN_USE", (await second.ApproveTrustAsync(new ApproveTrustRequest { State = "XA", Fingerprint = view.Fingerprint })).Status);
        Assert.Single(_states.Asked.Get<TrustStore>().Of("XA").Lists);

        Assert.Equal("IN_USE", (await lawyer.ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(List(listKey, 2)), State = "XA" })).Status);
        await Refused("T223", () => lawyer.ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(first), State = "XA" }));
        await Refused("T222", () => lawyer.ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(List(listKey, 3)), State = "XC" }));
        var stranger = List(_states.Asking.Pki.SelfSigned("Other", TestPki.Sign, isAuthority: false), 9);
        Assert.Equal(Gateway.Protocol.Refusals.RefusalCode.TrustListSigner, (await _states.Asked.Get<ImportTrust>().TakeList(stranger, "XA", "gateway", byPerson: false)).Refusal?.Code);
        await _states.Asked.Stop();
        await _states.Asked.Start();
        Assert.Equal(2, Assert.Single(_states.Asked.Get<TrustStore>().Of("XA").Lists).Sequence);
    }

    [Fact]
    public async Task An_agreement_is_in_force_only_with_the_lawyers_own_signature()
    {
        Agreement agreement = new(Ids.New(), 1, "XB", "XA", Direction.OURS, new("Treaty on legal assistance", "art. 7", "2024-05-01"), _states.Asked.Clock.GetUtcNow(),
            [new(MarkUse.SIGNATURE, Level.RECOGNISED, null, [], [], [], [], [], 0, [], _states.Asked.Clock.GetUtcNow().AddYears(-1), null)]);
        await Refused("T224", () => Import(agreement, _states.Asked.Administrator));
        await Refused("T224", () => Import(agreement with { State = "XC" }, _states.AskedLawyer));
        Assert.Equal("IN_USE", (await Import(agreement with { Version = 2 }, _states.AskedLawyer)).Status);
        await Refused("T224", () => Import(agreement, _states.AskedLawyer));
        Assert.Equal(2, Assert.Single(_states.Asked.Get<TrustStore>().Of("XA").Agreements).Agreement.Version);
    }

    private Operator.OperatorClient Asked => _states.Asked.Client(_states.AskedLawyer);

    // A case that XB has answered.
    private async Task<SubmitReply> Executed()
    {
        var sent = await _states.SendPreserve();
        await _states.Settled(sent.CaseId, 3);
        var due = DocumentWriter.FormatTime(_states.Asked.Clock.GetUtcNow().AddDays(2));
        await TwoStates.Act(_states.Asked, _states.AskedLawyer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XB 7/26", ["dueAt"] = due });
        await TwoStates.Act(_states.Asked, _states.AskedLawyer, sent.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = due });
        await TwoStates.Act(_states.Asked, _states.AskedLawyer, sent.CaseId, "IN_EXECUTION");
        await TwoStates.Act(_states.Asked, _states.AskedLawyer, sent.CaseId, "EXECUTED", new JsonObject { ["outcome"] = "NOTHING_TO_ADD" });
        await _states.Settled(sent.CaseId, 15);
        return sent;
    }

    // With a file whose signer nobody there knows.
    private async Task<string> Confirm(string caseId)
    {
        var client = _states.Asking.Client(_states.DutyOfficer);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "act", FieldsJson = new JsonObject { ["case"] = caseId, ["kind"] = "COMPLETED" }.ToJsonString() });
        Assert.Empty(composed.Problems);
        using var signer = _states.DutyOfficer.Signing.Signer();
        return (await client.SubmitAsync(new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, _states.Asking.Clock.GetUtcNow())),
            IdempotencyKey = Ids.New(),
            Attachments = { new Attachment { Name = "receipt.p7m", MediaType = "application/pkcs7-mime", Content = ByteString.CopyFrom(Signed("received", new TestPki("XA").Issue("Judge", TestPki.Sign))) } },
        })).Message;
    }

    private async Task<(string Asking, string Asked)> StateOf(string caseId) => (
        (await _states.Asking.Client(_states.DutyOfficer).ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).State, (await Asked.ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).State);

    private async Task NothingBroken(string caseId)
    {
        foreach (var (state, person) in new[] { (_states.Asking, _states.Lawyer), (_states.Asked, _states.AskedLawyer) })
        {
            using var bundle = new MemoryStream();
            using var call = state.Client(person).ExportCase(new ExportCaseRequest { CaseId = caseId });
            while (await call.ResponseStream.MoveNext(default))
                bundle.Write(call.ResponseStream.Current.Data.Span);
            bundle.Position = 0;
            var report = BundleCheck.Run(bundle, [.. new[] { _states.Asking, _states.Asked }.Select(s => TrustAnchor.Fingerprint($"{s.State}:{s.Card.CardKey}", "test")!)]);
            Assert.DoesNotContain(report.Findings, f => f.Severity == Severity.Broken);
        }
    }

    private async Task<TrustView> Import(Agreement agreement, TestPerson by)
    {
        using var signer = by.Signing.Signer();
        return await Asked.ImportTrustAsync(new ImportTrustRequest { Content = ByteString.CopyFrom(SignedDocument.Sign(agreement.Write(), signer, _states.Asked.Clock.GetUtcNow())) });
    }

    private byte[] List(TestIdentity key, long sequence)
    {
        var now = _states.Asked.Clock.GetUtcNow();
        var service = new TrustedService("XA", "Ministry", "Signatures", [_states.Asking.Pki.Root.X509.RawData], [new ServicePeriod(now.AddYears(-1), "CA", ServiceWords.Granted, [MarkUse.SIGNATURE], [])], null, []);
        using var signer = key.Signer();
        return SignedDocument.Sign(new StateList("XA", sequence, now, now.AddDays(30), [service]).Write(), signer, now);
    }

    private byte[] Signed(string text, TestIdentity by)
    {
        using var signer = by.Signer();
        return SignedDocument.Sign(System.Text.Encoding.UTF8.GetBytes(text), signer, _states.Asking.Clock.GetUtcNow());
    }

    private async Task<SubmitReply> Send(byte[] attachment, Action<JsonObject>? change = null)
    {
        var client = _states.Asking.Client(_states.DutyOfficer);
        var fields = TwoStates.Preserve(_states.Asking.Clock);
        change?.Invoke(fields);
        var composed = await client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() });
        using var signer = _states.DutyOfficer.Signing.Signer();
        return await client.SubmitAsync(new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(SignedDocument.Sign(composed.Document.Span, signer, _states.Asking.Clock.GetUtcNow())),
            IdempotencyKey = Ids.New(),
            Attachments = { new Attachment { Name = "order.p7m", MediaType = attachment[0] == 0x30 ? "application/pkcs7-mime" : "application/pdf", Content = ByteString.CopyFrom(attachment) } },
        });
    }

    private static async Task Refused<T>(string code, Func<AsyncUnaryCall<T>> call)
        => Assert.Contains(code, (await Assert.ThrowsAsync<RpcException>(async () => await call())).Status.Detail, StringComparison.Ordinal);

    private async Task<(string State, List<(string Rule, bool Own, string State, TimeSpan Term)> Deadlines)> Sender(string caseId)
    {
        await _states.Asking.Get<ClockLoop>().LookAtAll();
        var client = _states.Asking.Client(_states.DutyOfficer);
        var deadlines = (await client.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = caseId })).Deadlines;
        return ((await client.ShowCaseAsync(new ShowCaseRequest { CaseId = caseId })).State, [.. deadlines.Select(d => (d.Rule, d.Own, d.State, DateTimeOffset.Parse(d.Due, CultureInfo.InvariantCulture) - DateTimeOffset.Parse(d.Began, CultureInfo.InvariantCulture)))]);
    }

    private static async Task Refused<T>(string code, Func<Task<T>> call)
        => Assert.Contains(code, (await Assert.ThrowsAsync<RpcException>(call)).Status.Detail, StringComparison.Ordinal);
}

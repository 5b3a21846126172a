using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Verification;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Paper;

/// <summary>With no gateway at the other end: the same case, the same receipts, a file instead of a connection.</summary>
public sealed class PaperTests
{
    [Fact]
    public async Task A_State_is_reached_on_paper_only_when_two_administrators_brought_the_same_description()
    {
        await using var state = await TestState.Running();
        var one = state.Client(state.Administrator);
        SetPaperStateRequest Of(string text) => new() { Document = Google.Protobuf.ByteString.CopyFromUtf8(text) };
        var wrong = await Refused.By(async () => await one.SetPaperStateAsync(Of("""{"State":"XC","Authorities":[{"Id":"XB-CA","Name":"x","Roles":["KING"],"Seal":[]}],"Profil":{}}""")), "T806");
        foreach (var named in new[] { "Source", "Profil", "Authorities[0]:Roles", "Authorities[0]:Address", "Authorities[0]:Seal", "belongs to another State" })
            Assert.Contains(named, wrong.Detail, StringComparison.Ordinal);
        await Refused.By(async () => await one.SetPaperStateAsync(Of("""{"State":"XA","Source":"s","Authorities":[{"Id":"XA-CA","Name":"x","Roles":["CENTRAL_AUTHORITY_MLA"],"Address":"a"}]}""")), "T403");
        await Refused.By(async () => await one.SetPaperStateAsync(Of("no")), "T102");
        var officer = await state.AddUser("officer", "XA-CP", "CONTACT_POINT_24_7");
        await Refused.By(async () => await state.Client(officer).SetPaperStateAsync(Of(OnPaper.Description())), "T802");

        Assert.Equal("PROPOSED", (await one.SetPaperStateAsync(Of(OnPaper.Description()))).Status);
        await Refused.By(async () => await one.SetPaperStateAsync(Of(OnPaper.Description())), "T407");
        Assert.Null(state.Get<Gateway.Peers.PeerDirectory>().CardOf("XC"));
        // Another description is a new proposal, not an approval of the first.
        Assert.Equal("PROPOSED", (await state.Client(state.Deputy).SetPaperStateAsync(Of(OnPaper.Description("another address")))).Status);
        Assert.Equal("APPROVED", (await one.SetPaperStateAsync(Of(OnPaper.Description("another address")))).Status);
        Assert.Equal("another address", state.Get<Gateway.Peers.PeerDirectory>().CardOf("XC")!.Authorities[0].Address);
        // A change waits; what is in force stays.
        await one.SetPaperStateAsync(Of(OnPaper.Description("a third")));
        Assert.Equal("another address", state.Get<Gateway.Peers.PeerDirectory>().CardOf("XC")!.Authorities[0].Address);
        Assert.Equal("PROPOSED", Assert.Single((await one.ListPaperStatesAsync(new ListPaperStatesRequest())).States).Status);
    }

    [Fact]
    public async Task One_person_with_two_accounts_does_not_describe_a_State()
    {
        await using var state = await TestState.Running();
        var (client, signing) = (state.Pki.Issue(state.Administrator.Name, TestPki.Sign), state.Pki.Issue("other key", TestPki.Sign));
        await state.Client(state.Administrator).AddUserAsync(new AddUserRequest
        {
            Name = "second-account",
            Roles = { "ADMINISTRATOR" },
            Authority = "XA-CA",
            ClientCertificate = Google.Protobuf.ByteString.CopyFrom(client.X509.RawData),
            SigningCertificate = Google.Protobuf.ByteString.CopyFrom(signing.X509.RawData),
        });
        var same = new SetPaperStateRequest { Document = Google.Protobuf.ByteString.CopyFromUtf8(OnPaper.Description()) };
        await state.Client(state.Administrator).SetPaperStateAsync(same);
        await Refused.By(async () => await state.Client(new TestPerson("second-account", client, signing)).SetPaperStateAsync(same), "T407");
        Assert.Null(state.Get<Gateway.Peers.PeerDirectory>().CardOf("XC"));
        Assert.Equal("APPROVED", (await state.Client(state.Deputy).SetPaperStateAsync(same)).Status);
    }

    [Fact]
    public async Task A_reply_on_paper_is_opened_for_the_purpose_of_the_request_only()
    {
        await using var paper = await OnPaper.Start();
        var fields = TwoStates.SampleFields("emergency-disclosure.json");
        fields["requestedAuthority"] = "XC-CA";
        var sent = await TwoStates.Submit(paper.State, paper.Officer, "request", fields);
        var letter = ("answer.pdf", "application/pdf", OnPaper.Letter("the subscriber lives there"));
        var reply = await paper.Record(OnPaper.Came(sent, null, letter), files: letter);
        await Refused.By(async () => await paper.Client.OpenMessageAsync(new OpenMessageRequest { Message = reply.Message }), "T850");
        await Refused.By(async () => await paper.Client.OpenMessageAsync(new OpenMessageRequest { Message = reply.Message, PurposeCode = "CIVIL_PROCEEDINGS" }), "V022");
        Assert.Equal(["paper", "attachment"], (await paper.Client.OpenMessageAsync(new OpenMessageRequest { Message = reply.Message, PurposeCode = "CRIMINAL_PROCEEDINGS" })).Parts.Select(p => p.Role));
        // What we wrote ourselves has no purpose to declare.
        Assert.NotEmpty((await paper.Client.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message })).Parts);
    }

    [Fact]
    public async Task A_reply_moves_a_case_by_what_goes_without_saying_and_by_nothing_else()
    {
        await using var paper = await OnPaper.Start();
        var sent = await paper.Send();
        var letter = ("answer.pdf", "application/pdf", OnPaper.Letter("the logs are enclosed"));
        var record = await paper.Composed(With(OnPaper.Came(sent, "EXECUTED", letter), "outcome", "FULL"), paper.Officer);
        // The table has this way too, but nobody said that the case was referred.
        var text = System.Text.Encoding.UTF8.GetString(record);
        var longer = text.Replace("\"ACKNOWLEDGED\",", "\"ACKNOWLEDGED\",\"REFERRED\",", StringComparison.Ordinal);
        Assert.NotEqual(text, longer);
        Assert.Equal("acts", (await Refused.By(() => paper.Submit(System.Text.Encoding.UTF8.GetBytes(longer), paper.Officer, null, letter), "V043")).Path);
        Assert.Equal("SENT", await paper.CaseState(sent.CaseId));
        await paper.Submit(record, paper.Officer, null, letter);
        Assert.Equal("EXECUTED", await paper.CaseState(sent.CaseId));
        // The one request is asked for by name, whatever came behind it.
        async Task<List<string>> Listed(string about) => [.. (await paper.Client.ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId, About = about })).Messages.Select(m => m.About)];
        Assert.Equal(["PAPER", "REQUEST"], await Listed(""));
        Assert.Equal(["REQUEST"], await Listed("REQUEST"));
        Assert.Empty(await Listed("CUSTODY"));
    }

    [Fact]
    public async Task What_such_a_State_asks_is_shown_like_the_profile_of_a_peer_once_it_is_in_force()
    {
        await using var state = await TestState.Running();
        var officer = state.Client(await state.AddUser("officer", "XA-CP", "CONTACT_POINT_24_7"));
        var description = JsonNode.Parse(OnPaper.Description())!;
        description["Profile"]!["Deadlines"] = new JsonArray(new JsonObject { ["Kind"] = "PRESERVE_DATA", ["Amount"] = 20 });
        var request = new SetPaperStateRequest { Document = Google.Protobuf.ByteString.CopyFromUtf8(description.ToJsonString()) };
        await state.Client(state.Administrator).SetPaperStateAsync(request);
        await Refused.By(async () => await officer.ShowProfileAsync(new ShowProfileRequest { State = "XC" }), "T804");
        await state.Client(state.Deputy).SetPaperStateAsync(request);
        var view = await officer.ShowProfileAsync(new ShowProfileRequest { State = "XC" });
        Assert.Equal(("XC", "note verbale 12/2026 of the embassy of XC", 1UL, ""), (view.State, view.Source, view.Version, view.Expires));
        var profile = JsonNode.Parse(view.ProfileJson)!;
        Assert.Equal(["en", "fr"], profile["languages"]!.AsArray().Select(l => l!.GetValue<string>()));
        Assert.Equal(20, profile["deadlines"]![0]!["amount"]!.GetValue<int>());
        Assert.Equal("XC-CA", Assert.Single(view.Authorities).Authority);
        Assert.Equal("", (await officer.ShowProfileAsync(new ShowProfileRequest { State = "XA" })).Source);
    }

    [Fact]
    public async Task Of_a_case_the_description_is_shown_that_was_in_force_when_it_began()
    {
        await using var paper = await OnPaper.Start();
        var sent = await paper.Send();
        Task<ProfileView> Profile(string state, string caseId = "", ulong version = 0) => paper.Client.ShowProfileAsync(new ShowProfileRequest { State = state, CaseId = caseId, Version = version }).ResponseAsync;
        var second = JsonNode.Parse(OnPaper.Description())!;
        second["Profile"]!["Languages"] = new JsonArray("fr");
        await paper.Describe(paper.State.Administrator, second.ToJsonString());
        // What waits is not in force, and not a version.
        Assert.Equal([1UL], (await Profile("XC")).Versions);
        await paper.Describe(paper.State.Deputy, second.ToJsonString());
        await Refused.By(() => Profile("XC", version: 3), "T804");
        var (now, then, first) = (await Profile("XC"), await Profile("", sent.CaseId), await Profile("XC", version: 1));
        Assert.Equal((2UL, "[\"fr\"]"), (now.Version, Languages(now)));
        Assert.Equal([2UL, 1UL], now.Versions);
        Assert.Equal((1UL, "[\"en\",\"fr\"]", false), (then.Version, Languages(then), then.NotThatOfCase));
        Assert.Equal(then, first);
        Assert.True(then.Issued.Length > 0 && string.CompareOrdinal(then.Issued, now.Issued) <= 0, $"{then.Issued} {now.Issued}");
        // A case of the time before descriptions were kept does not pretend.
        await paper.State.Get<Database>().Write(Lane.Ordinary, s => s.Run("UPDATE paper_cases SET description = NULL"));
        Assert.Equal((2UL, true), (await Profile("", sent.CaseId)) is var unknown ? (unknown.Version, unknown.NotThatOfCase) : default);

        static string Languages(ProfileView view) => JsonNode.Parse(view.ProfileJson)!["languages"]!.ToJsonString();
    }

    [Fact]
    public async Task An_incomplete_request_to_such_a_State_is_stopped_by_the_same_rules()
    {
        await using var paper = await OnPaper.Start();
        var fields = paper.Fields();
        fields.Remove("factsSummary");
        fields["requestedAuthority"] = "XC-PO";
        var composed = await paper.Client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() });
        Assert.Contains(composed.Problems, p => p.Code == "V001" && p.Path == "factsSummary");
        Assert.Contains(composed.Problems, p => p.Code == "V003" && p.Detail.Contains("XC-CA", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_leaves_is_refused_when_it_is_not_the_sealed_message_not_the_persons_to_send_or_said_twice()
    {
        await using var paper = await OnPaper.Start();
        var sent = await paper.Send();
        var cover = await paper.Sealed(sent.Message);
        var envelope = Envelope.Encrypt(cover, new TestPki("XC").Issue("mla", TestPki.Agree).Certificate);
        // In clear only the message itself may be said to have left.
        Assert.Equal(["T705"], await paper.Problems(OnPaper.Left(sent, [.. cover, 0], null)));
        Assert.Equal(["V001"], await paper.Problems(Without(OnPaper.Left(sent, cover, null), "person")));
        Assert.Equal(["T110"], await paper.Problems(With(OnPaper.Left(sent, cover, null), "says", "ACKNOWLEDGED")));
        Assert.Equal(["V045"], await paper.Problems(With(OnPaper.Left(sent, cover, null), "at", DocumentWriter.FormatTime(paper.State.Clock.GetUtcNow().AddHours(1)))));
        // Before the message was there nothing can have left, and nothing can have come to it.
        var before = DocumentWriter.FormatTime(paper.State.Clock.GetUtcNow().AddHours(-1));
        Assert.Equal(["V045"], await paper.Problems(With(OnPaper.Left(sent, cover, null), "at", before)));
        Assert.Equal(["V045"], await paper.Problems(With(OnPaper.Came(sent, "ACKNOWLEDGED", ("letter.pdf", "application/pdf", OnPaper.Letter("we have it"))), "at", before)));
        Assert.Equal(["V013"], await paper.Problems(With(OnPaper.Left(sent, cover, null), "at", "2026-03-01T02:15:00")));
        Assert.Equal(["T804"], await paper.Problems(With(OnPaper.Left(sent, cover, null), "message", Ids.New())));
        var other = await paper.State.AddUser("prosecutor", "XA-PO", "COMPETENT_AUTHORITY");
        Assert.Equal(["T802"], await paper.Problems(OnPaper.Left(sent, cover, null), other));
        var auditor = await paper.State.AddUser("auditor", "XA-CP", "AUDITOR");
        Assert.Equal(["T802"], await paper.Problems(OnPaper.Left(sent, cover, null), auditor));
        Assert.Equal(["SubmissionAcceptance"], await paper.Events(sent.CaseId));

        await paper.Record(OnPaper.Left(sent, envelope, Digest.Of("certificate"u8)), key: "k1");
        Assert.Equal(["T805"], await paper.Problems(OnPaper.Left(sent, envelope, Digest.Of("certificate"u8))));
    }

    [Fact]
    public async Task A_request_leaves_as_one_file_that_openssl_opens_and_the_reply_moves_the_case_on_the_same_chain()
    {
        await using var paper = await OnPaper.Start(json => json["Log"] = new JsonObject { ["CheckpointSeconds"] = 1 });
        var recipient = new TestPki("XC").Issue("mla", TestPki.Agree);
        var sent = await paper.Send();
        Assert.Contains("no gateway serves XC-CA", sent.Outcome, StringComparison.Ordinal);
        Assert.Equal("TO_CARRY", Assert.Single((await paper.Client.ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId })).Messages).State);
        Assert.Empty((await paper.Client.ListDeliveriesAsync(new ListDeliveriesRequest())).Deliveries);
        var cover = await paper.Sealed(sent.Message);
        var file = Envelope.Encrypt(cover, recipient.Certificate);

        // openssl alone, with the recipient's key and the sender's root.
        var decrypted = OpenSsl(paper.State, file, "cms", "-decrypt", "-binary", "-inform", "DER", "-inkey", paper.State.Write("xc.key", recipient.KeyPem), "-recip", paper.State.Write("xc.crt", recipient.CertificatePem));
        Assert.Equal(cover, decrypted);
        var document = OpenSsl(paper.State, decrypted, "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-CAfile", Path.Combine(paper.State.Folder, "root.crt"), "-purpose", "any");
        Assert.Equal(sent.Message, JsonNode.Parse(document)!["message"]!.GetValue<string>());

        var composed = await paper.Composed(OnPaper.Left(sent, file, recipient.Certificate.Sha256), paper.Officer);
        var left = await paper.Submit(composed, paper.Officer, "left");
        Assert.Equal(["SubmissionAcceptance", "RelayToNonERDS", "SubmissionAcceptance"], await paper.Events(sent.CaseId));
        Assert.Equal("SENT", await paper.CaseState(sent.CaseId));
        Assert.Contains((await paper.Client.ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId })).Messages, m => m.Message == sent.Message && m.State == "CARRIED");
        Assert.Equal(sent.Message, left.Message);

        // The answer came as a letter: what goes without saying before it is filled in, by the table.
        var letter = ("answer.pdf", "application/pdf", OnPaper.Letter("the logs are enclosed"));
        Assert.Equal(["V043"], await paper.Problems(With(OnPaper.Came(sent, "MEASURE_STARTED", letter), "person", "K.")));
        Assert.Equal(["T110"], await paper.Problems(OnPaper.Came(sent, "EXECUTED", letter)));
        var answer = With(OnPaper.Came(sent, "EXECUTED", letter), "outcome", "FULL");
        var record = await paper.Composed(answer, paper.Officer);
        Assert.Equal(["ACKNOWLEDGED", "ACCEPTED", "IN_EXECUTION", "EXECUTED"], JsonNode.Parse(record)!["acts"]!.AsArray().Select(a => a!.GetValue<string>()));
        await Refused.By(() => paper.Submit(record, paper.Officer), "V035");
        await Refused.By(() => paper.Submit(record, paper.Officer, null, ("answer.pdf", "application/pdf", OnPaper.Letter("other"))), "V035");
        Assert.Equal("SENT", await paper.CaseState(sent.CaseId));
        using (var signer = paper.Officer.Signing.Signer())
        {
            var submit = new SubmitRequest { SignedDocument = Google.Protobuf.ByteString.CopyFrom(SignedDocument.Sign(record, signer, paper.State.Clock.GetUtcNow())), IdempotencyKey = "came" };
            submit.Attachments.Add(new Attachment { Name = letter.Item1, MediaType = letter.Item2, Content = Google.Protobuf.ByteString.CopyFrom(letter.Item3) });
            var first = await paper.Client.SubmitAsync(submit);
            var again = await paper.Client.SubmitAsync(submit);
            Assert.True(again.Duplicate);
            Assert.Equal(first.Receipts, again.Receipts);
        }
        Assert.Equal("EXECUTED", await paper.CaseState(sent.CaseId));
        Assert.Equal(["SubmissionAcceptance", "RelayToNonERDS", "SubmissionAcceptance", "SubmissionAcceptance", "ReceivedFromNonERDS"], await paper.Events(sent.CaseId));
        // The same scan again is the same reply.
        Assert.Equal(["T805"], await paper.Problems(OnPaper.Came(sent, null, letter)));

        // Confirmed: a letter of ours again.
        await TwoStates.Act(paper.State, paper.Officer, sent.CaseId, "COMPLETED");
        Assert.Equal("COMPLETED", await paper.CaseState(sent.CaseId));
        Assert.Contains((await paper.Client.ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId })).Messages, m => m.Kind == "COMPLETED" && m.State == "TO_CARRY");

        var report = await Verified(paper, sent.CaseId);
        Assert.True(report.Verdict == Verdict.VALID, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.OnPaper);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.NotDelivered && f.Text.Contains("not handed to a carrier", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.OnPaperNotJudged or FindingCode.ActOutOfOrder or FindingCode.DeadlineMissed);
        Assert.Contains(report.Deadlines, d => d.OnPaper && d.Met <= d.Due);
        Assert.Contains(report.Story, l => l.Text.Contains("COURIER (CR-4711)", StringComparison.Ordinal));
        Assert.Contains(report.Story, l => l.Text.Contains("it says EXECUTED (FULL)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sealed_file_as_reply_is_opened_and_one_for_somebody_else_or_of_another_State_or_case_is_refused()
    {
        await using var paper = await OnPaper.Start();
        var sent = await paper.Send();
        var (own, beside) = (paper.State.Card.Card.Find("XA-CP")!.Encryption[0], paper.State.Card.Card.Find("XA-CA")!.Encryption[0]);
        var now = paper.State.Clock.GetUtcNow();
        using var seal = new TestPki("XC").Issue("seal of XC-CA", TestPki.Sign).Signer();
        using var expired = new TestPki("XC").Issue("old seal of XC-CA", TestPki.Sign, now.AddYears(-2), now.AddYears(-1)).Signer();
        byte[] Cover(string sender, string recipient, string caseId, Signer by) => SignedDocument.Sign(new Cover(Ids.New(), caseId, Suites.OnPaper, now, Party.Of(sender), Party.Of(recipient), CoverAbout.ACT, null,
            [Part.Of(PartRole.attachment, "answer.txt", "text/plain", "yes"u8.ToArray())]).Write(), by, now);
        (string, string, byte[]) File(byte[] content) => ("reply.p7m", "application/pkcs7-mime", content);

        var foreign = new TestPki("XB").Issue("other", TestPki.Agree).Certificate;
        foreach (var (code, wrong) in new[]
        {
            ("T307", File(Envelope.Encrypt(Cover("XC-CA", "XA-CA", sent.CaseId, seal), own))),
            ("T309", File(Envelope.Encrypt(Cover("XB-CA", "XA-CP", sent.CaseId, seal), own))),
            ("T303", File(Envelope.Encrypt(Cover("XC-CA", "XA-CP", sent.CaseId, seal), foreign))),
            // To a key of another authority behind the same gateway; of another case, ours or not; by a seal whose time was over.
            ("T303", File(Envelope.Encrypt(Cover("XC-CA", "XA-CP", sent.CaseId, seal), beside))),
            ("T309", File(Envelope.Encrypt(Cover("XC-CA", "XA-CP", Ids.NewCase("XA"), seal), own))),
            ("T309", File(Cover("XC-CA", "XA-CP", Ids.NewCase("XC"), seal))),
            ("T211", File(Envelope.Encrypt(Cover("XC-CA", "XA-CP", sent.CaseId, expired), own))),
        })
        {
            var composed = await paper.Composed(OnPaper.Came(sent, null, wrong), paper.Officer);
            await Refused.By(() => paper.Submit(composed, paper.Officer, null, wrong), code);
        }
        Assert.Equal("SENT", await paper.CaseState(sent.CaseId));
        var right = File(Envelope.Encrypt(Cover("XC-CA", "XA-CP", sent.CaseId, seal), own));
        var reply = await paper.Record(OnPaper.Came(sent, null, right), files: right);
        Assert.Equal("DELIVERED", await paper.CaseState(sent.CaseId));
        var opened = await paper.Client.OpenMessageAsync(new OpenMessageRequest { Message = reply.Message });
        Assert.Equal(["paper", "attachment", "attachment"], opened.Parts.Select(p => p.Role));
        Assert.Equal(right.Item3, opened.Parts[1].Content.ToByteArray());
        Assert.True(SignedDocument.Open(opened.Parts[2].Content.ToByteArray()).Succeeded);
    }

    [Fact]
    public async Task A_time_that_does_not_fit_is_refused_with_both_times_and_what_to_do()
    {
        await using var paper = await OnPaper.Start();
        var sent = await paper.Send();
        var now = paper.State.Clock.GetUtcNow();
        var cover = await paper.Sealed(sent.Message);
        var letter = ("answer.pdf", "application/pdf", OnPaper.Letter("yes"));
        async Task<V1.Refusal> Problem(JsonObject fields, DateTimeOffset at)
            => Assert.Single((await paper.Client.ComposeAsync(new ComposeRequest { Type = "paperRecord", FieldsJson = With(fields, "at", DocumentWriter.FormatTime(at)).ToJsonString() })).Problems);
        var (slow, fast) = (now.AddMinutes(-30), now.AddMinutes(30));
        var early = await Problem(OnPaper.Left(sent, cover, null), slow);
        Assert.Equal(("V045", "at"), (early.Code, early.Path));
        var stored = (await paper.Client.ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId })).Messages[0].Time;
        foreach (var said in new[] { DocumentWriter.FormatTime(slow), stored, "leave the time out" })
            Assert.Contains(said, early.Detail, StringComparison.Ordinal);
        foreach (var (fields, at, remedy) in new[] { (OnPaper.Left(sent, cover, null), fast, "leave the time out"), (OnPaper.Came(sent, null, letter), slow, "correct the time"), (OnPaper.Came(sent, null, letter), fast, "correct the time") })
        {
            var problem = await Problem(fields, at);
            Assert.Equal("V045", problem.Code);
            Assert.Contains(DocumentWriter.FormatTime(at), problem.Detail, StringComparison.Ordinal);
            Assert.Contains(remedy, problem.Detail, StringComparison.Ordinal);
        }
        // As much as two clocks may differ passes, and without a time it is the gateway's.
        await paper.Composed(With(OnPaper.Left(sent, cover, null), "at", DocumentWriter.FormatTime(now.AddMinutes(-4))), paper.Officer);
        var record = Gateway.Protocol.Paper.PaperRecord.Read(await paper.Composed(OnPaper.Left(sent, cover, null), paper.Officer)).Value;
        Assert.True(record.At >= now.AddSeconds(-1) && record.At <= paper.State.Clock.GetUtcNow(), $"{record.At:u}");
    }

    [Fact]
    public async Task Without_a_certificate_it_leaves_in_clear_with_a_warning_and_a_case_that_was_erased_keeps_its_receipts()
    {
        await using var paper = await OnPaper.Start();
        var sent = await paper.Send();
        var cover = await paper.Sealed(sent.Message);
        var composed = await paper.Client.ComposeAsync(new ComposeRequest { Type = "paperRecord", FieldsJson = OnPaper.Left(sent, cover, null).ToJsonString() });
        Assert.Equal("T560", Assert.Single(composed.Warnings).Code);
        Assert.Contains("NOT encrypted", (await paper.Submit(composed.Document.ToByteArray(), paper.Officer)).Outcome, StringComparison.Ordinal);
        await TwoStates.Act(paper.State, paper.Officer, sent.CaseId, "WITHDRAWN", new JsonObject { ["text"] = "The server was found elsewhere." });
        var prosecutor = await paper.State.AddUser("prosecutor", "XA-CP", "COMPETENT_AUTHORITY");
        foreach (var (person, decision) in new[] { (paper.Lawyer, "PROPOSE"), (prosecutor, "APPROVE") })
            await TwoStates.Submit(paper.State, person, "erasureDecision", new JsonObject { ["case"] = sent.CaseId, ["decision"] = decision, ["reason"] = "ORDERED", ["legalBasis"] = "order 5/2026" });
        Assert.Equal(0, paper.State.Get<Database>().Read(s => s.Number("SELECT count(*) FROM paper_files")));
        var report = await Verified(paper, sent.CaseId);
        Assert.True(report.Verdict != Verdict.BROKEN, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        Assert.Contains(report.Findings, f => f.Code == FindingCode.OnPaper);
    }

    [Fact]
    public async Task A_State_with_a_gateway_is_told_by_wire_that_a_copy_is_on_its_way_and_its_replies_come_by_wire_only()
    {
        await using var states = await TwoStates.Start();
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
        var cover = (await states.Asking.Client(states.DutyOfficer).OpenMessageAsync(new OpenMessageRequest { Message = sent.Message })).SealedCover.ToByteArray();
        var file = Envelope.Encrypt(cover, states.Asked.Card.Card.Find("XB-CA")!.Encryption[0]);
        await TwoStates.Submit(states.Asking, states.DutyOfficer, "paperRecord", With(OnPaper.Left(sent, file, Digest.Of("c"u8)), "channel", "INTERPOL"));
        var chains = await states.Settled(sent.CaseId, 7);
        Assert.Contains(chains["XA"], r => r.Event == Gateway.Protocol.Receipts.ReceiptEvent.RelayToNonERDS && r.Subject.EnvelopeSha256 == Digest.Of(file));
        var told = (await states.Asked.Client(states.AskedLawyer).ListMessagesAsync(new ListMessagesRequest { CaseId = sent.CaseId })).Messages;
        Assert.Contains(told, m => m.About == "PAPER" && m.State == "RECEIVED");
        var composed = await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "paperRecord", FieldsJson = OnPaper.Came(sent, null, ("a.pdf", "application/pdf", OnPaper.Letter("a"))).ToJsonString() });
        Assert.Equal("V043", Assert.Single(composed.Problems).Code);
    }

    internal static async Task<BundleReport> Verified(OnPaper paper, string caseId)
    {
        using var bundle = new MemoryStream();
        using var call = paper.State.Client(paper.Lawyer).ExportCase(new ExportCaseRequest { CaseId = caseId });
        while (await call.ResponseStream.MoveNext(default))
            bundle.Write(call.ResponseStream.Current.Data.Span);
        bundle.Position = 0;
        return BundleCheck.Run(bundle, [TrustAnchor.Fingerprint($"XA:{paper.State.Card.CardKey}", "test")!]);
    }

    private static JsonObject With(JsonObject fields, string name, string value)
    {
        fields[name] = value;
        return fields;
    }

    private static JsonObject Without(JsonObject fields, string name)
    {
        fields.Remove(name);
        return fields;
    }

    private static byte[] OpenSsl(TestState state, byte[] input, params string[] arguments)
    {
        var path = Path.Combine(state.Folder, "openssl.in");
        File.WriteAllBytes(path, input);
        using var process = Process.Start(new ProcessStartInfo("openssl", [.. arguments, "-in", path, "-out", path + ".out"]) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"openssl {arguments[0]} {arguments[1]}: {error}");
        return File.ReadAllBytes(path + ".out");
    }
}

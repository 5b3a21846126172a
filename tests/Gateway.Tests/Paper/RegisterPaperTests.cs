using System.Text.Json.Nodes;
using Gateway.Deadlines;
using Gateway.Integrity;
using Gateway.Keys;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Verification;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Notification;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Paper;

/// <summary>XC, which no gateway serves, asks us by letter: an officer registers it, answers leave on the same receipts, and a verifier says what it cannot say.</summary>
public sealed class RegisterPaperTests
{
    private static readonly (string, string, byte[]) Letter = ("letter.pdf", "application/pdf", OnPaper.Letter("please preserve the data"));

    [Fact]
    public async Task What_is_no_request_of_such_a_State_to_us_is_refused_and_opens_nothing()
    {
        await using var paper = await OnPaper.Start();
        var scan = OnPaper.Letter("another");
        foreach (var (code, form, change) in new (string, Action<JsonObject>?, Action<JsonObject>?)[]
        {
            // Our own State, one that nobody described, an authority that does not stand in the description.
            ("T110", null, f => f["from"] = "XA-CA"),
            ("T401", null, f => f["from"] = "XZ-CA"),
            ("V002", null, f => f["from"] = "XC-POLICE"),
            ("V045", null, f => f["at"] = DocumentWriter.FormatTime(paper.State.Clock.GetUtcNow().AddHours(1))),
            ("V013", null, f => f["at"] = "2026-03-01T02:15:00"),
            ("V001", null, f => f.Remove("checkedBy")),
            ("V001", null, f => f["files"] = new JsonArray()),
            ("T110", null, f => f["case"] = Ids.NewCase("XA")),
        })
        {
            var (fields, _) = await Form(paper, form);
            change!(fields);
            var problems = (await paper.Client.ComposeAsync(new ComposeRequest { Type = "paperRequest", FieldsJson = fields.ToJsonString() })).Problems.Select(p => p.Code);
            Assert.True(problems.Contains(code), $"{code}: {string.Join(' ', problems)}");
        }
        // What the record names and what lies beside it.
        var (honest, entered) = await Form(paper);
        var record = await Composed(paper, honest);
        await Refused.By(() => Submit(paper, record, entered, ("letter.pdf", "application/pdf", scan)), "V035");
        await Refused.By(() => Submit(paper, record, entered), "V035");
        await Refused.By(() => Submit(paper, record, Signed(paper, "{}"u8.ToArray()), Letter), "V035");
        var huge = ("huge.pdf", "application/pdf", new byte[Cover.MaxPartBytes + 1]);
        var (large, same) = await Form(paper, files: [huge]);
        await Refused.By(async () => await Submit(paper, await Composed(paper, large), same, huge), "T604");
        // The request as entered: signed by another person, malformed, of another State, incomplete.
        foreach (var (code, document) in new[]
        {
            ("T210", Signed(paper, SignedDocument.Open(entered).Value.Content.ToArray(), paper.Lawyer)),
            ("T", Signed(paper, "{}"u8.ToArray())),
            ("T", "not CMS"u8.ToArray()),
        })
        {
            var (fields, _) = await Form(paper);
            fields["request"] = Digest.Of(document).ToString();
            var composed = await Composed(paper, fields);
            Assert.StartsWith(code, (await Refused.Of(() => Submit(paper, composed, document, Letter))).Code, StringComparison.Ordinal);
        }
        Assert.Equal(0, paper.State.Get<Database>().Read(s => s.Number("SELECT count(*) FROM cases") + s.Number("SELECT count(*) FROM messages")));
    }

    [Fact]
    public async Task A_letter_becomes_a_case_that_is_acknowledged_answered_and_proved_on_the_receipts_of_paper()
    {
        await using var paper = await OnPaper.Start();
        var came = paper.State.Clock.GetUtcNow().AddHours(-2);
        var (fields, entered) = await Form(paper);
        fields["at"] = DocumentWriter.FormatTime(came);
        var record = await Composed(paper, fields);
        var sent = await Submit(paper, record, entered, Letter);
        Assert.StartsWith("XC-", sent.CaseId, StringComparison.Ordinal);
        Assert.Equal(["SubmissionAcceptance", "ReceivedFromNonERDS"], await paper.Events(sent.CaseId));
        var view = await paper.Client.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId });
        Assert.Equal(("DELIVERED", "XC-CA"), (view.State, view.PeerAuthority));
        // The same letter again; the same case again; each opens nothing.
        var (again, twin) = await Form(paper);
        var problem = Assert.Single((await paper.Client.ComposeAsync(new ComposeRequest { Type = "paperRequest", FieldsJson = again.ToJsonString() })).Problems);
        Assert.Equal("T805", problem.Code);
        Assert.Contains(sent.CaseId, problem.Detail, StringComparison.Ordinal);
        await Refused.By(() => Submit(paper, record, entered, Letter), "T805");
        Assert.Equal(1, paper.State.Get<Database>().Read(s => s.Number("SELECT count(*) FROM cases")));
        Assert.NotEmpty(twin);

        // Deadlines are ours, and run from the day on which the letter came.
        var running = await Deadlines(paper, sent.CaseId);
        var acknowledge = Assert.Single(running, d => d.Rule == "ACKNOWLEDGE");
        Assert.Equal(("XA-CP", true, DocumentWriter.FormatTime(came.AddHours(4))), (acknowledge.ByAuthority, acknowledge.Own, acknowledge.Due));
        Assert.Contains(running, d => d.Rule == "DECIDE" && d.Own);

        // What follows names the record of the request; it may have come before that was made.
        var supplement = ("supplement.pdf", "application/pdf", OnPaper.Letter("the account is the second one"));
        var status = OnPaper.Came(sent, "STATUS_QUERY", supplement);
        status["at"] = DocumentWriter.FormatTime(came.AddHours(1));
        await paper.Record(status, files: supplement);
        Assert.Contains("V043", await paper.Problems(OnPaper.Came(sent, "COMPLETED", ("c.pdf", "application/pdf", OnPaper.Letter("thank you")))));

        // An answer counts when it left.
        var due = DocumentWriter.FormatTime(paper.State.Clock.GetUtcNow().AddDays(2));
        var answer = await TwoStates.Act(paper.State, paper.Officer, sent.CaseId, "ACKNOWLEDGED", new JsonObject { ["reference"] = "XA 7/26", ["dueAt"] = due });
        Assert.Equal("", Assert.Single(await Deadlines(paper, sent.CaseId), d => d.Rule == "ACKNOWLEDGE").Met);
        await paper.Record(OnPaper.Left(sent, "an envelope"u8.ToArray(), Digest.Of("a certificate"u8), answer.Message));
        Assert.NotEqual("", Assert.Single(await Deadlines(paper, sent.CaseId), d => d.Rule == "ACKNOWLEDGE").Met);
        var prosecutor = await paper.State.AddUser("prosecutor", "XA-CP", "COMPETENT_AUTHORITY");
        await TwoStates.Act(paper.State, prosecutor, sent.CaseId, "ACCEPTED", new JsonObject { ["dueAt"] = due });
        await TwoStates.Act(paper.State, prosecutor, sent.CaseId, "IN_EXECUTION");
        var executed = await TwoStates.Act(paper.State, prosecutor, sent.CaseId, "EXECUTED", new JsonObject { ["outcome"] = "NOTHING_TO_ADD", ["text"] = "The provider keeps these data by itself." });
        await paper.Record(OnPaper.Left(sent, await paper.Sealed(executed.Message), null, executed.Message), prosecutor);
        Assert.Contains("RelayToNonERDS", await paper.Events(sent.CaseId));
        var thanks = ("thanks.pdf", "application/pdf", OnPaper.Letter("received and readable"));
        await paper.Record(OnPaper.Came(sent, "COMPLETED", thanks), files: thanks);
        Assert.Equal("COMPLETED", await paper.CaseState(sent.CaseId));
        Assert.True(CheckLedger.Run(paper.State.DataFolder, chunks: true) is { Good: true }, string.Join('\n', CheckLedger.Run(paper.State.DataFolder, chunks: true).Findings));

        var report = await PaperTests.Verified(paper, sent.CaseId);
        Assert.True(report.Verdict != Verdict.BROKEN, string.Join('\n', report.Findings.Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}")));
        Assert.DoesNotContain(report.Findings, f => f.Code is FindingCode.ActOutOfOrder or FindingCode.DeadlineMissed or FindingCode.CoverContradicts or FindingCode.CaseFileDiffers or FindingCode.ReceiptLacking or FindingCode.DocumentUnreferenced);
        var unverified = Assert.Single(report.Findings, f => f.Code == FindingCode.PaperMarksNotVerified);
        Assert.Contains("K. Registrar", unverified.Text, StringComparison.Ordinal);
        Assert.Contains(report.Findings, f => f.Code == FindingCode.OnPaper);
    }

    [Fact]
    public async Task A_sealed_file_must_be_the_request_that_was_entered_and_names_its_case()
    {
        await using var paper = await OnPaper.Start();
        var (keys, now, caseId) = (paper.State.Get<KeyRing>(), paper.State.Clock.GetUtcNow(), Ids.NewCase("XC"));
        var own = keys.Encryption("XA-CP")[0].Certificate;
        using var seal = new TestPki("XC").Issue("seal of XC-CA", TestPki.Sign).Signer();
        // Entered twice, the same is asked: only what the entry itself adds may differ.
        var loss = DocumentWriter.FormatLocalTime(now.AddDays(10));
        void Asked(JsonObject form) => form["estimatedDataLossAt"] = loss;
        var (_, asked) = await Form(paper, Asked);
        byte[] Sealed(string sender, string recipient, string of, byte[] request) => Envelope.Encrypt(SignedDocument.Sign(new Cover(Ids.New(), of, Suites.OnPaper, now, Party.Of(sender), Party.Of(recipient), CoverAbout.REQUEST, null,
            [Part.Of(PartRole.request, "request.cms", "application/pkcs7-mime", request)]).Write(), seal, now), own);
        var (_, other) = await Form(paper, f => (f["estimatedDataLossAt"], f["reference"]) = (loss, "RQ-XC-2026-000099"));
        var (_, another) = await Form(paper, f => (f["estimatedDataLossAt"], f["factsSummary"]) = (loss, "Something else happened: on 14 February a person unknown entered another house in Birk through a window."));
        foreach (var (code, file) in new[]
        {
            ("T307", Sealed("XC-CA", "XA-CA", caseId, asked)),
            ("T309", Sealed("XB-CA", "XA-CP", caseId, asked)),
            ("T309", Sealed("XC-CA", "XA-CP", Ids.NewCase("XC"), asked)),
            ("T705", Sealed("XC-CA", "XA-CP", caseId, other)),
            ("T705", Sealed("XC-CA", "XA-CP", caseId, another)),
        })
        {
            var attached = ("request.p7m", "application/pkcs7-mime", file);
            var (fields, entered) = await Form(paper, Asked, [attached]);
            fields["case"] = caseId;
            var composed = await Composed(paper, fields);
            await Refused.By(() => Submit(paper, composed, entered, attached), code);
        }
        var right = ("request.p7m", "application/pkcs7-mime", Sealed("XC-CA", "XA-CP", caseId, asked));
        var (good, same) = await Form(paper, Asked, [right]);
        good["case"] = caseId;
        var sent = await Submit(paper, await Composed(paper, good), same, right);
        Assert.Equal(caseId, sent.CaseId);
        var opened = await paper.Client.OpenMessageAsync(new OpenMessageRequest { Message = sent.Message });
        Assert.Equal(["paper", "request", "attachment", "attachment"], opened.Parts.Select(p => p.Role));
    }

    [Fact]
    public async Task An_emergency_that_came_by_letter_rings_until_it_is_acknowledged_and_certifies_nothing_to_a_State_without_a_gateway()
    {
        await using var paper = await OnPaper.Start(c => c["Notification"] = new JsonObject { ["ConfirmSeconds"] = 1 });
        using var screen = new Screen(paper.State, paper.Officer, "desk");
        await screen.Next("STARTED");
        var (fields, entered) = await Form(paper, Emergency);
        var sent = await Submit(paper, await Composed(paper, fields), entered, Letter);
        var alarm = await screen.Next("ALERT");
        Assert.Equal((sent.Message, sent.CaseId, "EMERGENCY", "XC-CA", true), (alarm.Alert, alarm.CaseId, alarm.Urgency, alarm.FromAuthority, alarm.Ring));
        // Nobody confirmed in time: there is nobody over there to be told by wire.
        await Eventually.Holds(() => paper.State.Get<Alarms>().All.Any(a => a.Code == AlarmCode.EMERGENCY_UNHEARD), () => "nothing stands on the board");
        long Receipts() => paper.State.Get<Database>().Read(s => s.Number("SELECT count(*) FROM receipts WHERE event LIKE 'ConsignmentNotification%'"));
        Assert.Equal(0, Receipts());
        Assert.True((await paper.Client.ConfirmAlertAsync(new ConfirmAlertRequest { Alert = alarm.Alert, Device = "desk" })).First);
        Assert.Equal(0, Receipts());
        await TwoStates.Act(paper.State, paper.Officer, sent.CaseId, "ACKNOWLEDGED");
        Assert.Equal(sent.CaseId, (await screen.Next("ENDED")).CaseId);
        Assert.DoesNotContain(paper.State.Get<Alarms>().All, a => a.Code == AlarmCode.EMERGENCY_UNHEARD);
    }

    [Fact]
    public async Task An_urgent_request_that_came_by_letter_rings_once_as_one_by_wire_does()
    {
        await using var paper = await OnPaper.Start();
        using var screen = new Screen(paper.State, paper.Officer, "desk");
        await screen.Next("STARTED");
        var (fields, entered) = await Form(paper);
        var sent = await Submit(paper, await Composed(paper, fields), entered, Letter);
        var line = await screen.Next("ALERT");
        Assert.Equal((sent.CaseId, "PRESERVE_DATA", "URGENT", "XC-CA", true), (line.CaseId, line.Kind, line.Urgency, line.FromAuthority, line.Ring));
        Assert.False(await screen.Hears("ALERT"));
    }

    private static void Emergency(JsonObject form)
    {
        var sample = TwoStates.SampleFields("emergency-disclosure.json");
        form.Clear();
        foreach (var (name, value) in sample)
            form[name] = value?.DeepClone();
        (form["requestingAuthority"], form["requestedAuthority"], form["reference"]) = ("XC-CA", "XA-CP", "RQ-XC-2026-000012");
    }

    [Fact]
    public async Task A_State_with_a_gateway_asks_by_wire_only()
    {
        await using var states = await TwoStates.Start();
        var fields = new JsonObject
        {
            ["from"] = "XB-CA", ["channel"] = "POST", ["person"] = "K. Registrar", ["checkedBy"] = "K. Registrar", ["check"] = "rang back", ["request"] = Digest.Of("r"u8).ToString(),
            ["files"] = new JsonArray(new JsonObject { ["name"] = "a.pdf", ["mediaType"] = "application/pdf", ["size"] = 1, ["sha256"] = Digest.Of("a"u8).ToString() }),
        };
        var composed = await states.Asking.Client(states.DutyOfficer).ComposeAsync(new ComposeRequest { Type = "paperRequest", FieldsJson = fields.ToJsonString() });
        Assert.Equal("V043", Assert.Single(composed.Problems).Code);
    }

    // What gatewayctl does: the form is composed as a request of XC to us and signed by the officer; then the record that names it.
    [Fact]
    public async Task A_letter_that_is_registered_late_is_judged_by_the_day_on_which_it_came()
    {
        await using var paper = await OnPaper.Start();
        var now = paper.State.Clock.GetUtcNow();
        var came = now.AddDays(-10);
        // An answer was asked for by a day that is over now, and was not then.
        void Wish(JsonObject form, DateTimeOffset by) => (form["deadlineRequested"], form["deadlineReason"]) = (DocumentWriter.FormatLocalTime(by), "The hearing is on that day.");
        async Task<IEnumerable<string>> Problems(DateTimeOffset by, string cameAt)
        {
            var form = TwoStates.Preserve(paper.State.Clock);
            (form["requestingAuthority"], form["requestedAuthority"], form["reference"]) = ("XC-CA", "XA-CP", "RQ-XC-2026-000012");
            Wish(form, by);
            return (await paper.Client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = form.ToJsonString(), CameAt = cameAt })).Problems.Select(p => $"{p.Code} {p.Path}");
        }
        Assert.Equal(["T110 deadlineRequested"], await Problems(now.AddDays(-3), ""));
        Assert.Equal(["T110 deadlineRequested"], await Problems(came.AddDays(-1), DocumentWriter.FormatTime(came)));
        Assert.Equal(["V045 cameAt"], await Problems(now.AddDays(-3), DocumentWriter.FormatTime(now.AddHours(1))));
        var (fields, entered) = await Form(paper, form => Wish(form, now.AddDays(-3)), came: came);
        // Said to have come today, it is judged by today.
        fields["at"] = DocumentWriter.FormatTime(now);
        await Refused.By(async () => await Submit(paper, await Composed(paper, fields), entered, Letter), "T110");
        fields["at"] = DocumentWriter.FormatTime(came);
        var sent = await Submit(paper, await Composed(paper, fields), entered, Letter);
        Assert.Equal("DELIVERED", (await paper.Client.ShowCaseAsync(new ShowCaseRequest { CaseId = sent.CaseId })).State);
    }

    private static async Task<(JsonObject Fields, byte[] Entered)> Form(OnPaper paper, Action<JsonObject>? change = null, (string Name, string Type, byte[] Content)[]? files = null, DateTimeOffset? came = null)
    {
        var form = TwoStates.Preserve(paper.State.Clock);
        (form["requestingAuthority"], form["requestedAuthority"], form["reference"]) = ("XC-CA", "XA-CP", "RQ-XC-2026-000012");
        change?.Invoke(form);
        var composed = await paper.Client.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = form.ToJsonString(), CameAt = came is { } at ? DocumentWriter.FormatTime(at) : "" });
        Assert.True(composed.Problems.Count == 0, string.Join('\n', composed.Problems.Select(p => $"{p.Code} {p.Path}: {p.Detail}")));
        var entered = Signed(paper, composed.Document.ToByteArray());
        return (new JsonObject
        {
            ["from"] = "XC-CA", ["channel"] = "COURIER", ["reference"] = "CR-12", ["person"] = "K. Registrar", ["checkedBy"] = "K. Registrar",
            ["check"] = "rang back the number in the description; the letter is theirs", ["request"] = Digest.Of(entered).ToString(),
            ["files"] = new JsonArray([.. (files ?? [Letter]).Select(f => (JsonNode)new JsonObject { ["name"] = f.Name, ["mediaType"] = f.Type, ["size"] = f.Content.Length, ["sha256"] = Digest.Of(f.Content).ToString() })]),
        }, entered);
    }

    private static async Task<byte[]> Composed(OnPaper paper, JsonObject fields)
    {
        var composed = await paper.Client.ComposeAsync(new ComposeRequest { Type = "paperRequest", FieldsJson = fields.ToJsonString() });
        Assert.True(composed.Problems.Count == 0, string.Join('\n', composed.Problems.Select(p => $"{p.Code} {p.Path}: {p.Detail}")));
        return composed.Document.ToByteArray();
    }

    private static byte[] Signed(OnPaper paper, byte[] document, TestPerson? person = null)
    {
        using var signer = (person ?? paper.Officer).Signing.Signer();
        return SignedDocument.Sign(document, signer, paper.State.Clock.GetUtcNow());
    }

    private static Task<SubmitReply> Submit(OnPaper paper, byte[] record, byte[] entered, params (string, string, byte[])[] files)
        => paper.Submit(record, paper.Officer, null, [("request.cms", "application/pkcs7-mime", entered), .. files]);

    private static async Task<IReadOnlyList<DeadlineView>> Deadlines(OnPaper paper, string caseId)
    {
        await paper.State.Get<ClockLoop>().LookAtAll();
        return (await paper.Client.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = caseId })).Deadlines;
    }
}

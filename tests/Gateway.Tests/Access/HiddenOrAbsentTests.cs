using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Access;

/// <summary>
/// Every call of the operator port that takes an id of something that belongs to a case or to a draft: for a user to whom it is not open the answer is, byte for
/// byte, that for an id that nothing has. A new call must be entered here.
/// </summary>
public sealed class HiddenOrAbsentTests : IAsyncLifetime
{
    // Names of fields that hold such an id, wherever they stand in a request.
    private static readonly string[] IdFields = ["case_id", "item", "draft", "message", "alert", "breach"];

    // Calls without such an id, or why theirs tells nothing.
    private static readonly string[] Others =
    [
        "WhoAmI", "Status", "Watch", "ListCases", "OwnCard", "AddPeer", "ApprovePeer", "ListPeers", "TestPeer", "BlockPeer", "UnblockPeer", "ListDeliveries", "AddUser", "ListUsers", "RevokeUser",
        "ShowLedger", "ConfirmLedger", "ShowLog", "ProveGrowth", "Statistics", "ImportTrust", "ApproveTrust", "ListTrust", "ListDrafts", "ListTreaties", "ShowWitness", "WatchAlerts", "ShiftReport",
        "SetPaperState", "ListPaperStates",
        // The log is for everybody to check, and says of a leaf only its kind and digest.
        "ProveLogged",
    ];

    // Open to them although the case is not: administrators see that letters leave, and officers on duty hear alarms, whosesoever they are. Not of a case with a list.
    private static readonly (string Person, string Call)[] OpenAllTheSame = [("administrator", "ResendDelivery"), ("duty", "ConfirmAlert")];

    private TwoStates _states = null!;
    private TestPerson _colleague = null!;
    private TestPerson[] _strangers = [];
    private TestPerson _auditor = null!;
    private byte[] _record = null!;

    public async Task InitializeAsync()
    {
        _states = await TwoStates.Start();
        var asked = _states.Asked;
        _colleague = await asked.AddUser("colleague", "XB-CA", "CENTRAL_AUTHORITY_MLA");
        _auditor = await asked.AddUser("auditor", "XB-CA", "AUDITOR");
        // A contact point has no authority above it: the cases of the central authority are not open to those who work for it.
        _strangers =
        [
            await asked.AddUser("duty", "XB-CP", "CONTACT_POINT_24_7"),
            await asked.AddUser("officer-elsewhere", "XB-CP", "COMPETENT_AUTHORITY"),
            await asked.AddUser("lab-elsewhere", "XB-CP", "FORENSIC_LAB"),
            asked.Administrator,
        ];
        _record = Record();
    }

    public async Task DisposeAsync() => await _states.DisposeAsync();

    [Fact]
    public void Every_call_stands_in_the_table_or_takes_no_such_id()
    {
        var methods = Operator.Descriptor.Methods;
        Assert.Equal(methods.Select(m => m.Name).Order(StringComparer.Ordinal), Table.Keys.Concat(Others).Order(StringComparer.Ordinal));
        foreach (var method in methods.Where(m => Others.Contains(m.Name)))
            Assert.True(!Fields(method.InputType, []).Any(IdFields.Contains), $"{method.Name} takes an id and is not in the table");
        // What is sought here is what requests really have.
        Assert.Equal(IdFields.Order(StringComparer.Ordinal), methods.SelectMany(m => Fields(m.InputType, [])).Where(IdFields.Contains).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Of_a_measure_with_a_list_nobody_else_can_tell_that_it_exists()
    {
        var fields = TwoStates.SampleFields("covert-measure.json");
        fields["needToKnow"] = new JsonArray(new JsonObject { ["authority"] = "XA-CA", ["person"] = "lawyer" }, new JsonObject { ["authority"] = "XB-CA", ["person"] = "lawyer" });
        await Same(await Placed(await TwoStates.Submit(_states.Asking, _states.Lawyer, "request", fields), fields), [_colleague, _auditor, .. _strangers], []);
    }

    [Fact]
    public async Task Of_an_ordinary_case_nobody_of_another_authority_can_tell_that_it_exists()
    {
        var fields = TwoStates.Preserve(_states.Asking.Clock);
        await Same(await Placed(await _states.SendPreserve(), fields), _strangers, OpenAllTheSame);
    }

    private async Task Same(Place place, IReadOnlyList<TestPerson> hiddenFrom, IReadOnlyList<(string Person, string Call)> open)
    {
        var wrong = new List<string>();
        foreach (var person in hiddenFrom)
        {
            foreach (var (name, calls) in Table.Where(t => !open.Contains((person.Name, t.Key))))
            {
                for (var i = 0; i < calls.Length; i++)
                {
                    var none = Place.Nowhere();
                    var (there, absent) = (await Named(name, i, Answer(calls[i], person, place)), await Named(name, i, Answer(calls[i], person, none)));
                    if (there != absent)
                        wrong.Add($"{person.Name}, {name} {i}:\n  {there}\n  {absent}");
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private Dictionary<string, Call[]> Table => new(StringComparer.Ordinal)
    {
        ["ShowCase"] = [async (c, _, p) => await c.ShowCaseAsync(new ShowCaseRequest { CaseId = p.Case })],
        ["ListMessages"] = [async (c, _, p) => await c.ListMessagesAsync(new ListMessagesRequest { CaseId = p.Case })],
        ["ListReceipts"] =
        [
            async (c, _, p) => await c.ListReceiptsAsync(new ListReceiptsRequest { CaseId = p.Case }),
            async (c, _, p) => await c.ListReceiptsAsync(new ListReceiptsRequest { Message = p.Message }),
        ],
        ["ListItems"] =
        [
            async (c, _, p) => await c.ListItemsAsync(new ListItemsRequest { CaseId = p.Case }),
            async (c, _, p) => await c.ListItemsAsync(new ListItemsRequest { Item = p.Out }),
        ],
        ["ListDeadlines"] = [async (c, _, p) => Timeless(await c.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = p.Case }))],
        ["CarryErasure"] = [async (c, _, p) => await c.CarryErasureAsync(new CarryErasureRequest { CaseId = p.Case, Channel = "POST", Person = "J. Sample" })],
        ["ListBreaches"] = [async (c, _, p) => await c.ListBreachesAsync(new ListBreachesRequest { CaseId = p.Case })],
        ["ShowProfile"] = [async (c, _, p) => await c.ShowProfileAsync(new ShowProfileRequest { CaseId = p.Case })],
        ["ShowDraft"] = [async (c, _, p) => await c.ShowDraftAsync(new ShowDraftRequest { Draft = p.Draft })],
        ["FetchManifest"] = [async (c, _, p) => await c.FetchManifestAsync(new FetchManifestRequest { Item = p.Out })],
        ["FetchCustody"] = [async (c, _, p) => await c.FetchCustodyAsync(new FetchCustodyRequest { Item = p.Out })],
        ["FetchLeaves"] = [(c, _, p) => First(c.FetchLeaves(new DownloadEvidenceRequest { Item = p.Begun }))],
        ["DownloadEvidence"] = [(c, _, p) => First(c.DownloadEvidence(new DownloadEvidenceRequest { Item = p.Begun }))],
        ["RequestGrant"] = [async (c, by, p) => await c.RequestGrantAsync(new RequestGrantRequest { SignedRequest = Signed(by, new GrantRequest(p.Begun, "trial", [0x30], Now).Write()) })],
        ["AddRecord"] = [async (c, by, p) => await c.AddRecordAsync(new AddRecordRequest { Item = p.Out, Signatures = { Signed(by, _record) } })],
        ["AttachEvidence"] = [(c, _, p) => Talk(c.AttachEvidence(), new AttachBegin { Item = Ids.New(), CaseId = p.Case, SizeBytes = long.MaxValue })],
        ["ImportEvidence"] = [(c, _, p) => Talk(c.ImportEvidence(), new AttachBegin { Item = p.In, ManifestSha256 = ByteString.CopyFrom(new byte[32]) })],
        ["Compose"] =
        [
            (c, _, p) => Compose(c, "act", new JsonObject { ["case"] = p.Case, ["kind"] = "ACCEPTED" }),
            (c, _, p) => Compose(c, "erasureDecision", new JsonObject { ["case"] = p.Case, ["decision"] = "PROPOSE", ["reason"] = "ORDERED", ["legalBasis"] = "order" }),
            (c, _, p) => Compose(c, "release", new JsonObject { ["itemId"] = p.Out, ["manifestSha256"] = Digest.Of("x"u8).ToString(), ["case"] = p.Case, ["decision"] = "PROPOSE", ["legalBasis"] = "order" }),
            (c, _, p) => Compose(c, "handOver", new JsonObject { ["itemId"] = p.In, ["manifestSha256"] = Digest.Of("x"u8).ToString(), ["case"] = p.Case, ["outcome"] = "AGREED", ["digests"] = new JsonArray(new JsonObject { ["algorithm"] = "SHA256", ["value"] = Digest.Of("x"u8).ToString() }) }),
            (c, _, p) => Compose(c, "shipment", new JsonObject { ["itemId"] = p.Out, ["manifestSha256"] = Digest.Of("x"u8).ToString(), ["case"] = p.Case, ["carrier"] = "post", ["sealNumber"] = "1", ["media"] = "disk" }),
            (c, _, p) => Compose(c, "custodyEvent", new JsonObject { ["item"] = p.Out, ["event"] = "STORED", ["time"] = "2026-03-01T18:00:00+05:30", ["place"] = "room", ["reason"] = "kept", ["storagePlace"] = "safe", ["accessClass"] = "B" }),
            (c, _, p) => Compose(c, "paperRecord", new JsonObject
            {
                ["case"] = p.Case, ["way"] = "SENT", ["channel"] = "COURIER", ["message"] = p.Message, ["person"] = "a courier",
                ["files"] = new JsonArray(new JsonObject { ["name"] = "a.cms", ["mediaType"] = "application/pkcs7-mime", ["size"] = 1, ["sha256"] = Digest.Of("x"u8).ToString() }),
            }),
            (c, _, p) => Compose(c, "request", Linked(p.Case)),
        ],
        ["Submit"] =
        [
            (c, by, p) => Submit(c, by, new ErasureDecision(Ids.New(), p.Case, "XB-CA", ErasureStep.PROPOSE, ErasureReason.ORDERED, "order", Now).Write()),
            (c, by, p) => Submit(c, by, new Release(Ids.New(), p.Out, Digest.Of("x"u8), p.Case, "XB-CA", Role.CENTRAL_AUTHORITY_MLA, ReleaseDecision.PROPOSE, "order", Now).Write()),
            (c, by, p) => Submit(c, by, new HandOver(p.In, Digest.Of("x"u8), p.Case, HandOverOutcome.AGREED, [new ItemDigest("SHA256", Digest.Of("x"u8).ToString())], Now).Write()),
            (c, by, p) => Submit(c, by, new Shipment(Ids.New(), p.Out, Digest.Of("x"u8), p.Case, "XB-CA", "post", "1", "disk", null, Now).Write()),
        ],
        ["ExportCase"] = [async (c, _, p) => (await First(c.ExportCase(new ExportCaseRequest { CaseId = p.Case }))) is FilePart { Data.Length: > 0 } ? new FilePart { Name = "a bundle" } : new FilePart()],
        ["ResendDelivery"] = [async (c, _, p) => await c.ResendDeliveryAsync(new ResendDeliveryRequest { Message = p.Dead })],
        ["ConfirmAlert"] = [async (c, _, p) => await c.ConfirmAlertAsync(new ConfirmAlertRequest { Alert = p.Alert, Device = "screen" })],
        ["ReviewEmergency"] = [async (c, _, p) => await c.ReviewEmergencyAsync(new ReviewEmergencyRequest { CaseId = p.Case, Result = "CONFIRMED", Note = "it was one, as found" })],
        ["HoldCase"] = [async (c, _, p) => await c.HoldCaseAsync(new HoldCaseRequest { CaseId = p.Case, Reason = "trial" })],
        ["UnholdCase"] = [async (c, _, p) => await c.UnholdCaseAsync(new HoldCaseRequest { CaseId = p.Case, Reason = "trial" })],
        ["ReviewRetention"] = [async (c, _, p) => await c.ReviewRetentionAsync(new ReviewRetentionRequest { CaseId = p.Case, Reason = "it is needed no longer" })],
        ["RecordOriginalSent"] = [async (c, _, p) => await c.RecordOriginalSentAsync(new RecordOriginalSentRequest { CaseId = p.Case, Day = "2026-11-01" })],
        ["RecordBreach"] = [async (c, _, p) => await c.RecordBreachAsync(new RecordBreachRequest { CaseId = p.Case, FoundAt = DocumentWriter.FormatTime(Now), Text = "a disk was lost on the way to the laboratory" })],
        ["TellBreach"] = [async (c, _, p) => await c.TellBreachAsync(new TellBreachRequest { Breach = p.Breach, How = "by letter" })],
        ["OpenMessage"] = [async (c, _, p) => await c.OpenMessageAsync(new OpenMessageRequest { Message = p.Message })],
        ["DecideMarks"] = [async (c, _, p) => await c.DecideMarksAsync(new DecideMarksRequest { Message = p.Message, Accept = false, Reason = "it is known to be bad" })],
        ["HandOverCase"] = [async (c, _, p) => await c.HandOverCaseAsync(new HandOverCaseRequest { CaseId = p.Case, To = "XB-CA", Reason = "trial" })],
        ["ReviewDraft"] = [async (c, _, p) => await c.ReviewDraftAsync(new ReviewDraftRequest { Draft = p.Draft, Comment = "good", IdempotencyKey = Ids.New() })],
        ["SignDraft"] = [async (c, by, p) => await c.SignDraftAsync(new SignDraftRequest { Draft = p.Draft, SignedDocument = Signed(by, "{}"u8.ToArray()) })],
        ["SendDraft"] = [async (c, _, p) => await c.SendDraftAsync(new SendDraftRequest { Draft = p.Draft })],
        ["KeepDraft"] = [async (c, _, p) => await c.KeepDraftAsync(new KeepDraftRequest { Draft = p.Draft, Version = 99, FieldsJson = """{"kind":"PRESERVE_DATA"}""" })],
        ["DropDraft"] = [async (c, _, p) => await c.DropDraftAsync(new DropDraftRequest { Draft = p.Draft })],
    };

    private delegate Task<IMessage> Call(Operator.OperatorClient client, TestPerson by, Place place);

    private DateTimeOffset Now => _states.Asked.Clock.GetUtcNow();

    // A case on the asked side with everything that an id can name.
    private async Task<Place> Placed(SubmitReply sent, JsonObject fields)
    {
        var asked = _states.Asked;
        await Eventually.Holds(() => asked.Get<Database>().Read(s => s.Number("SELECT count(*) FROM cases WHERE id = $1", sent.CaseId)) == 1, () => $"{sent.CaseId} did not arrive");
        var place = Place.Nowhere() with { Case = sent.CaseId, Message = sent.Message };
        foreach (var (id, direction, state) in new[] { (place.Out, "OUT", "ATTACHED"), (place.In, "IN", "RECEIVING"), (place.Begun, "OUT", "ATTACHING") })
        {
            var manifest = (await TestItem.Make(100)).Manifest(place.Case, place.Message) with { ItemId = id };
            var der = Signed(_states.AskedLawyer, manifest.Write()).ToByteArray();
            await asked.Get<Database>().Write(Lane.Ordinary, s => s.RunOne(
                "INSERT INTO items (id, case_id, direction, state, chunks, size_bytes, manifest_sha256, manifest, created) VALUES ($1, $2, $3, $4, 1, 1, $5, $6, $7)",
                id, place.Case, direction, state, Digest.Of(der), asked.Get<CaseKeys>().Seal(place.Case, $"manifest:{id}", der), Now));
        }
        await asked.Get<Database>().Write(Lane.Ordinary, s =>
        {
            s.RunOne("INSERT INTO deadlines (case_id, rule, number, side, began, due, state, basis) VALUES ($1, 'DECIDE', 99, 'Requested', $2, $2, 'RUNNING', 'card')", place.Case, Now);
            s.RunOne("INSERT INTO alerts (id, kind, case_id, urgency, shift, raised, level) VALUES ($1, 'REQUEST', $2, 'EMERGENCY', '', $3, 0)", place.Alert, place.Case, Now);
            s.RunOne("INSERT INTO breaches (id, case_id, found, recorded, by, text) VALUES ($1, $2, $3, $3, 'lawyer', $4)", place.Breach, place.Case, Now, asked.Get<CaseKeys>().Seal(place.Case, $"breach:{place.Breach}", "lost"u8));
            s.RunOne("INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created) VALUES ($1, 'OUT', 'XB-CA', 'XA-CA', $2, 'ACT', 'ACCEPTED', 'ORDINARY', $3, 'QUEUED', $4)",
                place.Dead, place.Case, Digest.Of("d"u8), Now);
            s.RunOne("INSERT INTO outbox (position, message, case_id, peer, lane, state, queued, next_attempt) SELECT position, id, case_id, 'XA', 'Ordinary', 'DEAD', created, created FROM messages WHERE id = $1", place.Dead);
            s.RunOne("INSERT INTO recognition_holds (message, case_id, refusal, detail, since) VALUES ($1, $2, 'V027', 'nobody knows its signer', $3)", place.Message, place.Case, Now);
        });
        var draft = (JsonObject)fields.DeepClone();
        (draft["requestingAuthority"], draft["requestedAuthority"]) = ("XB-CA", "XA-CA");
        return place with { Draft = (await asked.Client(_states.AskedLawyer).KeepDraftAsync(new KeepDraftRequest { FieldsJson = draft.ToJsonString() })).Draft };
    }

    private static byte[] Record()
    {
        var person = new JsonObject { ["name"] = "A. Examiner", ["post"] = "examiner", ["organisation"] = "laboratory" };
        var fields = new JsonObject
        {
            ["item"] = Ids.New(),
            ["case"] = Ids.NewCase("XA"),
            ["exhibitNumber"] = "EX-1",
            ["reportNumber"] = "LR-1",
            ["requestReference"] = "RQ-1",
            ["questions"] = new JsonArray("Is the mailbox on the disk?"),
            ["itemsReceived"] = new JsonArray(new JsonObject { ["exhibitNumber"] = "EX-1", ["sealIntact"] = true, ["condition"] = "good" }),
            ["method"] = "read with a forensic suite",
            ["sopReference"] = "SOP 4",
            ["tools"] = new JsonArray(new JsonObject { ["name"] = "Suite", ["vendor"] = "Example", ["version"] = "4", ["purpose"] = "analysis" }),
            ["results"] = new JsonArray(new JsonObject { ["question"] = 1, ["answer"] = "yes" }),
            ["limitations"] = "none",
            ["from"] = "2026-03-01T09:00:00+01:00",
            ["to"] = "2026-03-01T10:00:00+01:00",
            ["examiner"] = person,
            ["reviewer"] = new JsonObject { ["name"] = "B. Reviewer", ["post"] = "examiner", ["organisation"] = "laboratory" },
        };
        using var document = JsonDocument.Parse(fields.ToJsonString());
        var composed = RecordDocument.Compose(RecordForms.LabReport, document.RootElement);
        return composed.Document ?? throw new InvalidOperationException(string.Join("; ", composed.Problems));
    }

    private ByteString Signed(TestPerson by, byte[] document)
    {
        using var signer = by.Signing.Signer();
        return ByteString.CopyFrom(SignedDocument.Sign(document, signer, Now));
    }

    private async Task<IMessage> Submit(Operator.OperatorClient client, TestPerson by, byte[] document) => await client.SubmitAsync(new SubmitRequest { SignedDocument = Signed(by, document), IdempotencyKey = Ids.New() });

    // What was composed bears a new id; that it was composed is what is compared.
    private static async Task<IMessage> Compose(Operator.OperatorClient client, string type, JsonObject fields)
    {
        var reply = await client.ComposeAsync(new ComposeRequest { Type = type, FieldsJson = fields.ToJsonString() });
        reply.Document = reply.Document.IsEmpty ? ByteString.Empty : ByteString.CopyFromUtf8("composed");
        return reply;
    }

    private static JsonObject Linked(string caseId)
    {
        var fields = TwoStates.SampleFields("legal-information.json");
        (fields["requestingAuthority"], fields["requestedAuthority"]) = ("XB-CA", "XA-CA");
        fields["linkedRequests"] = new JsonArray(new JsonObject { ["relation"] = "SUPPLEMENTS", ["case"] = caseId });
        return fields;
    }

    private static ListDeadlinesReply Timeless(ListDeadlinesReply reply)
    {
        reply.Now = "";
        return reply;
    }

    private static async Task<IMessage> First<T>(AsyncServerStreamingCall<T> call) where T : class, IMessage
    {
        using (call)
        {
            Assert.True(await call.ResponseStream.MoveNext(default));
            return call.ResponseStream.Current;
        }
    }

    private static async Task<IMessage> Talk(AsyncDuplexStreamingCall<AttachFrame, AttachAck> call, AttachBegin begin)
    {
        using (call)
        {
            await call.RequestStream.WriteAsync(new AttachFrame { Begin = begin });
            Assert.True(await call.ResponseStream.MoveNext(default));
            return call.ResponseStream.Current;
        }
    }

    private static async Task<string> Named(string name, int number, Task<string> answer)
    {
        try
        {
            return await answer;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{name} {number} is not answered", e);
        }
    }

    // The case that was asked for stands in one message (V018); that is the only difference allowed.
    private async Task<string> Answer(Call call, TestPerson person, Place place)
    {
        try
        {
            return Convert.ToHexString((await call(_states.Asked.Client(person), person, place).WaitAsync(TimeSpan.FromMinutes(2))).ToByteArray()).Replace(Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(place.Case)), "ID", StringComparison.Ordinal);
        }
        catch (RpcException e)
        {
            return $"{e.StatusCode} {e.Status.Detail} {string.Join(' ', e.Trailers.Where(t => t.Key != "date").Select(t => $"{t.Key}={(t.IsBinary ? Convert.ToHexString(t.ValueBytes) : t.Value)}"))}";
        }
    }

    private static IEnumerable<string> Fields(MessageDescriptor message, HashSet<string> seen)
        => seen.Add(message.FullName) ? message.Fields.InDeclarationOrder().SelectMany(f => f.FieldType == FieldType.Message ? Fields(f.MessageType, seen) : [f.Name]) : [];

    private sealed record Place(string Case, string Message, string Out, string In, string Begun, string Draft, string Alert, string Breach, string Dead)
    {
        public static Place Nowhere() => new(Ids.NewCase("XA"), Ids.New(), Ids.New(), Ids.New(), Ids.New(), Ids.New(), Ids.New(), Ids.New(), Ids.New());
    }
}

using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Requests;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Cli.Tests;

/// <summary>
/// The operator service as the command line sees it, in memory: composes with the real composers, keeps chunks as they come, gives
/// grants with real keys. A test switches on what is to go wrong.
/// </summary>
internal sealed partial class LoopbackOperator(TestPki pki) : Operator.OperatorBase
{
    public const string CaseId = "XA-0123456789abcdef0123456789abcdef";
    public const string RequestMessage = "fedcba9876543210fedcba9876543210";

    public List<SubmitRequest> Submitted { get; } = [];

    public ConcurrentDictionary<long, byte[]> Chunks { get; } = new();

    /// <summary>Indexes in the order of arrival, over all attempts.</summary>
    public ConcurrentQueue<long> Arrived { get; } = new();

    /// <summary>Where each download began.</summary>
    public ConcurrentQueue<long> DownloadedFrom { get; } = new();

    public AttachCommit? Committed { get; private set; }

    /// <summary>As if nothing had ever been attached.</summary>
    public void Forget()
    {
        Chunks.Clear();
        Committed = null;
    }

    /// <summary>Whether the answer to a commit is lost on its way.</summary>
    public bool LosesCommit { get; set; }

    public byte[] Manifest { get; set; } = [];

    public byte[] ItemKey { get; set; } = [];

    public List<Event> Events { get; } = [];

    public List<ulong> Cursors { get; } = [];

    /// <summary>Throws the refusal in front of every call.</summary>
    public V1.Refusal? Refuse { get; set; }

    /// <summary>Throws the refusal in front of a submission.</summary>
    public V1.Refusal? RefuseSubmission { get; set; }

    /// <summary>Breaks off the transfer of evidence after so many chunks, once.</summary>
    public int? BreakAfter { get; set; }

    /// <summary>After so many chunks of a call nothing is written or acknowledged any more, as if the gateway's plug had been pulled; what still crosses the line is counted.</summary>
    public int? DeafAfter { get; set; }

    /// <summary>Every chunk that crossed the line, written or not, over all attempts; -1 for a commit.</summary>
    public ConcurrentQueue<long> Crossed { get; } = new();

    /// <summary>Gives nothing more behind so many chunks of a download, and does not end it.</summary>
    public int? SilentAfter { get; set; }

    /// <summary>Signed copies of records, as they were brought.</summary>
    public List<byte[]> Records { get; } = [];

    /// <summary>Signed custody events, as the gateway keeps them.</summary>
    public List<byte[]> CustodyEvents { get; } = [];

    /// <summary>Records that wait for an officer's decision.</summary>
    public List<WaitingRecord> Waiting { get; } = [];

    /// <summary>Takes a submission, then dies before answering, once.</summary>
    public bool LoseAnswer { get; set; }

    /// <summary>How much later it is here than at the person's workstation.</summary>
    public TimeSpan Ahead { get; set; }

    /// <summary>Changes what was composed before it is signed.</summary>
    public Action<JsonObject>? Tamper { get; set; }

    /// <summary>What the gateway says to a hand-over; null: it takes it.</summary>
    public Protocol.Refusals.Refusal? HandOverRefused { get; set; }

    /// <summary>Where the received item stands.</summary>
    public string ItemState { get; set; } = "COMPLETE";

    /// <summary>Documents are refused, and not kept, as long as it is set.</summary>
    public bool Gone { get; set; }

    public Func<long, byte[], byte[]> OnDownload { get; set; } = (_, chunk) => chunk;

    public Func<KeyGrant, KeyGrant> OnGrant { get; set; } = grant => grant;

    public List<FilePart> Export { get; } = [];

    public LoopbackLog Log { get; } = new(pki.Signer("signing"));

    public override Task<LogView> ShowLog(ShowLogRequest request, ServerCallContext context) => Task.FromResult(Log.Show());

    public override Task<WitnessView> ShowWitness(ShowWitnessRequest request, ServerCallContext context) => Task.FromResult(Log.ShowWitness());

    public override Task<LogProofView> ProveLogged(ProveLoggedRequest request, ServerCallContext context) => Task.FromResult(Log.Prove(request.Id));

    public override Task<GrowthProof> ProveGrowth(ProveGrowthRequest request, ServerCallContext context)
        => Task.FromResult(Log.Growth((long)request.FromSize, request.ToSize == 0 ? LoopbackLog.Size : (long)request.ToSize));

    public override Task<WhoAmIReply> WhoAmI(WhoAmIRequest request, ServerCallContext context)
    {
        Check();
        return Task.FromResult(new WhoAmIReply { State = "XB", Version = "0.1.0", User = new UserView { Name = "technician", Authority = "XB-LAB", Roles = { "FORENSIC_LAB" } } });
    }

    public override Task<ComposeReply> Compose(ComposeRequest request, ServerCallContext context)
    {
        Check();
        var fields = JsonDocument.Parse(request.FieldsJson).RootElement;
        var now = TimeProvider.System.GetUtcNow() + Ahead;
        var composed = request.Type switch
        {
            "request" => RequestComposer.Compose(fields, RequestContextOf?.Invoke(fields) ?? new RequestContext(now, ["CENTRAL_AUTHORITY_MLA"], ["CENTRAL_AUTHORITY_MLA"], null) { SenderAuthority = "XA-CA", Reference = "RQ-XA-2026-000001" }),
            "act" => ActComposer.Compose(fields, new ActContext(now, CaseId, RequestMessage, "XB-CA", CaseSide.Requested, History, ActsOn)),
            "handOver" => HandOverRefused is { } no ? new Composition(null, [no], []) : new Composition(HandOver(fields, now), [], []),
            "release" => new Composition(Release(fields, now), [], []),
            "erasureDecision" => new Composition(new ErasureDecision(Ids.New(), CaseId, "XA-CA", Enum.Parse<ErasureStep>(Text(fields, "decision")),
                fields.TryGetProperty("reason", out var why) ? Enum.Parse<ErasureReason>(why.GetString()!) : ErasureReason.ORDERED, Text(fields, "legalBasis"), now).Write(), [], []),
            "paperRecord" => new Composition(PaperRecord(fields, now), [], []),
            "paperRequest" => new Composition(PaperRequest(fields, now), [], []),
            "custodyEvent" => new Composition(CustodyEvent(fields), [], []),
            _ => throw new RpcException(new Status(StatusCode.InvalidArgument, "unknown type")),
        };
        var reply = new ComposeReply();
        reply.Problems.AddRange(composed.Problems.Select(Output.StopException.ToWire));
        reply.Warnings.AddRange(composed.Warnings.Select(Output.StopException.ToWire));
        if (composed.Document is { } document)
            reply.Document = ByteString.CopyFrom(Tamper is null ? document : Tampered(document));
        return Task.FromResult(reply);
    }

    /// <summary>The kind of the request that acts are on.</summary>
    public RequestKind ActsOn { get; set; } = RequestKind.PRESERVE_DATA;

    /// <summary>What is due.</summary>
    public List<DeadlineView> Due { get; } = [];

    public override Task<ListDeadlinesReply> ListDeadlines(ListDeadlinesRequest request, ServerCallContext context)
        => Task.FromResult(new ListDeadlinesReply { Now = DocumentWriter.FormatTime(TimeProvider.System.GetUtcNow()), Deadlines = { Due.Where(d => request.Rule.Length == 0 || d.Rule == request.Rule) } });

    /// <summary>What the shift leaves.</summary>
    public ShiftReportReply Shift { get; set; } = new();

    public override Task<ShiftReportReply> ShiftReport(ShiftReportRequest request, ServerCallContext context) => Task.FromResult(Shift);

    /// <summary>So many submissions come after another event of the item.</summary>
    public int Overtaken { get; set; }

    /// <summary>Called when a submission was taken, before it is answered.</summary>
    public Action? Taken { get; set; }

    public override Task<SubmitReply> Submit(SubmitRequest request, ServerCallContext context)
    {
        Check(RefuseSubmission);
        if (Overtaken > 0)
        {
            Overtaken--;
            throw Refused(new(Protocol.Refusals.RefusalCode.StateConflict, "the chain has moved"));
        }
        if (Gone)
            throw new RpcException(new Status(StatusCode.PermissionDenied, "gone"));
        var duplicate = Submitted.Any(s => s.SignedDocument.Equals(request.SignedDocument));
        Submitted.Add(request);
        Taken?.Invoke();
        if (LoseAnswer)
        {
            LoseAnswer = false;
            throw new RpcException(new Status(StatusCode.Unavailable, "gone"));
        }
        return Task.FromResult(new SubmitReply { CaseId = CaseId, Message = RequestMessage, Outcome = "taken", Duplicate = duplicate });
    }

    /// <summary>Acts of the case behind its request; what waits for a carrier, when that is said.</summary>
    public int ActsBehind { get; set; }

    // The newest first and 500 at most, as the gateway gives them; the request is the oldest.
    public override Task<ListMessagesReply> ListMessages(ListMessagesRequest request, ServerCallContext context)
    {
        var acts = Enumerable.Range(0, ActsBehind).Select(i => new MessageView { Position = (ulong)(ActsBehind + 1 - i), Message = Ids.New(), About = "ACT", CaseId = CaseId, Direction = request.Direction, Kind = "REMINDER", State = "CARRIED" });
        var first = new MessageView { Position = 1, Message = RequestMessage, About = "REQUEST", CaseId = CaseId, Direction = request.Direction == "OUT" ? "OUT" : "IN", Sender = "XA-CA \u001b[2J[red]x[/]", State = request.Direction == "OUT" ? "TO_CARRY" : "RECEIVED" };
        var page = acts.Append(first).Where(m => (request.About.Length == 0 || m.About == request.About) && (request.Before == 0 || m.Position < request.Before)).Take(500).ToList();
        return Task.FromResult(new ListMessagesReply { Messages = { page }, NextBefore = page.Count == 500 ? page[^1].Position : 0 });
    }

    /// <summary>What is opened as the sealed message.</summary>
    public byte[] Sealed { get; } = [.. "0 sealed cover"u8];

    /// <summary>Whether what is opened holds personal data that were received.</summary>
    public bool PurposeNeeded { get; set; }

    public override Task<OpenMessageReply> OpenMessage(OpenMessageRequest request, ServerCallContext context)
        => PurposeNeeded && request.PurposeCode.Length == 0 ? throw Refused(new Protocol.Refusals.Refusal(Protocol.Refusals.RefusalCode.AccessPurposeMissing, "these are personal data", "purposeCode")) : Task.FromResult(Opened ?? new OpenMessageReply { PurposeCode = request.PurposeCode, Message = new MessageView { Message = request.Message, CaseId = CaseId, Kind = request.Purpose }, SealedCover = ByteString.CopyFrom(Sealed), Parts = { new PartView { Role = "request", Name = "request.cms", Sha256 = Digest.Of("signed request"u8).ToString() } } });

    public override async Task Watch(WatchRequest request, IServerStreamWriter<Event> responseStream, ServerCallContext context)
    {
        Cursors.Add(request.Cursor);
        foreach (var e in Events.Where(e => e.Cursor > request.Cursor))
        {
            await responseStream.WriteAsync(e);
            // The first connection breaks after its first event.
            if (Cursors.Count == 1 && !request.NoWait)
                throw new RpcException(new Status(StatusCode.Unavailable, "gone"));
        }
        if (!request.NoWait)
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
    }

    /// <summary>The counts of a year.</summary>
    public StatisticsReply Year { get; } = new();

    public override Task<StatisticsReply> Statistics(StatisticsRequest request, ServerCallContext context)
        => Task.FromResult(new StatisticsReply(Year) { Year = request.Year });

    /// <summary>What an officer's screen hears.</summary>
    public List<AlertNotice> Notices { get; } = [];

    /// <summary>Alarms that a screen confirmed.</summary>
    public ConcurrentQueue<string> Confirmed { get; } = new();

    public override async Task WatchAlerts(WatchAlertsRequest request, IServerStreamWriter<AlertNotice> responseStream, ServerCallContext context)
    {
        foreach (var notice in Notices)
            await responseStream.WriteAsync(notice);
        await Task.Delay(Timeout.Infinite, context.CancellationToken);
    }

    public override Task<ConfirmAlertReply> ConfirmAlert(ConfirmAlertRequest request, ServerCallContext context)
    {
        Confirmed.Enqueue(request.Alert);
        return Task.FromResult(new ConfirmAlertReply { First = true });
    }

    public override async Task AttachEvidence(IAsyncStreamReader<AttachFrame> requestStream, IServerStreamWriter<AttachAck> responseStream, ServerCallContext context)
    {
        Check();
        await requestStream.MoveNext();
        var begin = requestStream.Current.Begin;
        var first = new AttachAck { EvidenceCertificate = ByteString.CopyFrom(Evidence().Certificate.Der.Span) };
        if (!Chunks.IsEmpty)
            first.Stored.Add(new DataRange { From = 0, To = (ulong)Chunks.Count });
        if (Committed is not null)
            first.Committed = View(begin);
        await responseStream.WriteAsync(first);
        var arrived = 0;
        while (await requestStream.MoveNext())
        {
            Crossed.Enqueue(requestStream.Current.FrameCase == AttachFrame.FrameOneofCase.Commit ? -1 : (long)requestStream.Current.Chunk.Index);
            if (arrived >= DeafAfter)
                continue;
            if (requestStream.Current.FrameCase == AttachFrame.FrameOneofCase.Commit)
            {
                Committed = requestStream.Current.Commit;
                Manifest = Committed.Manifest.ToByteArray();
                if (LosesCommit)
                    throw new RpcException(new Status(StatusCode.Unavailable, "cable pulled"));
                await responseStream.WriteAsync(new AttachAck { Committed = View(begin) });
                return;
            }
            var chunk = requestStream.Current.Chunk;
            Chunks[(long)chunk.Index] = chunk.Data.ToByteArray();
            Arrived.Enqueue((long)chunk.Index);
            if (++arrived == BreakAfter)
            {
                BreakAfter = null;
                throw new RpcException(new Status(StatusCode.Unavailable, "cable pulled"));
            }
            await responseStream.WriteAsync(new AttachAck { Stored = { new DataRange { From = 0, To = (ulong)Chunks.Count } } });
        }
        // A plug that was pulled does not end the call either.
        if (arrived >= DeafAfter)
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
    }

    /// <summary>What was said of the parcel.</summary>
    public FoundOnArrival? Parcel { get; private set; }

    public override async Task ImportEvidence(IAsyncStreamReader<AttachFrame> requestStream, IServerStreamWriter<AttachAck> responseStream, ServerCallContext context)
    {
        Check();
        await requestStream.MoveNext();
        var begin = requestStream.Current.Begin;
        Parcel = begin.Arrival;
        if (Parcel is { SealIntact: false })
            await responseStream.WriteAsync(new AttachAck { Notice = "another seal" });
        await responseStream.WriteAsync(new AttachAck { Stored = { new DataRange { From = 0, To = (ulong)Chunks.Count } } });
        for (var (leaves, arrived, whole) = (0, 0, begin.SizeBytes / Chunk.PlainBytes + 1); (ulong)Chunks.Count < whole && await requestStream.MoveNext();)
        {
            if (requestStream.Current.FrameCase == AttachFrame.FrameOneofCase.Leaves)
            {
                leaves += requestStream.Current.Leaves.Length / Digest.Length;
                if ((ulong)leaves == whole)
                    await responseStream.WriteAsync(new AttachAck { LeavesComplete = true, Stored = { new DataRange { From = 0, To = (ulong)Chunks.Count } } });
                continue;
            }
            var chunk = requestStream.Current.Chunk;
            Crossed.Enqueue((long)chunk.Index);
            if (arrived >= DeafAfter)
                continue;
            Chunks[(long)chunk.Index] = chunk.Data.ToByteArray();
            Arrived.Enqueue((long)chunk.Index);
            if (++arrived == BreakAfter)
            {
                BreakAfter = null;
                throw new RpcException(new Status(StatusCode.Unavailable, "cable pulled"));
            }
            await responseStream.WriteAsync(new AttachAck { LeavesComplete = true, Stored = { new DataRange { From = 0, To = (ulong)Chunks.Count } } });
        }
        await responseStream.WriteAsync(new AttachAck { Committed = View(begin) });
    }

    public override Task<AddRecordReply> AddRecord(AddRecordRequest request, ServerCallContext context)
    {
        Check();
        Records.AddRange(request.Signatures.Select(s => s.ToByteArray()));
        return Task.FromResult(new AddRecordReply { Sha256 = new string('a', 64), Signatures = (uint)request.Signatures.Count, Travels = true });
    }

    public override Task<FetchCustodyReply> FetchCustody(FetchCustodyRequest request, ServerCallContext context)
        => Task.FromResult(new FetchCustodyReply { ParentExhibit = ParentExhibit, CaseId = CaseId, Manifest = ByteString.CopyFrom(Manifest), Events = { CustodyEvents.Select(ByteString.CopyFrom) }, Records = { Records.Select(ByteString.CopyFrom) }, Waiting = { Waiting } });

    public override Task<FetchManifestReply> FetchManifest(FetchManifestRequest request, ServerCallContext context)
        => Task.FromResult(new FetchManifestReply { Manifest = ByteString.CopyFrom(Manifest) });

    /// <summary>What an item was derived from, as far as a view says it.</summary>
    public ItemView Derived { get; set; } = new();

    /// <summary>The exhibit from which the item was derived, as its custody says it.</summary>
    public string ParentExhibit { get; set; } = "";

    public override Task<ListItemsReply> ListItems(ListItemsRequest request, ServerCallContext context)
        => Task.FromResult(new ListItemsReply { Items = { new ItemView(Derived) { Item = Signed().ItemId, CaseId = CaseId, Direction = "IN", State = ItemState } } });

    /// <summary>A refusal as the gateway answers it.</summary>
    public static RpcException Refused(Protocol.Refusals.Refusal refusal)
        => new(new Status(StatusCode.FailedPrecondition, refusal.Detail), new Metadata { { "gateway-refusal-bin", Output.StopException.ToWire(refusal).ToByteArray() } });

    public override Task<RequestGrantReply> RequestGrant(RequestGrantRequest request, ServerCallContext context)
    {
        var asked = GrantRequest.Read(SignedDocument.Open(request.SignedRequest.Memory).Value.Content).Value;
        var to = Certificate.Read(asked.Certificate).Value;
        var grant = OnGrant(new KeyGrant(asked.ItemId, Digest.Of(Manifest), ItemKey, to.Sha256.ToString(), TimeProvider.System.GetUtcNow()));
        return Task.FromResult(new RequestGrantReply { Grant = ByteString.CopyFrom(Envelope.Encrypt(grant.Write(), to)) });
    }

    public override async Task DownloadEvidence(DownloadEvidenceRequest request, IServerStreamWriter<DownloadFrame> responseStream, ServerCallContext context)
    {
        DownloadedFrom.Enqueue((long)request.From);
        for (var index = (long)request.From; index < (request.To == 0 ? Chunks.Count : (long)request.To); index++)
        {
            if (index == SilentAfter)
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            await responseStream.WriteAsync(new DownloadFrame { Index = (ulong)index, Data = ByteString.CopyFrom(OnDownload(index, [.. Chunks[index]])) });
            if (BreakAfter == index)
            {
                BreakAfter = null;
                throw new RpcException(new Status(StatusCode.Unavailable, "cable pulled"));
            }
        }
    }

    /// <summary>The leaf lists that were asked for.</summary>
    public int LeavesFetched { get; private set; }

    /// <summary>The line breaks in the first leaf list.</summary>
    public bool BreakLeaves { get; set; }

    public override async Task FetchLeaves(DownloadEvidenceRequest request, IServerStreamWriter<DownloadFrame> responseStream, ServerCallContext context)
    {
        LeavesFetched++;
        for (var index = 0; index < Chunks.Count; index++)
        {
            if (BreakLeaves && LeavesFetched == 1 && index == 2)
                throw new RpcException(new Status(StatusCode.Unavailable, "cable pulled"));
            await responseStream.WriteAsync(new DownloadFrame { Index = (ulong)index, Data = ByteString.CopyFrom(Protocol.MerkleTree.TreeHash.Leaf(Chunks[index]).ToArray()) });
        }
    }

    public override async Task ExportCase(ExportCaseRequest request, IServerStreamWriter<FilePart> responseStream, ServerCallContext context)
    {
        foreach (var part in Export)
            await responseStream.WriteAsync(part);
    }

    public Decryptor Evidence() => pki.Decryptor("evidence");

    public Manifest Signed() => Protocol.Evidence.Manifest.Read(SignedDocument.Open(Manifest).Value.Content).Value;

    private void Check(V1.Refusal? also = null)
    {
        if ((Refuse ?? also) is { } refusal)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, refusal.Detail), new Metadata { { "gateway-refusal-bin", refusal.ToByteArray() } });
    }

    private ItemView View(AttachBegin begin)
        => new() { Item = begin.Item, CaseId = begin.CaseId, Direction = "OUT", State = "ATTACHED", Receipt = "XB-318", Chunks = (ulong)Chunks.Count, ChunksStored = (ulong)Chunks.Count };

    private byte[] Tampered(byte[] document)
    {
        var fields = (JsonObject)JsonNode.Parse(document)!;
        Tamper!(fields);
        return [.. JsonSerializer.SerializeToUtf8Bytes(fields), (byte)'\n'];
    }

    private static byte[] HandOver(JsonElement fields, DateTimeOffset now)
    {
        var manifest = ManifestIn(fields);
        var digests = fields.TryGetProperty("digests", out var list)
            ? list.EnumerateArray().Select(d => new ItemDigest(d.GetProperty("algorithm").GetString()!, d.GetProperty("value").GetString()!)).ToList()
            : [];
        return new HandOver(Text(fields, "itemId"), manifest, Text(fields, "case"), Enum.Parse<HandOverOutcome>(Text(fields, "outcome")), digests, now).Write();
    }

    // As the gateway does: what the person gave, and what it knows itself.
    private byte[] CustodyEvent(JsonElement fields) => DocumentWriter.Write("custodyEvent", 1, w =>
    {
        w.Digest("manifestSha256", Digest.Of(Manifest));
        foreach (var field in fields.EnumerateObject())
            w.Raw(field.Name, field.Value);
        w.Object("recordedBy", by => by.Text("name", "technician").Text("authority", "XB-LAB"));
    });

    private static Digest ManifestIn(JsonElement fields)
        => Digest.TryParse(Text(fields, "manifestSha256"), out var manifest) ? manifest : throw new InvalidDataException("manifestSha256");

    private static byte[] Release(JsonElement fields, DateTimeOffset now)
    {
        var manifest = ManifestIn(fields);
        return new Release(Ids.New(), Text(fields, "itemId"), manifest, Text(fields, "case"), "XB-PO", Role.COMPETENT_AUTHORITY, Enum.Parse<ReleaseDecision>(Text(fields, "decision")), Text(fields, "legalBasis"), now).Write();
    }

    private static Digest Sha256(string hex) => Digest.TryParse(hex, out var digest) ? digest : throw new InvalidDataException(hex);

    /// <summary>The authority whose officer records a letter: of the case of XA it is asked or asks.</summary>
    public string PaperAuthority { get; set; } = "XB-CA";

    private byte[] PaperRecord(JsonElement fields, DateTimeOffset now) => new PaperRecord
    {
        Id = Ids.New(),
        Case = Text(fields, "case"),
        Authority = PaperAuthority,
        Way = Enum.Parse<PaperWay>(Text(fields, "way")),
        Channel = Enum.Parse<PaperChannel>(Text(fields, "channel")),
        Message = Text(fields, "message"),
        CoverSha256 = Digest.Of(Sealed),
        At = fields.TryGetProperty("at", out var at) ? DateTimeOffset.Parse(at.GetString()!, System.Globalization.CultureInfo.InvariantCulture) : now,
        Person = Text(fields, "person"),
        Files = [.. fields.GetProperty("files").EnumerateArray().Select(f => new PaperFile(Text(f, "name"), Text(f, "mediaType"), f.GetProperty("size").GetInt64(), Sha256(Text(f, "sha256"))))],
        EncryptedTo = fields.TryGetProperty("encryptedTo", out var to) ? Sha256(to.GetString()!) : null,
        Says = fields.TryGetProperty("says", out var says) ? Enum.Parse<ActKind>(says.GetString()!) : null,
        Acts = fields.TryGetProperty("says", out says) ? [Enum.Parse<ActKind>(says.GetString()!)] : [],
        Until = fields.TryGetProperty("until", out var until) ? DateTimeOffset.Parse(until.GetString()!, System.Globalization.CultureInfo.InvariantCulture) : null,
        Outcome = fields.TryGetProperty("outcome", out var outcome) ? Enum.Parse<ActOutcome>(outcome.GetString()!) : null,
        Time = now,
    }.Write();

    private static byte[] PaperRequest(JsonElement fields, DateTimeOffset now) => new PaperRequest
    {
        Id = Ids.New(),
        Case = Ids.NewCase(Ids.StateOf(Text(fields, "from"))),
        Authority = "XB-CA",
        From = Text(fields, "from"),
        Channel = Enum.Parse<PaperChannel>(Text(fields, "channel")),
        Reference = Text(fields, "reference"),
        At = DateTimeOffset.Parse(Text(fields, "at"), System.Globalization.CultureInfo.InvariantCulture),
        Person = Text(fields, "person"),
        CheckedBy = Text(fields, "checkedBy"),
        Check = Text(fields, "check"),
        Request = Sha256(Text(fields, "request")),
        Files = [.. fields.GetProperty("files").EnumerateArray().Select(f => new PaperFile(Text(f, "name"), Text(f, "mediaType"), f.GetProperty("size").GetInt64(), Sha256(Text(f, "sha256"))))],
        Time = now,
    }.Write();

    private static string Text(JsonElement fields, string name) => fields.GetProperty(name).GetString()!;
}

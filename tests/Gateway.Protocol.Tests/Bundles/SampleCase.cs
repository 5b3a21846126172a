using System.Text;
using System.Text.Json.Nodes;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Records;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Custody;
using Gateway.Protocol.Tests.Evidence;
using Gateway.Protocol.Tests.Records;
using Gateway.Protocol.Tests.Requests;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>
/// A whole story, in code: XA's contact point asks XB's to preserve data; XA's central authority asks for the content; XB accepts, sends an item that two persons
/// released, says that it is executed; XA decrypts, hands over, completes. Knobs make it go wrong where a seal alone would not show it.
/// </summary>
internal sealed class SampleCase
{
    public const string Preservation = "XA-00000000000000000000000000000000";
    public const string Content = Samples.Case;
    public const string Message = Samples.Request;
    public const string Item = Samples.ItemId;

    private readonly Dictionary<(string Case, string State), List<Link>> _chains = [];
    private readonly List<byte[]> _documents = [];
    private readonly List<CaseCustody> _heads = [];
    private DateTimeOffset _now = RequestSamples.Now;
    private string? _lastAnswer;
    private string? _lastQuestion;
    private byte[] _manifest = [];

    public SampleCase(SampleState? asking = null, SampleState? asked = null)
    {
        Asking = asking ?? Shared.Asking;
        Asked = asked ?? Shared.Asked;
        Log = new SampleLog(Asked, Shared.Witness);
    }

    /// <summary>Making keys is the slow part; they are made once.</summary>
    public static class Shared
    {
        public static SampleState Asking { get; } = new("XA");
        public static SampleState Asked { get; } = new("XB");
        public static SampleState Witness { get; } = new("XC");
    }

    /// <summary>A custody event of the story.</summary>
    public sealed record SampleEvent(CustodyKind Kind)
    {
        public TimeSpan After { get; init; }
        public Actor By { get; init; } = new("B. Technician", "XB-LAB");
        public Func<SampleCase, Signer>? Signer { get; init; }
        public Action<JsonObject, Digest> Change { get; init; } = (_, _) => { };
        public Digest? Manifest { get; init; }
        public bool Detached { get; init; }
        public bool Kept { get; init; }
    }

    private readonly List<DateTimeOffset> _times = [];

    private sealed record Link(byte[] Der, Receipt Receipt);

    public SampleState Asking { get; }
    public SampleState Asked { get; }
    public byte[] ItemContent { get; } = Samples.Bytes(3000);

    /// <summary>Changes a receipt before it is signed.</summary>
    public Func<Receipt, Receipt> OnReceipt { get; set; } = r => r;

    /// <summary>Adds what its State adds of its own to a receipt as written, before it is sealed.</summary>
    public Func<byte[], byte[]> Extends { get; set; } = text => text;

    /// <summary>Changes a cover before it is sealed.</summary>
    public Func<Cover, Cover> OnCover { get; set; } = c => c;

    /// <summary>Changes an act before it is signed.</summary>
    public Func<Act, Act> OnAct { get; set; } = a => a;

    /// <summary>How long nothing happens before an act.</summary>
    public Func<ActKind, TimeSpan> Before { get; set; } = _ => TimeSpan.Zero;

    /// <summary>Whether XB asks back before it begins, and XA answers.</summary>
    public bool AsksBack { get; set; }

    /// <summary>Changes the request for content before it is signed.</summary>
    public Action<JsonObject> OnRequest { get; set; } = _ => { };

    /// <summary>The sample that asks for content.</summary>
    public string Sample { get; set; } = "stored-content-data";

    /// <summary>Changes the request for preservation before it is signed.</summary>
    public Action<JsonObject> OnPreserve { get; set; } = _ => { };

    /// <summary>Changes the manifest before it is signed.</summary>
    public Func<Manifest, Manifest> OnManifest { get; set; } = m => m;

    /// <summary>Changes a release before it is signed.</summary>
    public Func<Release, Release> OnRelease { get; set; } = r => r;

    /// <summary>Who approves what another person proposed.</summary>
    public Signer? Approver { get; set; }

    /// <summary>Receipts that are never issued.</summary>
    public Func<Receipt, bool> Leaves { get; set; } = _ => false;

    /// <summary>What the recipient says that it found.</summary>
    public HandOverOutcome Found { get; set; } = HandOverOutcome.AGREED;

    /// <summary>Whether the content is disclosed, and which bytes are.</summary>
    public byte[]? Disclosed { get; set; }

    public IReadOnlyCollection<Digest> Withheld { get; set; } = [];

    /// <summary>Custody events of XB after the hand-over, in order.</summary>
    public IReadOnlyList<SampleEvent> Custody { get; set; } = [];

    /// <summary>The item goes by a carrier and does not come: what the officer says of it; null: it comes.</summary>
    public Func<Loss, Loss>? OnLoss { get; set; }

    /// <summary>Changes where the chain of custody events is stated to end.</summary>
    public Func<CaseCustody, CaseCustody> OnCustodyHead { get; set; } = h => h;

    /// <summary>Records of the item, with who signs each.</summary>
    public IReadOnlyList<(RecordForm Form, Action<JsonObject> Change, Func<SampleCase, Signer> Signer)> Records { get; set; } = [];

    /// <summary>What somebody signed about the original when the case was closed, in a document of its own.</summary>
    public IReadOnlyList<(Act Act, Signer Signer)> LateOriginals { get; set; } = [];

    /// <summary>The log of the exporting State; null for none.</summary>
    public SampleLog? Log { get; set; }

    /// <summary>Cards of States that only witness.</summary>
    public IReadOnlyList<SignedCard> Witnesses { get; set; } = [Shared.Witness.Card];

    /// <summary>How long after the last receipt the bundle is made.</summary>
    public TimeSpan ExportedAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The State that was asked exports, not the one that asks.</summary>
    public bool ByAsked { get; set; }

    /// <summary>Every receipt in the order in which it was issued.</summary>
    public List<(Digest Sha256, string State)> Issued { get; } = [];

    // Checkpoints are made while nothing happens, and cosigned.
    private List<(int Receipts, DateTimeOffset At)> Seen => [.. _times.Zip(_times.Skip(1).Append(_now)).Select((t, i) => (Receipts: i + 1, At: t.First, Pause: t.Second - t.First)).Where(t => t.Pause > TimeSpan.FromHours(1)).Select(t => (t.Receipts, t.At))];

    public async Task<byte[]> Write(Func<BundleSource, BundleSource>? change = null)
    {
        await Tell();
        var source = new BundleSource
        {
            Case = Content,
            Exporter = Party.Of(ByAsked ? "XB-CA" : "XA-CA"),
            Cases =
            [
                new(Content, [Preservation], Party.Of("XA-CA"), Party.Of("XB-CA"), [Chain(Content, "XA"), Chain(Content, "XB")]),
                new(Preservation, [Content], Party.Of("XA-CP"), Party.Of("XB-CP"), [Chain(Preservation, "XA"), Chain(Preservation, "XB")]),
            ],
            Cards = [Asking.Card, Asked.Card, .. Witnesses],
            Logs = Log is { } log ? [log.Of(ByAsked ? Asked : Asking, Issued, _now, Seen)] : [],
            Documents = [.. _documents.Where(d => !Withheld.Contains(Digest.Of(d))).Select(d => new BundleDocument(Digest.Of(d), () => d))],
            Withheld = Withheld,
            Custody = [.. _heads.Select(OnCustodyHead)],
            Items = [new BundleItem(Item, _manifest, Disclosed is { } content ? new BundleContent(content.Length, () => new MemoryStream(content)) : null)],
        };
        var output = new MemoryStream();
        await BundleWriter.WriteAsync(change is null ? source : change(source), (ByAsked ? Asked : Asking).Seal, _now + ExportedAfter, output, CancellationToken.None);
        return output.ToArray();
    }

    private BundleChain Chain(string caseId, string state) => new(state, _chains.GetValueOrDefault((caseId, state), []).Select(l => (ReadOnlyMemory<byte>)l.Der));

    private async Task Tell()
    {
        var preserve = Send("XA-CP", "XB-CP", Preservation, CoverAbout.REQUEST, Ids.New(), Request("preserve-data", Asking.Lawyer, OnPreserve));
        Consign(preserve, Preservation);
        Read(preserve, Preservation);

        var decision = Encoding.UTF8.GetBytes("decision of the court");
        var request = Request(Sample, Asking.Lawyer, fields =>
        {
            if (fields["judicialAuthorisation"] is { } authorisation)
                authorisation["documentSha256"] = Digest.Of(decision).ToString();
            OnRequest(fields);
        });
        var stamp = SignedDocument.Sign(new Stamp("XA-CA", "Registry, room 2", "R-17/2026", _now, request.Sha256).Write(), Asking.Stamp, _now);
        var asked = Send("XA-CA", "XB-CA", Content, CoverAbout.REQUEST, Message, request, Part.Of(PartRole.stamp, "stamp.cms", "application/cms", stamp),
            Part.Of(PartRole.attachment, "decision.txt", "text/plain", decision));
        Consign(asked, Content);
        Read(asked, Content);
        Act("XB-CA", "XA-CA", ActKind.ACKNOWLEDGED, Asked.Lawyer);
        Act("XB-CA", "XA-CA", ActKind.ACCEPTED, Asked.Lawyer);
        if (AsksBack)
        {
            Act("XB-CA", "XA-CA", ActKind.RETURNED_FOR_INFO, Asked.Lawyer);
            Act("XA-CA", "XB-CA", ActKind.SUPPLEMENTED, Asking.Lawyer);
        }
        Act("XB-CA", "XA-CA", ActKind.IN_EXECUTION, Asked.Lawyer);
        await SendItem();
        Act("XB-CA", "XA-CA", ActKind.EXECUTED, Asked.Lawyer, nameof(ActOutcome.FULL));
        Act("XA-CA", "XB-CA", ActKind.COMPLETED, Asking.Lawyer);
        _documents.AddRange(LateOriginals.Select(late => SignedDocument.Sign((late.Act with { Time = _now }).Write(), late.Signer, _now)));
    }

    private static Part Request(string sample, Signer person, Action<JsonObject>? change = null)
        => Part.Of(PartRole.request, "request.cms", "application/cms", SignedDocument.Sign(RequestSamples.Document(sample, change), person, RequestSamples.Now));

    private void Act(string from, string to, ActKind kind, Signer person, string? outcome = null)
    {
        _now += Before(kind);
        var act = OnAct(new Act(Ids.New(), kind, Content, Message, from, "B-9/2026", "", outcome, null, _now) { After = from == "XA-CA" ? _lastAnswer : _lastQuestion });
        if (from == "XB-CA")
            _lastAnswer = act.Id;
        else
            _lastQuestion = act.Id;
        Consign(Send(from, to, Content, CoverAbout.ACT, Ids.New(), Part.Of(PartRole.act, "act.cms", "application/cms", SignedDocument.Sign(act.Write(), person, _now))), Content);
    }

    private async Task SendItem()
    {
        using var key = ItemKey.New();
        var (manifest, _) = await Samples.Encrypt(ItemContent, key, "SHA512");
        manifest = OnManifest(manifest);
        _manifest = SignedDocument.Sign(manifest.Write(), Asked.Technician, _now);
        var sha256 = Digest.Of(_manifest);
        var proposal = Ids.New();
        Part Release(Signer person, ReleaseDecision decision)
        {
            var release = OnRelease(new Release(proposal, Item, sha256, Content, "XB-PO", Role.COMPETENT_AUTHORITY, decision, "art. 9, order 3/2026", _now));
            return Part.Of(PartRole.release, $"{decision}.cms", "application/cms", SignedDocument.Sign(release.Write(), person, _now));
        }
        var cover = Send("XB-CA", "XA-CA", Content, CoverAbout.EVIDENCE, Ids.New(), Part.Of(PartRole.manifest, "manifest.cms", "application/cms", _manifest),
            Release(Asked.FirstOfficer, ReleaseDecision.PROPOSE), Release(Approver ?? Asked.SecondOfficer, ReleaseDecision.APPROVE));
        var subject = new ReceiptSubject(cover.Message, cover.Sha256, null, Item, sha256);
        Issue(ReceiptEvent.RelayAcceptance, "XA-CA", "XB-CA", Content, subject);
        if (OnLoss is not null)
        {
            Lose(subject);
            return;
        }
        Issue(ReceiptEvent.ContentConsignment, "XA-CA", "XB-CA", Content, subject);
        var digests = manifest.Digests;
        var handOver = new HandOver(Item, sha256, Content, Found, Found == HandOverOutcome.UNREADABLE ? [] : digests, _now);
        _documents.Add(SignedDocument.Sign(handOver.Write(), Asking.FirstOfficer, _now));
        Issue(ReceiptEvent.ContentHandover, "XA-CA", "XB-CA", Content, subject);
        Events(sha256);
    }

    private void Lose(ReceiptSubject item)
    {
        void Told(PartRole role, byte[] document, Signer person)
            => Consign(Send("XB-CA", "XA-CA", Content, CoverAbout.EVIDENCE, Ids.New(), Part.Of(role, $"{role}.cms", "application/cms", SignedDocument.Sign(document, person, _now))), Content);
        var parcel = new Shipment(Ids.New(), Item, item.ManifestSha256!.Value, Content, "XB-LAB", "Courier Ltd", "B-004711", "SSD", null, _now);
        Issue(ReceiptEvent.RelayToNonERDS, "XB-CA", "XA-CA", Content, item);
        var signed = SignedDocument.Sign(parcel.Write(), Asked.Technician, _now);
        Consign(Send("XB-CA", "XA-CA", Content, CoverAbout.EVIDENCE, Ids.New(), Part.Of(PartRole.shipment, "shipment.cms", "application/cms", signed)), Content);
        var loss = OnLoss!(new Loss(Ids.New(), Item, item.ManifestSha256.Value, Content, "XB-PO", Role.COMPETENT_AUTHORITY, LossWhat.ITEM, Digest.Of(signed), "the carrier has no trace of it", _now));
        Issue(ReceiptEvent.RelayToNonERDSFailure, "XB-CA", "XA-CA", Content, item);
        Told(PartRole.loss, loss.Write(), Asked.FirstOfficer);
    }

    private void Events(Digest manifest)
    {
        var (seq, head, last) = (1L, manifest, manifest);
        foreach (var told in Custody)
        {
            var form = CustodySamples.Form(told.Kind);
            form["time"] = DocumentWriter.FormatLocalTime((_now + told.After).ToOffset(TimeSpan.FromHours(1)));
            told.Change(form, last);
            var context = new CustodyContext(Item, Content, told.Manifest ?? manifest, seq, told.Detached ? Digest.Of("x"u8) : head, told.By, (_now + told.After).ToOffset(TimeSpan.FromHours(1)));
            var bytes = CustodySamples.Compose(form, context).Document ?? throw new InvalidOperationException(string.Join("; ", CustodySamples.Compose(form, context).Problems));
            var der = SignedDocument.Sign(bytes, told.Signer?.Invoke(this) ?? Asked.Technician, _now);
            (seq, head, last) = (seq + 1, Digest.Of(der), Digest.Of(der));
            if (told.Kept)
                continue;
            _documents.Add(der);
            _heads.Clear();
            _heads.Add(new CaseCustody(Item, "XB", seq - 1, head));
        }
        foreach (var (record, change, signer) in Records)
        {
            var fields = RecordSamples.Form(record);
            (fields["item"], fields["case"], fields["exhibitNumber"]) = (Item, Content, "EX-2026-17/3");
            foreach (var digest in fields["digests"] as JsonArray ?? [])
                digest!["value"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(ItemContent));
            change(fields);
            _documents.Add(SignedDocument.Sign(RecordSamples.Document(record, fields), signer(this), _now));
        }
    }

    private (string Message, Digest Sha256, string From, string To) Send(string from, string to, string caseId, CoverAbout about, string message, params Part[] parts)
    {
        var cover = OnCover(new Cover(message, caseId, "P256-A256GCM-SHA256", _now, Party.Of(from), Party.Of(to), about, null, parts));
        var der = SignedDocument.Sign(cover.Write(), State(from).SealOf(from), _now);
        _documents.Add(der);
        Issue(ReceiptEvent.SubmissionAcceptance, from, to, caseId, new ReceiptSubject(message, Digest.Of(der)));
        return (message, Digest.Of(der), from, to);
    }

    private void Consign((string Message, Digest Sha256, string From, string To) sent, string caseId)
    {
        var subject = new ReceiptSubject(sent.Message, sent.Sha256);
        Issue(ReceiptEvent.RelayAcceptance, sent.To, sent.From, caseId, subject);
        Issue(ReceiptEvent.ContentConsignment, sent.To, sent.From, caseId, subject);
    }

    private void Read((string Message, Digest Sha256, string From, string To) sent, string caseId)
        => Issue(ReceiptEvent.ContentAccessTracking, sent.To, sent.From, caseId, new ReceiptSubject(sent.Message, sent.Sha256));

    private void Issue(ReceiptEvent kind, string issuer, string peer, string caseId, ReceiptSubject subject)
    {
        _now = _now.AddSeconds(7);
        List<Link> Of(string authority)
        {
            var key = (caseId, authority[..2]);
            return _chains.TryGetValue(key, out var chain) ? chain : _chains[key] = [];
        }
        var (own, other) = (Of(issuer), Of(peer));
        var receipt = new Receipt(kind, Party.Of(issuer), Party.Of(peer), ReceiptChannel.@case, caseId, own.Count + 1, own.Count == 0 ? null : Digest.Of(own[^1].Der),
            other.Count, other.Count == 0 ? null : Digest.Of(other[^1].Der), subject, kind == ReceiptEvent.RelayToNonERDSFailure ? ["T747"] : [], _now, false, Ids.New());
        if (Leaves(receipt))
            return;
        receipt = OnReceipt(receipt);
        own.Add(new Link(SignedDocument.Sign(Extends(receipt.Write()), State(issuer).SealOf(issuer), _now), receipt));
        Issued.Add((Digest.Of(own[^1].Der), issuer[..2]));
        _times.Add(_now);
    }

    private SampleState State(string authority) => authority.StartsWith("XA", StringComparison.Ordinal) ? Asking : Asked;
}

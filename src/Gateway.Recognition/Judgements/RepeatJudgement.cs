using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Reports;
using Gateway.Recognition.TrustLists;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Judgements;

/// <summary>A judgement made again from what a report names.</summary>
/// <param name="Report">The report of today; null when it could not be made.</param>
/// <param name="Missing">Digests of what the recorded report rests on and is not at hand, or cannot be read as what it was.</param>
/// <param name="Obstacle">What else stands in the way, in words; null for nothing.</param>
public sealed record Repetition(RecognitionReport? Report, IReadOnlyList<Digest> Missing, string? Obstacle);

/// <summary>
/// Makes a recorded judgement again, with the bytes that the report names by their digests: same input, same verdict, today and in ten years. Lists and agreements are read once for
/// all reports.
/// </summary>
/// <param name="find">Gives bytes by their SHA-256. What it gives is hashed again here.</param>
public sealed class RepeatJudgement(Func<Digest, ReadOnlyMemory<byte>?> find)
{
    private const long MaxBytes = 512L << 20;

    private readonly Dictionary<Digest, TrustList?> _lists = [];
    private readonly Dictionary<Digest, SignedAgreement?> _agreements = [];
    private readonly Dictionary<Digest, ReadOnlyMemory<byte>?> _bytes = [];
    private long _read;

    /// <summary>The judgement of a document as recorded.</summary>
    /// <param name="recorded">The report.</param>
    /// <param name="document">The document that it is about.</param>
    /// <param name="at">Another time to judge for; null: that of the report.</param>
    /// <param name="proofs">What proves, besides what the report names, when the document existed.</param>
    /// <param name="content">The signed content, where it is not inside the document.</param>
    public Repetition Of(RecognitionReport recorded, ReadOnlyMemory<byte> document, DateTimeOffset? at = null, IReadOnlyList<ProofOfExistence>? proofs = null, ReadOnlyMemory<byte>? content = null)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        var missing = new List<Digest>();
        var inputs = recorded.Inputs;
        // The card's list and a State's list have the form of CMS, the ETSI list of XML: the report says which, the bytes decide.
        var lists = All(inputs.Lists.Select(l => l.Sha256), List, missing);
        var agreements = All(inputs.Agreements, SignedAgreement, missing);
        var material = new Material(Bytes(inputs.Certificates, missing), Bytes(inputs.RevocationLists, missing), Bytes(inputs.OcspAnswers, missing));
        if (recorded.Document.Sha256 != Digest.Of(document.Span))
            missing.Add(recorded.Document.Sha256);
        if (recorded.Document.ContentSha256 is { } detached && (content is not { } given || Digest.Of(given.Span) != detached))
            missing.Add(detached);
        if (_read > MaxBytes)
            return new(null, [], $"all reports together rest on more than {MaxBytes >> 20} MiB");
        if (missing.Count > 0)
            return new(null, missing, null);
        // What a person named on a command line stands in no signed document: what it was believed for is not known here.
        if (inputs.Anchors.Count > 0)
            return new(null, [], "it rests on anchors that somebody named by hand");
        var policy = AgreementPolicy.Of(agreements, recorded.Peer) with { RequireRevocation = recorded.RevocationRequired };
        if (policy.Id != recorded.Policy)
            return new(null, [], $"it was made by the policy '{recorded.Policy}', which is not known here");
        MarkUse? use = recorded.Mark is { } mark && Enum.TryParse<MarkUse>(mark, out var named) && Enum.GetName(named) == mark ? named : null;
        if (use is null && recorded.Mark is not null)
            return new(null, [], $"it judged a mark of a kind that is not known here ('{recorded.Mark}')");
        return new(
            JudgeDocument.Of(new JudgementInput
            {
                Document = document,
                Name = recorded.Document.Name,
                Content = recorded.Document.ContentSha256 is null ? null : content,
                At = at ?? recorded.ValidationTime,
                Lists = lists,
                Agreements = agreements,
                Material = material,
                Policy = policy,
                Proofs = [.. inputs.Proofs.Select(p => new ProofOfExistence(p.Sha256.ToArray(), p.Time, p.Source)), .. proofs ?? []],
                Use = use,
                Peer = recorded.Peer,
                Kind = recorded.Kind,
                Authority = recorded.ExpectedAuthority,
                Language = recorded.Language,
            }).Report, [], null);
    }

    private static List<T> All<T>(IEnumerable<Digest> digests, Func<Digest, T?> open, List<Digest> missing) where T : class
    {
        var all = new List<T>();
        foreach (var digest in digests)
        {
            if (open(digest) is { } found)
                all.Add(found);
            else
                missing.Add(digest);
        }
        return all;
    }

    private List<ReadOnlyMemory<byte>> Bytes(IEnumerable<Digest> digests, List<Digest> missing)
    {
        var all = new List<ReadOnlyMemory<byte>>();
        foreach (var digest in digests)
        {
            if (Found(digest) is { } bytes)
                all.Add(bytes);
            else
                missing.Add(digest);
        }
        return all;
    }

    private TrustList? List(Digest digest)
    {
        if (_lists.TryGetValue(digest, out var known))
            return known;
        return _lists[digest] = Found(digest) is not { } bytes ? null
            : EtsiList.IsXml(bytes.Span) ? Opened(EtsiList.Open(bytes, null))
            : SignedCard.Open(bytes).TryGet(out var card, out _) ? ListAnchors.Of(card)
            : Opened(StateList.Open(bytes, null));
    }

    private static TrustList? Opened(Protocol.Refusals.Outcome<TrustList> outcome) => outcome.TryGet(out var list, out _) ? list : null;

    private SignedAgreement? SignedAgreement(Digest digest)
    {
        if (_agreements.TryGetValue(digest, out var known))
            return known;
        var files = new TrustFiles();
        return _agreements[digest] = Found(digest) is { } bytes && files.AddAgreement(bytes) is null ? files.Agreements[0] : null;
    }

    private ReadOnlyMemory<byte>? Found(Digest digest)
    {
        if (_bytes.TryGetValue(digest, out var known))
            return known;
        // Written out: null beside bytes would become empty bytes.
        if (_read <= MaxBytes && find(digest) is { } bytes && Digest.Of(bytes.Span) == digest)
        {
            _read += bytes.Length;
            known = bytes;
        }
        return _bytes[digest] = known;
    }
}

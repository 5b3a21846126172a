using Gateway.Judging;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;

namespace Gateway.Reception;

/// <summary>What a stranger handed over: routing that nobody vouches for yet, and an envelope.</summary>
internal sealed record ArrivedMessage(Peer Peer, Digest TlsCertificate, string Message, string CaseId, string Sender, string Recipient, ReadOnlyMemory<byte> Envelope);

/// <summary>A message that was decrypted, whose seal verified under the peer's card, and whose cover says what the routing said. Only <see cref="Open"/> makes one.</summary>
internal sealed class OpenedMessage
{
    private readonly Acceptance? _accepted;

    private OpenedMessage(Peer peer, Cover cover, SignedDocument seal, bool marksDecided = false, Acceptance? accepted = null)
    {
        _accepted = accepted;
        Peer = peer;
        Cover = cover;
        Seal = seal;
        MarksDecided = marksDecided;
    }

    public Peer Peer { get; }

    public Cover Cover { get; }

    /// <summary>The sealed cover; its digest identifies the content.</summary>
    public SignedDocument Seal { get; }

    /// <summary>An officer has looked at the marks that could not be decided, and accepted them.</summary>
    public bool MarksDecided { get; }

    /// <summary>It was taken on its arrival and waited since: that the case was closed meanwhile makes it no worse.</summary>
    public bool WasTaken => MarksDecided || _accepted is not null;

    /// <summary>When it was taken, of one that waits since; null on its arrival.</summary>
    public DateTimeOffset? Taken { get; private init; }

    /// <summary>The sender's receipts that came with it, the last of them its SubmissionAcceptance; others may have come before it.</summary>
    public IReadOnlyList<VerifiedReceipt> Receipts { get; private set; } = [];

    /// <summary>What was judged with it, by whoever read it last.</summary>
    public IReadOnlyList<JudgedFile> Judged { get; private set; } = [];

    /// <summary>The receipts that came with it were verified.</summary>
    public void CameWith(IReadOnlyList<VerifiedReceipt> receipts) => Receipts = receipts;

    /// <summary>We accepted it before our database was lost, and certified that: it comes again.</summary>
    public bool WasAccepted { get; set; }

    /// <summary>A reader begins to judge what came with it.</summary>
    public Occasion Judge(string kind, DateTimeOffset now)
    {
        var occasion = new Occasion(kind, now, _accepted);
        Judged = occasion.Judged;
        return occasion;
    }

    /// <summary>A message that waits for a decision about its marks, to be judged with what is known now; it existed when it was accepted.</summary>
    public static OpenedMessage Waiting(Peer peer, SignedDocument seal, Acceptance accepted) => new(peer, Cover.Read(seal.Content).Value, seal, accepted: accepted) { Taken = accepted.Time };

    /// <summary>A message that was opened on its arrival and waited since for an officer's decision about its marks.</summary>
    public static OpenedMessage Decided(Peer peer, SignedDocument seal, DateTimeOffset? taken) => new(peer, Cover.Read(seal.Content).Value, seal, marksDecided: true) { Taken = taken };

    public static Outcome<OpenedMessage> Open(ArrivedMessage arrived, KeyRing keys, DateTimeOffset now)
    {
        if (!keys.Authorities.Contains(arrived.Recipient))
            return new Refusal(RefusalCode.CoverAddressedElsewhere, $"{arrived.Recipient} is not served here", "recipient");
        if (!Envelope.OpenNamed(arrived.Envelope, [.. keys.Encryption(arrived.Recipient)]).TryGet(out var envelope, out var refusal))
            return refusal;
        if (!SignedDocument.Open(envelope.Content).TryGet(out var seal, out refusal))
            return refusal;
        if (!Cover.Read(seal.Content).TryGet(out var cover, out refusal))
            return refusal;
        return (JudgeSeal(arrived, cover, seal) ?? PeerDates.FarAhead(cover.Created, now, "cover", "created") ?? JudgeRouting(arrived, cover, envelope.Suite)) is { } no
            ? no
            : new OpenedMessage(arrived.Peer, cover, seal);
    }

    // V029: the connection's certificate and the seal must both be the sending authority's, as its card lists them.
    private static Refusal? JudgeSeal(ArrivedMessage arrived, Cover cover, SignedDocument seal)
    {
        if (cover.Sender.State != arrived.Peer.State || arrived.Peer.Card.Card.Find(cover.Sender.Authority) is not { } authority)
            return new(RefusalCode.SealNotOfConnection, $"the connection belongs to {arrived.Peer.State}, the envelope is sealed by {cover.Sender.Authority}", "sender");
        if (authority.Tls.All(c => c.Sha256 != arrived.TlsCertificate))
            return new(RefusalCode.SealNotOfConnection, $"the connection's certificate is not one of {authority.Id}'s", "sender");
        if (!arrived.Peer.NamesSeal(authority.Id, seal, cover.Created))
            return new(RefusalCode.MarkSignerUnknown, $"the seal is not one of {authority.Id}'s as its cards named them then");
        // A verifier judges the seal by both times: a cover that dates itself out of its certificate would break every bundle of ours.
        foreach (var time in (DateTimeOffset[])[seal.SigningTime, cover.Created])
        {
            if (!seal.Signer.ValidAt(time))
                return new(RefusalCode.MarkSignerNotValid, $"the seal certificate was not valid at {time:u}");
        }
        return null;
    }

    private static Refusal? JudgeRouting(ArrivedMessage arrived, Cover cover, Suite used)
    {
        if (cover.Recipient.Authority != arrived.Recipient)
            return new(RefusalCode.CoverAddressedElsewhere, $"the sealed cover names {cover.Recipient.Authority}", "recipient");
        if (cover.Message != arrived.Message || cover.Case != arrived.CaseId || cover.Sender.Authority != arrived.Sender)
            return new(RefusalCode.CoverRouting, "message, case or sender differ from the sealed cover", "message");
        return Suites.Check(cover.Suite, used, Suites.Minimum).Refusal;
    }
}

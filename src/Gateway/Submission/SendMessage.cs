using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Submission;

/// <summary>A message to be sealed and sent.</summary>
internal sealed record OutgoingMessage(
    string Id,
    string CaseId,
    string OwnAuthority,
    string PeerAuthority,
    CoverAbout About,
    string Kind,
    Urgency Urgency,
    string? InReplyTo,
    IReadOnlyList<Part> Parts)
{
    /// <summary>What else is certified with it, before its SubmissionAcceptance.</summary>
    public IReadOnlyList<ReceiptDraft> Certifies { get; init; } = [];

    /// <summary>What its own sealed cover is certified for, behind its SubmissionAcceptance.</summary>
    public IReadOnlyList<ReceiptEvent> CertifiesItself { get; init; } = [];

    /// <summary>It opens a case with a State that no gateway serves.</summary>
    public bool OpensOnPaper { get; init; }

    public Lane Lane => Urgency == Urgency.EMERGENCY ? Lane.Emergency : Lane.Ordinary;
}

/// <summary>What the submitter hears: the message is ours to deliver from here on.</summary>
internal sealed record SentMessage(string Id, string CaseId, IReadOnlyList<byte[]> Receipts);

/// <summary>
/// Seals a message, signs its SubmissionAcceptance and commits message, receipt, log leaf and outbox row together with what the
/// caller adds. A process killed before the flush leaves nothing; after it, the outbox delivers without further help.
/// </summary>
internal sealed class SendMessage(Database database, CaseKeys caseKeys, KeyRing keys, PeerDirectory peers, IssueReceipts issue, LedgerGate gate, RightOfWay way, TimeProvider clock, ILogger<SendMessage> log)
{
    /// <summary>Raised after the commit, so that delivery need not wait for its next look at the outbox.</summary>
    public event Action<string>? Queued;

    public async Task<Outcome<SentMessage>> Send(OutgoingMessage message, Action<Session> alsoInTransaction)
    {
        if (gate.Shut is { } shut)
            return shut;
        var (forked, onPaper) = database.Read(s => (Chains.Fork(s, message.CaseId), message.OpensOnPaper || PaperCases.Has(s, message.CaseId)));
        if (forked is not null)
            return forked;
        using var first = way.Take(message.Lane == Lane.Emergency);
        var peerState = Ids.StateOf(message.PeerAuthority);
        if (!SuiteFor(message.PeerAuthority, onPaper).TryGet(out var suite, out var refusal))
            return refusal;
        if (message.Parts.Sum(p => (long)p.Content.Length) > Cover.MaxPartBytes)
            return new Refusal(RefusalCode.MessageTooLarge, $"the parts have more than {Cover.MaxPartBytes} bytes together");
        var now = clock.GetUtcNow();
        var cover = new Cover(message.Id, message.CaseId, suite, now, Party.Of(message.OwnAuthority), Party.Of(message.PeerAuthority), message.About, message.InReplyTo, message.Parts);
        var sealedCover = SignedDocument.Sign(cover.Write(), keys.Seal(message.OwnAuthority), now);
        var coverSha256 = Digest.Of(sealedCover);

        await caseKeys.Ensure(message.CaseId, message.Lane);
        var body = caseKeys.Seal(message.CaseId, $"message:{message.Id}", sealedCover);
        var subject = new ReceiptSubject(message.Id, coverSha256);
        List<ReceiptDraft> drafts = [.. message.Certifies, new(ReceiptEvent.SubmissionAcceptance, subject), .. message.CertifiesItself.Select(e => new ReceiptDraft(e, subject))];
        while (true)
        {
            var heads = database.Read(s => Chains.Heads(s, message.CaseId, keys.State, peerState));
            var issued = issue.Sign(heads, message.OwnAuthority, cover.Recipient, drafts);
            try
            {
                await database.Write(message.Lane, s =>
                {
                    alsoInTransaction(s);
                    Store(s, message, cover, coverSha256, body, onPaper ? null : peerState);
                    IssueReceipts.Append(s, message.CaseId, peerState, issued);
                });
            }
            catch (ChainMovedException)
            {
                continue;
            }
            log.LogInformation("sealed {Message} in {Case}: {Kind} for {Recipient}", message.Id, message.CaseId, message.Kind, message.PeerAuthority);
            Telemetry.Count("sent", message.Kind);
            if (!onPaper)
                Queued?.Invoke(peerState);
            return new SentMessage(message.Id, message.CaseId, [.. issued.Select(i => i.Der)]);
        }
    }

    /// <summary>The encryption certificate in force for an authority, as its approved card names it now.</summary>
    public static Outcome<Certificate> FindRecipient(PeerDirectory peers, string authority)
    {
        if (peers.ByState(Ids.StateOf(authority)) is not { Status: not PeerStatus.PROPOSED } peer)
            return new Refusal(RefusalCode.PeerUnknown, $"{Ids.StateOf(authority)} is not an approved peer");
        if (peer.Status == PeerStatus.BLOCKED)
            return new Refusal(RefusalCode.PeerBlocked, $"{peer.State} is blocked");
        if (peer.Card.Card.Find(authority) is not { Encryption: [var certificate, ..] })
            return new Refusal(RefusalCode.AddresseeNotDesignated, $"{authority} is not in the card of {peer.State}, or has no encryption certificate");
        return certificate;
    }

    private Outcome<string> SuiteFor(string authority, bool onPaper)
    {
        if (onPaper)
            return Suites.OnPaper;
        if (!FindRecipient(peers, authority).TryGet(out var recipient, out var refusal))
            return refusal;
        return Suites.For(recipient) is { } suite ? suite.Name : new Refusal(RefusalCode.EnvelopeSuite, $"the encryption certificate of {authority} has a key that no suite uses");
    }

    // Without a peer nothing waits for a connection: the message waits for a person who takes it out, and a record of one goes nowhere.
    private static void Store(Session s, OutgoingMessage message, Cover cover, Digest coverSha256, byte[] body, string? peerState)
    {
        s.RunOne("""
            INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body)
            VALUES ($1, 'OUT', $2, $3, $4, $5, $6, $7, $8, $11, $9, $10)
            """,
            message.Id, message.OwnAuthority, message.PeerAuthority, message.CaseId, message.About, message.Kind, message.Urgency, coverSha256, cover.Created, body,
            peerState is not null ? "QUEUED" : message.About == CoverAbout.PAPER ? PaperCases.Kept : PaperCases.ToCarry);
        var position = s.LastRow();
        Events.Append(s, cover.Created, peerState is null ? "message.sealed" : "message.queued", message.CaseId, message.Id, $"{message.Kind} to {message.PeerAuthority}");
        if (peerState is null)
            return;
        s.RunOne("INSERT INTO outbox (position, message, case_id, peer, lane, state, queued, next_attempt) VALUES ($1, $2, $3, $4, $5, 'QUEUED', $6, $6)",
            position, message.Id, message.CaseId, peerState, message.Lane, cover.Created);
    }
}

using System.Collections.Concurrent;
using Gateway.Access;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Reception;

/// <summary>
/// Signed rejections. What could be opened and belongs to a case is rejected in the case; everything else on the channel chain
/// of the peer, once per (message, digest). Above the limit per minute refusals are unsigned, so that a peer cannot make chains
/// or log grow.
/// </summary>
internal sealed class RejectMessage(Database database, KeyRing keys, PeerDirectory peers, NeedToKnow access, AcceptReceipts accept, IssueReceipts issue, TimeProvider clock, int signedPerMinute)
{
    private readonly ConcurrentDictionary<string, Window> _windows = new(StringComparer.Ordinal);

    public async Task<ReceptionReply> OnChannel(ArrivedMessage arrived, Digest digest, Digest? coverSha256, Refusal refusal)
    {
        var peer = arrived.Peer.State;
        var chain = ChainId.OfPeer(peer);
        if (database.Read(s => Stored(s, arrived, digest, chain)) is { } stored)
            return stored;
        if (!MaySign(peer))
            return Limited(refusal);
        var ownAuthority = keys.Authorities.Contains(arrived.Recipient) ? arrived.Recipient : keys.Authorities[0];
        var subject = new ReceiptSubject(arrived.Message, coverSha256, coverSha256 is null ? digest : null);
        while (true)
        {
            var heads = database.Read(s => Chains.Heads(s, chain, keys.State, peer));
            if (heads.Own.Seq >= Receipt.MaxSeq)
                return Limited(refusal);
            var issued = issue.Sign(heads, ownAuthority, Party.Of(SenderOf(arrived)), new ReceiptDraft(ReceiptEvent.RelayRejection, subject, refusal.Codes));
            try
            {
                return await database.Write(Lane.Ordinary, s =>
                {
                    if (Stored(s, arrived, digest, chain) is { } again)
                        return again;
                    IssueReceipts.Append(s, chain, peer, issued);
                    s.RunOne("INSERT INTO rejections (peer, message, digest, chain, seq, refusal, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                        peer, arrived.Message, digest, chain, issued[0].Receipt.Seq, refusal.Code.Text(), refusal.Detail);
                    return Stored(s, arrived, digest, chain)! with { Duplicate = false };
                });
            }
            catch (ChainMovedException)
            {
                // Another rejection was signed meanwhile: take the next number.
            }
        }
    }

    public async Task<ReceptionReply> InCase(OpenedMessage message, IReadOnlyList<VerifiedReceipt> verified, CaseSnapshot view, Refusal refusal, long nextExpected)
    {
        var cover = message.Cover;
        var peer = message.Peer.State;
        if (!MaySign(peer))
            return Limited(refusal);
        var subject = new ReceiptSubject(cover.Message, message.Seal.Sha256);
        var issued = issue.Sign(view.Heads.With(verified), cover.Recipient.Authority, cover.Sender, new ReceiptDraft(ReceiptEvent.RelayRejection, subject, refusal.Codes));
        return await database.Write(Lane.Ordinary, s =>
        {
            if (accept.Append(s, cover.Case, peer, verified) is { } misfit)
                return ReceptionReply.Misfit(misfit, Chains.Head(s, cover.Case, peer).Seq + 1);
            if (cover.About == CoverAbout.REQUEST)
                Hide(s, cover);
            // The content of what was rejected is not kept; identity and digest are, so that a retry gets this very receipt.
            ReceiveMessage.StoreMessage(s, cover, message.Seal.Sha256, cover.About.ToString(), "ORDINARY", "REJECTED", null, refusal, clock.GetUtcNow());
            IssueReceipts.Append(s, cover.Case, peer, issued);
            Events.Append(s, clock.GetUtcNow(), "message.rejected", cover.Case, cover.Message, $"{refusal.Code.Text()} from {cover.Sender.Authority}");
            return ReceiveMessage.Reply(s, cover.Case, keys.State, peer, nextExpected, refusal, duplicate: false);
        });
    }

    // A request that was rejected is seen by the authority that it was addressed to; a measure with a list only by whom that names.
    private void Hide(Session s, Cover cover)
    {
        if (Desks.Holder(s, cover.Case) is not null)
            return;
        var readers = cover.In(PartRole.request).Select(part => SignedDocument.Open(part.Content) is { Succeeded: true, Value: var signed } ? access.ReadersOf(signed.Content) : null).FirstOrDefault(list => list is not null);
        Desks.Open(s, cover.Case, cover.Recipient.Authority, peers.OwnCard.Card, readers, clock.GetUtcNow());
    }

    private ReceptionReply? Stored(Session s, ArrivedMessage arrived, Digest digest, string chain)
    {
        var found = s.One("SELECT seq, refusal, detail FROM rejections WHERE peer = $1 AND message = $2 AND digest = $3",
            row => Tuple.Create(row.GetInt64(0), row.GetString(1), row.GetString(2)), arrived.Peer.State, arrived.Message, digest);
        if (found is null)
            return null;
        var refusal = new Refusal(RefusalFacts.Parse(found.Item2) ?? RefusalCode.EnvelopeUnreadable, found.Item3);
        return new ReceptionReply(Chains.Der(s, chain, keys.State, found.Item1, found.Item1), found.Item1, Chains.Head(s, chain, arrived.Peer.State).Seq + 1, refusal, true, true, true);
    }

    private static string SenderOf(ArrivedMessage arrived)
        => Ids.StateOf(arrived.Sender) == arrived.Peer.State ? arrived.Sender : arrived.Peer.Card.Card.Authorities[0].Id;

    // An honest peer sends again and gets its signed rejection when the minute is over; a hostile one makes nothing grow.
    private static ReceptionReply Limited(Refusal refusal)
        => ReceptionReply.Unsigned(new Refusal(RefusalCode.RateLimited, $"too many rejections in this minute; the reason of this one is {refusal.Code.Text()}"));

    private bool MaySign(string peer)
    {
        var minute = clock.GetUtcNow().ToUnixTimeSeconds() / 60;
        var window = _windows.AddOrUpdate(peer, _ => new Window(minute, 1), (_, w) => w.Minute == minute ? w with { Count = w.Count + 1 } : new Window(minute, 1));
        return window.Count <= signedPerMinute;
    }

    private sealed record Window(long Minute, int Count);
}

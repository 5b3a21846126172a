using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.V1;
using Google.Protobuf;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Recovery;

/// <summary>
/// The call <c>Exchange.PushHeads</c>: a peer says how far its own chains with us go. It is answered, for each chain where we hold more or other
/// receipts of its own, with the number that we would expect next; those receipts are then pushed to it. What it says that it holds of ours makes
/// us push ours again, and tells us when our own chains may have lost something. With the heads it says which cards it holds: it gets back those of its own that it lacks, and ours again.
/// </summary>
internal sealed class TakeHeads(Database database, PeerDirectory peers, AnnounceCardLoop announce, ReturnToPeer giveBack, CompareHeads compare, string ownState)
{
    private const int MaxHeads = 1000;
    private const int MaxAnswers = 2000;
    private const int MaxCards = 32;

    public async Task<Outcome<PushHeadsReply>> Run(PushHeadsRequest request, Peer peer)
    {
        if (request.Heads.Count > MaxHeads || request.Heads.Any(h => !ChainId.IsWire(h.CaseId) || (h.Seq > 0 && h.Sha256.Length != Digest.Length)) || !Ascending(request))
            return new Refusal(RefusalCode.ArgumentNotValid, $"expected at most {MaxHeads} heads in ascending order", "heads");
        var named = request.Heads.ToDictionary(h => ChainId.FromWire(h.CaseId, peer.State), StringComparer.Ordinal);
        // Only chains with this State: of another's it may neither set us back nor be shown anything, should it ever learn the number of a case.
        foreach (var foreign in database.Read(s => named.Keys.Where(chain => s.Number("SELECT count(*) FROM chains WHERE chain = $1 AND peer <> $2", chain, peer.State) > 0).ToList()))
            named.Remove(foreign);
        var (answers, lostByUs) = database.Read(s => (Answers(s, request, peer.State, named), LostByUs(s, named)));
        if (lostByUs)
            compare.Again();
        var rewind = named.Select(h => (Chain: h.Key, Held: (long)h.Value.Held)).Concat(answers.Where(a => !named.ContainsKey(a.Chain)).Select(a => (a.Chain, Held: 0L))).ToList();
        await database.Write(Lane.Ordinary, s =>
        {
            foreach (var (chain, held) in rewind)
                Chains.Rewind(s, chain, ownState, held);
        });
        var reply = new PushHeadsReply();
        // Before the receipts: what our newest seal made it takes only with the card that names it.
        if (request.After.Length == 0)
            Cards(request, reply, peer);
        giveBack.Enqueue(peer.State, answers.Select(a => new LostReceipts(a.Chain, a.From)));
        // Chains of which it only lacks ours.
        giveBack.Enqueue(peer.State, database.Read(s => named.Where(h => answers.All(a => a.Chain != h.Key) && (long)h.Value.Held < Chains.Head(s, h.Key, ownState).Seq)
            .Select(h => new LostReceipts(h.Key, (long)h.Value.Seq + 1)).ToList()));
        reply.Answers.AddRange(answers.Select(a => new HeadAnswer { CaseId = ChainId.CaseOf(a.Chain) ?? "", NextExpected = (ulong)a.Next, Differs = a.Differs }));
        return reply;
    }

    // A database that came back from a backup lacks the newest cards, its own and ours. Its own it gets back, for nobody else has them; ours is pushed as any other, whatever it said before that it holds.
    private void Cards(PushHeadsRequest request, PushHeadsReply reply, Peer peer)
    {
        if (request.Card > 0 && (long)request.Card < peer.Card.Card.Version)
            reply.Cards.AddRange(database.Read(s => PeerRows.Above(s, peer.State, (long)request.Card, MaxCards)).Select(der => UnsafeByteOperations.UnsafeWrap(der)));
        if ((long)request.HeldCard != peers.OwnCard.Card.Version)
            announce.Again(peer.State, (long)request.HeldCard);
    }

    private static bool Ascending(PushHeadsRequest request)
    {
        var last = request.After;
        for (var i = 0; i < request.Heads.Count; i++)
        {
            if (string.CompareOrdinal(request.Heads[i].CaseId, last) <= 0 && !(i == 0 && last.Length == 0))
                return false;
            last = request.Heads[i].CaseId;
        }
        return true;
    }

    // The channel is named first: its wire name is empty. Cases follow in the order of their ids.
    private static List<Answer> Answers(Session s, PushHeadsRequest request, string peer, Dictionary<string, ChainHeadView> named)
    {
        var (after, until) = (request.After, request.More ? request.Heads[^1].CaseId : "~");
        var held = s.Query("SELECT chain, seq, sha256 FROM chains WHERE issuer = $1 AND peer = $1 AND ((chain > $2 AND chain <= $3 AND chain NOT LIKE 'peer:%') OR (chain = $4 AND $2 = '')) ORDER BY chain LIMIT $5",
            row => (Chain: row.GetString(0), Seq: row.GetInt64(1), Sha256: row.Digest(2)), peer, after, until, ChainId.OfPeer(peer), MaxAnswers);
        var answers = new List<Answer>();
        foreach (var (chain, seq, sha256) in held)
        {
            var theirs = named.GetValueOrDefault(chain);
            var known = (long)(theirs?.Seq ?? 0);
            var same = known == 0 || known > seq || Chains.DigestAt(s, chain, peer, known) is { } digest && digest == new Digest(theirs!.Sha256.Span);
            if (!same)
                answers.Add(new Answer(chain, seq + 1, known, true));
            else if (seq > known)
                answers.Add(new Answer(chain, seq + 1, known + 1, false));
        }
        return answers;
    }

    private bool LostByUs(Session s, Dictionary<string, ChainHeadView> named)
        => named.Any(h => (long)h.Value.Held > Chains.Head(s, h.Key, ownState).Seq);

    private sealed record Answer(string Chain, long Next, long From, bool Differs);
}

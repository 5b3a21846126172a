using System.Collections.Frozen;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Storage;

namespace Gateway.Peers;

/// <summary>
/// All peers and our own card, as an immutable snapshot that is replaced on every change. Looked up in every handshake and on every
/// call. Expiry is not in the snapshot: ask <see cref="Peer.RefuseAt"/>.
/// </summary>
internal sealed class PeerDirectory
{
    private readonly Database _database;
    private readonly Lock _loading = new();
    private Snapshot _snapshot;

    public PeerDirectory(Database database)
    {
        _database = database;
        _snapshot = Load();
    }

    /// <summary>Raised after a change is committed and visible here.</summary>
    public event Action? Changed;

    public IReadOnlyList<Peer> All => _snapshot.All;

    public SignedCard OwnCard => _snapshot.Own;

    public Peer? ByState(string state) => _snapshot.ByState.GetValueOrDefault(state);

    /// <summary>The authorities and the profile of a State: our own, a peer's, or one that is reached on paper. Null for a State that nobody knows here.</summary>
    public PeerCard? CardOf(string state) => state == OwnCard.Card.State ? OwnCard.Card : ByState(state)?.Card.Card ?? OnPaper(state);

    /// <summary>The card of a State that was in force at a time, our own or a peer's; the oldest when all were issued later. Null for a State that has none. A verifier chooses by the same rule.</summary>
    public PeerCard? CardOf(string state, DateTimeOffset time)
    {
        if (!_snapshot.Cards.TryGetValue(state, out var cards))
            return null;
        // What is not in memory any more matters to cases that began under it.
        if (cards[0].Issued > time && cards.Count > PeerRows.EarlierCards)
            cards = _database.Read(s => Ordered(PeerRows.Cards(s, state)));
        return cards.FindLast(card => card.Issued <= time) ?? cards[0];
    }

    /// <summary>The cards of a State that are in memory, our own or a peer's: the newest and as many before it as may still matter. Opened and verified once, not by who asks.</summary>
    public IReadOnlyList<PeerCard> CardsOf(string state) => _snapshot.Cards.TryGetValue(state, out var cards) ? cards : [];

    /// <summary>The logs that a State began on purpose, by the cards that are in memory, our own or a peer's.</summary>
    public IReadOnlyList<CardRenewal> RenewalsOf(string state) => _snapshot.Renewals.TryGetValue(state, out var renewals) ? renewals : [];

    /// <summary>What earlier cards of a State named, our own or a peer's.</summary>
    public RetiredMarks RetiredOf(string state) => state == OwnCard.Card.State ? _snapshot.OwnRetired : ByState(state)?.Retired ?? RetiredMarks.None;

    /// <summary>The description of a State that no gateway serves; null when it is a peer, or nobody described it.</summary>
    public PeerCard? OnPaper(string state) => ByState(state) is null ? _snapshot.OnPaper.GetValueOrDefault(state) : null;

    /// <summary>
    /// The peer whose card lists this TLS certificate. Of those who list it an approved one has it: nobody else may displace it, and one
    /// who is only proposed, or blocked, is found so that it hears why it is refused.
    /// </summary>
    public Peer? ByTls(Digest tlsCertificateSha256) => _snapshot.ByTls.GetValueOrDefault(tlsCertificateSha256);

    /// <summary>Takes the committed state over.</summary>
    public void Reload()
    {
        lock (_loading)
            _snapshot = Load();
        Changed?.Invoke();
    }

    private Snapshot Load()
    {
        var (own, peers, onPaper, earlier) = _database.Read(s =>
        {
            var (own, peers) = (PeerRows.Own(s), PeerRows.Peers(s));
            return (own, peers, PaperStates.InForce(s), peers.Select(p => p.State).Concat(own is null ? [] : [own.Card.State]).ToDictionary(state => state, state => PeerRows.Earlier(s, state), StringComparer.Ordinal));
        });
        if (own is null)
            throw new DatabaseNotUsableException("the database holds no card of our own: run 'gateway init' to its end");
        var all = peers.Select(p => p with { Retired = RetiredMarks.Of(p.Card, earlier[p.State]) }).ToList();
        // Two approved cards with one certificate are refused when the second is brought, pushed, approved or let in again.
        var byTls = all.OrderBy(p => p.Status != PeerStatus.APPROVED).SelectMany(p => p.TlsCertificates.Select(t => (Tls: t, Peer: p))).GroupBy(p => p.Tls).ToFrozenDictionary(g => g.Key, g => g.First().Peer);
        return new Snapshot(own, RetiredMarks.Of(own, earlier[own.Card.State]), all, all.ToFrozenDictionary(p => p.State, StringComparer.Ordinal), byTls, onPaper.ToFrozenDictionary(card => card.State, StringComparer.Ordinal),
            all.Select(p => p.Card).Append(own).ToFrozenDictionary(card => card.Card.State, card => Ordered(earlier[card.Card.State].Append(card)), StringComparer.Ordinal),
            all.Select(p => p.Card).Append(own).ToFrozenDictionary(card => card.Card.State, card => CardRenewal.Of(card, earlier[card.Card.State]), StringComparer.Ordinal));
    }

    private static List<PeerCard> Ordered(IEnumerable<SignedCard> cards) => [.. cards.Select(c => c.Card).OrderBy(card => card.Version)];

    private sealed record Snapshot(
        SignedCard Own, RetiredMarks OwnRetired, IReadOnlyList<Peer> All, FrozenDictionary<string, Peer> ByState, FrozenDictionary<Digest, Peer> ByTls, FrozenDictionary<string, PeerCard> OnPaper, FrozenDictionary<string, List<PeerCard>> Cards,
        FrozenDictionary<string, IReadOnlyList<CardRenewal>> Renewals);
}

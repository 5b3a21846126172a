using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Storage;

namespace Gateway.Recovery;

/// <summary>Whether something that a peer brings back was sealed by us: nothing else counts of what we have lost.</summary>
internal sealed class OwnSeals(Database database, KeyRing keys, PeerDirectory peers)
{
    /// <summary>Every version of our own card that is here.</summary>
    public IReadOnlyList<SignedCard> Cards() => database.Read(s => PeerRows.Cards(s, keys.State));

    // A card that was issued after the backup is lost with it; its seal is then the one that is configured now.
    public bool Made(string authority, SignedDocument signed, IReadOnlyList<SignedCard> cards)
        => (cards.Any(c => c.Card.Find(authority)?.Seal.Any(certificate => certificate.Sha256 == signed.Signer.Sha256) == true)
            || (peers.OwnCard.Card.Find(authority) is not null && keys.Authorities.Contains(authority) && keys.Seal(authority).Certificate.Sha256 == signed.Signer.Sha256))
            && signed.Signer.ValidAt(signed.SigningTime);
}

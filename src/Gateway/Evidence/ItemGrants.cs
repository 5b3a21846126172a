using System.Security.Cryptography;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;

namespace Gateway.Evidence;

/// <summary>The only use of the evidence keys: a grant to our authority is opened and made anew for one other receiver, or for its own newer key. Chunks are never decrypted here.</summary>
internal sealed class ItemGrants(KeyRing keys, TimeProvider clock)
{
    /// <summary>The key inside a grant to <paramref name="authority"/>, if it is the one to which the manifest commits; the caller disposes of it.</summary>
    public Outcome<ItemKey> Open(ReadOnlyMemory<byte> envelope, string authority, Manifest manifest, Digest manifestSha256)
    {
        if (!Envelope.Open(envelope, [.. keys.Evidence(authority)]).TryGet(out var bytes, out var refusal))
            return new Refusal(RefusalCode.GrantNotValid, $"the grant does not open with the evidence key of {authority}: {refusal.Detail}", "grant");
        try
        {
            if (!KeyGrant.Read(bytes).TryGet(out var grant, out refusal))
                return new Refusal(RefusalCode.GrantNotValid, $"what was encrypted is not a key grant: {refusal.Detail}", "grant");
            var key = grant.KeyFor(manifest, manifestSha256);
            CryptographicOperations.ZeroMemory(grant.ItemKey);
            return key;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Whether the key that the authority uses now opens the grant. It says nothing about what is inside.</summary>
    public bool IsToNewest(ItemPapers papers, string authority)
    {
        if (keys.Evidence(authority) is not [var newest, ..] || !Envelope.Open(papers.Grant, newest).TryGet(out var bytes, out _))
            return false;
        CryptographicOperations.ZeroMemory(bytes);
        return true;
    }

    /// <summary>Whether the grant is to another key than those that the authority has here. One that is to a key of ours and gives no item key never was a grant: no other key helps.</summary>
    public bool NeedsAnotherKey(ItemPapers papers, string authority)
    {
        if (!Envelope.Open(papers.Grant, [.. keys.Evidence(authority)]).TryGet(out var bytes, out var refusal))
            return refusal.Code == RefusalCode.EnvelopeNotForUs;
        CryptographicOperations.ZeroMemory(bytes);
        return false;
    }

    /// <summary>The certificate to which a grant for an authority of a peer is encrypted, as its card names it now.</summary>
    public static Outcome<Certificate> Recipient(PeerDirectory peers, string authority, DateTimeOffset now)
    {
        if (peers.ByState(Ids.StateOf(authority)) is not { } peer)
            return new Refusal(RefusalCode.PeerUnknown, $"{Ids.StateOf(authority)} is not an approved peer");
        if (peer.RefuseAt(now) is { } refusal)
            return refusal;
        return peer.Card.Card.Find(authority) is { Evidence: [var certificate, ..] } && Suites.For(certificate) is not null
            ? certificate
            : new Refusal(RefusalCode.AddresseeNotDesignated, $"the card of {peer.State} names no evidence certificate of {authority}");
    }

    /// <summary>The same key for another receiver.</summary>
    public Outcome<byte[]> Regrant(ItemPapers papers, string ownAuthority, Certificate recipient, string grantedTo)
    {
        if (!Open(papers.Grant, ownAuthority, papers.Manifest, papers.Signed.Sha256).TryGet(out var key, out var refusal))
            return refusal;
        using (key)
        {
            var bytes = key.ToArray();
            var document = new KeyGrant(papers.Manifest.ItemId, papers.Signed.Sha256, bytes, grantedTo, clock.GetUtcNow()).Write();
            var envelope = Envelope.Encrypt(document, recipient);
            CryptographicOperations.ZeroMemory(bytes);
            CryptographicOperations.ZeroMemory(document);
            return envelope;
        }
    }
}

using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.PeerCards;

/// <summary>A card whose signature verified under the card key inside it. Whether that key is the State's is decided by its fingerprint.</summary>
public sealed record SignedCard(ReadOnlyMemory<byte> Der, PeerCard Card, Digest CardKey)
{
    /// <summary>Opens a card: strict CMS, the signer's certificate valid when it signed, the document well formed.</summary>
    public static Outcome<SignedCard> Open(ReadOnlyMemory<byte> der)
    {
        if (!SignedDocument.Open(der).TryGet(out var signed, out var refusal))
            return refusal;
        if (!signed.Signer.ValidAt(signed.SigningTime))
            return new Refusal(RefusalCode.CardNotValid, "the card certificate was not valid when the card was signed");
        if (!PeerCard.Read(signed.Content).TryGet(out var card, out refusal))
            return refusal;
        return new SignedCard(signed.Der, card, signed.Signer.SpkiSha256);
    }

    /// <summary>The fingerprint in eight groups of eight digits, to be read aloud.</summary>
    public string Fingerprint => Group(CardKey);

    /// <summary>Groups a digest for reading aloud.</summary>
    public static string Group(Digest digest)
        => string.Join(' ', digest.ToString().Chunk(8).Select(c => new string(c)));

    /// <summary>Whether what a person typed is this fingerprint; spaces, colons, hyphens and case do not matter.</summary>
    public bool Matches(string typed)
        => Digest.TryParse(new string([.. typed.Where(char.IsAsciiHexDigit)]).ToLowerInvariant(), out var digest)
            && typed.All(c => char.IsAsciiHexDigit(c) || c is ' ' or ':' or '-')
            && digest == CardKey;
}

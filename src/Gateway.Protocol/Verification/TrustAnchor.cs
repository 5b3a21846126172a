using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Verification;

/// <summary>A card key that the person who verifies obtained elsewhere and trusts.</summary>
/// <param name="CardKey">SHA-256 of the key's SubjectPublicKeyInfo.</param>
/// <param name="State">The State whose key it is, when the source says so.</param>
/// <param name="Source">The file or text that it came from, for people.</param>
public sealed record TrustAnchor(Digest CardKey, string? State, string Source)
{
    /// <summary>The card, if the source is one. Who exports chooses which cards are in the bundle: a later one ends the seals, stamps and authorities for persons that it names no more.</summary>
    public SignedCard? Card { get; init; }

    /// <summary>When the card was issued, if the source is one and it names a log: an older one in the bundle may name none.</summary>
    public DateTimeOffset? LogNamedFrom => Card?.Card is { Log: not null } card ? card.Issued : null;

    /// <summary>Largest file read as an anchor, in bytes.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>
    /// Reads a peer card (CMS), a card certificate (PEM), or text with one fingerprint per line: 64 hexadecimal digits, spaces, colons and hyphens between them allowed,
    /// the State's code before them optional, <c>#</c> begins a comment.
    /// </summary>
    /// <returns>The anchors, or <see cref="RefusalCode.ArgumentNotValid"/>.</returns>
    public static Outcome<IReadOnlyList<TrustAnchor>> Read(ReadOnlyMemory<byte> bytes, string source)
    {
        if (bytes.Length > 0 && bytes.Span[0] == 0x30)
        {
            return SignedCard.Open(bytes).TryGet(out var card, out var refusal)
                ? new TrustAnchor[] { new(card.CardKey, card.Card.State, source) { Card = card } }
                : new Refusal(RefusalCode.ArgumentNotValid, $"'{source}' is not a peer card: {refusal.Detail}");
        }
        if (bytes.Length > MaxBytes || !System.Text.Unicode.Utf8.IsValid(bytes.Span))
            return new Refusal(RefusalCode.ArgumentNotValid, $"'{source}' is neither a peer card nor a text with fingerprints");
        var text = Encoding.UTF8.GetString(bytes.Span);
        if (text.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
        {
            return Certificate.ReadPem(text).TryGet(out var certificate, out var refusal)
                ? new TrustAnchor[] { new(certificate.SpkiSha256, null, source) }
                : new Refusal(RefusalCode.ArgumentNotValid, $"'{source}': {refusal.Detail}");
        }
        var anchors = new List<TrustAnchor>();
        foreach (var line in text.Split('\n').Select(l => l.Split('#')[0].Trim()).Where(l => l.Length > 0))
        {
            if (Fingerprint(line, source) is not { } anchor)
                return new Refusal(RefusalCode.ArgumentNotValid, $"'{source}' holds a line that is not a fingerprint (64 hexadecimal digits)");
            anchors.Add(anchor);
        }
        return anchors.Count > 0 ? anchors : new Refusal(RefusalCode.ArgumentNotValid, $"'{source}' holds no fingerprint");
    }

    /// <summary>Reads one fingerprint as in <see cref="Read"/>; null when it is none.</summary>
    public static TrustAnchor? Fingerprint(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Digits(text) is { } bare)
            return new(bare, null, source);
        // 'XA 0123…': a State's code may itself be hexadecimal digits, so the length decides.
        return text.Length > 2 && Ids.IsState(text[..2]) && Digits(text[2..].TrimStart('=')) is { } key ? new(key, text[..2], source) : null;
    }

    private static Digest? Digits(string text)
        => text.All(c => char.IsAsciiHexDigit(c) || c is ' ' or ':' or '-' or '\t')
            && Digest.TryParse(new string([.. text.Where(char.IsAsciiHexDigit)]).ToLowerInvariant(), out var digest) ? digest : null;
}

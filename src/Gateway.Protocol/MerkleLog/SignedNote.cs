using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.MerkleLog;

/// <summary>One signature line, not judged yet.</summary>
/// <param name="Name">The key's name as the line says.</param>
/// <param name="KeyId">The key's identifier as the line says.</param>
/// <param name="Bytes">What follows the identifier.</param>
public sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The line with its line feed.</summary>
    public override string ToString()
    {
        var bytes = new byte[4 + Bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Bytes.Span.CopyTo(bytes.AsSpan(4));
        return $"— {Name} {Convert.ToBase64String(bytes)}\n";
    }

    /// <summary>The line of a signature just made with <paramref name="key"/>; for a cosignature <see cref="Cosignature.Compose"/> gives the bytes.</summary>
    public static NoteSignature By(NoteKey key, ReadOnlyMemory<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(key.Name, key.Id, bytes);
    }

    /// <summary>A line by a certificate's key on P-256: what openssl alone can check.</summary>
    /// <param name="signer">Its certificate stands in the card of the log's State.</param>
    /// <param name="origin">The log's name.</param>
    /// <param name="text">The note's text.</param>
    public static NoteSignature By(Signer signer, string origin, ReadOnlySpan<byte> text)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return By(NoteKey.Of(origin, NoteAlgorithm.EcdsaP256, signer.Certificate.SubjectPublicKeyInfo).Value, signer.SignHash(SHA256.HashData(text)));
    }

    /// <summary>Reads lines as a witness answers them: at least one, nothing else.</summary>
    public static Outcome<IReadOnlyList<NoteSignature>> ReadLines(ReadOnlyMemory<byte> lines)
    {
        if (lines.Length > SignedNote.MaxBytes || !SignedNote.TryDecode(lines.Span, out var text) || !SignedNote.TryReadLines(text, out var signatures))
            return new Refusal(RefusalCode.NoteMalformed, "expected signature lines");
        return signatures;
    }

    internal static NoteSignature? Read(string line)
    {
        var parts = line.Split(' ');
        return parts.Length == 3 && parts[0] == "—" && NoteKey.IsName(parts[1]) && NoteText.TryBase64(parts[2], out var bytes) && bytes.Length > 4
            ? new NoteSignature(parts[1], BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(4))
            : null;
    }
}

/// <summary>A signature that holds.</summary>
/// <param name="Key">Whose it is.</param>
/// <param name="Time">The time of a cosignature, by the witness's clock; null for a log's own.</param>
public sealed record VerifiedSignature(NoteKey Key, DateTimeOffset? Time);

/// <summary>
/// A signed note (C2SP signed-note): a text and signature lines. Well formed only; <see cref="Verify"/> says whose signatures hold. The
/// bytes are kept as they came.
/// </summary>
public sealed class SignedNote
{
    /// <summary>Longest note that is read.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Most signature lines that are read.</summary>
    public const int MaxSignatures = 100;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private SignedNote(ReadOnlyMemory<byte> bytes, int textLength, IReadOnlyList<NoteSignature> signatures)
        => (Bytes, Text, Signatures) = (bytes, bytes[..textLength], signatures);

    /// <summary>The whole note.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The signed text with its last line feed.</summary>
    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>In the order of the note; also those of unknown keys.</summary>
    public IReadOnlyList<NoteSignature> Signatures { get; }

    /// <summary>Reads a note. The last empty line parts text and signatures.</summary>
    public static Outcome<SignedNote> Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
            return Bad($"a note has at most {MaxBytes} bytes");
        if (!TryDecode(bytes.Span, out var note))
            return Bad("a note is UTF-8 without control characters but the line feed");
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0)
            return Bad("no empty line stands before the signatures");
        return TryReadLines(note[(split + 2)..], out var signatures)
            ? new SignedNote(bytes, Strict.GetByteCount(note.AsSpan(0, split + 1)), signatures)
            : Bad("what follows the text is not signature lines");
    }

    /// <summary>Composes a note. The text ends in a line feed.</summary>
    /// <exception cref="ArgumentException">No note can hold this.</exception>
    public static SignedNote Compose(ReadOnlyMemory<byte> text, IEnumerable<NoteSignature> signatures)
        => TryCompose(text, signatures).TryGet(out var note, out var refusal) ? note : throw new ArgumentException(refusal.Detail, nameof(text));

    /// <summary>The same from lines that came from elsewhere: together with the text they may be more than a note holds.</summary>
    /// <param name="text">Ends in a line feed.</param>
    /// <param name="signatures">The lines.</param>
    public static Outcome<SignedNote> TryCompose(ReadOnlyMemory<byte> text, IEnumerable<NoteSignature> signatures)
        => Read((byte[])[.. text.Span, (byte)'\n', .. Strict.GetBytes(string.Concat(signatures))]);

    /// <summary>The same note with further lines at its end; the bytes before them stay.</summary>
    public Outcome<SignedNote> With(IEnumerable<NoteSignature> further) => Read((byte[])[.. Bytes.Span, .. Strict.GetBytes(string.Concat(further))]);

    /// <summary>
    /// The signatures of these keys, in the order of the note, each key once. A line of an unknown key is passed over; a line that names one of
    /// the keys and does not hold refuses the note; so does a note that none of the keys signed.
    /// </summary>
    public Outcome<IReadOnlyList<VerifiedSignature>> Verify(IEnumerable<NoteKey> keys)
    {
        var known = keys.ToLookup(k => (k.Name, k.Id));
        var verified = new List<VerifiedSignature>();
        foreach (var line in Signatures.DistinctBy(s => s.ToString()))
        {
            var named = known[(line.Name, line.KeyId)].ToList();
            if (named.Count == 0)
                continue;
            // Two keys may share an identifier of four bytes; then one of them must fit.
            if (named.Select(k => k.Verify(Text.Span, line.Bytes.Span)).FirstOrDefault(v => v is not null) is not { } good)
                return new Refusal(RefusalCode.NoteSignature, $"the signature of {line.Name} does not hold");
            if (verified.TrueForAll(v => v.Key != good.Key))
                verified.Add(good);
        }
        return verified.Count > 0
            ? verified
            : new Refusal(RefusalCode.NoteSignature, "none of the keys expected signed the note");
    }

    internal static bool TryReadLines(string text, out List<NoteSignature> signatures)
    {
        signatures = [];
        if (!text.EndsWith('\n'))
            return false;
        foreach (var line in text[..^1].Split('\n', MaxSignatures + 1))
        {
            if (signatures.Count == MaxSignatures || NoteSignature.Read(line) is not { } signature)
                return false;
            signatures.Add(signature);
        }
        return true;
    }

    internal static bool TryDecode(ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        try
        {
            text = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        return !text.Any(c => c < ' ' && c != '\n');
    }

    private static Refusal Bad(string detail) => new(RefusalCode.NoteMalformed, detail);
}

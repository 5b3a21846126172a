using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.MerkleLog;

/// <summary>The algorithm of a signature line (C2SP signed-note); the value stands in the key's text form.</summary>
public enum NoteAlgorithm
{
    /// <summary>Ed25519 over the text: a log's own signature.</summary>
    Ed25519 = 1,

    /// <summary>ECDSA on P-256 with SHA-256 over the text, DER: a log's second signature, checked by openssl alone.</summary>
    EcdsaP256 = 2,

    /// <summary>Ed25519 over a time and the text: a witness's cosignature.</summary>
    Cosignature = 4,
}

/// <summary>
/// A key that verifies signature lines (C2SP signed-note "verifier key"): <c>name+1f2e3d4c+base64(type ‖ key)</c>. Who holds it is
/// decided elsewhere: by a peer card or by a policy that the verifying person trusts.
/// </summary>
public sealed record NoteKey
{
    private const int MaxTextLength = 1024;
    private const int MaxNameBytes = 255;

    // SubjectPublicKeyInfo of an uncompressed P-256 point (RFC 5480 §2): everything but the point.
    private static ReadOnlySpan<byte> P256Prefix => [0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00];

    private NoteKey(string name, NoteAlgorithm algorithm, ReadOnlyMemory<byte> publicKey)
    {
        (Name, Algorithm, PublicKey) = (name, algorithm, publicKey);
        // The identifier of an ECDSA key does not depend on the name (as other tools compute it).
        var hash = algorithm == NoteAlgorithm.EcdsaP256
            ? SHA256.HashData(publicKey.Span)
            : SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)algorithm, .. publicKey.Span]);
        Id = BinaryPrimitives.ReadUInt32BigEndian(hash);
    }

    /// <summary>Whose key it is: for a log the origin, for a witness its name.</summary>
    public string Name { get; }

    /// <summary>What it verifies.</summary>
    public NoteAlgorithm Algorithm { get; }

    /// <summary>32 bytes for Ed25519 and cosignatures, a SubjectPublicKeyInfo for ECDSA.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>The first four bytes of every signature by this key.</summary>
    public uint Id { get; }

    /// <summary>Makes a key from its parts; refuses a name or a key that no note may carry.</summary>
    public static Outcome<NoteKey> Of(string name, NoteAlgorithm algorithm, ReadOnlyMemory<byte> publicKey)
    {
        if (!IsName(name))
            return Bad("a key name has no white space and no '+'");
        var good = algorithm switch
        {
            NoteAlgorithm.Ed25519 or NoteAlgorithm.Cosignature => Ed25519.IsKey(publicKey.Span),
            NoteAlgorithm.EcdsaP256 => IsP256(publicKey.Span),
            _ => false,
        };
        return good ? new NoteKey(name, algorithm, publicKey) : Bad($"not a public key of type {(int)algorithm}");
    }

    /// <summary>Reads the text form. The identifier in it must be that of the key.</summary>
    public static Outcome<NoteKey> Read(string text)
    {
        var parts = text.Length <= MaxTextLength ? text.Split('+', 3) : [];
        if (parts.Length != 3 || parts[1].Length != 8 || !Ids.IsHex(parts[1]) || !NoteText.TryBase64(parts[2], out var bytes) || bytes.Length < 2)
            return Bad("expected name+identifier+base64");
        if (!Of(parts[0], (NoteAlgorithm)bytes[0], bytes.AsMemory(1)).TryGet(out var key, out var refusal))
            return refusal;
        return uint.Parse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) == key.Id ? key : Bad("the identifier is not that of the key");
    }

    /// <summary>The text form that other tools of this family read.</summary>
    public override string ToString()
        => $"{Name}+{Id:x8}+{Convert.ToBase64String([(byte)Algorithm, .. PublicKey.Span])}";

    /// <summary>Keys are equal when name, algorithm and bytes are.</summary>
    public bool Equals(NoteKey? other) => other is not null && other.Name == Name && other.Algorithm == Algorithm && other.PublicKey.Span.SequenceEqual(PublicKey.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Name, Algorithm);

    /// <summary>Null unless the signature (without the identifier) is this key's over the text.</summary>
    internal VerifiedSignature? Verify(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        switch (Algorithm)
        {
            case NoteAlgorithm.Ed25519:
                return Ed25519.Verify(PublicKey.Span, text, signature) ? new VerifiedSignature(this, null) : null;
            case NoteAlgorithm.EcdsaP256:
                return VerifiesEcdsa(text, signature) ? new VerifiedSignature(this, null) : null;
            default:
                return Cosignature.TryRead(signature, out var time, out var bytes) && Ed25519.Verify(PublicKey.Span, Cosignature.Message(time, text), bytes)
                    ? new VerifiedSignature(this, time)
                    : null;
        }
    }

    internal static bool IsName(string name)
        => name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= MaxNameBytes && !name.Any(c => char.IsWhiteSpace(c) || c == '+' || char.IsControl(c));

    private bool VerifiesEcdsa(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        Span<byte> rs = stackalloc byte[2 * NamedCurve.P256.FieldBytes];
        if (!EcdsaSignature.TryRead(signature, NamedCurve.P256, rs))
            return false;
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(PublicKey.Span, out _);
        return key.VerifyData(text, rs, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    // One spelling only, and a point on the curve, before the library sees it.
    private static bool IsP256(ReadOnlySpan<byte> spki)
        => spki.StartsWith(P256Prefix) && NamedCurve.P256.Point(spki[P256Prefix.Length..]) is not null;

    private static Refusal Bad(string detail) => new(RefusalCode.NoteMalformed, detail);
}

using Gateway.Protocol.MerkleLog;

namespace Gateway.Recognition.Algorithms;

/// <summary>Ed25519 (RFC 8032 §5.1), pure, as RFC 8410 and RFC 8419 use it; the arithmetic is that of the log's own signatures.</summary>
internal sealed class Ed25519Scheme : NationalScheme
{
    public const string Id = "1.3.101.112";

    private Ed25519Scheme(PublicKey key)
        : base(key)
    {
    }

    public override string Name => "Ed25519";

    public override string Oid => Id;

    public override string? DigestOid => null;

    public override int KeyBits => 256;

    public static SchemeChoice? Match(SchemeRequest request)
    {
        if (request.Algorithm.Oid != Id)
            return null;
        // RFC 8410 §3: parameters are absent, in the key and in the signature.
        if (request.Key.Algorithm.Oid != Id || !request.Key.Algorithm.HasNoParameters || !request.Algorithm.HasNoParameters)
            return SchemeChoice.KeyRefused($"an Ed25519 signature with parameters, or with a key of kind {request.Key.Algorithm.Oid}");
        return request.Key.Bits.Length == Ed25519.KeyLength && Ed25519.IsKey(request.Key.Bits.Span)
            ? new Ed25519Scheme(request.Key)
            : SchemeChoice.KeyRefused("the public key is no point of Ed25519, or of small order");
    }

    public override bool Verifies(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => Ed25519.Verify(Key.Bits.Span, message, signature);

    public override bool? VerifiesNatively(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        => Libcrypto.VerifyEdwards(Key, message, signature);
}

using System.Security.Cryptography;
using System.Text;
using Gateway.Protocol.MerkleLog;

namespace Gateway.Protocol.Tests.MerkleLog;

/// <summary>Signs notes with an Ed25519 key made from a seed (RFC 8032 §5.1.6): the product signs through the native library, which pure tests do not load.</summary>
internal sealed class NoteSigner
{
    private readonly byte[] _scalar;
    private readonly byte[] _prefix;

    public NoteSigner(string name, NoteAlgorithm algorithm, byte[]? seed = null)
    {
        var hash = SHA512.HashData(seed ?? SHA256.HashData(Encoding.UTF8.GetBytes($"{name} {algorithm}")));
        hash[0] &= 248;
        hash[31] = (byte)((hash[31] & 127) | 64);
        (_scalar, _prefix) = (hash[..32], hash[32..]);
        PublicKey = Multiple(_scalar);
        Key = NoteKey.Of(name, algorithm, PublicKey).Value;
    }

    public byte[] PublicKey { get; }

    public NoteKey Key { get; }

    /// <summary>A signature of 64 bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var r = new byte[32];
        Ed25519.Reduce(Ed25519.Hash(_prefix, [], message), r);
        var point = Multiple(r);
        var k = new byte[32];
        Ed25519.Reduce(Ed25519.Hash(point, PublicKey, message), k);
        var s = new byte[32];
        ((Ed25519.Number(r) + Ed25519.Number(k) * Ed25519.Number(_scalar)) % Ed25519.Order).TryWriteBytes(s, out _, isUnsigned: true);
        return [.. point, .. s];
    }

    /// <summary>A line over the text; a cosigner needs the time.</summary>
    public NoteSignature Line(ReadOnlySpan<byte> text, DateTimeOffset? time = null) => time is { } at
        ? NoteSignature.By(Key, Cosignature.Compose(at, Sign(Cosignature.Message(at, text))))
        : NoteSignature.By(Key, Sign(text));

    private static byte[] Multiple(byte[] scalar)
    {
        var bytes = new byte[32];
        EdwardsPoint.Combine(scalar, EdwardsPoint.Generator, new byte[32], EdwardsPoint.Identity).Write(bytes);
        return bytes;
    }
}

using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Algorithms;

/// <summary>
/// RSASSA-PSS (RFC 8017 §8.1.2, RFC 4055 §3.1) with any salt length and any MGF1 digest: the platform's own takes only salt = digest length and one digest,
/// and OpenSSL's command line writes the longest salt by default.
/// </summary>
internal sealed class RsaPss : SignatureScheme
{
    public const string IdRsassaPss = "1.2.840.113549.1.1.10";
    private const string Mgf1 = "1.2.840.113549.1.1.8";

    private readonly RsaKey _key;
    private readonly Parameters _parameters;

    private RsaPss(RsaKey key, Parameters parameters) => (_key, _parameters) = (key, parameters);

    public override string Name => $"RSA-PSS with {_parameters.Digest.Name}";

    public override string Oid => IdRsassaPss;

    public override string? DigestOid => _parameters.Digest.Oid;

    /// <summary>The digest of the mask; a policy that refuses it refuses the signature.</summary>
    public string MaskDigestOid => _parameters.Mask.Oid;

    public override int KeyBits => _key.Bits;

    public override int Cost => 8 + 32 * _key.Weight;

    public static SchemeChoice? Match(SchemeRequest request)
    {
        if (request.Algorithm.Oid != IdRsassaPss)
            return null;
        if (request.Key.Algorithm.Oid is not (RsaPkcs1.RsaEncryption or IdRsassaPss))
            return SchemeChoice.KeyRefused($"an RSA-PSS signature with a key of kind {request.Key.Algorithm.Oid}");
        // RFC 4055 §3.1: in a signature the parameters are never left out.
        if (request.Algorithm.HasNoParameters)
            return SchemeChoice.KeyRefused("RSA-PSS without parameters");
        if (Read(request.Algorithm.Parameters, out var problem) is not { } parameters)
            return SchemeChoice.NotAvailable(problem);
        if (request.Key.Algorithm is { Oid: IdRsassaPss, HasNoParameters: false } restricted)
        {
            // RFC 4055 §3.3: the key may say with which parameters alone it signs; the salt may be longer.
            if (Read(restricted.Parameters, out problem) is not { } wanted)
                return SchemeChoice.NotAvailable(problem);
            if (wanted.Digest.Oid != parameters.Digest.Oid || wanted.Mask.Oid != parameters.Mask.Oid || parameters.SaltLength < wanted.SaltLength)
                return SchemeChoice.KeyRefused("the key allows other RSA-PSS parameters only");
        }
        else if (request.Key.Algorithm.Oid == RsaPkcs1.RsaEncryption && !request.Key.Algorithm.HasNoneOrNull)
        {
            return SchemeChoice.KeyRefused("parameters where RSA has none");
        }

        return RsaKey.Read(request.Key.Bits, out problem) is { } key ? new RsaPss(key, parameters) : SchemeChoice.KeyRefused(problem);
    }

    /// <summary>EMSA-PSS-VERIFY, RFC 8017 §9.1.2.</summary>
    public override SignatureCheck Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var whole = _key.Recover(signature);
        if (whole is null)
            return SignatureCheck.NotValid;
        var bits = _key.Bits - 1;
        var length = (bits + 7) / 8;
        // A modulus of 8k+1 bits gives one octet more than the encoded message; it must be zero.
        if (whole.Length > length && whole[0] != 0)
            return SignatureCheck.NotValid;
        ReadOnlySpan<byte> encoded = whole.AsSpan(whole.Length - length);
        var (digest, salt) = (_parameters.Digest, _parameters.SaltLength);
        if (length < digest.Length + salt + 2 || encoded[^1] != 0xbc)
            return SignatureCheck.NotValid;
        var masked = encoded[..(length - digest.Length - 1)];
        var hash = encoded.Slice(masked.Length, digest.Length);
        var unused = 8 * length - bits;
        if ((masked[0] & (0xff << (8 - unused) & 0xff)) != 0)
            return SignatureCheck.NotValid;
        var block = Mask(hash, masked.Length);
        for (var i = 0; i < block.Length; i++)
            block[i] ^= masked[i];
        block[0] &= (byte)(0xff >> unused);
        var zeros = block.Length - salt - 1;
        if (block.AsSpan(0, zeros).ContainsAnyExcept((byte)0) || block[zeros] != 1)
            return SignatureCheck.NotValid;
        var input = new byte[8 + digest.Length + salt];
        digest.Of(message.ToArray()).CopyTo(input, 8);
        block.AsSpan(zeros + 1).CopyTo(input.AsSpan(8 + digest.Length));
        return hash.SequenceEqual(digest.Of(input)) ? SignatureCheck.Valid : SignatureCheck.NotValid;
    }

    private byte[] Mask(ReadOnlySpan<byte> seed, int length)
    {
        var mask = new byte[length];
        var input = new byte[seed.Length + 4];
        seed.CopyTo(input);
        for (var (at, counter) = (0, 0u); at < length; counter++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(seed.Length), counter);
            var block = _parameters.Mask.Of(input);
            var take = Math.Min(block.Length, length - at);
            block.AsSpan(0, take).CopyTo(mask.AsSpan(at));
            at += take;
        }

        return mask;
    }

    private static Parameters? Read(ReadOnlyMemory<byte> encoded, out string problem)
    {
        var outer = new Asn1Reader(encoded, AsnEncodingRules.BER);
        var sequence = outer.Sequence();
        outer.End();
        var (digest, mask, salt) = (DigestAlgorithms.Sha1, DigestAlgorithms.Sha1, 20);
        if (sequence.AtContext(0))
            digest = Inside(sequence.Explicit(0)).Oid;
        if (sequence.AtContext(1))
        {
            var generator = Inside(sequence.Explicit(1));
            if (generator.Oid != Mgf1)
            {
                problem = $"RSA-PSS with mask generation {generator.Oid}";
                return null;
            }

            var inner = new Asn1Reader(generator.Parameters, AsnEncodingRules.BER);
            mask = AlgorithmIdentifier.Read(ref inner).Oid;
        }

        if (sequence.AtContext(2))
        {
            var inner = sequence.Explicit(2);
            salt = inner.SmallInteger();
            inner.End();
        }

        if (sequence.AtContext(3))
        {
            var inner = sequence.Explicit(3);
            if (inner.SmallInteger() != 1)
                throw new AsnContentException("RSA-PSS trailer field is not 1");
        }

        sequence.End();
        if (salt is < 0 or > RsaKey.MaxBits / 8)
            throw new AsnContentException("RSA-PSS salt length out of range");
        problem = $"RSA-PSS with digests {digest} and {mask}";
        return DigestAlgorithms.Find(digest) is { } d && DigestAlgorithms.Find(mask) is { } m ? new(d, m, salt) : null;
    }

    private static AlgorithmIdentifier Inside(Asn1Reader reader)
    {
        var algorithm = AlgorithmIdentifier.Read(ref reader);
        reader.End();
        return algorithm;
    }

    private sealed record Parameters(DigestAlgorithm Digest, DigestAlgorithm Mask, int SaltLength);
}

using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Protocol.Marks;

namespace Gateway.Protocol.Envelopes;

/// <summary>From an ECDH secret to a key-encryption key: dhSinglePass-stdDH-sha256kdf with AES-256 key wrap (RFC 5753 §3.1, §7.2).</summary>
internal static class KeyAgreement
{
    /// <summary>Octets of key-encryption and content-encryption keys.</summary>
    public const int KeyBytes = 32;

    /// <summary>Writes the key-encryption key of an agreement between a private and a public key; the raw secret is zeroed.</summary>
    public static void DeriveKey(ECDiffieHellman ours, ECDiffieHellmanPublicKey theirs, ReadOnlySpan<byte> ukm, bool hasUkm, Span<byte> keyEncryptionKey)
    {
        var secret = ours.DeriveRawSecretAgreement(theirs);
        Kdf(secret, SharedInformation(ukm, hasUkm), keyEncryptionKey);
        CryptographicOperations.ZeroMemory(secret);
    }

    /// <summary>ANSI X9.63 KDF with SHA-256 (SEC 1 §3.6.1): the hashes of secret ‖ counter ‖ shared information, one after the other.</summary>
    public static void Kdf(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> sharedInformation, Span<byte> key)
    {
        Span<byte> counter = stackalloc byte[4];
        Span<byte> block = stackalloc byte[SHA256.HashSizeInBytes];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (uint i = 1; !key.IsEmpty; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(counter, i);
            hash.AppendData(secret);
            hash.AppendData(counter);
            hash.AppendData(sharedInformation);
            hash.GetHashAndReset(block);
            var length = Math.Min(block.Length, key.Length);
            block[..length].CopyTo(key);
            key = key[length..];
        }

        CryptographicOperations.ZeroMemory(block);
    }

    /// <summary>ECC-CMS-SharedInfo (RFC 5753 §7.2): the wrap algorithm, the sender's user keying material when there is one, the key length in bits.</summary>
    public static byte[] SharedInformation(ReadOnlySpan<byte> ukm, bool hasUkm)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, 64 + ukm.Length);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
                writer.WriteObjectIdentifier(Oids.Aes256Wrap);
            if (hasUkm)
                using (writer.PushSequence(DerReader.Context(0)))
                    writer.WriteOctetString(ukm);
            using (writer.PushSequence(DerReader.Context(2)))
                writer.WriteOctetString([0, 0, 1, 0]);
        }

        return writer.Encode();
    }
}

using System.Formats.Asn1;
using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Algorithms;

/// <summary>An AlgorithmIdentifier (RFC 5280 §4.1.1.2).</summary>
/// <param name="Oid">Dotted.</param>
/// <param name="Parameters">The encoded element; empty when absent.</param>
internal readonly record struct AlgorithmIdentifier(string Oid, ReadOnlyMemory<byte> Parameters)
{
    private static readonly byte[] EncodedNull = [5, 0];

    public bool HasNoParameters => Parameters.IsEmpty;

    /// <summary>Absent, or NULL, which RFC 5754 §2 wants to be taken as absent.</summary>
    public bool HasNoneOrNull => Parameters.IsEmpty || Parameters.Span.SequenceEqual(EncodedNull);

    public static AlgorithmIdentifier Read(ref Asn1Reader reader, Asn1Tag? tag = null)
    {
        var sequence = reader.Sequence(tag);
        var oid = sequence.Oid();
        var parameters = sequence.IsEmpty ? default : sequence.Element();
        sequence.End();
        return new(oid, parameters);
    }

    public bool Same(AlgorithmIdentifier other) => Oid == other.Oid && Parameters.Span.SequenceEqual(other.Parameters.Span);
}

/// <summary>A SubjectPublicKeyInfo that was taken apart and nothing more; <see cref="SignatureAlgorithms"/> checks the key itself.</summary>
/// <param name="Algorithm">What kind of key.</param>
/// <param name="Bits">Content of the BIT STRING.</param>
/// <param name="Encoded">The whole SubjectPublicKeyInfo.</param>
internal sealed record PublicKey(AlgorithmIdentifier Algorithm, ReadOnlyMemory<byte> Bits, ReadOnlyMemory<byte> Encoded)
{
    public static PublicKey Read(ref Asn1Reader reader)
    {
        var encoded = reader.Element();
        var sequence = new Asn1Reader(encoded).Sequence();
        var algorithm = AlgorithmIdentifier.Read(ref sequence);
        var bits = sequence.WholeOctets();
        sequence.End();
        return new(algorithm, bits, encoded);
    }
}

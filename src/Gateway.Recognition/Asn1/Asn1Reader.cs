using System.Formats.Asn1;
using System.Numerics;

namespace Gateway.Recognition.Asn1;

/// <summary>
/// A cursor over the elements of a structure, DER or BER by <see cref="Rules"/>. Every method throws <see cref="AsnContentException"/> when the next element is not what is asked for;
/// each reader of a whole object (certificate, list, token) turns that into "unreadable" in one place. Run <see cref="Asn1Guard"/> first: it bounds what this meets.
/// </summary>
internal struct Asn1Reader
{
    private ReadOnlyMemory<byte> _rest;

    public Asn1Reader(ReadOnlyMemory<byte> bytes, AsnEncodingRules rules = AsnEncodingRules.DER) => (_rest, Rules) = (bytes, rules);

    public readonly AsnEncodingRules Rules { get; }

    public readonly bool IsEmpty => _rest.IsEmpty;

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlyMemory<byte> Rest => _rest;

    public static Asn1Tag Context(int number, bool constructed = true) => new(TagClass.ContextSpecific, number, constructed);

    public readonly Asn1Tag Tag() => Asn1Tag.Decode(_rest.Span, out _);

    public readonly bool At(Asn1Tag tag) => !_rest.IsEmpty && Tag().HasSameClassAndValue(tag);

    public readonly bool At(UniversalTagNumber tag) => At(new Asn1Tag(tag));

    /// <summary>At a context-specific tag, primitive or constructed.</summary>
    public readonly bool AtContext(int number) => At(Context(number));

    public Asn1Reader Sequence(Asn1Tag? tag = null)
    {
        AsnDecoder.ReadSequence(_rest.Span, Rules, out var offset, out var length, out var consumed, tag);
        return Inner(offset, length, consumed);
    }

    /// <summary>The content of an explicit tag.</summary>
    public Asn1Reader Explicit(int number) => Sequence(Context(number));

    /// <summary>The elements of a SET OF, in the order they stand.</summary>
    public Asn1Reader SetOf(Asn1Tag? tag = null)
    {
        AsnDecoder.ReadSetOf(_rest.Span, Rules, out var offset, out var length, out var consumed, skipSortOrderValidation: true, tag);
        return Inner(offset, length, consumed);
    }

    /// <summary>The next element, tag and length included.</summary>
    public ReadOnlyMemory<byte> Element()
    {
        AsnDecoder.ReadEncodedValue(_rest.Span, Rules, out _, out _, out var consumed);
        return Take(consumed);
    }

    /// <summary>The content octets of the next element, whatever its tag.</summary>
    public ReadOnlyMemory<byte> Value()
    {
        AsnDecoder.ReadEncodedValue(_rest.Span, Rules, out var offset, out var length, out var consumed);
        return Take(consumed).Slice(offset, length);
    }

    public string Oid(Asn1Tag? tag = null)
    {
        var oid = AsnDecoder.ReadObjectIdentifier(_rest.Span, Rules, out var consumed, tag);
        Take(consumed);
        return oid;
    }

    /// <summary>The octets of an INTEGER, two's complement, big-endian.</summary>
    public ReadOnlyMemory<byte> Integer(Asn1Tag? tag = null)
    {
        // The span lies inside _rest: its place is found again to hand out memory.
        var octets = AsnDecoder.ReadIntegerBytes(_rest.Span, Rules, out var consumed, tag);
        var taken = Take(consumed);
        return taken[(taken.Length - octets.Length)..];
    }

    public BigInteger Number(Asn1Tag? tag = null) => new(Integer(tag).Span, isUnsigned: false, isBigEndian: true);

    public int SmallInteger(Asn1Tag? tag = null)
    {
        if (!AsnDecoder.TryReadInt32(_rest.Span, Rules, out var value, out var consumed, tag))
            throw new AsnContentException("a number is out of range");
        Take(consumed);
        return value;
    }

    public int Enumerated()
    {
        var octets = AsnDecoder.ReadEnumeratedBytes(_rest.Span, Rules, out var consumed);
        if (octets.Length != 1)
            throw new AsnContentException("an enumerated value is out of range");
        var value = (sbyte)octets[0];
        Take(consumed);
        return value;
    }

    public bool Boolean(Asn1Tag? tag = null)
    {
        var value = AsnDecoder.ReadBoolean(_rest.Span, Rules, out var consumed, tag);
        Take(consumed);
        return value;
    }

    public void Null()
    {
        AsnDecoder.ReadNull(_rest.Span, Rules, out var consumed);
        Take(consumed);
    }

    /// <summary>An OCTET STRING; one cut in pieces (BER) is put together.</summary>
    public ReadOnlyMemory<byte> OctetString(Asn1Tag? tag = null)
    {
        if (AsnDecoder.TryReadPrimitiveOctetString(_rest.Span, Rules, out var value, out var consumed, tag))
        {
            var taken = Take(consumed);
            return taken[(taken.Length - value.Length)..];
        }

        var joined = AsnDecoder.ReadOctetString(_rest.Span, Rules, out consumed, tag);
        Take(consumed);
        return joined;
    }

    public ReadOnlyMemory<byte> BitString(out int unusedBits, Asn1Tag? tag = null)
    {
        var value = AsnDecoder.ReadBitString(_rest.Span, Rules, out unusedBits, out var consumed, tag);
        Take(consumed);
        return value;
    }

    /// <summary>A BIT STRING of whole octets (keys and signatures).</summary>
    public ReadOnlyMemory<byte> WholeOctets(Asn1Tag? tag = null)
    {
        var value = BitString(out var unused, tag);
        return unused == 0 ? value : throw new AsnContentException("a bit string does not end on an octet");
    }

    /// <summary>The numbers of the bits that are set in a named bit list, the first 32 of them.</summary>
    public uint NamedBits(Asn1Tag? tag = null)
    {
        var octets = BitString(out _, tag).Span;
        uint bits = 0;
        for (var i = 0; i < Math.Min(32, octets.Length * 8); i++)
        {
            if ((octets[i / 8] & (0x80 >> (i % 8))) != 0)
                bits |= 1u << i;
        }

        return bits;
    }

    /// <summary>UTCTime (1950–2049) or GeneralizedTime, in UTC.</summary>
    public DateTimeOffset Time()
    {
        int consumed;
        var time = At(UniversalTagNumber.UtcTime)
            ? AsnDecoder.ReadUtcTime(_rest.Span, Rules, out consumed, 2049)
            : AsnDecoder.ReadGeneralizedTime(_rest.Span, Rules, out consumed);
        Take(consumed);
        return time.ToUniversalTime();
    }

    public DateTimeOffset GeneralizedTime(Asn1Tag? tag = null)
    {
        var time = AsnDecoder.ReadGeneralizedTime(_rest.Span, Rules, out var consumed, tag);
        Take(consumed);
        return time.ToUniversalTime();
    }

    public readonly void End()
    {
        if (!_rest.IsEmpty)
            throw new AsnContentException($"{_rest.Length} bytes too many at the end of a structure");
    }

    private Asn1Reader Inner(int offset, int length, int consumed) => new(Take(consumed).Slice(offset, length), Rules);

    private ReadOnlyMemory<byte> Take(int length)
    {
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}

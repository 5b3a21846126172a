using System.Formats.Asn1;

namespace Gateway.Protocol.Marks;

/// <summary>
/// A cursor over DER that allocates nothing. Every method throws <see cref="AsnContentException"/> when the next element is not what is asked for;
/// the readers that use it turn that into a refusal in one place. Run <see cref="DerScan"/> first: it bounds what this meets.
/// </summary>
internal ref struct DerReader
{
    private ReadOnlySpan<byte> _rest;

    public DerReader(ReadOnlySpan<byte> der) => _rest = der;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public static Asn1Tag Context(int number, bool constructed = true) => new(TagClass.ContextSpecific, number, constructed);

    public readonly bool At(Asn1Tag tag) => !_rest.IsEmpty && Asn1Tag.Decode(_rest, out _) == tag;

    public readonly bool At(UniversalTagNumber tag) => !_rest.IsEmpty && Asn1Tag.Decode(_rest, out _).HasSameClassAndValue(new Asn1Tag(tag));

    public DerReader Sequence(Asn1Tag? tag = null)
    {
        AsnDecoder.ReadSequence(_rest, AsnEncodingRules.DER, out var offset, out var length, out var consumed, tag);
        return new DerReader(Take(consumed).Slice(offset, length));
    }

    /// <summary>The elements of a SET OF; <paramref name="sorted"/> says whether they stand in the order of X.690 §11.6.</summary>
    public DerReader SetOf(out bool sorted, Asn1Tag? tag = null)
    {
        AsnDecoder.ReadSetOf(_rest, AsnEncodingRules.DER, out var offset, out var length, out var consumed, skipSortOrderValidation: true, tag);
        var content = Take(consumed).Slice(offset, length);
        sorted = true;
        var walk = new DerReader(content);
        for (ReadOnlySpan<byte> previous = default; !walk.IsEmpty;)
        {
            var element = walk.Element();
            sorted &= previous.SequenceCompareTo(element) <= 0;
            previous = element;
        }

        return new DerReader(content);
    }

    /// <summary>A SET OF with exactly one element (the values of the attributes of CAdES).</summary>
    public DerReader SingleValue()
    {
        var set = SetOf(out _);
        var value = set.Element();
        set.End();
        return new DerReader(value);
    }

    /// <summary>The next element, tag and length included.</summary>
    public ReadOnlySpan<byte> Element()
    {
        AsnDecoder.ReadEncodedValue(_rest, AsnEncodingRules.DER, out _, out _, out var consumed);
        return Take(consumed);
    }

    public string Oid()
    {
        var oid = AsnDecoder.ReadObjectIdentifier(_rest, AsnEncodingRules.DER, out var consumed);
        Take(consumed);
        return oid;
    }

    public ReadOnlySpan<byte> Integer()
    {
        var bytes = AsnDecoder.ReadIntegerBytes(_rest, AsnEncodingRules.DER, out var consumed);
        Take(consumed);
        return bytes;
    }

    public int SmallInteger()
    {
        if (!AsnDecoder.TryReadInt32(_rest, AsnEncodingRules.DER, out var value, out var consumed))
            throw new AsnContentException("a number is out of range");
        Take(consumed);
        return value;
    }

    public bool Boolean()
    {
        var value = AsnDecoder.ReadBoolean(_rest, AsnEncodingRules.DER, out var consumed);
        Take(consumed);
        return value;
    }

    public ReadOnlySpan<byte> OctetString(Asn1Tag? tag = null)
    {
        if (!AsnDecoder.TryReadPrimitiveOctetString(_rest, AsnEncodingRules.DER, out var value, out var consumed, tag))
            throw new AsnContentException("an octet string is cut in pieces");
        Take(consumed);
        return value;
    }

    /// <summary>A BIT STRING of whole octets (keys and signatures).</summary>
    public ReadOnlySpan<byte> WholeOctets(Asn1Tag? tag = null)
    {
        var value = BitString(out var unused, tag);
        return unused == 0 ? value : throw new AsnContentException("a bit string does not end on an octet");
    }

    public ReadOnlySpan<byte> BitString(out int unusedBits, Asn1Tag? tag = null)
    {
        if (!AsnDecoder.TryReadPrimitiveBitString(_rest, AsnEncodingRules.DER, out unusedBits, out var value, out var consumed, tag))
            throw new AsnContentException("a bit string is cut in pieces");
        Take(consumed);
        return value;
    }

    /// <summary>UTCTime until 2049, GeneralizedTime to the second from 2050 (RFC 5652 §11.3, RFC 5280 §4.1.2.5).</summary>
    public DateTimeOffset Time()
    {
        DateTimeOffset time;
        int consumed;
        if (At(UniversalTagNumber.UtcTime))
        {
            time = AsnDecoder.ReadUtcTime(_rest, AsnEncodingRules.DER, out consumed, 2049);
        }
        else
        {
            time = AsnDecoder.ReadGeneralizedTime(_rest, AsnEncodingRules.DER, out consumed);
            if (time.Year is >= 1950 and < 2050 || time.Ticks % TimeSpan.TicksPerSecond != 0)
                throw new AsnContentException("a time is written as GeneralizedTime where UTCTime is due, or with fractions of a second");
        }

        Take(consumed);
        return time;
    }

    /// <summary>An AlgorithmIdentifier without parameters, or with NULL where <paramref name="mayBeNull"/> (RFC 5754 §2).</summary>
    public string Algorithm(bool mayBeNull = false)
    {
        var sequence = Sequence();
        var oid = sequence.Oid();
        if (mayBeNull && sequence.At(UniversalTagNumber.Null))
            sequence.Element();
        if (!sequence.IsEmpty)
            throw new AsnContentException($"algorithm {oid} has parameters");
        return oid;
    }

    public readonly void End()
    {
        if (!_rest.IsEmpty)
            throw new AsnContentException($"{_rest.Length} bytes too many at the end of a structure");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}

using System.Buffers;

namespace Gateway.Recognition.Asn1;

/// <summary>What is wrong with bytes that should be BER: a limit exceeded, or an encoding that X.690 forbids.</summary>
internal sealed record Asn1Fault(bool Limit, string Detail);

/// <summary>
/// Walks the tags and lengths of a whole object before anything is read from it, without recursion and without allocation per element.
/// Nesting, number of elements and every declared length are bounded. Indefinite lengths are followed; whether the object is free of what only BER allows is told too.
/// </summary>
internal static class Asn1Guard
{
    /// <summary>The number of bytes of the first element and whether it is definite-length with minimal lengths throughout; or the fault.</summary>
    public static Asn1Fault? Check(ReadOnlySpan<byte> bytes, int maxDepth, int maxElements, out int length)
    {
        length = 0;
        // Absolute ends of the open constructed elements; -1 for one of indefinite length.
        var ends = ArrayPool<int>.Shared.Rent(maxDepth);
        try
        {
            return Walk(bytes, ends.AsSpan(0, maxDepth), maxElements, out length);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(ends);
        }
    }

    /// <summary>Null when <paramref name="bytes"/> is exactly one well-formed element.</summary>
    public static Asn1Fault? Exactly(ReadOnlySpan<byte> bytes, int maxDepth, int maxElements) =>
        Check(bytes, maxDepth, maxElements, out var length) ?? (length == bytes.Length ? null : new(false, $"{bytes.Length - length} bytes after the end"));

    private static Asn1Fault? Walk(ReadOnlySpan<byte> bytes, Span<int> ends, int maxElements, out int at)
    {
        var depth = 0;
        at = 0;
        for (var elements = 1; ; elements++)
        {
            if (elements > maxElements)
                return new(true, $"more than {maxElements} ASN.1 elements");
            // The innermost definite end bounds what follows.
            var end = bytes.Length;
            for (var i = depth - 1; i >= 0; i--)
            {
                if (ends[i] >= 0)
                {
                    end = ends[i];
                    break;
                }
            }

            if (Header(bytes[at..end], out var first, out var header, out var length) is { } fault)
                return new(false, $"{fault} (byte {at})");
            var endOfContents = first == 0;
            if (endOfContents)
            {
                if (length != 0 || header != 2 || depth == 0 || ends[depth - 1] >= 0)
                    return new(false, $"end-of-contents where nothing is open (byte {at})");
                at += 2;
                depth--;
            }
            else
            {
                at += header;
                if ((first & 0x20) != 0 && length != 0)
                {
                    if (depth == ends.Length)
                        return new(true, $"ASN.1 nested deeper than {ends.Length}");
                    ends[depth++] = length < 0 ? -1 : at + length;
                    continue;
                }

                at += length;
            }

            while (depth > 0 && at == ends[depth - 1])
                depth--;
            if (depth == 0)
                return null;
        }
    }

    /// <summary><paramref name="length"/> is -1 for the indefinite form.</summary>
    private static string? Header(ReadOnlySpan<byte> rest, out byte first, out int header, out int length)
    {
        (first, header, length) = (0, 0, 0);
        if (rest.Length < 2)
            return "ends inside a tag or length";
        first = rest[0];
        if ((first & 0x1f) == 0x1f)
            return "multi-byte tag";
        var octet = rest[1];
        if (octet < 0x80)
        {
            (header, length) = (2, octet);
        }
        else if (octet == 0x80)
        {
            if ((first & 0x20) == 0)
                return "indefinite length of a primitive element";
            (header, length) = (2, -1);
            return null;
        }
        else
        {
            var count = octet & 0x7f;
            // BER allows leading zeros; eight octets of length are more than any encoder writes.
            if (count > 8 || rest.Length < 2 + count)
                return "length that cannot fit";
            ulong value = 0;
            foreach (var digit in rest.Slice(2, count))
                value = value << 8 | digit;
            if (value > int.MaxValue)
                return "length that goes beyond its container";
            (header, length) = (2 + count, (int)value);
        }

        return length > rest.Length - header ? "length that goes beyond its container" : null;
    }
}

namespace Gateway.Protocol.Marks;

/// <summary>What is wrong with bytes that should be DER: a limit exceeded, or an encoding that X.690 §10 forbids.</summary>
internal sealed record DerFault(bool Limit, string Detail);

/// <summary>
/// Walks the tags and lengths of a whole object before anything is read from it, without recursion: nesting, number of elements and every length are bounded,
/// and what only BER allows is refused (X.690 §8.1, §10.1, §10.2, §11.1). Values that no reader looks at are therefore checked too.
/// </summary>
internal static class DerScan
{
    public const int MaxDepth = 32;
    public const int MaxElements = 4096;

    private const int Constructed = 0x20;

    /// <summary>Null when <paramref name="der"/> is exactly one well-formed element.</summary>
    public static DerFault? Check(ReadOnlySpan<byte> der, int maxElements = MaxElements)
    {
        Span<int> ends = stackalloc int[MaxDepth];
        var depth = 0;
        var at = 0;
        for (var elements = 1; ; elements++)
        {
            if (elements > maxElements)
                return new(true, $"more than {maxElements} ASN.1 elements");
            var end = depth == 0 ? der.Length : ends[depth - 1];
            if (Header(der[at..end], out var tag, out var header, out var length) is { } fault)
                return new(false, $"{fault} (byte {at})");
            var content = at + header;
            if (Value(tag, der.Slice(content, length)) is { } wrong)
                return new(false, $"{wrong} (byte {at})");
            at = content + length;
            if ((tag & Constructed) != 0 && length > 0)
            {
                if (depth == MaxDepth)
                    return new(true, $"ASN.1 nested deeper than {MaxDepth}");
                ends[depth++] = at;
                at = content;
                continue;
            }

            while (depth > 0 && at == ends[depth - 1])
                depth--;
            if (depth == 0)
                return at == der.Length ? null : new(false, $"{der.Length - at} bytes after the end");
        }
    }

    private static string? Header(ReadOnlySpan<byte> rest, out byte tag, out int header, out int length)
    {
        (tag, header, length) = (0, 0, 0);
        if (rest.Length < 2)
            return "ends inside a tag or length";
        tag = rest[0];
        if ((tag & 0x1f) == 0x1f)
            return "multi-byte tag";
        if (tag == 0)
            return "end-of-contents octets, which only BER has";
        if (rest[1] < 0x80)
        {
            (header, length) = (2, rest[1]);
        }
        else
        {
            var count = rest[1] & 0x7f;
            if (count == 0)
                return "indefinite length, which only BER has";
            if (count > 4 || rest.Length < 2 + count)
                return "length that cannot fit";
            long value = 0;
            foreach (var octet in rest.Slice(2, count))
                value = value << 8 | octet;
            // X.690 §10.1: the least number of octets
            if (value < 0x80 || rest[2] == 0)
                return "length longer than needed";
            if (value > rest.Length - 2 - count)
                return "length that goes beyond its container";
            (header, length) = (2 + count, (int)value);
        }

        return length > rest.Length - header ? "length that goes beyond its container" : null;
    }

    private static string? Value(byte tag, ReadOnlySpan<byte> value)
    {
        if (tag >= 0x40)
            return null;
        var number = tag & 0x1f;
        // SEQUENCE, SET, EXTERNAL, EMBEDDED PDV and CHARACTER STRING are constructed; in DER nothing else is (X.690 §10.2).
        var constructed = number is 8 or 11 or 16 or 17 or 29;
        if (constructed != ((tag & Constructed) != 0))
            return constructed ? "sequence or set marked as primitive" : "string cut in pieces, which only BER allows";
        return number switch
        {
            1 when value.Length != 1 || value[0] is not (0 or 0xff) => "BOOLEAN that is neither 00 nor FF",
            2 or 10 when value.IsEmpty => "empty INTEGER",
            2 or 10 when value.Length > 1 && (value[0] == 0 && value[1] < 0x80 || value[0] == 0xff && value[1] >= 0x80) => "INTEGER longer than needed",
            5 when !value.IsEmpty => "NULL with a value",
            _ => null,
        };
    }
}

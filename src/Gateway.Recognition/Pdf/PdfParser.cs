using System.Globalization;
using System.Text;

namespace Gateway.Recognition.Pdf;

/// <summary>
/// Reads objects (ISO 32000-2 §7.2, §7.3) from a place in the file, or from an object stream. Nesting, sizes and the number of tokens are bounded; what is not well formed throws
/// <see cref="InvalidDataException"/>. Nothing is repaired: programs differ in how they repair.
/// </summary>
internal sealed class PdfParser(ReadOnlyMemory<byte> bytes, int at, PdfBudget budget, bool inFile = true)
{
    private const int MaxDepth = 64;

    public int At { get; private set; } = at;

    public bool AtEnd => At >= bytes.Length;

    private ReadOnlySpan<byte> Bytes => bytes.Span;

    public PdfValue Value(int depth = 0)
    {
        budget.Token();
        if (depth > MaxDepth)
            throw Fault("objects nested too deep");
        SkipSpace();
        var first = Peek();
        switch (first)
        {
            case (byte)'/':
                return Name();
            case (byte)'(':
                return Literal();
            case (byte)'[':
                return Array(depth);
            case (byte)'<' when Peek(1) == '<':
                return Dictionary(depth);
            case (byte)'<':
                return Hexadecimal();
            case (byte)'+' or (byte)'-' or (byte)'.' or >= (byte)'0' and <= (byte)'9':
                return NumberOrReference();
            default:
                var word = Word();
                return word is "null" or "true" or "false" ? new PdfKeyword(word) : throw Fault($"'{(word.Length > 20 ? word[..20] : word)}' where an object is due");
        }
    }

    /// <summary><c>12 0 obj</c>; the object, and the octets of the stream when it is one.</summary>
    public (int Number, int Generation, PdfValue Value) Indirect(Func<PdfDictionary, long?> streamLength)
    {
        var number = Integer();
        var generation = Integer();
        Expect("obj");
        var value = Value();
        SkipSpace();
        if (value is PdfDictionary dictionary && Bytes[At..].StartsWith("stream"u8))
        {
            At += 6;
            // §7.3.8.1: a line feed, or a carriage return and a line feed
            if (Peek() == '\r')
                At++;
            if (Peek() != '\n')
                throw Fault("a stream that does not begin on a line of its own");
            At++;
            if (streamLength(dictionary) is not { } length || length < 0 || length > bytes.Length - At)
                throw Fault("a stream without a length that fits");
            var raw = bytes.Slice(At, (int)length);
            At += (int)length;
            SkipSpace();
            if (!Bytes[At..].StartsWith("endstream"u8))
                throw Fault("a stream that does not end where it says");
            return (number, generation, new PdfStream(dictionary, raw));
        }

        Expect("endobj");
        return (number, generation, value);
    }

    public int Integer()
    {
        SkipSpace();
        var start = At;
        while (!AtEnd && Bytes[At] is >= (byte)'0' and <= (byte)'9')
            At++;
        if (At == start || At - start > 10 || !int.TryParse(Bytes[start..At], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            throw Fault("an integer is due");
        budget.Token();
        return value;
    }

    public long Long()
    {
        SkipSpace();
        var start = At;
        while (!AtEnd && Bytes[At] is >= (byte)'0' and <= (byte)'9')
            At++;
        if (At == start || At - start > 18)
            throw Fault("an integer is due");
        budget.Token();
        return long.Parse(Bytes[start..At], NumberStyles.None, CultureInfo.InvariantCulture);
    }

    public bool TryWord(string word)
    {
        SkipSpace();
        var end = At + word.Length;
        if (end > bytes.Length || !Bytes[At..end].SequenceEqual(Encoding.ASCII.GetBytes(word)) || (end < bytes.Length && IsRegular(Bytes[end])))
            return false;
        At = end;
        return true;
    }

    public void Expect(string word)
    {
        if (!TryWord(word))
            throw Fault($"'{word}' is due");
    }

    public void SkipSpace()
    {
        while (!AtEnd)
        {
            var b = Bytes[At];
            if (b == '%')
            {
                while (!AtEnd && Bytes[At] is not ((byte)'\r' or (byte)'\n'))
                    At++;
            }
            else if (b is 0 or 9 or 10 or 12 or 13 or 32)
            {
                At++;
            }
            else
            {
                return;
            }
        }
    }

    private PdfName Name()
    {
        At++;
        var text = new StringBuilder();
        while (!AtEnd && IsRegular(Bytes[At]))
        {
            var b = Bytes[At++];
            if (b == '#' && At + 1 < bytes.Length && Digit(Bytes[At]) is { } high && Digit(Bytes[At + 1]) is { } low)
            {
                b = (byte)((high * 16) + low);
                At += 2;
            }

            text.Append((char)b);
            if (text.Length > 1000)
                throw Fault("a name of more than 1000 characters");
        }

        return new PdfName(text.ToString());
    }

    private PdfString Literal()
    {
        var start = At++;
        var value = new List<byte>();
        for (var open = 1; ;)
        {
            var b = Next();
            if (b == ')' && --open == 0)
                break;
            if (b == '(')
                open++;
            if (b != '\\')
            {
                value.Add(b);
                continue;
            }

            b = Next();
            switch (b)
            {
                case (byte)'n':
                    value.Add(10);
                    break;
                case (byte)'r':
                    value.Add(13);
                    break;
                case (byte)'t':
                    value.Add(9);
                    break;
                case (byte)'b':
                    value.Add(8);
                    break;
                case (byte)'f':
                    value.Add(12);
                    break;
                case (byte)'\r':
                    if (Peek() == '\n')
                        At++;
                    break;
                case (byte)'\n':
                    break;
                case >= (byte)'0' and <= (byte)'7':
                    var code = b - '0';
                    for (var i = 0; i < 2 && Peek() is >= (byte)'0' and <= (byte)'7'; i++)
                        code = (code * 8) + Next() - '0';
                    value.Add((byte)(code & 255));
                    break;
                default:
                    value.Add(b);
                    break;
            }
        }

        return new PdfString([.. value], inFile ? start : -1, At, false);
    }

    private PdfString Hexadecimal()
    {
        var start = At++;
        var length = Bytes[At..].IndexOf((byte)'>');
        if (length < 0)
            throw Fault("a string without an end");
        var value = new byte[(length + 1) / 2];
        var digits = 0;
        foreach (var b in Bytes.Slice(At, length))
        {
            if (b is 0 or 9 or 10 or 12 or 13 or 32)
                continue;
            if (Digit(b) is not { } digit)
                throw Fault("a hexadecimal string with other characters");
            value[digits / 2] |= (byte)(digits % 2 == 0 ? digit << 4 : digit);
            digits++;
        }

        At += length + 1;
        return new PdfString(value[..((digits + 1) / 2)], inFile ? start : -1, At, true);
    }

    private PdfArray Array(int depth)
    {
        At++;
        var items = new List<PdfValue>();
        for (SkipSpace(); Peek() != ']'; SkipSpace())
            items.Add(Value(depth + 1));
        At++;
        return new PdfArray(items);
    }

    private PdfDictionary Dictionary(int depth)
    {
        At += 2;
        var members = new Dictionary<string, PdfValue>(StringComparer.Ordinal);
        var ambiguous = false;
        for (SkipSpace(); Peek() != '>'; SkipSpace())
        {
            if (Peek() != '/')
                throw Fault("a dictionary key is due");
            var key = Name().Text;
            ambiguous |= members.ContainsKey(key);
            members[key] = Value(depth + 1);
        }

        if (Peek(1) != '>')
            throw Fault("a dictionary without an end");
        At += 2;
        return new PdfDictionary(members, ambiguous);
    }

    private PdfValue NumberOrReference()
    {
        var start = At;
        while (!AtEnd && Bytes[At] is (byte)'+' or (byte)'-' or (byte)'.' or >= (byte)'0' and <= (byte)'9')
            At++;
        var text = Encoding.ASCII.GetString(Bytes[start..At]);
        if (text.Length > 40)
            throw Fault("a number of more than 40 digits");
        long? integer = text.Length <= 19 && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
        if (integer is not (>= 0 and <= int.MaxValue))
            return new PdfNumber(text, integer);
        // 12 0 R
        var back = At;
        SkipSpace();
        var generationAt = At;
        while (!AtEnd && At - generationAt < 6 && Bytes[At] is >= (byte)'0' and <= (byte)'9')
            At++;
        if (At > generationAt && int.TryParse(Bytes[generationAt..At], NumberStyles.None, CultureInfo.InvariantCulture, out var generation) && TryWord("R"))
            return new PdfReference((int)integer, generation);
        At = back;
        return new PdfNumber(text, integer);
    }

    private string Word()
    {
        var start = At;
        while (!AtEnd && At - start < 32 && IsRegular(Bytes[At]))
            At++;
        return Encoding.Latin1.GetString(Bytes[start..At]);
    }

    private byte Peek(int ahead = 0) => At + ahead < bytes.Length ? Bytes[At + ahead] : throw Fault("the end in the middle of an object");

    private byte Next()
    {
        var b = Peek();
        At++;
        return b;
    }

    private static int? Digit(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => null,
    };

    private static bool IsRegular(byte b) => b is not (0 or 9 or 10 or 12 or 13 or 32 or (byte)'(' or (byte)')' or (byte)'<' or (byte)'>' or (byte)'[' or (byte)']' or (byte)'{' or (byte)'}' or (byte)'/' or (byte)'%');

    private InvalidDataException Fault(string detail) => new($"{detail} (byte {At})");
}

using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Gateway.Recognition.Pdf;

/// <summary>What one file may cost, all its versions together. Exceeding it is a fault of the file: <see cref="InvalidDataException"/>.</summary>
internal sealed class PdfBudget(long tokens = 8_000_000, long inflated = 256L << 20, long entries = 4_000_000)
{
    private long _tokens = tokens;
    private long _inflated = inflated;
    private long _entries = entries;

    /// <summary>Something was asked for that it did not hold.</summary>
    public bool IsSpent => _tokens < 0 || _inflated < 0 || _entries < 0;

    public void Token()
    {
        if (--_tokens < 0)
            throw new InvalidDataException("the PDF has more objects than are read");
    }

    public void Entries(long count)
    {
        if (count < 0 || (_entries -= count) < 0)
            throw new InvalidDataException("the PDF has a larger cross-reference table than is read");
    }

    /// <summary>Inflates a stream of objects or cross-references; other filters are not for those.</summary>
    public byte[] Inflate(ReadOnlyMemory<byte> deflated, PdfDictionary dictionary)
    {
        var filter = dictionary["Filter"] is PdfArray { Items: [var only] } ? only : dictionary["Filter"];
        if (filter is null)
            return deflated.ToArray();
        if (filter is not PdfName { Text: "FlateDecode" or "Fl" })
            throw new InvalidDataException("a stream of objects is compressed in a way other than Flate");
        using var source = MemoryMarshal.TryGetArray(deflated, out var there) ? new MemoryStream(there.Array!, there.Offset, there.Count, writable: false) : new MemoryStream(deflated.ToArray(), writable: false);
        using var inflater = new ZLibStream(source, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = inflater.Read(buffer)) > 0;)
        {
            if ((_inflated -= read) < 0)
                throw new InvalidDataException("the PDF inflates to more than is read");
            plain.Write(buffer, 0, read);
        }

        var parameters = dictionary["DecodeParms"] is PdfArray { Items: [var first] } ? first : dictionary["DecodeParms"];
        return Unpredict(plain.ToArray(), parameters as PdfDictionary ?? PdfDictionary.Empty);
    }

    // ISO 32000-2 §7.4.4.4: the PNG predictors.
    private static byte[] Unpredict(byte[] data, PdfDictionary parameters)
    {
        var predictor = parameters.Integer("Predictor") ?? 1;
        if (predictor == 1)
            return data;
        var columns = parameters.Integer("Columns") ?? 1;
        if (predictor < 10 || columns is < 1 or > 1000 || (parameters.Integer("Colors") ?? 1) != 1 || (parameters.Integer("BitsPerComponent") ?? 8) != 8)
            throw new InvalidDataException("a stream of objects has an unusual predictor");
        var row = (int)columns;
        var rows = data.Length / (row + 1);
        var plain = new byte[rows * row];
        for (var r = 0; r < rows; r++)
        {
            var kind = data[r * (row + 1)];
            for (var c = 0; c < row; c++)
            {
                int value = data[(r * (row + 1)) + 1 + c];
                int left = c > 0 ? plain[(r * row) + c - 1] : 0;
                int up = r > 0 ? plain[((r - 1) * row) + c] : 0;
                int corner = c > 0 && r > 0 ? plain[((r - 1) * row) + c - 1] : 0;
                plain[(r * row) + c] = unchecked((byte)(kind switch
                {
                    0 => value,
                    1 => value + left,
                    2 => value + up,
                    3 => value + ((left + up) / 2),
                    4 => value + Paeth(left, up, corner),
                    _ => throw new InvalidDataException("a stream of objects has an unusual predictor"),
                }));
            }
        }

        return plain;
    }

    private static int Paeth(int left, int up, int corner)
    {
        var estimate = left + up - corner;
        var (a, b, c) = (Math.Abs(estimate - left), Math.Abs(estimate - up), Math.Abs(estimate - corner));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }
}

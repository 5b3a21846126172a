namespace Gateway.Recognition.Pdf;

/// <summary>The two stretches of the file that a signature covers, once they are known to be all of the file up to <see cref="End"/> but the signature value itself.</summary>
/// <param name="GapStart">Offset of the opening bracket of Contents.</param>
/// <param name="GapEnd">Offset behind its closing bracket.</param>
/// <param name="End">End of the second stretch.</param>
internal readonly record struct SignedRange(int GapStart, int GapEnd, int End)
{
    /// <summary>
    /// Checks ByteRange against the place where this very signature's Contents stands (§12.8.1): [0, start of it, end of it, rest]. A range that leaves out anything else, or that belongs to
    /// another signature's value, is refused.
    /// </summary>
    public static SignedRange? Read(PdfDictionary signature, int fileLength, out string problem)
    {
        problem = "";
        if (signature.Ambiguous)
            problem = "the signature dictionary has a key twice";
        else if (signature["Contents"] is not PdfString contents || !contents.Hexadecimal || contents.Start < 0)
            problem = "Contents is no hexadecimal string in the file itself";
        else if (signature["ByteRange"] is not PdfArray { Items: [PdfNumber { Integer: { } a }, PdfNumber { Integer: { } b }, PdfNumber { Integer: { } c }, PdfNumber { Integer: { } d }] })
            problem = "ByteRange does not have four integers";
        else if (a != 0 || b < 0 || c < 0 || d < 0 || b > fileLength || c > fileLength || d > fileLength - c)
            problem = $"ByteRange [{a} {b} {c} {d}] does not lie in a file of {fileLength} bytes from its beginning on";
        else if (b != contents.Start || c != contents.End)
            problem = $"ByteRange leaves out bytes {b} to {c}; the signature value stands at {contents.Start} to {contents.End}";
        else if (contents.End - contents.Start != (2 * contents.Bytes.Length) + 2)
            problem = "the signature value is written with white space, or an odd number of digits";
        else
            return new SignedRange((int)b, (int)c, (int)(c + d));
        return null;
    }

    /// <summary>The signed octets.</summary>
    public byte[] Content(ReadOnlySpan<byte> file)
    {
        var content = new byte[GapStart + End - GapEnd];
        file[..GapStart].CopyTo(content);
        file[GapEnd..End].CopyTo(content.AsSpan(GapStart));
        return content;
    }
}

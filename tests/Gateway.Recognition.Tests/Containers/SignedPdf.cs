using System.Globalization;
using System.Text;

namespace Gateway.Recognition.Tests.Containers;

/// <summary>Writes small PDFs, signs them, and adds to them as signing programs and attackers do: by another version at the end.</summary>
internal static class SignedPdf
{
    public const int ValueDigits = 8000;

    public static readonly Dictionary<int, string> Page = new()
    {
        [1] = "<< /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R >>",
        [2] = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        [3] = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Annots [6 0 R] /Resources << /XObject << /Later 40 0 R >> >> >>",
        [4] = Stream("", "BT (Pay 100) Tj ET"),
        [5] = "<< /Fields [6 0 R 8 0 R] /SigFlags 3 >>",
        [6] = "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /Rect [0 0 0 0] /P 3 0 R /V 7 0 R >>",
        [7] = Value("", "ETSI.CAdES.detached"),
        [8] = "<< /FT /Sig /T (Empty) /Subtype /Widget /Rect [0 0 0 0] >>",
        [9] = "<< /FT /Tx /T (Amount) /V (100) >>",
        [10] = "<< /Title (Order) >>",
    };

    public static string Stream(string entries, string content) => $"<< {entries} /Length {content.Length} >>\nstream\n{content}\nendstream";

    public static string Value(string more, string filter) => $"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /{filter} {more} /ByteRange [0 ********** ********** **********] /Contents <{new string('0', ValueDigits)}> >>";

    /// <summary>A whole file of these objects, not yet signed.</summary>
    public static byte[] Write(IReadOnlyDictionary<int, string> objects)
    {
        var file = new MemoryStream();
        file.Write("%PDF-1.7\n%abcd\n"u8);
        Section(file, objects, null, "");
        return file.ToArray();
    }

    /// <summary>The file with another version behind it.</summary>
    public static byte[] Append(byte[] file, IReadOnlyDictionary<int, string> objects, string trailer = "")
    {
        var longer = new MemoryStream();
        longer.Write(file);
        Section(longer, objects, Encoding.Latin1.GetString(file) is var text ? int.Parse(text[(text.LastIndexOf("startxref", StringComparison.Ordinal) + 9)..text.LastIndexOf("%%EOF", StringComparison.Ordinal)].Trim(), CultureInfo.InvariantCulture) : 0, trailer);
        return longer.ToArray();
    }

    /// <summary>Fills the last open ByteRange and value.</summary>
    public static byte[] Sign(byte[] file, Func<byte[], byte[]> sign, Func<string, string>? range = null)
    {
        var text = Encoding.Latin1.GetString(file);
        var at = text.IndexOf("[0 **********", StringComparison.Ordinal);
        var start = text.IndexOf("/Contents <", at, StringComparison.Ordinal) + 10;
        var end = start + ValueDigits + 2;
        var written = string.Create(CultureInfo.InvariantCulture, $"[0 {start,10} {end,10} {file.Length - end,10}]");
        Encoding.Latin1.GetBytes(range?.Invoke(written) ?? written).CopyTo(file, at);
        var value = sign([.. file[..start], .. file[end..]]);
        Encoding.ASCII.GetBytes(Convert.ToHexString(value)).CopyTo(file, start + 1);
        return file;
    }

    private static void Section(MemoryStream file, IReadOnlyDictionary<int, string> objects, int? previous, string trailer)
    {
        var offsets = new SortedDictionary<int, long>();
        foreach (var (number, content) in objects)
        {
            offsets[number] = file.Position;
            file.Write(Encoding.Latin1.GetBytes($"{number} 0 obj\n{content}\nendobj\n"));
        }

        var start = file.Position;
        var table = new StringBuilder("xref\n");
        foreach (var (number, offset) in offsets)
            table.Append(CultureInfo.InvariantCulture, $"{number} 1\n{offset:0000000000} 00000 n \n");
        table.Append(CultureInfo.InvariantCulture, $"trailer\n<< /Size 100 /Root 1 0 R /Info 10 0 R {(previous is { } p ? $"/Prev {p}" : "")} {trailer} >>\nstartxref\n{start}\n%%EOF\n");
        file.Write(Encoding.Latin1.GetBytes(table.ToString()));
    }
}

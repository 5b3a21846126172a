namespace Gateway.Recognition.Pdf;

/// <summary>A signature dictionary (ISO 32000-2 §12.8.1) and the form field that leads to it.</summary>
/// <param name="Number">Of the object that holds the dictionary.</param>
/// <param name="Field">Full name of the field; null when no field leads to it.</param>
/// <param name="Dictionary">As the last version has it.</param>
internal sealed record PdfSignature(int Number, string? Field, PdfDictionary Dictionary)
{
    public bool IsTimeStamp => Dictionary.Name("SubFilter") == "ETSI.RFC3161" || Dictionary.Name("Type") == "DocTimeStamp";

    /// <summary>For people.</summary>
    public string Label => Field is null ? $"object {Number}" : $"field '{Field}'";

    /// <summary>1 when the signer allowed no change at all (§12.8.2.2), 0 when nothing is said.</summary>
    public int Permissions(PdfFile file)
    {
        if (file.Resolve(Dictionary["Reference"]) is not PdfArray references)
            return 0;
        foreach (var item in references.Items.Take(16))
        {
            if (file.Resolve(item) is PdfDictionary reference && reference.Name("TransformMethod") == "DocMDP")
                return (int)Math.Clamp((file.Resolve(reference["TransformParams"]) as PdfDictionary)?.Integer("P") ?? 2, 0, 3);
        }

        return 0;
    }
}

/// <summary>Finds signatures: through the form, as programs do that show them, and besides among all objects, so that none is passed over.</summary>
internal sealed class FindSignatures
{
    private const int MaxFields = 20_000;
    private const int MaxDepth = 32;

    private readonly PdfFile _file;
    private readonly List<PdfSignature> _found = [];
    private readonly HashSet<int> _visited = [];

    private FindSignatures(PdfFile file) => _file = file;

    public static IReadOnlyList<PdfSignature> In(PdfFile file)
    {
        var search = new FindSignatures(file);
        if (file.Resolve(file.Catalog["AcroForm"]) is PdfDictionary form && file.Resolve(form["Fields"]) is PdfArray fields)
            search.Walk(fields, "", null, 0);
        search.Orphans();
        return search._found;
    }

    private void Walk(PdfArray fields, string prefix, string? type, int depth)
    {
        if (depth > MaxDepth)
            throw new InvalidDataException("form fields nested too deep");
        foreach (var item in fields.Items)
        {
            if (item is not PdfReference reference || !_visited.Add(reference.Number))
                continue;
            if (_visited.Count > MaxFields)
                throw new InvalidDataException("more form fields than are read");
            if (_file.Resolve(reference) is not PdfDictionary field)
                continue;
            var name = field["T"] is PdfString text ? PdfText.Of(text.Bytes) : "";
            name = (prefix.Length, name.Length) switch { (0, _) => name, (_, 0) => prefix, _ => $"{prefix}.{name}" };
            var kind = field.Name("FT") ?? type;
            if (kind == "Sig" && _file.Resolve(field["V"]) is PdfDictionary value)
                _found.Add(new PdfSignature(field["V"] is PdfReference to ? to.Number : reference.Number, name, value));
            if (_file.Resolve(field["Kids"]) is PdfArray kids)
                Walk(kids, name, kind, depth + 1);
        }
    }

    private void Orphans()
    {
        var known = _found.Select(f => f.Number).ToHashSet();
        foreach (var number in _file.Numbers.Where(n => !known.Contains(n)).Order().ToList())
        {
            try
            {
                if (_file.Object(number) is PdfDictionary { Ambiguous: var _ } dictionary && dictionary["ByteRange"] is not null && dictionary["Contents"] is not null)
                    _found.Add(new PdfSignature(number, null, dictionary));
            }
            catch (InvalidDataException)
            {
                // An object that cannot be read is nobody's signature; what needs it will say so.
                continue;
            }
        }
    }
}

/// <summary>Text strings (§7.9.2.2), for people.</summary>
internal static class PdfText
{
    public static string Of(byte[] bytes)
    {
        var text = bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]) ? System.Text.Encoding.BigEndianUnicode.GetString(bytes, 2, bytes.Length - 2) : System.Text.Encoding.Latin1.GetString(bytes);
        return new string([.. text.Where(c => !char.IsControl(c)).Take(100)]);
    }
}

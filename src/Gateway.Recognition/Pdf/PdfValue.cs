using System.Diagnostics.CodeAnalysis;

namespace Gateway.Recognition.Pdf;

/// <summary>An object of ISO 32000-2 §7.3.</summary>
internal abstract record PdfValue
{
    /// <summary>Whether both are written alike, references by number.</summary>
    public static bool Same(PdfValue? a, PdfValue? b) => (a, b) switch
    {
        (null, null) => true,
        (PdfString x, PdfString y) => x.Bytes.AsSpan().SequenceEqual(y.Bytes),
        (PdfArray x, PdfArray y) => x.Items.Count == y.Items.Count && x.Items.Zip(y.Items).All(p => Same(p.First, p.Second)),
        (PdfDictionary x, PdfDictionary y) => !x.Ambiguous && !y.Ambiguous && x.Members.Count == y.Members.Count && x.Members.All(m => y.Members.TryGetValue(m.Key, out var other) && Same(m.Value, other)),
        (PdfStream x, PdfStream y) => Same(x.Dictionary, y.Dictionary) && x.Raw.Span.SequenceEqual(y.Raw.Span),
        _ => a is not null && a.Equals(b),
    };
}

/// <summary>null, true, false; nothing else.</summary>
internal sealed record PdfKeyword(string Text) : PdfValue;

/// <param name="Text">As written; two numbers are alike when written alike.</param>
/// <param name="Integer">Its value when it is an integer of at most 18 digits.</param>
internal sealed record PdfNumber(string Text, long? Integer) : PdfValue;

/// <param name="Text">Without the slash, escapes resolved; one character per octet.</param>
internal sealed record PdfName(string Text) : PdfValue;

/// <param name="Bytes">Decoded.</param>
/// <param name="Start">Offset of the opening delimiter in the file; -1 inside an object stream.</param>
/// <param name="End">Offset behind the closing delimiter.</param>
/// <param name="Hexadecimal">Written between angle brackets.</param>
internal sealed record PdfString(byte[] Bytes, int Start, int End, bool Hexadecimal) : PdfValue;

internal sealed record PdfArray(IReadOnlyList<PdfValue> Items) : PdfValue;

/// <param name="Members">The last value of each key.</param>
/// <param name="Ambiguous">A key stands twice: programs differ in which one they take.</param>
internal sealed record PdfDictionary(IReadOnlyDictionary<string, PdfValue> Members, bool Ambiguous) : PdfValue
{
    public static PdfDictionary Empty { get; } = new(new Dictionary<string, PdfValue>(), false);

    public PdfValue? this[string key] => Members.GetValueOrDefault(key);

    public string? Name(string key) => (this[key] as PdfName)?.Text;

    public long? Integer(string key) => (this[key] as PdfNumber)?.Integer;

    public bool TryReference(string key, [NotNullWhen(true)] out PdfReference? reference) => (reference = this[key] as PdfReference) is not null;
}

internal sealed record PdfReference(int Number, int Generation) : PdfValue;

/// <param name="Dictionary">Its dictionary.</param>
/// <param name="Raw">The octets as stored.</param>
internal sealed record PdfStream(PdfDictionary Dictionary, ReadOnlyMemory<byte> Raw) : PdfValue;

using System.Globalization;

namespace Gateway.Recognition.Pdf;

/// <summary>Where an object is: an offset in the file, or a place in an object stream.</summary>
internal readonly record struct PdfPlace(bool Compressed, long Offset, int Index);

/// <summary>
/// One version of a PDF: the file up to an end, with the cross-references that its last <c>startxref</c> leads to (ISO 32000-2 §7.5). The later section wins; loops, overlong chains and
/// offsets outside are refused. There is no repair by searching for objects.
/// </summary>
internal sealed class PdfFile
{
    private const int MaxSections = 512;
    private const int TailBytes = 1024;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly PdfBudget _budget;
    private readonly Dictionary<int, PdfPlace?> _places = [];
    private readonly Dictionary<int, PdfValue?> _objects = [];
    private readonly Dictionary<int, (Dictionary<int, int> Offsets, byte[] Data)> _objectStreams = [];
    private readonly HashSet<int> _open = [];

    private PdfFile(ReadOnlyMemory<byte> bytes, PdfBudget budget) => (_bytes, _budget) = (bytes, budget);

    public PdfDictionary Trailer { get; private set; } = PdfDictionary.Empty;

    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>The numbers of all objects that are in use.</summary>
    public IEnumerable<int> Numbers => _places.Where(p => p.Value is not null).Select(p => p.Key);

    public PdfDictionary Catalog => Resolve(Trailer["Root"]) as PdfDictionary ?? throw new InvalidDataException("the PDF has no catalog");

    /// <summary>Reads the version that ends with <paramref name="bytes"/>. Throws <see cref="InvalidDataException"/> when it is not well formed.</summary>
    /// <param name="bytes">The file, or its beginning.</param>
    /// <param name="budget">Shared by all versions of a file.</param>
    /// <param name="exactEnd">Nothing but an end of line may follow <c>%%EOF</c>.</param>
    public static PdfFile Open(ReadOnlyMemory<byte> bytes, PdfBudget budget, bool exactEnd)
    {
        var file = new PdfFile(bytes, budget);
        file.ReadSections(file.FindStart(exactEnd));
        return file;
    }

    public PdfPlace? PlaceOf(int number) => _places.GetValueOrDefault(number);

    /// <summary>The object itself, or what a reference leads to; null for what does not exist, as the standard says.</summary>
    public PdfValue? Resolve(PdfValue? value)
    {
        for (var steps = 0; value is PdfReference reference; steps++)
        {
            if (steps > 16)
                throw new InvalidDataException("references that lead to each other");
            value = Object(reference.Number);
        }

        return value is PdfKeyword { Text: "null" } ? null : value;
    }

    /// <summary>The object of a number; null when there is none.</summary>
    public PdfValue? Object(int number)
    {
        if (_objects.TryGetValue(number, out var known))
            return known;
        if (_places.GetValueOrDefault(number) is not { } place)
            return null;
        if (!_open.Add(number))
            throw new InvalidDataException($"object {number} needs itself to be read");
        try
        {
            return _objects[number] = place.Compressed ? FromStream(number, (int)place.Offset) : AtOffset(number, place.Offset);
        }
        finally
        {
            _open.Remove(number);
        }
    }

    private PdfValue AtOffset(int number, long offset)
    {
        var (found, _, value) = new PdfParser(_bytes, (int)offset, _budget).Indirect(StreamLength);
        return found == number ? value : throw new InvalidDataException($"at the place of object {number} stands object {found}");
    }

    private long? StreamLength(PdfDictionary dictionary) => (Resolve(dictionary["Length"]) as PdfNumber)?.Integer;

    // §7.5.7
    private PdfValue? FromStream(int number, int container)
    {
        if (!_objectStreams.TryGetValue(container, out var stream))
        {
            if (PlaceOf(container) is not { Compressed: false } || Object(container) is not PdfStream source || source.Dictionary.Name("Type") != "ObjStm")
                throw new InvalidDataException($"object {container} is no object stream");
            var data = _budget.Inflate(source.Raw, source.Dictionary);
            if (source.Dictionary.Integer("N") is not (>= 0 and <= 200_000 and var count) || source.Dictionary.Integer("First") is not (>= 0 and var first) || first > data.Length)
                throw new InvalidDataException($"object stream {container} is damaged");
            var header = new PdfParser(data, 0, _budget, inFile: false);
            var offsets = new Dictionary<int, int>();
            for (var i = 0; i < count; i++)
            {
                var (of, at) = (header.Integer(), header.Integer());
                if (at > data.Length - first || !offsets.TryAdd(of, (int)first + at))
                    throw new InvalidDataException($"object stream {container} is damaged");
            }

            _objectStreams[container] = stream = (offsets, data);
        }

        return stream.Offsets.TryGetValue(number, out var start) ? new PdfParser(stream.Data, start, _budget, inFile: false).Value() : null;
    }

    private long FindStart(bool exactEnd)
    {
        var bytes = _bytes.Span;
        if (!bytes.StartsWith("%PDF-"u8))
            throw new InvalidDataException("the file does not begin with %PDF-: offsets in it can be read in two ways");
        var end = bytes.LastIndexOf("%%EOF"u8);
        var rest = bytes.Length - end - 5;
        if (end < 0 || (exactEnd ? rest > 2 || bytes[(end + 5)..].ContainsAnyExcept((byte)'\r', (byte)'\n') : rest > TailBytes))
            throw new InvalidDataException("the version does not end with %%EOF");
        var tail = bytes[Math.Max(0, end - 64)..end];
        var at = tail.LastIndexOf("startxref"u8);
        if (at < 0)
            throw new InvalidDataException("there is no startxref before %%EOF");
        var parser = new PdfParser(_bytes, Math.Max(0, end - 64) + at + 9, _budget);
        var start = parser.Long();
        if (start >= end)
            throw new InvalidDataException("startxref points outside the file");
        return start;
    }

    private void ReadSections(long start)
    {
        var seen = new HashSet<long>();
        for (long? next = start; next is { } at;)
        {
            if (at < 0 || at >= _bytes.Length)
                throw new InvalidDataException("a cross-reference section lies outside the file");
            if (!seen.Add(at))
                throw new InvalidDataException("cross-reference sections lead in a circle");
            if (seen.Count > MaxSections)
                throw new InvalidDataException($"more than {MaxSections} cross-reference sections");
            var trailer = ReadSection(at);
            if (seen.Count == 1)
                Trailer = trailer;
            if (trailer.Integer("XRefStm") is { } hybrid)
            {
                if (hybrid < 0 || hybrid >= _bytes.Length || !seen.Add(hybrid))
                    throw new InvalidDataException("a hybrid cross-reference points outside the file, or in a circle");
                ReadStreamSection((int)hybrid);
            }

            next = trailer["Prev"] is null ? null : trailer.Integer("Prev") ?? throw new InvalidDataException("Prev is no offset");
        }
    }

    private PdfDictionary ReadSection(long at)
    {
        var parser = new PdfParser(_bytes, (int)at, _budget);
        if (!parser.TryWord("xref"))
            return ReadStreamSection((int)at);
        while (!parser.TryWord("trailer"))
        {
            var first = parser.Integer();
            var count = parser.Integer();
            _budget.Entries(count);
            for (var i = 0; i < count; i++)
            {
                var offset = parser.Long();
                parser.Integer();
                var used = parser.TryWord("n");
                if (!used)
                    parser.Expect("f");
                Place(first + (long)i, used ? new PdfPlace(false, offset, 0) : null);
            }
        }

        return parser.Value() as PdfDictionary ?? throw new InvalidDataException("a trailer that is no dictionary");
    }

    // §7.5.8
    private PdfDictionary ReadStreamSection(int at)
    {
        var (_, _, value) = new PdfParser(_bytes, at, _budget).Indirect(d => d.Integer("Length"));
        if (value is not PdfStream stream || stream.Dictionary.Name("Type") != "XRef"
            || stream.Dictionary["W"] is not PdfArray { Items: [PdfNumber { Integer: >= 0 and <= 8 and var w0 }, PdfNumber { Integer: >= 0 and <= 8 and var w1 }, PdfNumber { Integer: >= 0 and <= 8 and var w2 }] })
            throw new InvalidDataException("startxref or Prev leads to what is no cross-reference section");
        var data = _budget.Inflate(stream.Raw, stream.Dictionary);
        var width = (int)(w0 + w1 + w2);
        if (width == 0)
            throw new InvalidDataException("a cross-reference stream with empty entries");
        var index = stream.Dictionary["Index"] is PdfArray given
            ? given.Items.Select(i => (i as PdfNumber)?.Integer ?? -1).ToList()
            : [0, stream.Dictionary.Integer("Size") ?? -1];
        var row = 0;
        for (var i = 0; i + 1 < index.Count; i += 2)
        {
            _budget.Entries(index[i + 1]);
            if (index[i] is < 0 or > int.MaxValue || (row + index[i + 1]) * width > data.Length)
                throw new InvalidDataException("a cross-reference stream is shorter than it says");
            for (var n = 0L; n < index[i + 1]; n++, row++)
            {
                var fields = data.AsSpan(row * width, width);
                var kind = w0 == 0 ? 1 : Number(fields[..(int)w0]);
                var second = Number(fields.Slice((int)w0, (int)w1));
                var third = Number(fields[(int)(w0 + w1)..]);
                Place(index[i] + n, kind switch
                {
                    1 => new PdfPlace(false, second, 0),
                    2 when second is > 0 and <= int.MaxValue && third <= int.MaxValue => new PdfPlace(true, second, (int)third),
                    _ => null,
                });
            }
        }

        return stream.Dictionary;
    }

    private void Place(long number, PdfPlace? place)
    {
        if (number is < 0 or > 8_388_607)
            throw new InvalidDataException($"object number {number.ToString(CultureInfo.InvariantCulture)} is out of range");
        if (place is { Compressed: false } used && (used.Offset < 0 || used.Offset >= _bytes.Length))
            place = null; // written by careless programs for objects that nobody uses; a use of it finds nothing
        _places.TryAdd((int)number, place);
    }

    private static long Number(ReadOnlySpan<byte> bigEndian)
    {
        var value = 0L;
        foreach (var b in bigEndian)
            value = value > long.MaxValue >> 8 ? throw new InvalidDataException("a cross-reference out of range") : (value << 8) | b;
        return value;
    }
}

using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Sources;

/// <summary>
/// What could not be read of a source, file by file. With a path it outlives the run: what was zero in a chunk that was sent stays zero
/// when the item goes on, also if the medium would answer now.
/// </summary>
internal sealed class UnreadLog
{
    private readonly string? _path;
    private readonly Dictionary<string, UnreadRanges> _files = new(StringComparer.Ordinal);

    public UnreadLog(string? path)
    {
        _path = path;
        if (path is null || !File.Exists(path))
            return;
        OwnerOnly.RequirePrivate(path);
        foreach (var line in File.ReadLines(path))
        {
            // A line torn by a stop is the last one and concerns nothing that was sent.
            if (Parse(line) is { } record)
                In(record.File).Take(record.From, record.Bytes);
        }
    }

    private sealed record Record(string File, long From, long Bytes);

    /// <summary>The ranges of one file of a folder, or of the source itself (the empty name).</summary>
    public UnreadRanges Of(string file) => _files.GetValueOrDefault(file) ?? new UnreadRanges(this, file);

    /// <summary>A line for each place, by file.</summary>
    public IReadOnlyList<string> Told() => [.. _files.OrderBy(f => f.Key, StringComparer.Ordinal).SelectMany(f => f.Value.Ranges.Select(
        r => $"not read, taken as zeros: {(f.Key.Length == 0 ? "" : f.Key + ": ")}{r.Bytes} bytes from byte {r.From}"))];

    internal void Note(UnreadRanges ranges, long from, long bytes)
    {
        _files.TryAdd(ranges.File, ranges);
        if (_path is null)
            return;
        using var file = OwnerOnly.OpenOrCreate(_path);
        file.Seek(0, SeekOrigin.End);
        file.Write(JsonSerializer.SerializeToUtf8Bytes(new Record(ranges.File, from, bytes)));
        file.WriteByte((byte)'\n');
    }

    private UnreadRanges In(string file)
    {
        if (!_files.TryGetValue(file, out var ranges))
            _files.Add(file, ranges = new UnreadRanges(this, file));
        return ranges;
    }

    private static Record? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Record>(line) is { File: not null, From: >= 0, Bytes: > 0 } record ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The unread ranges of one file, in order, those that touch joined.</summary>
internal sealed class UnreadRanges(UnreadLog log, string file)
{
    private readonly List<UnreadRange> _ranges = [];

    public string File => file;

    public IReadOnlyList<UnreadRange> Ranges => _ranges;

    /// <summary>Whether the bytes at a position are known to be unreadable, and for how many bytes that holds.</summary>
    public (long Bytes, bool Unread) At(long position)
    {
        foreach (var range in _ranges)
        {
            if (position < range.From)
                return (range.From - position, false);
            if (position < range.From + range.Bytes)
                return (range.From + range.Bytes - position, true);
        }
        return (long.MaxValue, false);
    }

    public void Add(long from, long bytes)
    {
        Take(from, bytes);
        log.Note(this, from, bytes);
    }

    internal void Take(long from, long bytes)
    {
        var at = _ranges.FindIndex(r => r.From + r.Bytes >= from);
        if (at < 0)
            _ranges.Add(new UnreadRange(from, bytes));
        else if (_ranges[at].From <= from)
            _ranges[at] = _ranges[at] with { Bytes = Math.Max(_ranges[at].From + _ranges[at].Bytes, from + bytes) - _ranges[at].From };
        else
            _ranges.Insert(at, new UnreadRange(from, bytes));
        while (at >= 0 && at + 1 < _ranges.Count && _ranges[at].From + _ranges[at].Bytes >= _ranges[at + 1].From)
        {
            _ranges[at] = _ranges[at] with { Bytes = Math.Max(_ranges[at].From + _ranges[at].Bytes, _ranges[at + 1].From + _ranges[at + 1].Bytes) - _ranges[at].From };
            _ranges.RemoveAt(at + 1);
        }
        if (_ranges.Count > UnreadRange.MaxCount)
            throw StopException.No($"more than {UnreadRange.MaxCount} places of the source cannot be read; image it with a tool for damaged media first, and attach the image with that tool's record");
    }
}

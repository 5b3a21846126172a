using System.Globalization;
using System.Text.Json;
using Gateway.Evidence;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Refusals;
using Gateway.Submission;

namespace Gateway.Paper;

/// <summary>What an officer gives about something that went or came on paper: its time, and the files.</summary>
internal static class GivenPaper
{
    private const int MaxFileBytes = Cover.MaxPartBytes;

    /// <summary>A time with its offset; null when it is not given.</summary>
    public static DateTimeOffset? Time(GivenFields given, string name)
    {
        if (given.Optional(name) is not { } text)
            return null;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && (text.EndsWith('Z') || text is [.., '+' or '-', _, _, ':', _, _]))
            return new DateTimeOffset(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);
        given.Refuse(new Refusal(RefusalCode.TimeWithoutZone, $"Time \"{text}\" has no UTC offset. Write e.g. 2026-03-01T02:15:00+05:30.", name));
        return null;
    }

    /// <summary>The files that went or came.</summary>
    public static List<PaperFile> Files(JsonElement fields, GivenFields given)
    {
        var files = new List<PaperFile>();
        if (fields.ValueKind == JsonValueKind.Object && fields.TryGetProperty("files", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var file in list.EnumerateArray())
            {
                if (file.ValueKind == JsonValueKind.Object && Surroundings.TextOf(file, "name") is { } name && Surroundings.TextOf(file, "mediaType") is { } type
                    && file.TryGetProperty("size", out var size) && size.ValueKind == JsonValueKind.Number && size.TryGetInt64(out var bytes) && Digest.TryParse(Surroundings.TextOf(file, "sha256"), out var sha256))
                    files.Add(new PaperFile(name, type, bytes, sha256));
                else
                    given.Refuse(new Refusal(RefusalCode.DocumentValue, "expected a list of objects with name, mediaType, size and sha256", "files"));
            }
        }
        if (files.Count == 0)
            given.Refuse(new Refusal(RefusalCode.RequiredFieldEmpty, "Missing field \"files\". Nothing was signed.", "files"));
        return files;
    }

    /// <summary>Null when the files beside a record are those that it names, and no more than one message holds.</summary>
    public static Refusal? Match(IReadOnlyList<PaperFile> named, IReadOnlyList<Part> files)
        => !files.Select(a => (a.Name, a.MediaType, (long)a.Content.Length, a.Sha256)).SequenceEqual(named.Select(f => (f.Name, f.MediaType, f.Size, f.Sha256)))
            ? new Refusal(RefusalCode.ManifestIncomplete, "the files beside the record are not those that it names", "attachments")
            : files.Sum(a => (long)a.Content.Length) > MaxFileBytes
            ? new Refusal(RefusalCode.MessageTooLarge, $"the files have more than {MaxFileBytes} bytes together; what is larger is evidence", "attachments")
            : null;
}

using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Parts;

namespace Gateway.Cli.Parts;

/// <summary>The options of <c>evidence download</c> that ask for a part of an item rather than all of it.</summary>
internal static class PartOptions
{
    public static readonly Option<string?> Range = new("--range") { Description = "Disclose only the chunks with these bytes, the first is 0: 4194304-5242879", HelpName = "FROM-TO" };
    public static readonly Option<string?> File = new("--file") { Description = "Disclose only this file of a folder item, by its path in the list", HelpName = "PATH" };
    public static readonly Option<string?> Decision = new("--decision") { Description = "With --range or --file: the decision under which the part is disclosed", HelpName = "REFERENCE" };
    public static readonly Option<string> For = new("--for") { Description = "With --range or --file: COURT, DEFENCE, VICTIM or OTHER", HelpName = "WHOM", DefaultValueFactory = _ => "DEFENCE" };
    public static readonly Option<string> Place = new("--place") { Description = "With --range or --file: where it is disclosed", HelpName = "TEXT", DefaultValueFactory = _ => "office of the authority" };

    private static readonly string[] s_recipients = ["COURT", "DEFENCE", "VICTIM", "OTHER"];

    public static Command WithParts(this Command command)
    {
        foreach (var option in (Option[])[Range, File, Decision, For, Place])
            command.Add(option);
        return command;
    }

    /// <summary>The part that is asked for; null when all of the item is.</summary>
    public static AskedPart? Asked(Invocation run)
    {
        var (range, file) = (run.Value(Range), run.Value(File));
        if (range is null && file is null)
            return null;
        if (range is not null && file is not null)
            throw StopException.Usage("--range and --file are two parts; disclose one after the other");
        if (run.Value(Decision) is not { Length: > 0 } decision)
            throw StopException.Usage("--decision is needed: a part is disclosed under somebody's decision, which the record names");
        var whom = run.Value(For)!.ToUpperInvariant();
        if (!s_recipients.Contains(whom))
            throw StopException.Usage($"--for {whom}: expected {string.Join(", ", s_recipients)}");
        return new AskedPart(range is null ? null : Bytes(range), file, decision, whom, run.Value(Place)!);
    }

    private static (long From, long To) Bytes(string range)
        => range.Split('-') is [var first, var last]
            && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from) && long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var to) && from <= to
            ? (from, to)
            : throw StopException.Usage($"--range {range}: expected the first and the last byte, such as 0-1048575");
}

/// <summary>A part of an item, and under whose decision it is disclosed to whom.</summary>
internal sealed record AskedPart((long From, long To)? Range, string? File, string Decision, string Whom, string Place)
{
    private const int MaxPath = 3900;
    private const int ShownOfPath = 3500;

    /// <summary>The chunks with the bytes asked for: chunks are disclosed whole.</summary>
    public (long First, long Count) Chunks(Manifest manifest)
    {
        var (from, to) = Range!.Value;
        if (to >= manifest.SizeBytes)
            throw StopException.Usage($"the item has {manifest.SizeBytes} bytes, the last is {manifest.SizeBytes - 1}");
        var (first, count) = (from / Chunk.PlainBytes, (to / Chunk.PlainBytes) - (from / Chunk.PlainBytes) + 1);
        return count <= PartProof.MaxChunks ? (first, count) : throw StopException.Usage($"a part has at most {PartProof.MaxChunks} chunks of {Chunk.PlainBytes} bytes");
    }

    /// <summary>What the custody event says of it: of a path that is too long for it the end, and the SHA-256 of all of it, by which it is found in the list of the item.</summary>
    public string Text(Manifest manifest)
    {
        if (File is { Length: > MaxPath } path)
            return $"file …{path[(char.IsLowSurrogate(path[^ShownOfPath]) ? ^(ShownOfPath - 1) : ^ShownOfPath)..]} (a path of {path.Length} characters, SHA-256 {Digest.Of(Encoding.UTF8.GetBytes(path))})";
        if (File is not null)
            return $"file {File}";
        var (first, count) = Chunks(manifest);
        return $"bytes {first * Chunk.PlainBytes} to {Math.Min(manifest.SizeBytes, (first + count) * Chunk.PlainBytes) - 1} (chunks {first} to {first + count - 1})";
    }

    /// <summary>The members of the custody event that records the disclosure.</summary>
    /// <param name="manifest">Of the item.</param>
    /// <param name="proof">SHA-256 of the proof that is handed over.</param>
    /// <param name="now">By the clock of this machine.</param>
    public JsonObject Event(Manifest manifest, Digest proof, DateTimeOffset now) => new()
    {
        ["item"] = manifest.ItemId,
        ["event"] = nameof(CustodyKind.DISCLOSED),
        ["time"] = DocumentWriter.FormatLocalTime(now),
        ["place"] = Place,
        ["reason"] = $"disclosure of a part under {Decision}",
        ["hashNotApplicable"] = "a part is proved by its chunks or by the file tree",
        ["document"] = proof.ToString(),
        ["disclosedTo"] = Whom,
        ["decision"] = Decision,
        ["part"] = Text(manifest),
    };

    /// <summary>Stops when the event could not be recorded for what was typed: said before a key is asked for, which is on record from then on.</summary>
    public void Judge(Manifest manifest, DateTimeOffset now)
    {
        using var form = JsonDocument.Parse(Event(manifest, Digest.Of([]), now).ToJsonString());
        var context = new CustodyContext(manifest.ItemId, manifest.Case, Digest.Of([]), 1, Digest.Of([]), new Actor("-", "XX-CA"), now);
        if (CustodyComposer.Compose(form.RootElement, context).Problems is { Count: > 0 } problems)
            throw StopException.Refused([.. problems.Select(StopException.ToWire)]);
    }
}

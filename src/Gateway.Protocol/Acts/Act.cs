using System.Buffers;
using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Acts;

/// <summary>What a person does on a case: signed by that person, sent as a message about ACT.</summary>
/// <param name="Id">128 random bits.</param>
/// <param name="Kind">The act.</param>
/// <param name="Case">The case.</param>
/// <param name="RequestMessage">Message id of the request that the case is about.</param>
/// <param name="Authority">The acting authority.</param>
/// <param name="Reference">Its own file number; empty when absent.</param>
/// <param name="Text">Words for the other side; empty when absent. May hold personal data: it lives in this document only.</param>
/// <param name="Outcome">A word of <see cref="ActOutcome"/>, or null.</param>
/// <param name="DueAt">Estimated or promised date, UTC, or null.</param>
/// <param name="Time">When it was done, UTC.</param>
public sealed record Act(
    string Id, ActKind Kind, string Case, string RequestMessage, string Authority, string Reference, string Text, string? Outcome, DateTimeOffset? DueAt, DateTimeOffset Time)
{
    /// <summary>The value of <c>type</c>.</summary>
    public const string Type = "act";

    /// <summary>The newest version that this code writes and reads.</summary>
    public const int Version = 1;

    private static readonly JsonLimits Limits = new(MaxBytes: 1024 * 1024, MaxDepth: 8, MaxMembers: 10_000);
    private static readonly string[] Core = ["v", "type", "id", "kind", "case", "requestMessage", "after", "authority", "reference", "text", "outcome", "dueAt", "time"];

    /// <summary>Id of the last act of the other side that the author had received; null when it had none.</summary>
    public string? After { get; init; }

    /// <summary>The document, when it has members beside those that have a property here.</summary>
    public JsonElement? Document { get; init; }

    /// <summary>The grounds of a refusal, of what an answer in part leaves out, or of a postponement.</summary>
    public IReadOnlyList<Ground> Grounds => Member("grounds") is { } list
        ? [.. list.EnumerateArray().Select(ground => new Ground(ground.GetProperty("code").GetString()!, ground.GetProperty("provision").GetString()!, ground.GetProperty("reasons").GetString()!))]
        : [];

    /// <summary>The conditions that it proposes, or under which it gives something.</summary>
    public IReadOnlyList<(string Code, string Text)> Conditions => Member("conditions") is { } list
        ? [.. list.EnumerateArray().Select(condition => (condition.GetProperty("code").GetString()!, condition.GetProperty("text").GetString()!))]
        : [];

    /// <summary>Reads the exact bytes.</summary>
    public static Outcome<Act> Read(ReadOnlyMemory<byte> bytes)
        => DocumentReader.Read(bytes, Type, Version, reader => FieldCheck.Read(reader, ActFields.All).Failed ? null! : From(reader.Element), Limits);

    /// <summary>The exact bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, Version, writer =>
    {
        foreach (var field in ActFields.All)
        {
            if (!Core.Contains(field.Name) && Member(field.Name) is { } other)
                writer.Raw(field.Name, other);
            else
                WriteCore(writer, field.Name);
        }
    });

    /// <summary>Whether the act says something under this name.</summary>
    public bool Has(string name) => name switch
    {
        "reference" => Reference.Length > 0,
        "text" => Text.Length > 0,
        "outcome" => Outcome is not null,
        "dueAt" => DueAt is not null,
        _ => Member(name) is not null,
    };

    /// <summary>The text of a member that has no property here; null when absent.</summary>
    public string? TextOf(string name) => Member(name) is { } value ? FieldCheck.String(value) : null;

    /// <summary>The document with no other members than these; null when it has none of them.</summary>
    public JsonElement? Only(IReadOnlyCollection<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (names.All(name => Member(name) is null))
            return null;
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            foreach (var name in names)
            {
                if (Member(name) is not { } value)
                    continue;
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }
            writer.WriteEndObject();
        }
        using var some = JsonDocument.Parse(bytes.WrittenMemory);
        return some.RootElement.Clone();
    }

    /// <summary>The UTC time of a member that has no property here; null when absent.</summary>
    public DateTimeOffset? TimeOf(string name) => TextOf(name) is { } text && DocumentReader.TryTime(text, out var time) ? time : null;

    /// <summary>Number of an answer in part or of a delivery; null when it has none.</summary>
    public long? PartNumber => Member("part") is { ValueKind: JsonValueKind.Number } part && part.TryGetInt64(out var number) ? number : null;

    /// <summary>SHA-256 of an original that came as a file; null when a person compared it.</summary>
    public Digest? OriginalSha256 => Digest.TryParse(TextOf("originalSha256"), out var sha256) ? sha256 : null;

    /// <summary>What contradicts the digest of an original that came as a file: it is the request's exactly when the comparison says so (T110).</summary>
    /// <param name="request">SHA-256 of the signed request.</param>
    /// <param name="cover">SHA-256 of the sealed cover that brought it.</param>
    public Refusal? CheckOriginal(Digest request, Digest cover)
    {
        if (OriginalSha256 is not { } original)
            return null;
        var same = original == request || original == cover;
        return same == (TextOf("originalComparison") == "MATCH") ? null
            : new Refusal(RefusalCode.DocumentValue, $"the original with the SHA-256 {original} is {(same ? "the request as it came" : "neither the signed request nor the sealed message as it came")}", "originalComparison");
    }

    /// <summary>Members that this kind of act must fill and does not (V001), a period that ends before it begins and a date that is over when it is given (V012); all of them.</summary>
    public IReadOnlyList<Refusal> Check()
        => [.. Missing(), .. Unexplained(), .. NotApplied(), .. ComparedByNobody(), .. Reversed(), .. Gone()];

    private IEnumerable<Refusal> Missing()
        => Transitions.Needs(Kind).Where(name => !Has(name)).Select(name => Kind is ActKind.REFUSED or ActKind.POSTPONED && name == "grounds"
            ? new Refusal(RefusalCode.RefusalWithoutGround, "Refusal needs a ground code, reasons and the provision relied on.", name)
            : new Refusal(RefusalCode.RequiredFieldEmpty, $"Missing field \"{name}\". {Kind} needs it.", name));

    // Less than everything, or nothing: the other side learns what is missing and why, and where it might be had.
    private IEnumerable<Refusal> Unexplained()
    {
        if (Kind == ActKind.EXECUTED && Outcome is not (null or nameof(ActOutcome.FULL) or nameof(ActOutcome.NOTHING_TO_ADD)) && !Has("text"))
            yield return new Refusal(RefusalCode.RequiredFieldEmpty, $"Missing field \"text\". An answer with the outcome {Outcome} says what is missing, why, and where it may be had.", "text");
    }

    private IEnumerable<Refusal> NotApplied()
    {
        if (TextOf("procedure") is { } procedure and not "APPLIED" && !Has("procedureReason"))
            yield return new Refusal(RefusalCode.RequiredFieldEmpty, $"Missing field \"procedureReason\". Say what of the formalities that were asked for was not applied, and why ({procedure}).", "procedureReason");
    }

    private IEnumerable<Refusal> ComparedByNobody()
    {
        if (Kind == ActKind.ORIGINAL_RECEIVED && !Has("originalSha256") && !Has("text"))
            yield return new Refusal(RefusalCode.RequiredFieldEmpty, "Missing field \"text\". An original that is no file is compared by a person, who says with what and how.", "text");
    }

    private IEnumerable<Refusal> Reversed()
    {
        if (TimeOf("periodFrom") is { } from && TimeOf("periodTo") is { } to && to < from)
            yield return new Refusal(RefusalCode.WindowOrder, $"\"periodTo\" ({DocumentWriter.FormatTime(to)}) is before start.", "periodTo");
    }

    // Nobody promises or grants for a time that is over.
    private IEnumerable<Refusal> Gone()
    {
        foreach (var (name, end) in new[] { ("dueAt", DueAt), ("until", TimeOf("until")) })
        {
            if (end is { } given && given < Time)
                yield return new Refusal(RefusalCode.WindowOrder, $"\"{name}\" ({DocumentWriter.FormatTime(given)}) is in the past.", name);
        }
        // A day ends up to 12 hours later elsewhere.
        if (TextOf("reviewOn") is { } review && FieldCheck.TryDay(review, out var day) && day < DateOnly.FromDateTime((Time - TimeSpan.FromHours(12)).UtcDateTime))
            yield return new Refusal(RefusalCode.WindowOrder, $"\"reviewOn\" ({review}) is in the past.", "reviewOn");
    }

    private JsonElement? Member(string name) => Document is { } document && document.TryGetProperty(name, out var value) ? value : null;

    private void WriteCore(DocumentWriter writer, string name)
    {
        switch (name)
        {
            case "id": writer.Text("id", Id); break;
            case "kind": writer.Word("kind", Kind); break;
            case "case": writer.Text("case", Case); break;
            case "requestMessage": writer.Text("requestMessage", RequestMessage); break;
            case "after": writer.OptionalText("after", After); break;
            case "authority": writer.Text("authority", Authority); break;
            case "reference": writer.OptionalText("reference", Reference.Length == 0 ? null : Reference); break;
            case "text": writer.OptionalText("text", Text.Length == 0 ? null : Text); break;
            case "outcome": writer.OptionalText("outcome", Outcome); break;
            case "dueAt" when DueAt is { } dueAt: writer.Time("dueAt", dueAt); break;
            case "time": writer.Time("time", Time); break;
        }
    }

    private static Act From(JsonElement act)
    {
        string? Text(string name) => act.TryGetProperty(name, out var value) ? value.GetString() : null;
        DateTimeOffset? Time(string name) => Text(name) is { } text && DocumentReader.TryTime(text, out var time) ? time : null;
        return new(Text("id")!, Enum.Parse<ActKind>(Text("kind")!), Text("case")!, Text("requestMessage")!, Text("authority")!,
            Text("reference") ?? "", Text("text") ?? "", Text("outcome"), Time("dueAt"), Time("time")!.Value)
        {
            After = Text("after"),
            Document = act.EnumerateObject().Any(member => !Core.Contains(member.Name) && member.Name != "extensions") ? act.Clone() : null,
        };
    }
}

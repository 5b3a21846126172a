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

    private static readonly JsonLimits Limits = new(MaxBytes: 256 * 1024, MaxDepth: 8, MaxMembers: 1000);

    /// <summary>The members after <c>v</c> and <c>type</c>, in their order.</summary>
    public static IReadOnlyList<Field> Fields { get; } =
    [
        Field.Of("id", Shape.Id, Need.Always) with { Filled = true },
        Field.Word<ActKind>("kind", Need.Always),
        Field.Of("case", Shape.Case, Need.Always),
        Field.Of("requestMessage", Shape.Id, Need.Always),
        Field.Of("authority", Shape.Authority, Need.Always),
        Field.Text("reference", Need.Optional, 120) with { Hint = "own file number" },
        Field.Text("text", Need.Optional, 20_000),
        Field.Word<ActOutcome>("outcome", Need.Optional),
        Field.Of("dueAt", Shape.UtcTime, Need.Optional),
        Field.Of("time", Shape.UtcTime, Need.Always) with { Filled = true },
    ];

    /// <summary>Reads the exact bytes.</summary>
    public static Outcome<Act> Read(ReadOnlyMemory<byte> bytes)
        => DocumentReader.Read(bytes, Type, Version, reader => FieldCheck.Read(reader, Fields).Failed ? null! : From(reader.Element), Limits);

    /// <summary>The exact bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, Version, writer =>
    {
        writer.Text("id", Id).Word("kind", Kind).Text("case", Case).Text("requestMessage", RequestMessage).Text("authority", Authority)
            .OptionalText("reference", Reference.Length == 0 ? null : Reference)
            .OptionalText("text", Text.Length == 0 ? null : Text)
            .OptionalText("outcome", Outcome);
        if (DueAt is { } dueAt)
            writer.Time("dueAt", dueAt);
        writer.Time("time", Time);
    });

    /// <summary>Members that this kind of act must fill and does not (V001), all of them.</summary>
    public IReadOnlyList<Refusal> Check()
    {
        var missing = Transitions.Needs(Kind).Where(name => name switch
        {
            "reference" => Reference.Length == 0,
            "dueAt" => DueAt is null,
            "outcome" => Outcome is null,
            _ => throw new InvalidOperationException($"the table of transitions names '{name}', which an act does not have"),
        });
        return [.. missing.Select(name => new Refusal(RefusalCode.RequiredFieldEmpty, $"Missing field \"{name}\". {Kind} needs it.", name))];
    }

    private static Act From(JsonElement act)
    {
        string? Text(string name) => act.TryGetProperty(name, out var value) ? value.GetString() : null;
        DateTimeOffset? Time(string name) => Text(name) is { } text && DocumentReader.TryTime(text, out var time) ? time : null;
        return new(Text("id")!, Enum.Parse<ActKind>(Text("kind")!), Text("case")!, Text("requestMessage")!, Text("authority")!,
            Text("reference") ?? "", Text("text") ?? "", Text("outcome"), Time("dueAt"), Time("time")!.Value);
    }
}

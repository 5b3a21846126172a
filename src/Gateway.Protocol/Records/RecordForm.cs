using System.Text.Json;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Records;

/// <summary>A form that people sign about an item: its members as a table, what the table alone cannot judge, and how it is printed.</summary>
/// <param name="Type">The document type.</param>
/// <param name="Title">Its heading on paper.</param>
/// <param name="Fields">The members after <c>v</c> and <c>type</c>, in order.</param>
public sealed record RecordForm(string Type, string Title, IReadOnlyList<Field> Fields)
{
    /// <summary>The newest version that this code writes and reads.</summary>
    public const int Version = 1;

    /// <summary>What is wrong with a document whose members have the right shapes.</summary>
    internal Func<JsonElement, IEnumerable<Refusal>> Rules { get; init; } = _ => [];

    /// <summary>What is asked of whoever makes one now; a document that was made before is read as it is.</summary>
    internal Func<JsonElement, IEnumerable<Refusal>> OnMaking { get; init; } = _ => [];

    /// <summary>Members that name a person who signs, besides the one who fills it in.</summary>
    public IReadOnlyList<string> Signatories { get; init; } = [];
}

using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>The shape of a member's value.</summary>
public enum Shape
{
    /// <summary>A string of <see cref="Field.Min"/> to <see cref="Field.Max"/> UTF-16 units, not only white space.</summary>
    Text,

    /// <summary>One of <see cref="Field.Words"/>.</summary>
    Word,

    /// <summary>A whole number from Min to Max.</summary>
    Integer,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A local time with its UTC offset, <c>2026-03-01T02:15:00+05:30</c>.</summary>
    LocalTime,

    /// <summary>A UTC time with <c>Z</c>.</summary>
    UtcTime,

    /// <summary>A calendar day, <c>2026-03-01</c>.</summary>
    Day,

    /// <summary>SHA-256, 64 lower-case hexadecimal digits.</summary>
    Digest,

    /// <summary>A message, item or document id (<see cref="Documents.Ids.IsId"/>).</summary>
    Id,

    /// <summary>A case id (<see cref="Documents.Ids.IsCase"/>).</summary>
    Case,

    /// <summary>An authority id (<see cref="Documents.Ids.IsAuthority"/>).</summary>
    Authority,

    /// <summary>Two upper-case letters, ISO 3166-1 alpha-2.</summary>
    Country,

    /// <summary>A language tag (RFC 5646): <c>en</c>, <c>pt-BR</c>.</summary>
    Language,

    /// <summary>The human reference of a request, <c>RQ-XA-2026-000417</c>.</summary>
    Reference,

    /// <summary>An object of <see cref="Field.Fields"/>.</summary>
    Object,

    /// <summary>A list of Min to Max objects of <see cref="Field.Fields"/>.</summary>
    Objects,

    /// <summary>A list of Min to Max texts, each of 1 to 500 UTF-16 units.</summary>
    Texts,

    /// <summary>A list of Min to Max different words from <see cref="Field.Words"/>.</summary>
    Words,

    /// <summary>A list of Min to Max language tags.</summary>
    Languages,
}

/// <summary>Whether a member must be there.</summary>
public enum Need
{
    /// <summary>A document without it cannot be read (T106).</summary>
    Always,

    /// <summary>A document without it can be read, and is refused with <see cref="Field.Missing"/>.</summary>
    Required,

    /// <summary>May be absent; an absent member has no value (JSON null is not used).</summary>
    Optional,
}

/// <summary>One member of a document: the table of these is the definition of the format, its schema and its checks.</summary>
/// <param name="Name">Member name.</param>
/// <param name="Shape">Shape of the value.</param>
/// <param name="Need">Whether it must be there.</param>
public sealed record Field(string Name, Shape Shape, Need Need)
{
    /// <summary>Smallest length, count or number.</summary>
    public long Min { get; init; } = 1;

    /// <summary>Largest length, count or number.</summary>
    public long Max { get; init; }

    /// <summary>The closed list for <see cref="Shape.Word"/> and <see cref="Shape.Words"/>.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The members of an object, in their order.</summary>
    public IReadOnlyList<Field> Fields { get; init; } = [];

    /// <summary>Members of the object of which at least one must be there.</summary>
    public IReadOnlyList<string> AnyOf { get; init; } = [];

    /// <summary>The code when a required member is absent.</summary>
    public RefusalCode Missing { get; init; } = RefusalCode.RequiredFieldEmpty;

    /// <summary>The V-code when the value is too short or not in the list. Such a value can be read and is judged by the rules; without
    /// a code it makes the document unreadable (T110).</summary>
    public RefusalCode? Content { get; init; }

    /// <summary>The gateway fills it; people do not.</summary>
    public bool Filled { get; init; }

    /// <summary>Optional, and asked for all the same by whoever fills in a form by answering; an empty answer leaves it out.</summary>
    public bool Asked { get; init; }

    /// <summary>A digest of a document that goes with the message (<see cref="Covers.NamedDocuments"/>).</summary>
    public bool Attached { get; init; }

    /// <summary>The treaty provision that asks for it, where there is one.</summary>
    public string? Source { get; init; }

    /// <summary>What to write, for forms, schemas and documentation.</summary>
    public string? Hint { get; init; }

    internal static Field Text(string name, Need need, long max, long min = 1) => new(name, Shape.Text, need) { Min = min, Max = max };

    internal static Field Word(string name, Need need, params IReadOnlyList<string> words) => new(name, Shape.Word, need) { Words = words };

    internal static Field Word<TEnum>(string name, Need need) where TEnum : struct, Enum => Word(name, need, Enum.GetNames<TEnum>());

    internal static Field OneOrMore(string name, Need need, params IReadOnlyList<string> words)
        => new(name, Shape.Words, need) { Words = words, Max = words.Count };

    internal static Field Integer(string name, Need need, long min, long max) => new(name, Shape.Integer, need) { Min = min, Max = max };

    internal static Field Flag(string name, Need need) => new(name, Shape.Flag, need);

    internal static Field Of(string name, Shape shape, Need need) => new(name, shape, need);

    internal static Field Object(string name, Need need, params IReadOnlyList<Field> fields) => new(name, Shape.Object, need) { Fields = fields };

    internal static Field List(string name, Need need, long max, params IReadOnlyList<Field> fields)
        => new(name, Shape.Objects, need) { Fields = fields, Max = max };

    internal static Field Texts(string name, Need need, long max) => new(name, Shape.Texts, need) { Max = max };
}

using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Evidence;

/// <summary>What is known of the source beyond what it is. Each member may be unknown.</summary>
public sealed record SourceState
{
    /// <summary>Of a physical device.</summary>
    public string? Colour { get; init; }

    /// <summary>Whose it is.</summary>
    public string? Owner { get; init; }

    /// <summary>Who had it lawfully.</summary>
    public string? LawfulHolder { get; init; }

    /// <summary>Name of the time zone of the acquisition.</summary>
    public string? Zone { get; init; }

    /// <summary>Seconds by which the source's clock was ahead of the reference.</summary>
    public long? ClockOffsetSeconds { get; init; }

    /// <summary>The reference with which its clock was compared.</summary>
    public string? ClockSource { get; init; }

    /// <summary>How it looked when it came.</summary>
    public string? ConditionOnReceipt { get; init; }

    /// <summary>On, off, asleep.</summary>
    public string? PowerState { get; init; }

    /// <summary>Whether and how it is encrypted.</summary>
    public string? EncryptionState { get; init; }

    /// <summary>Number of the physical seal.</summary>
    public string? SealNumber { get; init; }

    /// <summary>What it was packed in.</summary>
    public string? Packaging { get; init; }

    /// <summary>SHA-256 of a photograph of the seal.</summary>
    public Digest? SealPhotoSha256 { get; init; }

    /// <summary>SHA-256 of the source before it was copied.</summary>
    public Digest? HashBefore { get; init; }

    /// <summary>SHA-256 of the source after it was copied.</summary>
    public Digest? HashAfter { get; init; }

    /// <summary>SHA-256 of the copy.</summary>
    public Digest? CopyHash { get; init; }

    /// <summary>The members as a table, in order.</summary>
    internal static IReadOnlyList<Field> Fields { get; } =
    [
        Field.Text("colour", Need.Optional, 60), Field.Text("owner", Need.Optional, 300), Field.Text("lawfulHolder", Need.Optional, 300),
        Field.Text("zone", Need.Optional, 64) with { Hint = "name of the time zone: Europe/Paris; needed when the manifest is made (V035)" },
        Field.Integer("clockOffsetSeconds", Need.Optional, -MaxClockOffset, MaxClockOffset) with { Hint = "how far the device's clock was ahead" },
        Field.Text("clockSource", Need.Optional, 200) with { Hint = "what it was compared with" },
        Field.Text("conditionOnReceipt", Need.Optional, 1000), Field.Text("powerState", Need.Optional, 100), Field.Text("encryptionState", Need.Optional, 300),
        Field.Text("sealNumber", Need.Optional, 100), Field.Text("packaging", Need.Optional, 300), Field.Of("sealPhotoSha256", Shape.Digest, Need.Optional),
        Field.Of("hashBefore", Shape.Digest, Need.Optional), Field.Of("hashAfter", Shape.Digest, Need.Optional),
        Field.Of("copyHash", Shape.Digest, Need.Optional) with { Hint = "the digests of source and copy that are stated agree (V033)" },
    ];

    private const long MaxClockOffset = 100L * 366 * 24 * 60 * 60;

    internal static SourceState Read(DocumentReader r) => new()
    {
        Colour = r.OptionalText("colour", 60),
        Owner = r.OptionalText("owner", 300),
        LawfulHolder = r.OptionalText("lawfulHolder", 300),
        Zone = r.OptionalText("zone", 64),
        ClockOffsetSeconds = r.Next("clockOffsetSeconds") ? r.Integer("clockOffsetSeconds", -MaxClockOffset, MaxClockOffset) : null,
        ClockSource = r.OptionalText("clockSource", 200),
        ConditionOnReceipt = r.OptionalText("conditionOnReceipt", 1000),
        PowerState = r.OptionalText("powerState", 100),
        EncryptionState = r.OptionalText("encryptionState", 300),
        SealNumber = r.OptionalText("sealNumber", 100),
        Packaging = r.OptionalText("packaging", 300),
        SealPhotoSha256 = r.Next("sealPhotoSha256") ? r.Digest("sealPhotoSha256") : null,
        HashBefore = r.Next("hashBefore") ? r.Digest("hashBefore") : null,
        HashAfter = r.Next("hashAfter") ? r.Digest("hashAfter") : null,
        CopyHash = r.Next("copyHash") ? r.Digest("copyHash") : null,
    };

    internal void Write(DocumentWriter w)
    {
        w.OptionalText("colour", Colour).OptionalText("owner", Owner).OptionalText("lawfulHolder", LawfulHolder).OptionalText("zone", Zone);
        if (ClockOffsetSeconds is { } offset)
            w.Integer("clockOffsetSeconds", offset);
        w.OptionalText("clockSource", ClockSource).OptionalText("conditionOnReceipt", ConditionOnReceipt).OptionalText("powerState", PowerState)
            .OptionalText("encryptionState", EncryptionState).OptionalText("sealNumber", SealNumber).OptionalText("packaging", Packaging)
            .OptionalText("sealPhotoSha256", SealPhotoSha256?.ToString()).OptionalText("hashBefore", HashBefore?.ToString())
            .OptionalText("hashAfter", HashAfter?.ToString()).OptionalText("copyHash", CopyHash?.ToString());
    }
}

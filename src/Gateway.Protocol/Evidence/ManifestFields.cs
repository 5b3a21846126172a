using Gateway.Protocol.Custody;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// The members of a manifest as a table: what people fill in an intake form, and what the command line computes or knows. Order and
/// bounds are those of <see cref="Manifest.Read"/>.
/// </summary>
public static class ManifestFields
{
    private const long MaxBytes = Chunk.MaxCount * Chunk.PlainBytes;

    /// <summary>Every member after <c>v</c> and <c>type</c>, in order.</summary>
    public static IReadOnlyList<Field> All { get; } =
    [
        Known("itemId", Shape.Id), Known("case", Shape.Case), Known("request", Shape.Id),
        Field.Text("exhibitNumber", Need.Required, 100) with { Hint = "the laboratory's number of this exhibit" },
        Field.Text("rootExhibitNumber", Need.Optional, 100) with { Hint = "of the object at the beginning; the exhibit number when left out, which only an ORIGINAL may" },
        Field.Of("parentItem", Shape.Id, Need.Optional) with { Hint = "the item of the same case from which this one was derived" },
        Field.Word<Derivation>("derivation", Need.Required),
        Field.Text("description", Need.Required, 4000) with { Hint = "what it is, what it contains, how it relates to the request" },
        Field.Word<SourceType>("sourceType", Need.Required),
        Field.Object("device", Need.Optional, Field.Text("makeModel", Need.Optional, 200), Field.Text("serialNumber", Need.Optional, 200), Field.Texts("deviceIds", Need.Optional, 50)),
        Field.Object("source", Need.Optional, SourceState.Fields) with { Hint = "what else is known of the source" },
        Field.Word<AcquisitionType>("acquisitionType", Need.Required),
        Field.Of("acquiredFrom", Shape.LocalTime, Need.Required) with { Hint = "local time with its offset" },
        Field.Of("acquiredTo", Shape.LocalTime, Need.Required),
        Field.Text("acquiredPlace", Need.Required, 500) with { Hint = "address, room or system, and country" },
        Field.Text("methodDescription", Need.Required, 4000),
        Field.Text("sopReference", Need.Optional, 300) with { Hint = "the written procedure followed; needed when the manifest is made (V035)" },
        Field.Object("writeBlocker", Need.Optional, Field.Flag("used", Need.Required), Field.Text("model", Need.Optional, 200), Field.Text("version", Need.Optional, 100))
            with { Hint = "required when a storage medium was imaged or copied" },
        Field.List("tools", Need.Required, Manifest.MaxTools,
            Field.Text("name", Need.Required, 200), Field.Text("vendor", Need.Required, 200), Field.Text("version", Need.Required, 100), Field.Text("purpose", Need.Required, 500),
            Field.Text("validation", Need.Optional, 300) with { Hint = "licence or validation reference", Asked = true }),
        Field.Object("examiner", Need.Required, Person),
        Field.Word<ItemFormat>("format", Need.Required),
        Field.Text("mediaType", Need.Optional, 100) with { Hint = "application/octet-stream when left out" },
        Field.Text("fileName", Need.Optional, FileNames.MaxBytes) with { Hint = "the name of the file when left out" },
        Known("sizeBytes", Shape.Integer) with { Max = MaxBytes }, Known("digests", Shape.Objects), Known("chunkBytes", Shape.Integer),
        Known("chunks", Shape.Integer), Known("treeRoot", Shape.Digest), Known("keyCommitment", Shape.Digest), Known("suite", Shape.Text),
        Field.List("unread", Need.Optional, UnreadRange.MaxCount, Field.Integer("from", Need.Required, 0, MaxBytes), Field.Integer("bytes", Need.Required, 1, MaxBytes))
            with { Filled = true, Hint = "what could not be read from the source and is zero in the item" },
        Field.Object("files", Need.Optional, Field.Integer("entries", Need.Required, 0, Parts.FileEntry.MaxCount), Field.Integer("notTaken", Need.Required, 0, Parts.FileEntry.MaxCount),
            Field.Of("treeRoot", Shape.Digest, Need.Required), Field.Integer("listFrom", Need.Required, 0, MaxBytes), Field.Integer("listBytes", Need.Required, 0, MaxBytes))
            with { Filled = true, Hint = "an item made of a folder: its list of files and the tree over them" },
        Field.List("recorded", Need.Optional, Manifest.MaxRecorded, Field.Text("by", Need.Required, 300), Field.Word<DigestScope>("scope", Need.Required),
            Field.Text("algorithm", Need.Required, 20), Field.Text("value", Need.Required, 128), Field.Flag("compared", Need.Required))
            with { Filled = true, Hint = "digests that an imaging tool or a list had recorded before" },
        Field.Object("certificate", Need.Optional,
            Field.Text("name", Need.Required, 200), Field.Text("organisation", Need.Required, 300), Field.Text("address", Need.Required, 500),
            Field.Word<CustodianRelation>("relation", Need.Required), Field.OneOrMore("statements", Need.Required, Enum.GetNames<CustodianStatement>()),
            Field.Text("place", Need.Required, 300), Field.Of("time", Shape.LocalTime, Need.Required), Field.Object("expert", Need.Optional, Person))
            with { Hint = "the custodian's certificate; this or certificateExemption" },
        Field.Object("certificateExemption", Need.Optional, Field.Word<ExemptionCode>("code", Need.Required), Field.Of("due", Shape.UtcTime, Need.Optional)),
        Field.OneOrMore("sensitivity", Need.Required, Enum.GetNames<Sensitivity>()) with { Hint = "NONE stands alone" },
        Field.Object("lawfulBasis", Need.Required,
            Field.Text("instrument", Need.Required, 300), Field.Text("provision", Need.Required, 300), Field.Text("authorisation", Need.Optional, 300) with { Hint = "its number", Asked = true },
            Field.Text("authorisationType", Need.Optional, 100) with { Hint = "warrant, court order, consent of the owner …", Asked = true }),
        Field.Object("handling", Need.Optional, [.. ItemHandling.Fields]) with { Hint = "when it holds personal data", Asked = true },
        Field.List("custody", Need.Optional, Manifest.MaxCustody, EarlierCustody.Fields) with { Hint = "earlier events, each with what its kind needs; ATTACHED is always added" },
        Known("time", Shape.UtcTime),
    ];

    /// <summary>What people fill in, and nothing else; which request it answers is found by the case when it is left out.</summary>
    public static IReadOnlyList<Field> Form { get; } = [Field.Of("request", Shape.Id, Need.Optional), .. All.Where(field => !field.Filled)];

    private static Field[] Person => [Field.Text("name", Need.Required, 200), Field.Text("post", Need.Required, 200), Field.Text("organisation", Need.Required, 300), Field.Text("accreditation", Need.Optional, 300) with { Asked = true }];

    private static Field Known(string name, Shape shape) => Field.Of(name, shape, Need.Always) with { Filled = true };
}

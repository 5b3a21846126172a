using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Cli.Sources;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;

namespace Gateway.Cli.Evidence;

/// <summary>What the lab writes down of an item: the human part of its manifest, members in any order.</summary>
internal sealed record Intake
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false), new ZonedTime(), new HexDigest(), new CustodyForm(), new HandlingForm() },
    };

    public string? Request { get; init; }
    public required string ExhibitNumber { get; init; }
    public string? RootExhibitNumber { get; init; }
    public string? ParentItem { get; init; }
    public required Derivation Derivation { get; init; }
    public required string Description { get; init; }
    public required SourceType SourceType { get; init; }
    public SourceDevice? Device { get; init; }
    public SourceState? Source { get; init; }
    public required AcquisitionType AcquisitionType { get; init; }
    public required DateTimeOffset AcquiredFrom { get; init; }
    public required DateTimeOffset AcquiredTo { get; init; }
    public required string AcquiredPlace { get; init; }
    public required string MethodDescription { get; init; }
    public string? SopReference { get; init; }
    public WriteBlocker? WriteBlocker { get; init; }
    public required IReadOnlyList<ForensicTool> Tools { get; init; }
    public required Examiner Examiner { get; init; }
    public required ItemFormat Format { get; init; }
    public string MediaType { get; init; } = "application/octet-stream";
    public CustodianCertificate? Certificate { get; init; }
    public CertificateExemption? CertificateExemption { get; init; }
    public required IReadOnlyList<Sensitivity> Sensitivity { get; init; }
    public required LawfulBasis LawfulBasis { get; init; }
    public ItemHandling? Handling { get; init; }
    public IReadOnlyList<CustodyEntry> Custody { get; init; } = [];

    public static Intake Read(string path)
    {
        var fields = FieldsFile.Read(path, ManifestFields.All);
        try
        {
            return JsonSerializer.Deserialize<Intake>(fields, Json)!;
        }
        catch (JsonException e)
        {
            throw StopException.No($"{path}: {e.Message}");
        }
    }

    /// <summary>The manifest of an item that was encrypted; refused by the first rule that it breaks.</summary>
    public Manifest For(AttachedItem item, EncryptedItem encrypted, SourceFindings findings, Actor technician, DateTimeOffset now)
    {
        // The encryptor always puts SHA-256 first.
        var sha256 = new Digest(Convert.FromHexString(encrypted.Digests[0].Value));
        var manifest = new Manifest
        {
            ItemId = item.ItemId,
            Case = item.CaseId,
            Request = item.RequestMessage,
            ExhibitNumber = ExhibitNumber,
            RootExhibitNumber = RootExhibitNumber ?? ExhibitNumber,
            ParentItem = ParentItem,
            Derivation = Derivation,
            Description = Description,
            SourceType = SourceType,
            Device = Device is null ? null : Device with { DeviceIds = Device.DeviceIds ?? [] },
            Source = Source,
            AcquisitionType = AcquisitionType,
            AcquiredFrom = AcquiredFrom,
            AcquiredTo = AcquiredTo,
            AcquiredPlace = AcquiredPlace,
            MethodDescription = MethodDescription,
            SopReference = SopReference,
            WriteBlocker = WriteBlocker,
            Tools = Tools,
            Examiner = Examiner,
            Format = item.IsFolder ? ItemFormat.OTHER : Format,
            MediaType = item.IsFolder ? FileTree.MediaType : MediaType,
            FileName = item.FileName,
            SizeBytes = encrypted.SizeBytes,
            Digests = encrypted.Digests,
            Chunks = encrypted.Chunks,
            TreeRoot = encrypted.TreeRoot,
            KeyCommitment = encrypted.KeyCommitment,
            Unread = findings.Unread,
            Files = findings.Files,
            Recorded = [.. item.Recorded.Select(recorded => Compared(recorded, encrypted.Digests))],
            Certificate = Certificate is null ? null : Certificate with { Statements = Certificate.Statements ?? [] },
            CertificateExemption = CertificateExemption,
            Sensitivity = Sensitivity,
            LawfulBasis = LawfulBasis,
            Handling = Handling,
            Custody = [.. Custody, CustodyEntry.Attached(now, Examiner.Organisation, technician, $"attached to case {item.CaseId}", sha256, item.RequestMessage, CustodyEntry.CertificateOf(CertificateExemption))],
            Time = now,
        };
        return Manifest.Read(manifest.Write()).OrStop();
    }

    /// <summary>Tells mistakes of the form before hours are spent on hashing: the manifest of an empty item must be in order.</summary>
    public void Check(AttachedItem item, Actor technician, DateTimeOffset now)
    {
        using var nothing = DigestSet.Create().OrStop();
        For(item with { Recorded = [] }, new EncryptedItem(0, 1, default, default, nothing.Finish()), SourceFindings.None, technician, now);
    }

    private static RecordedDigest Compared(RecordedDigest recorded, IReadOnlyList<ItemDigest> digests)
    {
        if (recorded.Scope != DigestScope.FILE || digests.FirstOrDefault(d => d.Algorithm == recorded.Algorithm) is not { } own)
            return recorded;
        return own.Value == recorded.Value
            ? recorded with { Compared = true }
            : throw StopException.Refused(new Refusal(RefusalCode.RecordedDigestDiffers, $"{recorded.By} records {recorded.Algorithm} {recorded.Value}; computed was {own.Value}", "recorded"));
    }

    /// <summary>A time of a place needs its offset: without it, nobody elsewhere knows which hour is meant.</summary>
    private sealed class ZonedTime : JsonConverter<DateTimeOffset>
    {
        private static readonly string[] Formats =
            ["yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.fffzzz", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"];

        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            => DateTimeOffset.TryParseExact(reader.GetString(), Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time
                : throw new JsonException("expected a time with its offset such as 2026-03-01T02:15:00+05:30");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(DocumentWriter.FormatLocalTime(value));
    }

    /// <summary>By the table of custody events: which members an event has depends on its kind.</summary>
    private sealed class CustodyForm : JsonConverter<CustodyEntry>
    {
        public override CustodyEntry Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var given = JsonDocument.ParseValue(ref reader);
            try
            {
                return CustodyEntry.Of(given.RootElement);
            }
            catch (FormatException e)
            {
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, CustodyEntry value, JsonSerializerOptions options) => throw new NotSupportedException();
    }

    /// <summary>By the table of a request's handling.</summary>
    private sealed class HandlingForm : JsonConverter<ItemHandling>
    {
        public override ItemHandling Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var given = JsonDocument.ParseValue(ref reader);
            try
            {
                return ItemHandling.Of(given.RootElement);
            }
            catch (FormatException e)
            {
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, ItemHandling value, JsonSerializerOptions options) => throw new NotSupportedException();
    }

    private sealed class HexDigest : JsonConverter<Digest>
    {
        public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            => Digest.TryParse(reader.GetString(), out var digest) ? digest : throw new JsonException("expected a SHA-256 value, 64 lower-case hexadecimal digits");

        public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}

using System.Runtime.InteropServices;
using System.Text;
using Gateway.Protocol.Bundles;
using Gateway.Recognition.Validation;
using Finding = Gateway.Recognition.Validation.Finding;

namespace Gateway.Recognition.Containers;

/// <summary>What a file of an ASiC container is, by its name (EN 319 162-1 §4.3.3, §4.4.3).</summary>
internal enum AsicRole
{
    Mimetype,
    DataObject,
    CadesSignature,
    TimeStamp,
    Manifest,
    ArchiveManifest,
    XadesSignatures,
    EvidenceRecord,

    /// <summary>Files of META-INF that signing programs put there, such as manifest.xml of OpenDocument.</summary>
    Incidental,
}

/// <summary>The files of a container that has been read whole: every one is there, once, undamaged, and within the limits.</summary>
internal sealed class AsicContainer
{
    public const string TypeS = "application/vnd.etsi.asic-s+zip";
    public const string TypeE = "application/vnd.etsi.asic-e+zip";

    private static readonly BundleLimits s_limits = new(MaxEntries: 1000, MaxRatio: 100, MaxTotalBytes: 1L << 30);
    private const int MaxReadBytes = 32 << 20;

    private readonly BundleReader _reader;
    private readonly List<Finding> _findings;

    private AsicContainer(BundleReader reader, List<Finding> findings)
    {
        (_reader, _findings) = (reader, findings);
        Files = [.. reader.Entries.Select(e => (e, RoleOf(e.Name)))];
    }

    public IReadOnlyList<(BundleEntry Entry, AsicRole Role)> Files { get; }

    /// <summary>The mimetype as written, without white space at its end; null when there is none.</summary>
    public string? Type { get; private set; }

    /// <summary>Null when the container may not be used; <paramref name="findings"/> say why.</summary>
    public static AsicContainer? Open(ReadOnlyMemory<byte> document, List<Finding> findings)
    {
        var stream = MemoryMarshal.TryGetArray(document, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(document.ToArray(), writable: false);
        var container = new AsicContainer(BundleReader.OpenForeign(stream, s_limits), findings);
        // Every file is inflated once against its size and checksum, so that nothing read later can differ from what the directory says.
        foreach (var (entry, _) in container.Files)
        {
            if (container._reader.Problems.Count > 0 || !container._reader.Copy(entry, _ => { }))
                break;
        }

        if (container._reader.Problems.Count > 0)
        {
            findings.AddRange(container._reader.Problems.Take(20).Select(p => Combine.Error(KeyOf(p.Code), SubIndication.FormatFailure, p.File is null ? p.Text : $"{p.File}: {p.Text}")));
            return null;
        }

        container.ReadType();
        return container;
    }

    public IEnumerable<BundleEntry> Of(AsicRole role) => Files.Where(f => f.Role == role).Select(f => f.Entry);

    public BundleEntry? Find(string name) => Files.FirstOrDefault(f => f.Entry.Name == name).Entry;

    /// <summary>A small file of META-INF; null when it is larger than such files are.</summary>
    public byte[]? Read(BundleEntry entry) => entry.Size <= MaxReadBytes ? _reader.Read(entry) : null;

    public SignedContent Content(BundleEntry entry) => new(() => _reader.OpenStream(entry), entry.Name);

    public Stream OpenStream(BundleEntry entry) => _reader.OpenStream(entry);

    private void ReadType()
    {
        if (Of(AsicRole.Mimetype).FirstOrDefault() is not { } entry)
        {
            _findings.Add(Combine.Warning(FindingKey.ContainerTypeMissing, "the container has no file 'mimetype'"));
            return;
        }

        var text = entry.Size <= 200 ? Encoding.Latin1.GetString(_reader.Read(entry) ?? []) : "";
        Type = text.TrimEnd('\r', '\n', ' ');
        if (Type is not (TypeS or TypeE))
            _findings.Add(Combine.Error(FindingKey.ContainerTypeDiffers, SubIndication.FormatFailure, $"the file 'mimetype' says '{(Type.All(char.IsAscii) ? Type : "?")}', which is no ASiC container"));
        else if (Type.Length != text.Length)
            _findings.Add(Combine.Warning(FindingKey.ContainerTypeDiffers, "the file 'mimetype' has a line end behind the type"));
    }

    private static AsicRole RoleOf(string name)
    {
        if (name == "mimetype")
            return AsicRole.Mimetype;
        if (!name.StartsWith("META-INF/", StringComparison.OrdinalIgnoreCase))
            return AsicRole.DataObject;
        var file = name["META-INF/".Length..].ToUpperInvariant();
        if (file.EndsWith(".P7S", StringComparison.Ordinal))
            return AsicRole.CadesSignature;
        if (file.EndsWith(".TST", StringComparison.Ordinal))
            return AsicRole.TimeStamp;
        if (file.Contains("EVIDENCERECORD", StringComparison.Ordinal))
            return AsicRole.EvidenceRecord;
        if (!file.EndsWith(".XML", StringComparison.Ordinal))
            return AsicRole.DataObject; // an unknown file there is content like any other: covered, or named as not covered
        if (file.Contains("ASICARCHIVEMANIFEST", StringComparison.Ordinal))
            return AsicRole.ArchiveManifest;
        if (file.Contains("ASICMANIFEST", StringComparison.Ordinal))
            return AsicRole.Manifest;
        if (file.Contains("SIGNATURES", StringComparison.Ordinal))
            return AsicRole.XadesSignatures;
        return file is "MANIFEST.XML" or "CONTAINER.XML" or "METADATA.XML" ? AsicRole.Incidental : AsicRole.DataObject;
    }

    private static FindingKey KeyOf(FindingCode code) => code switch
    {
        FindingCode.NameRefused => FindingKey.ContainerNameRefused,
        FindingCode.NameTwice => FindingKey.ContainerEntryDoubled,
        FindingCode.LimitExceeded => FindingKey.ContainerLimit,
        _ => FindingKey.ContainerMalformed,
    };
}

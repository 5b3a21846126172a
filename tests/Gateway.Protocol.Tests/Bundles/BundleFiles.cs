using System.IO.Compression;
using System.Text;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Verification;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>A bundle as its files, to change them and pack them again: by a stranger without keys, or by the exporting authority itself.</summary>
internal sealed class BundleFiles : SortedDictionary<string, byte[]>
{
    private BundleFiles() : base(StringComparer.Ordinal) { }

    public static BundleFiles Of(byte[] bundle)
    {
        var files = new BundleFiles();
        using var zip = new ZipArchive(new MemoryStream(bundle));
        foreach (var entry in zip.Entries)
        {
            using var content = entry.Open();
            var bytes = new MemoryStream();
            content.CopyTo(bytes);
            files[entry.FullName] = bytes.ToArray();
        }
        return files;
    }

    /// <summary>Other names, the same contents.</summary>
    public BundleFiles Clone()
    {
        var copy = new BundleFiles();
        foreach (var (name, content) in this)
            copy[name] = content;
        return copy;
    }

    public IEnumerable<string> In(string folder) => Keys.Where(k => k.StartsWith(folder, StringComparison.Ordinal)).ToList();

    /// <summary>Packed by a common tool.</summary>
    public byte[] Pack(CompressionLevel level = CompressionLevel.Fastest)
    {
        var output = new MemoryStream();
        using (var zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in this)
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }
        return output.ToArray();
    }

    /// <summary>The manifest made anew over what is here and sealed: what an authority can do that falsifies its own export.</summary>
    public BundleFiles Reseal(Signer seal, bool contents = true)
    {
        if (contents && CaseFile.Read(this["case.json"]).TryGet(out var old, out _))
        {
            var cases = old.Cases.Select(c => c with { Chains = [.. c.Chains.Select(chain => Chain(c.Case, chain.State)).OfType<CaseChain>()] }).ToList();
            var items = In("evidence/").Where(n => n.EndsWith("manifest.cms", StringComparison.Ordinal)).Select(n => n.Split('/')[1]).ToList();
            this["case.json"] = (old with { Cases = cases, Documents = In("documents/").Count(), Items = items }).Write();
        }
        var caseFile = CaseFile.Read(this["case.json"]).Value;
        Remove("MANIFEST.sha256");
        Remove("MANIFEST.cms");
        var lines = Encoding.ASCII.GetBytes(string.Concat(this.Select(f => $"{Digest.Of(f.Value)}  {f.Key}\n")));
        var manifest = new BundleManifest(caseFile.Case, caseFile.Exporter, caseFile.Exported, Count, Digest.Of(lines));
        this["MANIFEST.sha256"] = lines;
        this["MANIFEST.cms"] = SignedDocument.Sign(manifest.Write(), seal, caseFile.Exported);
        return this;
    }

    private CaseChain? Chain(string caseId, string state)
    {
        var names = In($"receipts/{caseId}/{state}/").ToList();
        return names.Count == 0 ? null : new CaseChain(state, int.Parse(names[^1][^12..^4], System.Globalization.CultureInfo.InvariantCulture), Digest.Of(this[names[^1]]));
    }
}

/// <summary>Shared bundles and short ways to judge them.</summary>
internal static class Judging
{
    private static readonly Lazy<Task<byte[]>> s_good = new(() => new SampleCase().Write());

    public static Task<byte[]> Good => s_good.Value;

    public static IReadOnlyList<TrustAnchor> Anchors { get; } =
    [
        new(SampleCase.Shared.Asking.Card.CardKey, "XA", "XA's card"),
        new(SampleCase.Shared.Asked.Card.CardKey, "XB", "a fingerprint heard by telephone"),
        new(SampleCase.Shared.Witness.Card.CardKey, "XC", "XC's card"),
    ];

    /// <summary>What was judged below the code that set this, for those who have it judged in another way, too.</summary>
    public static AsyncLocal<List<(byte[] Bundle, IReadOnlyList<TrustAnchor> Anchors)>?> Judged { get; } = new();

    public static BundleReport Judge(byte[] bundle, IReadOnlyList<TrustAnchor>? anchors = null, DateTimeOffset? at = null, BundleLimits? limits = null, TimeStampJudge? timeStamps = null, IReadOnlyList<TlogPolicy>? policies = null)
    {
        Judged.Value?.Add((bundle, anchors ?? Anchors));
        return BundleCheck.Run(new MemoryStream(bundle), anchors ?? Anchors, at, limits, policies, timeStamps: timeStamps);
    }

    public static IEnumerable<string> Heavy(this BundleReport report) => report.Findings.Where(f => f.Severity >= Severity.Unconfirmed).Select(f => $"{f.Id} {f.Code} {f.File}: {f.Text}");

    public static bool Has(this BundleReport report, FindingCode code, string? file = null) => report.Findings.Any(f => f.Code == code && (file is null || f.File == file));
}

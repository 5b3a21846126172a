using System.Text;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Bundles;

/// <summary>
/// What the exporting authority seals (<c>MANIFEST.cms</c>, type <c>bundleManifest</c>): the digest of <c>MANIFEST.sha256</c>, which in turn lists every
/// other file. Small whatever the size of the bundle.
/// </summary>
/// <param name="Case">The case exported.</param>
/// <param name="Exporter">By whom.</param>
/// <param name="Exported">When, UTC.</param>
/// <param name="Files">Number of files listed.</param>
/// <param name="Sha256">SHA-256 of <c>MANIFEST.sha256</c>.</param>
public sealed record BundleManifest(string Case, Party Exporter, DateTimeOffset Exported, long Files, Digest Sha256)
{
    /// <summary>The document type.</summary>
    public const string Type = "bundleManifest";

    private const int LineOverhead = 2 * Digest.Length + 3;

    /// <summary>Reads what was sealed.</summary>
    public static Outcome<BundleManifest> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r => new BundleManifest(
        r.Id("case", Ids.IsCase), r.Object("exporter", Party.Read)!, r.Time("exported"), r.Integer("files", 0, int.MaxValue), r.Digest("sha256")));

    /// <summary>The bytes to seal.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w
        .Text("case", Case).Object("exporter", Exporter.Write).Time("exported", Exported).Integer("files", Files).Digest("sha256", Sha256));

    /// <summary>The lines of <c>sha256sum</c>, sorted by name (ordinal).</summary>
    internal static byte[] Lines(IReadOnlyCollection<(string Name, Digest Sha256)> files)
    {
        var text = new StringBuilder(files.Count * 140);
        foreach (var (name, sha256) in files.OrderBy(f => f.Name, StringComparer.Ordinal))
            text.Append(sha256).Append("  ").Append(name).Append('\n');
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>Reads the lines; null when they are not exactly what <see cref="Lines"/> writes (sorted, each name once).</summary>
    internal static Dictionary<string, Digest>? Parse(ReadOnlySpan<byte> lines)
    {
        var files = new Dictionary<string, Digest>(Math.Min(lines.Length / LineOverhead, 1 << 17));
        var previous = "";
        while (!lines.IsEmpty)
        {
            var end = lines.IndexOf((byte)'\n');
            if (end < LineOverhead || end - (LineOverhead - 1) > BundleLayout.MaxNameLength || !lines.Slice(2 * Digest.Length, 2).SequenceEqual("  "u8))
                return null;
            var name = Encoding.Latin1.GetString(lines[(LineOverhead - 1)..end]);
            if (!Digest.TryParseAscii(lines[..(2 * Digest.Length)], out var sha256)
                || BundleLayout.Problem(name) is not null || string.CompareOrdinal(name, previous) <= 0)
                return null;
            files.Add(name, sha256);
            previous = name;
            lines = lines[(end + 1)..];
        }
        return files;
    }
}

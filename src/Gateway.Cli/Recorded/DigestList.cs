using System.Text;
using System.Text.RegularExpressions;
using Gateway.Cli.Output;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Recorded;

/// <summary>One digest of a list.</summary>
/// <param name="Path">As the list writes it; empty when the list holds a value and no name.</param>
/// <param name="Algorithm">As documents write it.</param>
/// <param name="Value">Lower-case hexadecimal.</param>
internal sealed record ListedDigest(string Path, string Algorithm, string Value)
{
    /// <summary>The folder in which the tool was started, where the list says it.</summary>
    public string? From { get; init; }
}

/// <summary>
/// Reads lists of digests: those of <c>sha256sum</c> and its kin, with and without <c>--tag</c>, those of <c>hashdeep</c>, and files that
/// hold one value. Written by others: lines, their length and their number are bounded, what is not a digest is passed over.
/// </summary>
internal static partial class DigestList
{
    private const long MaxBytes = 512L << 20;
    private const int MaxLine = 64 * 1024;
    private const string InvokedFrom = "## Invoked from:";

    public static IEnumerable<ListedDigest> Read(string path)
    {
        if (new FileInfo(path).Length > MaxBytes)
            throw StopException.No($"{path} is larger than {MaxBytes >> 20} MiB, which no list of digests is");
        string[]? columns = null;
        string? from = null;
        foreach (var line in Lines(path))
        {
            if (line.StartsWith("%%%% size,", StringComparison.Ordinal))
                columns = line[5..].Split(',');
            else if (columns is not null && line.StartsWith(InvokedFrom, StringComparison.Ordinal))
                from = line[InvokedFrom.Length..].Trim() is { Length: > 0 } folder ? folder : null;
            else if (line.Length == 0 || line[0] == '#' || line.StartsWith("%%%%", StringComparison.Ordinal))
                continue;
            else if (columns is not null)
            {
                // The name comes last and may hold commas.
                var cells = line.Split(',', columns.Length);
                for (var i = 1; cells.Length == columns.Length && i < columns.Length - 1; i++)
                {
                    if (Digest(cells[^1], columns[i], cells[i]) is { } listed)
                        yield return listed with { From = from };
                }
            }
            else if (Plain().Match(line) is { Success: true } plain)
            {
                var name = plain.Groups["name"].Value;
                if (Digest(plain.Groups["escaped"].Length > 0 ? Unescaped(name) : name, ByName(path) ?? ByLength(plain.Groups["value"].Length), plain.Groups["value"].Value) is { } listed)
                    yield return listed;
            }
            else if (Tagged().Match(line) is { Success: true } tagged && Digest(tagged.Groups["name"].Value, tagged.Groups["algorithm"].Value, tagged.Groups["value"].Value) is { } listed)
                yield return listed;
        }
    }

    private static ListedDigest? Digest(string path, string? algorithm, string value)
    {
        if (algorithm is null || !Known.TryGetValue(algorithm, out var name) || value.Length != 2 * name.Bytes || !value.All(char.IsAsciiHexDigit))
            return null;
        return new ListedDigest(path, name.Name, value.ToLowerInvariant());
    }

    private static readonly Dictionary<string, (string Name, int Bytes)> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["MD5"] = ("MD5", 16), ["SHA1"] = ("SHA1", 20), ["SHA-1"] = ("SHA1", 20), [DigestSet.Sha256] = (DigestSet.Sha256, 32), ["SHA-256"] = (DigestSet.Sha256, 32),
        ["SHA384"] = ("SHA384", 48), ["SHA512"] = ("SHA512", 64), ["SHA3-256"] = ("SHA3-256", 32), ["SHA3-512"] = ("SHA3-512", 64), ["SM3"] = ("SM3", 32),
        ["STREEBOG-256"] = ("STREEBOG-256", 32), ["STREEBOG-512"] = ("STREEBOG-512", 64),
    };

    // disk.dd.sm3, SHA512SUMS, disk.md5sum
    private static string? ByName(string path)
    {
        var name = Path.GetFileName(path);
        var word = name.Contains('.', StringComparison.Ordinal) ? name[(name.LastIndexOf('.') + 1)..] : name;
        foreach (var end in (string[])["SUMS", "SUM"])
            word = word.EndsWith(end, StringComparison.OrdinalIgnoreCase) ? word[..^end.Length] : word;
        return Known.ContainsKey(word) ? word : null;
    }

    private static string? ByLength(int digits) => digits switch { 32 => "MD5", 40 => "SHA1", 64 => DigestSet.Sha256, 96 => "SHA384", 128 => "SHA512", _ => null };

    private static string Unescaped(string name)
        => name.Replace("\\\\", "\0", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\r", "\r", StringComparison.Ordinal).Replace('\0', '\\');

    private static IEnumerable<string> Lines(string path)
    {
        using var reader = new StreamReader(path, Encoding.UTF8);
        var line = new StringBuilder();
        for (int next; (next = reader.Read()) >= 0;)
        {
            if (next == '\n')
            {
                yield return line.ToString().TrimEnd('\r');
                line.Clear();
            }
            else if (line.Length == MaxLine)
                throw StopException.No($"{path} has a line of more than {MaxLine} characters, which no list of digests has");
            else
                line.Append((char)next);
        }
        if (line.Length > 0)
            yield return line.ToString().TrimEnd('\r');
    }

    [GeneratedRegex(@"^(?<escaped>\\?)(?<value>[0-9A-Fa-f]{32,128})(?:[ \t]+\*?(?<name>.+)|[ \t]*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Plain();

    [GeneratedRegex(@"^(?<algorithm>[A-Za-z0-9-]{2,12}) ?\((?<name>.+)\) ?= ?(?<value>[0-9A-Fa-f]{32,128})$", RegexOptions.ExplicitCapture)]
    private static partial Regex Tagged();
}

using System.Diagnostics;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>README.txt, followed to the letter with a shell, sha256sum and openssl.</summary>
public sealed class BundleReadmeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-bundle-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Its_commands_find_nothing_wrong_in_a_good_bundle_and_print_what_was_signed()
    {
        var story = new SampleCase();
        story.Disclosed = story.ItemContent;
        var output = Follow(BundleFiles.Of(await story.Write()));
        Assert.DoesNotContain("BROKEN", output, StringComparison.Ordinal);
        Assert.DoesNotContain("rror", output, StringComparison.Ordinal);
        Assert.Contains("all files as listed", output, StringComparison.Ordinal);
        // Once from the sealed document, once computed.
        var manifest = Digest.Of(File.ReadAllBytes(Path.Combine(_folder, "MANIFEST.sha256"))).ToString();
        Assert.Equal(3, output.Split(manifest).Length);
        Assert.Contains($"{SampleCase.Shared.Asking.Card.CardKey}  XA", output, StringComparison.Ordinal);
        Assert.Contains($"{SampleCase.Shared.Asked.Card.CardKey}  XB", output, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"STORED_CONTENT_DATA\"", output, StringComparison.Ordinal);
        Assert.Contains("\"type\":\"stamp\"", output, StringComparison.Ordinal);
        Assert.Contains("\"type\":\"release\"", output, StringComparison.Ordinal);
        Assert.Contains($"{Digest.Of(story.ItemContent)}  evidence/{SampleCase.Item}/content", output, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(_folder, "*-request", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task Its_commands_find_what_the_exporter_itself_falsified()
    {
        var seal = SampleCase.Shared.Asking.Seal;
        var xb = $"receipts/{SampleCase.Content}/XB";
        async Task<string> With(Action<BundleFiles> change)
        {
            var files = BundleFiles.Of(await Good);
            change(files);
            return Follow(files.Reseal(seal));
        }

        Assert.Contains($"BROKEN chain {xb}/00000003.cms", await With(f => f.Remove($"{xb}/00000002.cms")), StringComparison.Ordinal);
        Assert.Contains($"BROKEN signature {xb}/00000002.cms", await With(f => f[$"{xb}/00000002.cms"][^5] ^= 1), StringComparison.Ordinal);
        Assert.Contains("BROKEN missing document", await With(f => f.Remove(f.In("documents/").First(n => Holds(f[n], "\"type\":\"cover\"")))), StringComparison.Ordinal);
        Assert.Contains("BROKEN trust/XB/seals.pem", await With(f => f["trust/XB/seals.pem"] = [.. f["trust/XB/seals.pem"], .. f["trust/XA/seals.pem"]]), StringComparison.Ordinal);
        // A card by another key whose certificate stands behind the right one: its fingerprint is printed.
        var other = new SampleState("XB").Card;
        Assert.Contains($"{other.CardKey}  XB", await With(f =>
        {
            f["trust/XB/card-00000002.cms"] = other.Der.ToArray();
            f["trust/XB/cards.pem"] = [.. f["trust/XB/cards.pem"], .. System.Text.Encoding.ASCII.GetBytes(System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", SignedDocument.Open(other.Der).Value.Signer.Der.Span) + "\n")];
        }), StringComparison.Ordinal);
        Assert.Contains("BROKEN trust/XB/seals.pem", await With(f => f["trust/XB/seals.pem"] = [.. f["trust/XB/seals.pem"], .. f["trust/XB/persons.pem"]]), StringComparison.Ordinal);
        Assert.Contains("WARNING: 1 computed checksum did NOT match", Follow(Changed(BundleFiles.Of(await Good), "case.json")), StringComparison.Ordinal);
    }

    // The content of a signed document stands in it as it is.
    private static bool Holds(byte[] der, string text) => der.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(text)) >= 0;

    private static BundleFiles Changed(BundleFiles files, string name)
    {
        files[name][10] ^= 1;
        return files;
    }

    private string Follow(BundleFiles files)
    {
        Directory.Delete(_folder, recursive: true);
        foreach (var (name, content) in files)
        {
            var path = Path.Combine(_folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
        // The commands are what is indented by four or more and stands below the line that defines 'check'.
        var lines = System.Text.Encoding.ASCII.GetString(files["README.txt"]).Split('\n');
        var commands = lines.SkipWhile(l => !l.StartsWith("    check()", StringComparison.Ordinal)).Where(l => l.StartsWith("    ", StringComparison.Ordinal)).Select(l => l[4..]);
        return Shell(string.Join('\n', commands));
    }

    private string Shell(string script)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"exec 2>&1\n{script}"]) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}

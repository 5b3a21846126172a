using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Tests.Bundles;
using Gateway.Protocol.Tests.Requests;
using Gateway.Recognition.Tests.Making;
using Xunit;

namespace Gateway.Verifier.Tests;

/// <summary>
/// Bundles that earlier programs wrote, kept as they came (<c>tests/vectors/bundles</c>): an auditor opens one years later, and every later verifier must say the same of it. They are never written anew.
/// </summary>
[Trait("Category", "Interop")]
public sealed class KeptBundleTests
{
    private const string At = "2026-11-20T11:00:00Z";
    private static readonly string s_vectors = Path.Combine(RequestSamples.Root, "tests", "vectors", "bundles");

    public static TheoryData<string> Kept => [.. Folders.Select(d => Path.GetFileName(d)!)];

    private static IEnumerable<string> Folders => Directory.GetDirectories(s_vectors).Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Kept))]
    public void A_bundle_that_was_kept_is_judged_as_on_the_day_on_which_it_was_made(string kept)
    {
        var folder = Path.Combine(s_vectors, kept);
        var (then, now) = (File.ReadAllLines(Path.Combine(folder, "verdict.txt")), Judged(folder).TrimEnd('\n').Split('\n'));
        Assert.Equal(then[0], now[0]);
        Assert.Empty(then.Except(now));
        // A later verifier may know more, and warn of it; what it holds against a bundle stays what it was.
        Assert.DoesNotContain(now.Except(then), line => line.Contains(" broken", StringComparison.Ordinal) || line.Contains(" unconfirmed", StringComparison.Ordinal));
        var script = Process.Start(new ProcessStartInfo("sh", [Path.Combine(RequestSamples.Root, "deploy", "verify.sh"), "--at", At, Path.Combine(folder, "case.zip"), .. Trust(folder)]) { RedirectStandardOutput = true })!;
        var output = script.StandardOutput.ReadToEnd();
        script.WaitForExit();
        Assert.True(File.ReadLines(Path.Combine(folder, "verdict.txt")).First() == (script.ExitCode switch { 0 => "VALID", 1 => "BROKEN", _ => "CONSISTENT" }), output);
    }

    [Fact]
    public void What_a_bundle_holds_today_is_in_one_that_was_kept()
    {
        var places = Folders.SelectMany(folder => BundleFiles.Of(File.ReadAllBytes(Path.Combine(folder, "case.zip"))).Keys).Select(BundleLayout.PlaceOf).ToHashSet();
        Assert.Empty(Enum.GetValues<BundlePlace>().Except(places).Except([BundlePlace.Unknown]));
    }

    /// <summary>What this program writes now, judged the same way; with GATEWAY_KEEP_BUNDLES=1 it is kept under the next number (CONTRIBUTING).</summary>
    [Theory]
    [InlineData("whole", "VALID")]
    [InlineData("withheld-and-split-log", "BROKEN")]
    public async Task What_this_program_writes_can_be_kept(string name, string verdict)
    {
        var root = TestAuthority.Root();
        var stamper = root.TimeStamper();
        var bundle = name == "whole"
            ? await WholeBundleTests.Whole(note => CmsMaker.Token(note.ToArray(), RequestSamples.Now.AddMinutes(5), stamper))
            : await new SampleCase().Write(s => s with { Documents = [], Withheld = [.. s.Documents.Select(d => d.Sha256)], Items = [], Conflicts = [SampleLog.Split(SampleCase.Shared.Asking)] });
        var folder = Directory.CreateTempSubdirectory("gateway-kept-").FullName;
        await File.WriteAllBytesAsync(Path.Combine(folder, "case.zip"), bundle);
        await File.WriteAllLinesAsync(Path.Combine(folder, "trust.txt"), new[] { SampleCase.Shared.Asking, SampleCase.Shared.Asked, SampleCase.Shared.Witness }.Select(s => $"{s.Card.Card.State}={s.Card.CardKey}"));
        await File.WriteAllTextAsync(Path.Combine(folder, "tsa.pem"), root.Self.Certificate.ExportCertificatePem() + "\n");
        var judged = Judged(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "verdict.txt"), judged);
        Assert.StartsWith(verdict + "\n", judged, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("GATEWAY_KEEP_BUNDLES") == "1")
        {
            var kept = Directory.CreateDirectory(Path.Combine(s_vectors, string.Create(CultureInfo.InvariantCulture, $"{Folders.Count() + 1:0000}-{name}"))).FullName;
            foreach (var file in Directory.GetFiles(folder))
                File.Copy(file, Path.Combine(kept, Path.GetFileName(file)));
        }
        Directory.Delete(folder, recursive: true);
    }

    private static IEnumerable<string> Trust(string folder) => File.ReadLines(Path.Combine(folder, "trust.txt"));

    // The verdict, and the code and file of each finding; words may become better.
    private static string Judged(string folder)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        VerifyCommand.Run([Path.Combine(folder, "case.zip"), "--json", "--at", At, "--tsa-trust", Path.Combine(folder, "tsa.pem"), "--trust", .. Trust(folder)], output, error, TimeProvider.System);
        Assert.Empty(error.ToString());
        using var json = JsonDocument.Parse(output.ToString());
        return string.Concat(json.RootElement.GetProperty("findings").EnumerateArray().Select(f => $"{f.GetProperty("code").GetString()} {f.GetProperty("severity").GetString()} {f.GetProperty("file").GetString()}".TrimEnd())
            .Prepend(json.RootElement.GetProperty("verdict").GetString()!).Select(line => line + "\n"));
    }
}

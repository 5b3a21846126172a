using System.Collections.Concurrent;
using System.Text;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Gateway.Verifier.Tests;
using Xunit;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>The bundle of every finding that breaks one, judged by deploy/verify.sh: it finds what it says that it finds, and what it leaves to gateway-verify is listed with the reason.</summary>
[Trait("Category", "Interop")]
public sealed class VerifyShCodesTests(VerifyShCodesTests.Runs runs) : IClassFixture<VerifyShCodesTests.Runs>
{
    /// <summary>Verdicts on foreign signatures are made by gateway-verify, whose own tests have those bundles.</summary>
    public static TheoryData<FindingCode> Codes => [.. VerifyShCodes.Broken.Where(code => code < FindingCode.VerdictUnreadable)];

    [Fact]
    public void Every_code_that_breaks_a_bundle_is_found_or_left_with_a_reason()
    {
        Assert.Empty(VerifyShCodes.Found.Keys.Intersect(VerifyShCodes.Left.Keys));
        Assert.Equal(VerifyShCodes.Broken, VerifyShCodes.Found.Keys.Concat(VerifyShCodes.Left.Keys).Order());
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task What_is_listed_as_found_is_broken_and_what_is_left_is_not(FindingCode code)
    {
        var (exit, output) = (await runs.All)[code];
        Assert.True(VerifyShCodes.Holds(code, exit, output), $"{code}: {exit}\n{output}");
    }

    [Fact]
    public void The_page_says_so()
    {
        var table = new StringBuilder("| code | verify.sh says, or why it does not look |\n|---|---|\n");
        foreach (var code in VerifyShCodes.Broken)
            table.Append($"| {new Finding(code, "").Id} {code} | {(VerifyShCodes.Found.TryGetValue(code, out var words) ? $"“{words}”" : $"left: {VerifyShCodes.Left[code]}")} |\n");
        var file = Path.Combine(RequestSamples.Root, "docs", "errors.md");
        var page = File.ReadAllText(file);
        const string Begin = "<!-- verify.sh: begin -->\n";
        var (from, to) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf("<!-- verify.sh: end -->", StringComparison.Ordinal));
        Assert.True(from >= Begin.Length && to >= from, "docs/errors.md has lost the marks around 'verify.sh'");
        var written = page[..from] + table + page[to..];
        if (Environment.GetEnvironmentVariable("GATEWAY_WRITE_DOCS") == "1")
            File.WriteAllText(file, written);
        else
            Assert.True(page == written, "docs/errors.md: 'verify.sh' differs from the test; run it with GATEWAY_WRITE_DOCS=1");
    }

    /// <summary>All of them once, on all cores.</summary>
    public sealed class Runs
    {
        private readonly Lazy<Task<IReadOnlyDictionary<FindingCode, (int Exit, string Output)>>> _all = new(Judge);

        public Task<IReadOnlyDictionary<FindingCode, (int Exit, string Output)>> All => _all.Value;

        private static async Task<IReadOnlyDictionary<FindingCode, (int Exit, string Output)>> Judge()
        {
            var folder = Directory.CreateTempSubdirectory("gateway-codes-").FullName;
            var runs = new ConcurrentDictionary<FindingCode, (int, string)>();
            await Parallel.ForEachAsync(VerifyShCodes.Broken.Where(code => code < FindingCode.VerdictUnreadable), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (code, _) =>
            {
                var judged = Judging.Judged.Value = [];
                await FindingCodeTests.Bundles[code]();
                var (bundle, anchors) = judged[^1];
                var own = Directory.CreateDirectory(Path.Combine(folder, code.ToString())).FullName;
                runs[code] = VerifySh.Run(VerifySh.Script, own, bundle, null, [.. anchors.Where(a => a.State is not null).Select(a => $"{a.State}={a.CardKey}")]);
            });
            Directory.Delete(folder, recursive: true);
            return runs;
        }
    }
}

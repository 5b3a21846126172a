using System.Text.Json;
using Gateway.Benchmarks.Harness;

namespace Gateway.Benchmarks.Verify;

/// <summary>The built <c>gateway-verify</c> as a process of its own, start-up included, on a bundle of many receipts, beside what the cores can verify at most.</summary>
internal static class VerifyBenchmark
{
    private const int Rounds = 3;

    public static async Task<int> Run(Arguments arguments)
    {
        var receipts = arguments.Number("receipts", 100_000);
        var cores = Environment.ProcessorCount;
        using var workspace = new Workspace(arguments);
        var path = workspace.File("case.zip");
        Report.Step($"a bundle of {receipts:#,0} receipts");
        var fingerprints = await LargeBundle.Write(path, receipts);

        var best = TimeSpan.MaxValue;
        for (var round = 1; round <= Rounds; round++)
        {
            Report.Step($"gateway-verify, round {round} of {Rounds}");
            var run = await Programs.Must(Programs.Built("Gateway.Verifier", "gateway-verify"), [path, "--json", "--trust", .. fingerprints]);
            best = run.Elapsed < best ? run.Elapsed : best;
            Check(run.Output, receipts);
        }
        Report.Step("openssl speed");
        var bound = (await OpenSslSpeed.CurveRates(cores)).VerifiesPerSecond;

        var rate = receipts / best.TotalSeconds;
        var report = new Report("verify");
        report.Row($"{receipts:#,0} receipts of two States", best.TotalSeconds, "s", "seconds", $"best of {Rounds}: a process each, from its start to its verdict");
        report.Row("receipts verified", rate, "/s", "receipts_verified_per_second", "signature, chain, heads, digests against the manifest");
        report.Row("bound: P-256 verifications on all cores", bound, "/s", "bound_verify_per_second", $"openssl speed -multi {cores}, same run");
        report.Row("share of the bound", 100 * rate / bound, "%", "percent_of_bound");
        report.Row("bundle", new FileInfo(path).Length / 1e6, "MB", "bundle_mb");
        report.Figure("receipts", receipts);
        report.Print();
        return 0;
    }

    // A verdict that was reached by looking at less would be fast too.
    private static void Check(string output, int receipts)
    {
        using var json = JsonDocument.Parse(output);
        var counted = json.RootElement.GetProperty("chains").EnumerateArray().Sum(c => c.GetProperty("receipts").GetInt64());
        var verdict = json.RootElement.GetProperty("verdict").GetString();
        if (verdict != "VALID" || counted != receipts)
            throw new MeasurementFailedException($"gateway-verify said {verdict} and counted {counted} receipts");
    }
}

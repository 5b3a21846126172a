using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Benchmarks.Harness;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Judgements;

namespace Gateway.Benchmarks.Recognise;

/// <summary>Verdicts per second of the engine, report included, beside <c>openssl cms -verify</c> of the same file with the same anchors and revocation lists, a process each as people use it.</summary>
internal static class RecogniseBenchmark
{
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(1);

    public static async Task<int> Run(Arguments arguments)
    {
        using var workspace = new Workspace(arguments);
        var time = TimeSpan.FromSeconds(arguments.Number("seconds", 5));
        var report = new Report("recognise");
        var (verdicts, verdictSeconds, runs, runSeconds) = (0L, 0.0, 0L, 0.0);
        foreach (var kind in SignedSample.Kinds)
        {
            report.Heading(kind.Name);
            if (await SignedSample.Make(kind, workspace.File(kind.Figure)) is not { } sample)
            {
                report.Row("  left out", "—", "openssl has no GOST engine here");
                report.Figure($"recognised_per_second_{kind.Figure}", (JsonNode?)null);
                continue;
            }
            var input = await Input(sample);
            var first = JudgeDocument.Of(input).Report;
            if (first.Document.Indication != "TOTAL_PASSED")
                throw new MeasurementFailedException($"{kind.Name}: expected TOTAL_PASSED, not {first.Document.Indication}: {string.Join("; ", first.Signatures.SelectMany(s => s.Messages).Select(m => $"{m.Key} {m.Detail}"))}");
            Report.Step($"{kind.Name}: verdicts, {time.TotalSeconds:0} s");
            await Judged(input, Warmup);
            var (count, seconds) = await Judged(input, time);
            report.Row("  verdicts", count / seconds, "/s", $"recognised_per_second_{kind.Figure}", "chain of three, two CRLs, report included");
            (verdicts, verdictSeconds) = (verdicts + count, verdictSeconds + seconds);
            if (!await Verifies(sample))
            {
                report.Row("  openssl cms -verify", "—", "openssl cannot verify this file");
                report.Figure($"openssl_per_second_{kind.Figure}", (JsonNode?)null);
                continue;
            }
            Report.Step($"{kind.Name}: openssl cms -verify, {time.TotalSeconds:0} s");
            var (started, took) = await Verified(sample, time);
            report.Row("  openssl cms -verify", started / took, "/s", $"openssl_per_second_{kind.Figure}", "one process for each file");
            (runs, runSeconds) = (runs + started, runSeconds + took);
        }
        report.Heading("all of them");
        report.Row("  verdicts", verdicts / verdictSeconds, "/s", "recognised_per_second");
        report.Row("  openssl cms -verify", runs / runSeconds, "/s", "openssl_per_second");
        report.Figure("seconds", time.TotalSeconds);
        report.Print();
        return 0;
    }

    private static async Task<JudgementInput> Input(SignedSample sample)
    {
        var files = new TrustFiles();
        _ = files.AddTrust(await File.ReadAllBytesAsync(sample.Root), "root.crt", TrustPurposes.Signatures);
        foreach (var list in sample.RevocationLists)
            files.AddMaterial(await File.ReadAllBytesAsync(list));
        return new JudgementInput { Document = await File.ReadAllBytesAsync(sample.Document), Name = "signed.p7m", At = TimeProvider.System.GetUtcNow().AddMinutes(2), Anchors = files.Anchors, Material = files.Material, Policy = PolicyFile.Alone };
    }

    private static async Task<(long Count, double Seconds)> Judged(JudgementInput input, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(() =>
        {
            var count = 0L;
            for (; clock.Elapsed < time; count++)
                JudgeDocument.Of(input);
            return count;
        })));
        return (counts.Sum(), clock.Elapsed.TotalSeconds);
    }

    private static async Task<bool> Verifies(SignedSample sample)
    {
        try
        {
            await Programs.Must(Programs.Find("openssl")!, sample.VerifyArguments);
            return true;
        }
        catch (MeasurementFailedException)
        {
            return false;
        }
    }

    private static async Task<(long Count, double Seconds)> Verified(SignedSample sample, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(async () =>
        {
            var count = 0L;
            for (; clock.Elapsed < time; count++)
                await Programs.Must(Programs.Find("openssl")!, sample.VerifyArguments);
            return count;
        })));
        return (counts.Sum(), clock.Elapsed.TotalSeconds);
    }
}

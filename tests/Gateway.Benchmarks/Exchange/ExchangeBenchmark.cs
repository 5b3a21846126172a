using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Benchmarks.Harness;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Benchmarks.Exchange;

/// <summary>Requests between two gateway processes: how many a second, each with its three receipts on both sides, beside what P-256 alone would allow.</summary>
internal static class ExchangeBenchmark
{
    // What one exchange needs by the protocol (docs/benchmarks.md names each). The ephemeral key is counted as one signature: both
    // are one multiplication of the base point.
    private const int Signatures = 6;
    private const int EphemeralKeys = 1;
    private const int Verifications = 8;
    private const int Agreements = 2;
    private const int Receipts = 3;

    public static async Task<int> Run(Arguments arguments)
    {
        var seconds = TimeSpan.FromSeconds(arguments.Number("seconds", 60));
        var warmup = TimeSpan.FromSeconds(arguments.Number("warmup", 20));
        var clients = arguments.Number("clients", 256);
        var cores = Environment.ProcessorCount;
        using var workspace = new Workspace(arguments);
        Report.Step("openssl speed");
        var curve = await OpenSslSpeed.CurveRates(cores);
        await using var gateways = await TwoGateways.Start(workspace);
        var before = await CountReceipts(gateways);

        using var source = new RequestSource("lawyer", gateways.Asking.Person("lawyer").Signer());
        await using var watch = new DeliveryWatch(gateways.Asking.Client("case-system"));
        var load = new LoadGenerator(gateways.Asking, source, watch);
        Report.Step($"{clients} clients, {warmup.TotalSeconds:0} s warm-up, {seconds.TotalSeconds:0} s measured");
        var measured = await Measure(gateways, load, clients, warmup, seconds);
        Report.Step("counting receipts");
        var receipts = await Settled(gateways, before, load.Submitted);

        Tell(measured, curve, cores, clients, receipts);
        return 0;
    }

    private static async Task<Measured> Measure(TwoGateways gateways, LoadGenerator load, int clients, TimeSpan warmup, TimeSpan seconds)
    {
        using var stop = new CancellationTokenSource();
        Task<IReadOnlyList<CompletedExchange>> running;
        try
        {
            running = load.Run(clients, stop.Token);
            await Task.WhenAny(running, Task.Delay(warmup));
            var (from, usedBefore) = (Stopwatch.GetTimestamp(), Usage.Now(gateways));
            await Task.WhenAny(running, Task.Delay(seconds));
            var (to, usedAfter) = (Stopwatch.GetTimestamp(), Usage.Now(gateways));
            await stop.CancelAsync();
            Report.Step("waiting for what is under way");
            var all = await running;
            List<CompletedExchange> inside = [.. all.Where(e => e.SeenAt >= from && e.SeenAt < to)];
            return inside.Count > 0
                ? new Measured(inside, Stopwatch.GetElapsedTime(from, to), usedAfter.Since(usedBefore))
                : throw new MeasurementFailedException("no exchange ended while it was measured; give it more --seconds");
        }
        catch (RpcException e)
        {
            throw new MeasurementFailedException($"a submission failed: {e.Status.StatusCode} {e.Status.Detail}");
        }
        catch (OperationCanceledException)
        {
            throw new MeasurementFailedException("some messages were not delivered two minutes after the end");
        }
    }

    private static void Tell(Measured measured, OpenSslSpeed.Curve curve, int cores, int clients, long receipts)
    {
        var rate = measured.Exchanges.Count / measured.Elapsed.TotalSeconds;
        var bound = 1 / (((Signatures + EphemeralKeys) / curve.SignsPerSecond) + (Verifications / curve.VerifiesPerSecond) + (Agreements / curve.AgreementsPerSecond));
        var report = new Report("exchange");
        report.Row("exchanges per second", rate, "/s", "exchanges_per_second", $"{measured.Exchanges.Count} in {measured.Elapsed.TotalSeconds:0.0} s, {clients} clients");
        report.Row("bound: P-256 on all cores", bound, "/s", "bound_per_second", $"1 / ({Signatures + EphemeralKeys}/sign + {Verifications}/verify + {Agreements}/ecdh), openssl speed -multi {cores}");
        report.Row("share of the bound", 100 * rate / bound, "%", "percent_of_bound");
        report.Heading("submit → ContentConsignment");
        report.Row("  p50, as the client saw it", Percentile(measured, 50, e => e.ToSeen), "ms", "p50_ms", "Submit called → event read");
        report.Row("  p99, as the client saw it", Percentile(measured, 99, e => e.ToSeen), "ms", "p99_ms");
        report.Row("  p50, by the time in the event", Percentile(measured, 50, e => e.ToStored), "ms", "p50_stored_ms", "before the last flush");
        report.Row("  p99, by the time in the event", Percentile(measured, 99, e => e.ToStored), "ms", "p99_stored_ms");
        report.Row("submit → SubmissionAcceptance, p50", Percentile(measured, 50, e => e.ToReply), "ms", "p50_submit_ms");
        report.Row("submit → SubmissionAcceptance, p99", Percentile(measured, 99, e => e.ToReply), "ms", "p99_submit_ms");
        report.Row("receipts on each side", $"{receipts:#,0}", $"{Receipts} × every request, warm-up included");
        report.Figure("receipts_each_side", receipts);

        report.Heading("where the time goes, ms of one core per exchange");
        var cpu = new JsonObject();
        foreach (var (name, text, used) in measured.Used.Named())
            Cost(name, text, 1000 * used.CpuSeconds / measured.Exchanges.Count);
        Cost("all", "  all three processes", 1000 * measured.Used.CpuSeconds / measured.Exchanges.Count);
        Cost("available", "  available", 1000 * cores / rate);
        Cost("signing", $"  of it {Signatures} signatures, {EphemeralKeys} ephemeral key", 1000 * cores * (Signatures + EphemeralKeys) / curve.SignsPerSecond);
        Cost("verifying", $"  of it {Verifications} verifications", 1000 * cores * Verifications / curve.VerifiesPerSecond);
        Cost("agreeing", $"  of it {Agreements} key agreements", 1000 * cores * Agreements / curve.AgreementsPerSecond);
        report.Figure("cpu_ms_per_exchange", cpu);
        report.Heading("written to disk, kB per exchange");
        var written = new JsonObject();
        foreach (var (name, text, used) in measured.Used.Named().Take(2))
        {
            var kilobytes = used.WrittenBytes / 1000 / measured.Exchanges.Count;
            report.Row(text, $"{Report.Text(kilobytes)} kB");
            written[name] = Report.Round(kilobytes);
        }
        report.Figure("written_kb_per_exchange", written);
        report.Figure("seconds", Report.Round(measured.Elapsed.TotalSeconds));
        report.Figure("clients", clients);
        report.Figure("openssl_per_second", new JsonObject { ["sign"] = Report.Round(curve.SignsPerSecond), ["verify"] = Report.Round(curve.VerifiesPerSecond), ["ecdh"] = Report.Round(curve.AgreementsPerSecond) });
        report.Print();

        void Cost(string name, string text, double milliseconds)
        {
            report.Row(text, $"{Report.Text(milliseconds)} ms");
            cpu[name] = Report.Round(milliseconds);
        }
    }

    private static double Percentile(Measured measured, int percent, Func<CompletedExchange, TimeSpan> of)
    {
        var sorted = measured.Exchanges.Select(e => of(e).TotalMilliseconds).Order().ToList();
        return sorted[(int)Math.Ceiling(sorted.Count * percent / 100.0) - 1];
    }

    private static async Task<(long Asking, long Asked)> CountReceipts(TwoGateways gateways) => (
        (long)(await gateways.Asking.Client("administrator").StatusAsync(new StatusRequest())).Receipts,
        (long)(await gateways.Asked.Client("administrator").StatusAsync(new StatusRequest())).Receipts);

    /// <summary>Three receipts of every request on both sides: no more, no fewer.</summary>
    private static async Task<long> Settled(TwoGateways gateways, (long Asking, long Asked) before, int submitted)
    {
        var wanted = (long)Receipts * submitted;
        (long Asking, long Asked) now = default;
        for (var i = 0; i < 60; i++)
        {
            now = await CountReceipts(gateways);
            if (now.Asking - before.Asking == wanted && now.Asked - before.Asked == wanted)
                return wanted;
            await Task.Delay(500);
        }
        throw new MeasurementFailedException($"{submitted} requests should have given {wanted} receipts on each side; XA has {now.Asking - before.Asking}, XB {now.Asked - before.Asked}");
    }

    private sealed record Measured(IReadOnlyList<CompletedExchange> Exchanges, TimeSpan Elapsed, Usage Used);

    private sealed record Usage(ProcessFigures Asking, ProcessFigures Asked, ProcessFigures Load)
    {
        public double CpuSeconds => Asking.CpuSeconds + Asked.CpuSeconds + Load.CpuSeconds;

        public static Usage Now(TwoGateways gateways)
            => new(ProcessFigures.Of(gateways.Asking.ProcessId), ProcessFigures.Of(gateways.Asked.ProcessId), ProcessFigures.Of(Environment.ProcessId));

        public Usage Since(Usage before) => new(Asking.Since(before.Asking), Asked.Since(before.Asked), Load.Since(before.Load));

        public IEnumerable<(string Name, string Text, ProcessFigures Used)> Named()
            => [("sender", "  sending gateway", Asking), ("receiver", "  receiving gateway", Asked), ("load", "  load generator", Load)];
    }
}

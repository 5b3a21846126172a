using System.Diagnostics;
using Gateway.Benchmarks.Exchange;
using Gateway.Benchmarks.Harness;
using Gateway.V1;

namespace Gateway.Benchmarks.Evidence;

/// <summary>Emergency requests from submission to consignment receipt, first on idle gateways, then beside transfers at full speed in the other direction of the same line.</summary>
internal static class EmergencyBenchmark
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static async Task<int> Run(Arguments arguments)
    {
        var items = arguments.Number("items", 4);
        var bytes = (long)arguments.Number("size-mb", 2048) << 20;
        var most = TimeSpan.FromSeconds(arguments.Number("seconds", 60));
        using var workspace = new Workspace(arguments);
        await using var gateways = await TwoGateways.Start(workspace);
        var desk = await LaboratoryDesk.For(workspace, gateways);
        var caseId = await OpenedCase.Open(gateways);
        var attached = new List<string>();
        for (var n = 1; n <= items; n++)
        {
            Report.Step($"attaching item {n} of {items}, {bytes >> 20} MiB");
            var file = workspace.File($"disk-{n}.dd");
            RandomFile.Make(file, bytes);
            attached.Add((await desk.Attach(file, caseId)).Item);
            File.Delete(file);
        }

        using var source = new RequestSource("lawyer", gateways.Asking.Person("lawyer").Signer(), "emergency-disclosure");
        await using var watch = new DeliveryWatch(gateways.Asking.Client("case-system"));
        var client = gateways.Asking.Client("case-system");
        Report.Step("emergencies on idle gateways");
        await Emergencies(client, source, watch, TimeSpan.FromSeconds(5), () => false);
        var idle = await Emergencies(client, source, watch, TimeSpan.FromSeconds(10), () => false);

        Report.Step($"emergencies beside {items} transfers");
        foreach (var item in attached)
            await desk.Decide("officer-1", "propose", item);
        foreach (var item in attached)
            await desk.Decide("officer-2", "approve", item);
        var lawyer = gateways.Asking.Client("lawyer");
        var (before, began) = (await Stored(lawyer, caseId), Stopwatch.GetTimestamp());
        while ((await Stored(lawyer, caseId)).Count(i => i.ChunksStored > 0) < items)
            await Task.Delay(20);
        using var ended = new CancellationTokenSource();
        var looking = Ended(lawyer, caseId, ended);
        var beside = await Emergencies(client, source, watch, most, () => ended.IsCancellationRequested);
        var (after, elapsed) = (await Stored(lawyer, caseId), Stopwatch.GetElapsedTime(began));
        await ended.CancelAsync();
        await looking;

        var moved = after.Sum(i => (long)i.ChunksStored) - before.Sum(i => (long)i.ChunksStored);
        var report = new Report("emergency");
        report.Row("emergencies beside the transfers", $"{beside.Count}", $"one after the other, {Pause.TotalMilliseconds:0} ms apart, while all {items} transfers were under way");
        report.Row("p50, submit → consignment receipt", At(beside, 50), "ms", "emergency_p50_ms", "Submit called → event read, which is committed with the receipt");
        report.Row("p99, submit → consignment receipt", At(beside, 99), "ms", "emergency_p99_ms");
        report.Row("p50 on idle gateways", At(idle, 50), "ms", "idle_p50_ms");
        report.Row("p99 on idle gateways", At(idle, 99), "ms", "idle_p99_ms");
        report.Row("transfers together", moved * 1.048576 / elapsed.TotalSeconds, "MB/s", "transfers_mb_per_second", $"{items} items of {bytes >> 20} MiB");
        report.Figure("emergencies", beside.Count);
        report.Figure("transfers", items);
        report.Print();
        return 0;
    }

    private static async Task<List<double>> Emergencies(Operator.OperatorClient client, RequestSource source, DeliveryWatch watch, TimeSpan time, Func<bool> enough)
    {
        using var giveUp = new CancellationTokenSource(time + Patience);
        var took = new List<double>();
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < time && !enough();)
        {
            var request = source.Next();
            var submitted = Stopwatch.GetTimestamp();
            var reply = await client.SubmitAsync(request, cancellationToken: giveUp.Token);
            await watch.Delivered(reply.Message, giveUp.Token);
            took.Add(Stopwatch.GetElapsedTime(submitted).TotalMilliseconds);
            await Task.Delay(Pause);
        }
        return took.Count > 0 ? took : throw new MeasurementFailedException("no emergency was sent while all transfers were under way; give them more --size-mb");
    }

    // Ends when the first transfer has ended: then there are fewer than were asked for.
    private static async Task Ended(Operator.OperatorClient lawyer, string caseId, CancellationTokenSource ended)
    {
        while (!ended.IsCancellationRequested)
        {
            if ((await Stored(lawyer, caseId)).Any(i => i.State != "RECEIVING"))
                await ended.CancelAsync();
            await Task.Delay(200, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<IReadOnlyList<ItemView>> Stored(Operator.OperatorClient lawyer, string caseId)
        => (await lawyer.ListItemsAsync(new ListItemsRequest { CaseId = caseId })).Items;

    private static double At(List<double> took, int percent)
    {
        var sorted = took.Order().ToList();
        return sorted[(int)Math.Ceiling(sorted.Count * percent / 100.0) - 1];
    }
}

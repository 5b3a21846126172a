using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Gateway.Benchmarks.Exchange;
using Gateway.Benchmarks.Harness;
using Gateway.Benchmarks.Rpc;
using Gateway.V1;

namespace Gateway.Benchmarks.Evidence;

/// <summary>One file from the laboratory of XB to the lawyer of XA, with the executables that people use: how fast each hop is, beside scp, sha256sum, the disk and what the cryptography allows.</summary>
internal static class EvidenceBenchmark
{
    public static async Task<int> Run(Arguments arguments)
    {
        var bytes = (long)arguments.Number("size-mb", 256) << 20;
        using var workspace = new Workspace(arguments);
        Report.Step("openssl speed");
        var bulk = await OpenSslSpeed.BulkRates();
        var stream = await RpcBenchmark.EmptyStream(TimeSpan.FromSeconds(5));
        var file = workspace.File("disk.dd");
        Report.Step($"making a file of {bytes >> 20} MiB");
        Make(file, bytes);
        var hops = await Hops(workspace, file);
        Report.Step("sha256sum, disk, scp");
        var digest = await Programs.Must("sha256sum", [file]);
        var disk = await Programs.Must("dd", [$"if={file}", $"of={workspace.File("copied-by-dd")}", "bs=1M", "conv=fsync", "status=none"]);
        File.Delete(workspace.File("copied-by-dd"));
        var (scp, scpNote) = await SecureCopy.Copy(workspace, file);
        Tell(bytes, hops, bulk, stream, digest.Elapsed, disk.Elapsed, scp, scpNote);
        return 0;
    }

    private static async Task<HopTimes> Hops(Workspace workspace, string file)
    {
        await using var gateways = await TwoGateways.Start(workspace);
        var desk = new LaboratoryDesk(workspace);
        await desk.Add("technician", gateways.Asked);
        await desk.Add("officer-1", gateways.Asked);
        await desk.Add("officer-2", gateways.Asked);
        await desk.Add("lawyer", gateways.Asking);
        var caseId = await OpenCase(gateways);
        var (idleAsking, idleAsked) = (ProcessFigures.ResidentMegabytes(gateways.Asking.ProcessId), ProcessFigures.ResidentMegabytes(gateways.Asked.ProcessId));

        Report.Step("attach");
        var before = Cpu.Now(gateways);
        var (item, attach) = await desk.Attach(file, caseId);
        var attaching = Cpu.Now(gateways).Since(before);
        await desk.Decide("officer-1", "propose", item);
        await desk.Decide("officer-2", "approve", item);
        Report.Step("transfer");
        before = Cpu.Now(gateways);
        var transfer = await Event(gateways.Asking, "lawyer", "item.complete", item) - await Event(gateways.Asked, "technician", "item.released", item);
        var transferring = Cpu.Now(gateways).Since(before);
        Report.Step("download");
        before = Cpu.Now(gateways);
        var download = await desk.Download(item, workspace.File("received"));
        return new HopTimes(attach, transfer, download, attaching, transferring, Cpu.Now(gateways).Since(before), idleAsking, idleAsked,
            ProcessFigures.PeakMegabytes(gateways.Asking.ProcessId), ProcessFigures.PeakMegabytes(gateways.Asked.ProcessId));
    }

    private static async Task<string> OpenCase(TwoGateways gateways)
    {
        using var source = new RequestSource("lawyer", gateways.Asking.Person("lawyer").Signer());
        await using var watch = new DeliveryWatch(gateways.Asking.Client("case-system"));
        var reply = await gateways.Asking.Client("case-system").SubmitAsync(source.Next());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await watch.Delivered(reply.Message, patience.Token);
        return reply.CaseId;
    }

    /// <summary>The time that stands in an event, as soon as there is one.</summary>
    private static async Task<DateTimeOffset> Event(GatewayProcess gateway, string person, string kind, string item)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromHours(2));
        using var call = gateway.Client(person).Watch(new WatchRequest(), cancellationToken: patience.Token);
        while (await call.ResponseStream.MoveNext(patience.Token))
        {
            var one = call.ResponseStream.Current;
            if (one.Kind == kind && one.Subject == item)
                return DateTimeOffset.Parse(one.Time, CultureInfo.InvariantCulture);
            if (one.Kind == "item.rejected" && one.Subject == item)
                throw new MeasurementFailedException($"the item was rejected: {one.Text}");
        }
        throw new MeasurementFailedException($"the event stream of {gateway.State} ended before {kind}");
    }

    // Random content: nothing on the way can take advantage of it.
    private static void Make(string file, long bytes)
    {
        using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[1 << 20];
        for (var done = 0L; done < bytes; done += block.Length)
        {
            RandomNumberGenerator.Fill(block);
            stream.Write(block);
        }
        stream.Flush(flushToDisk: true);
    }

    private static void Tell(long bytes, HopTimes hops, OpenSslSpeed.Bulk bulk, double stream, TimeSpan digest, TimeSpan disk, TimeSpan? scp, string scpNote)
    {
        double Rate(TimeSpan elapsed) => bytes / 1e6 / elapsed.TotalSeconds;
        var bound = 1 / ((1 / bulk.Aes256Gcm) + (2 / bulk.Sha256) + (1 / stream)) / 1e6;
        var total = hops.Attach + hops.Transfer + hops.Download;
        var report = new Report("evidence");
        var rates = new JsonObject();
        report.Heading($"{bytes >> 20} MiB; MB are 10^6 bytes; whole commands, start of the program included");
        Hop("attach", hops.Attach, "gatewayctl evidence attach: read, digest, encrypt, upload, stored and flushed");
        Hop("transfer", hops.Transfer, "second officer's release → all chunks flushed at the other gateway");
        Hop("download", hops.Download, "gatewayctl evidence download: fetch, decrypt, compare, flushed, handed over");
        Hop("total", total, "the three one after the other");
        report.Figure("evidence_mb_per_second", rates);
        report.Row("bound of one hop", bound, "MB/s", "bound_mb_per_second", "1 / (AES-256-GCM + 2 × SHA-256 + empty gRPC stream), one core each");
        report.Row("  AES-256-GCM", bulk.Aes256Gcm / 1e6, "MB/s", "aes256gcm_mb_per_second", "openssl speed, 1 MiB");
        report.Row("  SHA-256", bulk.Sha256 / 1e6, "MB/s", "sha256_mb_per_second", "openssl speed, 1 MiB");
        report.Row("  empty gRPC stream", stream / 1e6, "MB/s", "empty_stream_mb_per_second", "1 MiB messages over TLS, nothing done with them");
        if (scp is { } copied)
            report.Row("scp of the same file", Rate(copied), "MB/s", "scp_mb_per_second", scpNote);
        else
        {
            report.Row("scp of the same file", "-", scpNote);
            report.Figure("scp_mb_per_second", null);
        }
        report.Row("sha256sum of the same file", Rate(digest), "MB/s", "sha256sum_mb_per_second");
        report.Row("dd with fsync of the same file", Rate(disk), "MB/s", "disk_mb_per_second", "what the disk takes");
        report.Heading("where the time goes, ms of one core per MB");
        var cpu = new JsonObject();
        Cost("attach", "gatewayctl", hops.Attaching.Commands);
        Cost("attach", "XB", hops.Attaching.Asked);
        Cost("transfer", "XB", hops.Transferring.Asked);
        Cost("transfer", "XA", hops.Transferring.Asking);
        Cost("download", "XA", hops.Downloading.Asking);
        Cost("download", "gatewayctl", hops.Downloading.Commands);
        report.Figure("cpu_ms_per_mb", cpu);
        report.Heading("memory");
        report.Row("resident, XA, before → peak", $"{Report.Text(hops.IdleAsking)} → {Report.Text(hops.PeakAsking)} MB", "receives the item");
        report.Row("resident, XB, before → peak", $"{Report.Text(hops.IdleAsked)} → {Report.Text(hops.PeakAsked)} MB", "takes it from the laboratory and sends it");
        report.Figure("peak_rss_mb", new JsonObject { ["XA"] = Report.Round(hops.PeakAsking), ["XB"] = Report.Round(hops.PeakAsked) });
        report.Figure("before_rss_mb", new JsonObject { ["XA"] = Report.Round(hops.IdleAsking), ["XB"] = Report.Round(hops.IdleAsked) });
        report.Figure("size_mib", bytes >> 20);
        report.Print();

        void Cost(string hop, string process, double seconds)
        {
            report.Row($"  {hop}, {process}", $"{Report.Text(1000 * seconds / (bytes / 1e6))} ms");
            cpu[$"{hop}_{process}"] = Report.Round(1000 * seconds / (bytes / 1e6));
        }

        void Hop(string name, TimeSpan elapsed, string note)
        {
            report.Row(name, $"{Report.Text(Rate(elapsed))} MB/s", $"{elapsed.TotalSeconds:0.0} s; {note}");
            rates[name] = Report.Round(Rate(elapsed));
        }
    }

    private sealed record HopTimes(TimeSpan Attach, TimeSpan Transfer, TimeSpan Download, Cpu Attaching, Cpu Transferring, Cpu Downloading, double IdleAsking, double IdleAsked, double PeakAsking, double PeakAsked);

    /// <summary>CPU seconds: XA, XB, and the commands that have ended.</summary>
    private sealed record Cpu(double Asking, double Asked, double Commands)
    {
        public static Cpu Now(TwoGateways gateways)
            => new(ProcessFigures.Of(gateways.Asking.ProcessId).CpuSeconds, ProcessFigures.Of(gateways.Asked.ProcessId).CpuSeconds, ProcessFigures.OfFinishedPrograms());

        public Cpu Since(Cpu before) => new(Asking - before.Asking, Asked - before.Asked, Commands - before.Commands);
    }
}

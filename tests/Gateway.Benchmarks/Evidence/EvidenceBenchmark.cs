using System.Text.Json.Nodes;
using Gateway.Benchmarks.Harness;
using Gateway.Benchmarks.Rpc;

namespace Gateway.Benchmarks.Evidence;

/// <summary>One file from the laboratory of XB to the lawyer of XA, with the executables that people use: how fast each hop is, beside scp, curl from nginx, sha256sum, the disk and what the cryptography allows.</summary>
internal static class EvidenceBenchmark
{
    private const int Gibibyte = 1024;
    private const string MemoryDisk = "/dev/shm";

    public static async Task<int> Run(Arguments arguments)
    {
        Report.Step("openssl speed");
        var bounds = new Bounds(await OpenSslSpeed.BulkRates(), await RpcBenchmark.EmptyStream(TimeSpan.FromSeconds(5)));
        var report = new Report("evidence");
        var runs = new JsonArray();
        foreach (var (mebibytes, place) in Plan(arguments))
        {
            using var workspace = place == MemoryDisk ? new Workspace(arguments, MemoryDisk) : new Workspace(arguments);
            var figures = new JsonObject { ["size_mib"] = mebibytes, ["on"] = place == MemoryDisk ? "tmpfs" : "disk" };
            await One(workspace, (long)mebibytes << 20, bounds, new Sheet(report, figures));
            runs.Add(figures);
            report.PrintRows();
        }
        // The first run speaks for all; the others stand beside it.
        foreach (var (name, value) in (JsonObject)runs[0]!)
            report.Figure(name, value?.DeepClone());
        report.Figure("runs", runs);
        report.Print();
        return 0;
    }

    // One size where it is asked for, else 1 GiB and 10 GiB on disk and 1 GiB in memory.
    private static IEnumerable<(int Mebibytes, string Place)> Plan(Arguments arguments) => arguments.Given("size-mb") || arguments.Folder is not null
        ? [(arguments.Number("size-mb", Gibibyte), "")]
        : [(Gibibyte, ""), (10 * Gibibyte, ""), .. Directory.Exists(MemoryDisk) ? [(Gibibyte, MemoryDisk)] : Array.Empty<(int, string)>()];

    private static async Task One(Workspace workspace, long bytes, Bounds bounds, Sheet sheet)
    {
        var file = workspace.File("disk.dd");
        Report.Step($"making a file of {bytes >> 20} MiB");
        RandomFile.Make(file, bytes);
        var hops = await Hops(workspace, file);
        // Three copies of it lie there now: room for those that follow.
        foreach (var folder in new[] { "XA", "XB", "received" })
            Directory.Delete(workspace.File(folder), recursive: true);
        Report.Step("sha256sum, disk, scp, curl");
        var digest = await Programs.Must("sha256sum", [file]);
        var disk = await Programs.Must("dd", [$"if={file}", $"of={workspace.File("copied-by-dd")}", "bs=1M", "conv=fsync", "status=none"]);
        File.Delete(workspace.File("copied-by-dd"));
        var scp = await SecureCopy.Copy(workspace, file);
        var nginx = await TlsDownload.Fetch(workspace, file);
        Tell(bytes, hops, bounds, new Compared(digest.Elapsed, disk.Elapsed, scp, nginx), sheet);
    }

    private static async Task<HopTimes> Hops(Workspace workspace, string file)
    {
        await using var gateways = await TwoGateways.Start(workspace);
        var desk = await LaboratoryDesk.For(workspace, gateways);
        var caseId = await OpenedCase.Open(gateways);
        var (idleAsking, idleAsked) = (ProcessFigures.ResidentMegabytes(gateways.Asking.ProcessId), ProcessFigures.ResidentMegabytes(gateways.Asked.ProcessId));

        Report.Step("attach");
        var before = Cpu.Now(gateways);
        var (item, attach) = await desk.Attach(file, caseId);
        var attaching = Cpu.Now(gateways).Since(before);
        await desk.Decide("officer-1", "propose", item);
        await desk.Decide("officer-2", "approve", item);
        Report.Step("transfer");
        before = Cpu.Now(gateways);
        var transfer = await OpenedCase.Event(gateways.Asking, "lawyer", "item.complete", item) - await OpenedCase.Event(gateways.Asked, "technician", "item.released", item);
        var transferring = Cpu.Now(gateways).Since(before);
        Report.Step("download");
        before = Cpu.Now(gateways);
        var download = await desk.Download(item, workspace.File("received"));
        return new HopTimes(attach, transfer, download, attaching, transferring, Cpu.Now(gateways).Since(before), idleAsking, idleAsked,
            ProcessFigures.PeakMegabytes(gateways.Asking.ProcessId), ProcessFigures.PeakMegabytes(gateways.Asked.ProcessId), desk.PeakMegabytes);
    }

    private static void Tell(long bytes, HopTimes hops, Bounds bounds, Compared compared, Sheet sheet)
    {
        double Rate(TimeSpan elapsed) => bytes / 1e6 / elapsed.TotalSeconds;
        var (bulk, stream) = bounds;
        var computed = 1 / ((1 / bulk.Aes256Gcm) + (2 / bulk.Sha256) + (1 / stream)) / 1e6;
        var bound = Math.Min(computed, Rate(compared.Disk));
        var rates = new JsonObject();
        sheet.Heading($"{bytes >> 20} MiB on {sheet.Place}; MB are 10^6 bytes; whole commands, start of the program included");
        Hop("attach", hops.Attach, "gatewayctl evidence attach: read, digest, encrypt, upload, stored and flushed");
        Hop("transfer", hops.Transfer, "second officer's release → all chunks flushed at the other gateway");
        Hop("download", hops.Download, "gatewayctl evidence download: fetch, decrypt, compare, flushed, handed over");
        Hop("total", hops.Attach + hops.Transfer + hops.Download, "the three one after the other");
        sheet.Figure("evidence_mb_per_second", rates);
        sheet.Row("bound of one hop", bound, "MB/s", "bound_mb_per_second", bound < computed ? "what the disk writes (dd), which is less than 1 / (AES-256-GCM + 2 × SHA-256 + empty gRPC stream)" : "1 / (AES-256-GCM + 2 × SHA-256 + empty gRPC stream), one core each; the disk writes faster");
        sheet.Row("  AES-256-GCM", bulk.Aes256Gcm / 1e6, "MB/s", "aes256gcm_mb_per_second", "openssl speed, 1 MiB");
        sheet.Row("  SHA-256", bulk.Sha256 / 1e6, "MB/s", "sha256_mb_per_second", "openssl speed, 1 MiB");
        sheet.Row("  empty gRPC stream", stream / 1e6, "MB/s", "empty_stream_mb_per_second", "1 MiB messages over TLS, nothing done with them");
        Beside("scp of the same file", "scp_mb_per_second", compared.Scp.Elapsed, compared.Scp.Note);
        Beside("curl from nginx over TLS", "nginx_mb_per_second", compared.Nginx.Elapsed, compared.Nginx.Note);
        Beside("sha256sum, then scp", "sha256sum_then_scp_mb_per_second", compared.Scp.Elapsed is { } copy ? compared.Digest + copy : null, "what a laboratory does today");
        sheet.Row("sha256sum of the same file", Rate(compared.Digest), "MB/s", "sha256sum_mb_per_second");
        sheet.Row("dd with fsync of the same file", Rate(compared.Disk), "MB/s", "disk_mb_per_second", "what the disk takes");
        sheet.Heading("where the time goes, ms of one core per MB");
        var cpu = new JsonObject();
        Cost("attach", "gatewayctl", hops.Attaching.Commands);
        Cost("attach", "XB", hops.Attaching.Asked);
        Cost("transfer", "XB", hops.Transferring.Asked);
        Cost("transfer", "XA", hops.Transferring.Asking);
        Cost("download", "XA", hops.Downloading.Asking);
        Cost("download", "gatewayctl", hops.Downloading.Commands);
        sheet.Figure("cpu_ms_per_mb", cpu);
        sheet.Row("  of it AES-256-GCM once, SHA-256 once", $"{Report.Text(1e9 / bulk.Aes256Gcm)} and {Report.Text(1e9 / bulk.Sha256)} ms", "by openssl speed; TLS is two more AES-256-GCM in each hop");
        sheet.Heading("memory");
        sheet.Row("resident, XA, before → peak", $"{Report.Text(hops.IdleAsking)} → {Report.Text(hops.PeakAsking)} MB", "receives the item");
        sheet.Row("resident, XB, before → peak", $"{Report.Text(hops.IdleAsked)} → {Report.Text(hops.PeakAsked)} MB", "takes it from the laboratory and sends it");
        sheet.Row("resident, gatewayctl, peak", $"{Report.Text(hops.PeakCommand)} MB", "attach, download: the larger of them");
        sheet.Figure("peak_rss_mb", Report.Round(Math.Max(hops.PeakCommand, Math.Max(hops.PeakAsking, hops.PeakAsked))));
        sheet.Figure("before_rss_mb", Report.Round(Math.Max(hops.IdleAsking, hops.IdleAsked)));
        sheet.Figure("rss_mb", new JsonObject { ["XA_before"] = Report.Round(hops.IdleAsking), ["XA_peak"] = Report.Round(hops.PeakAsking), ["XB_before"] = Report.Round(hops.IdleAsked), ["XB_peak"] = Report.Round(hops.PeakAsked), ["gatewayctl_peak"] = Report.Round(hops.PeakCommand) });

        void Beside(string name, string figure, TimeSpan? elapsed, string note)
        {
            if (elapsed is { } took)
                sheet.Row(name, Rate(took), "MB/s", figure, note);
            else
            {
                sheet.Row(name, "-", note);
                sheet.Figure(figure, null);
            }
        }

        void Cost(string hop, string process, double seconds)
        {
            sheet.Row($"  {hop}, {process}", $"{Report.Text(1000 * seconds / (bytes / 1e6))} ms");
            cpu[$"{hop}_{process}"] = Report.Round(1000 * seconds / (bytes / 1e6));
        }

        void Hop(string name, TimeSpan elapsed, string note)
        {
            sheet.Row(name, $"{Report.Text(Rate(elapsed))} MB/s", $"{elapsed.TotalSeconds:0.0} s; {note}");
            rates[name] = Report.Round(Rate(elapsed));
        }
    }

    private sealed record Bounds(OpenSslSpeed.Bulk Bulk, double Stream);

    private sealed record Compared(TimeSpan Digest, TimeSpan Disk, (TimeSpan? Elapsed, string Note) Scp, (TimeSpan? Elapsed, string Note) Nginx);

    /// <summary>The rows of one run, with its figures apart from those of the others.</summary>
    private sealed record Sheet(Report Report, JsonObject Figures)
    {
        public string Place => Figures["on"]!.GetValue<string>();

        public void Heading(string text) => Report.Heading(text);

        public void Figure(string name, JsonNode? value) => Figures[name] = value;

        public void Row(string name, string value, string note = "") => Report.Row(name, value, note);

        public void Row(string name, double value, string unit, string figure, string note = "")
        {
            Report.Row(name, $"{Report.Text(value)} {unit}", note);
            Figures[figure] = Report.Round(value);
        }
    }

    private sealed record HopTimes(TimeSpan Attach, TimeSpan Transfer, TimeSpan Download, Cpu Attaching, Cpu Transferring, Cpu Downloading, double IdleAsking, double IdleAsked, double PeakAsking, double PeakAsked, double PeakCommand);

    /// <summary>CPU seconds: XA, XB, and the commands that have ended.</summary>
    private sealed record Cpu(double Asking, double Asked, double Commands)
    {
        public static Cpu Now(TwoGateways gateways)
            => new(ProcessFigures.Of(gateways.Asking.ProcessId).CpuSeconds, ProcessFigures.Of(gateways.Asked.ProcessId).CpuSeconds, ProcessFigures.OfFinishedPrograms());

        public Cpu Since(Cpu before) => new(Asking - before.Asking, Asked - before.Asked, Commands - before.Commands);
    }
}

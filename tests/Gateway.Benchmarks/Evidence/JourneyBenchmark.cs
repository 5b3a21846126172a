using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Benchmarks.Harness;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Benchmarks.Evidence;

/// <summary>
/// One large item all the way in one run: laboratory, gateway, gateway, lawyer. With <c>--kill</c> each process is killed once in the middle of its hop
/// and must go on; the memory of every process is sampled; at the end the digests must agree.
/// </summary>
internal static class JourneyBenchmark
{
    private const double AllowedGrowth = 256;

    public static async Task<int> Run(Arguments arguments)
    {
        var bytes = (long)arguments.Number("size-mb", 20 * 1024) << 20;
        using var workspace = new Workspace(arguments);
        var file = workspace.File("disk.dd");
        Report.Step($"making a file of {bytes >> 20} MiB");
        RandomFile.Make(file, bytes);
        var expected = await RandomFile.Sha256(file);
        await using var gateways = await TwoGateways.Start(workspace);
        var desk = await LaboratoryDesk.For(workspace, gateways);
        var caseId = await OpenedCase.Open(gateways);
        var journey = new Journey(gateways, desk, arguments.Kill, bytes);
        var began = Stopwatch.GetTimestamp();

        var (technician, lawyer) = (new Progress(gateways.Asked.Client("technician"), caseId), new Progress(gateways.Asking.Client("lawyer"), caseId));
        Report.Step("attach");
        await journey.Command(gateways.Asked, technician.Stored,
            "--context", "technician", "evidence", "attach", file, "--case", caseId, "--intake", LaboratoryDesk.Intake);
        var item = await technician.Item();
        File.Delete(file);
        Report.Step("release and transfer");
        await desk.Decide("officer-1", "propose", item.Item);
        await desk.Decide("officer-2", "approve", item.Item);
        await journey.Transfer(lawyer.Stored, item.Item);
        Report.Step("download");
        var received = workspace.File("received");
        await journey.Command(gateways.Asking, () => Task.FromResult(Fetched(received)), "--context", "lawyer", "evidence", "download", item.Item, "--to", received, "--purpose", "CRIMINAL_PROCEEDINGS: measurement");
        var elapsed = Stopwatch.GetElapsedTime(began);
        var found = await RandomFile.Sha256(Directory.EnumerateFiles(received).First(f => !f.EndsWith(".txt", StringComparison.Ordinal)));
        await journey.DisposeAsync();

        var report = new Report("journey");
        report.Row("size", $"{bytes >> 20} MiB", $"laboratory → XB → XA → lawyer in {elapsed.TotalSeconds:0} s, {journey.Killed} processes killed on the way");
        report.Row("digests", found == expected && found == item.Sha256 ? "equal" : "DIFFERENT", $"SHA-256 of the source, the manifest and the file received: {found}");
        report.Heading("resident size, MB: first seen, peak, growth");
        var memory = new JsonObject();
        foreach (var (name, (first, peak)) in journey.Memory)
        {
            report.Row($"  {name}", $"{Report.Text(first)} → {Report.Text(peak)} MB", $"+{Report.Text(peak - first)}");
            memory[name] = Report.Round(peak - first);
        }
        var flat = journey.Memory.Values.All(m => m.Peak - m.First < AllowedGrowth);
        report.Row("every process below 256 MB above idle", flat ? "yes" : "NO");
        report.Figure("size_mib", bytes >> 20);
        report.Figure("killed", journey.Killed);
        report.Figure("seconds", Report.Round(elapsed.TotalSeconds));
        report.Figure("digests_equal", found == expected && found == item.Sha256);
        report.Figure("growth_mb", memory);
        report.Print();
        return found == expected && found == item.Sha256 && flat ? 0 : 1;
    }

    private static long Fetched(string folder)
        => Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Select(f => new FileInfo(f)).Where(f => f.Exists).Sum(f => f.Length) : 0;
}

/// <summary>How far the only item of a case has come at one gateway; while that is being killed, as far as before.</summary>
internal sealed class Progress(Operator.OperatorClient client, string caseId)
{
    private long _last;

    public async Task<ItemView> Item() => (await client.ListItemsAsync(new ListItemsRequest { CaseId = caseId })).Items[0];

    public async Task<long> Stored()
    {
        try
        {
            var items = (await client.ListItemsAsync(new ListItemsRequest { CaseId = caseId })).Items;
            return _last = items.Sum(i => (long)i.ChunksStored) << 20;
        }
        catch (RpcException)
        {
            return _last;
        }
    }
}

/// <summary>The hops, with the kills in their middle and a look at all memories.</summary>
internal sealed class Journey : IAsyncDisposable
{
    private readonly TwoGateways _gateways;
    private readonly LaboratoryDesk _desk;
    private readonly bool _kills;
    private readonly long _bytes;
    private readonly MemorySampler _sampler;
    private Process? _command;
    private string _commandName = "";

    public Journey(TwoGateways gateways, LaboratoryDesk desk, bool kills, long bytes)
    {
        (_gateways, _desk, _kills, _bytes) = (gateways, desk, kills, bytes);
        _sampler = new MemorySampler(() =>
        {
            var seen = new List<(string, int)> { ("gateway XA", _gateways.Asking.ProcessId), ("gateway XB", _gateways.Asked.ProcessId) };
            if (_command is { HasExited: false } running)
                seen.Add((_commandName, running.Id));
            return seen;
        });
    }

    public int Killed { get; private set; }

    public IReadOnlyDictionary<string, (double First, double Peak)> Memory => _sampler.Seen;

    public ValueTask DisposeAsync() => _sampler.DisposeAsync();

    /// <summary>Runs a command of a person to its end. Killed, it is given again, as a person would; at two thirds its gateway is killed, which the command must survive.</summary>
    public async Task Command(GatewayProcess gateway, Func<Task<long>> progress, params string[] arguments)
    {
        _commandName = $"gatewayctl {arguments[3]}";
        _command = _desk.Begin(arguments);
        if (_kills)
        {
            await Reach(progress, _bytes / 3);
            _command.Kill();
            await _command.WaitForExitAsync();
            Killed++;
            Report.Step($"killed {_commandName} at {await progress() >> 20} MiB");
            _command = _desk.Begin(arguments);
            await Reach(progress, _bytes * 2 / 3);
            await gateway.KillAndServe();
            Killed++;
            Report.Step($"killed gateway {gateway.State}");
        }
        await _command.WaitForExitAsync();
        // A command that gave up while its gateway was down says how to go on: by running it again.
        for (var i = 0; i < 3 && _command.ExitCode == 3; i++)
        {
            _command = _desk.Begin(arguments);
            await _command.WaitForExitAsync();
        }
        if (_command.ExitCode != 0)
            throw new MeasurementFailedException($"{_commandName} ended with {_command.ExitCode}:\n{await File.ReadAllTextAsync(_desk.Log)}");
    }

    /// <summary>The transfer between the gateways: each is killed once.</summary>
    public async Task Transfer(Func<Task<long>> progress, string item)
    {
        if (_kills)
        {
            await Reach(progress, _bytes / 3);
            await _gateways.Asking.KillAndServe();
            Report.Step("killed gateway XA");
            await Reach(progress, _bytes * 2 / 3);
            await _gateways.Asked.KillAndServe();
            Report.Step("killed gateway XB");
            Killed += 2;
        }
        await OpenedCase.Event(_gateways.Asking, "lawyer", "item.complete", item);
    }

    private async Task Reach(Func<Task<long>> progress, long bytes)
    {
        while (await progress() < bytes)
        {
            if (_command is { HasExited: true, ExitCode: not 0 })
                throw new MeasurementFailedException($"{_commandName} ended with {_command.ExitCode}:\n{await File.ReadAllTextAsync(_desk.Log)}");
            await Task.Delay(100);
        }
    }
}

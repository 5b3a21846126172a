using System.Diagnostics;
using System.Text.Json;
using Gateway.Benchmarks.Harness;

namespace Gateway.Benchmarks.Evidence;

/// <summary>The people of the evidence flow at their own computers: the built <c>gatewayctl</c>, one process per command.</summary>
internal sealed class LaboratoryDesk(Workspace workspace)
{
    private readonly string _program = Programs.Built("Gateway.Cli", "gatewayctl");
    private readonly Dictionary<string, string> _environment = new() { ["GATEWAYCTL_CONFIG"] = workspace.File(Path.Combine("gatewayctl", "contexts.json")) };

    /// <summary>The people of both States, each with a context.</summary>
    public static async Task<LaboratoryDesk> For(Workspace workspace, TwoGateways gateways)
    {
        var desk = new LaboratoryDesk(workspace);
        await desk.Add("technician", gateways.Asked);
        await desk.Add("officer-1", gateways.Asked);
        await desk.Add("officer-2", gateways.Asked);
        await desk.Add("lawyer", gateways.Asking);
        return desk;
    }

    /// <summary>Starts a command of a person and leaves it running, for those who watch it or kill it.</summary>
    public Process Begin(params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "exec \"$0\" \"$@\" >> \"$BENCHMARK_LOG\" 2>&1 < /dev/null", _program } };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        start.Environment["BENCHMARK_LOG"] = Log;
        return Process.Start(start)!;
    }

    /// <summary>What the commands that were begun have said.</summary>
    public string Log => workspace.File("gatewayctl.log");

    public static string Intake => Path.Combine(Programs.Repository, "deploy", "samples", "intake.json");

    public Task Add(string context, GatewayProcess gateway)
    {
        var person = gateway.Person(context);
        return Run("context", "add", context, "--endpoint", $"https://127.0.0.1:{gateway.OperatorPort}", "--server-cert", gateway.TlsCertificateFile,
            "--client-cert", person.ClientCertificate, "--client-key", person.ClientKey, "--sign-cert", person.SigningCertificate, "--sign-key", person.SigningKey);
    }

    /// <summary>Attaches a file; gives the item's id.</summary>
    public async Task<(string Item, TimeSpan Elapsed)> Attach(string file, string caseId)
    {
        var finished = await Run("--context", "technician", "evidence", "attach", file, "--case", caseId, "--intake", Intake, "--json");
        // Progress comes in lines before it.
        using var result = JsonDocument.Parse(finished.Output.TrimEnd().Split('\n')[^1]);
        return (result.RootElement.GetProperty("item").GetString()!, finished.Elapsed);
    }

    public Task Decide(string officer, string decision, string item)
        => Run("--context", officer, "release", decision, item, "--basis", "section 110; order 2 Gs 77/26");

    /// <summary>Downloads, decrypts, compares and hands over; exit code 0 says that every digest agrees.</summary>
    public async Task<TimeSpan> Download(string item, string folder)
        => (await Run("--context", "lawyer", "evidence", "download", item, "--to", folder, "--purpose", "CRIMINAL_PROCEEDINGS: measurement")).Elapsed;

    /// <summary>The largest resident size of a command that was run to its end.</summary>
    public double PeakMegabytes { get; private set; }

    private async Task<Finished> Run(params string[] arguments)
    {
        var finished = await Programs.Must(_program, arguments, _environment);
        PeakMegabytes = Math.Max(PeakMegabytes, finished.PeakMegabytes);
        return finished;
    }
}

using System.Text.Json;
using Gateway.Benchmarks.Harness;

namespace Gateway.Benchmarks.Evidence;

/// <summary>The people of the evidence flow at their own computers: the built <c>gatewayctl</c>, one process per command.</summary>
internal sealed class LaboratoryDesk(Workspace workspace)
{
    private readonly string _program = Programs.Built("Gateway.Cli", "gatewayctl");
    private readonly Dictionary<string, string> _environment = new() { ["GATEWAYCTL_CONFIG"] = workspace.File(Path.Combine("gatewayctl", "contexts.json")) };

    public Task Add(string context, GatewayProcess gateway)
    {
        var person = gateway.Person(context);
        return Run("context", "add", context, "--endpoint", $"https://127.0.0.1:{gateway.OperatorPort}", "--server-cert", gateway.TlsCertificateFile,
            "--client-cert", person.ClientCertificate, "--client-key", person.ClientKey, "--sign-cert", person.SigningCertificate, "--sign-key", person.SigningKey);
    }

    /// <summary>Attaches a file; gives the item's id.</summary>
    public async Task<(string Item, TimeSpan Elapsed)> Attach(string file, string caseId)
    {
        var intake = Path.Combine(Programs.Repository, "deploy", "samples", "intake.json");
        var finished = await Run("--context", "technician", "evidence", "attach", file, "--case", caseId, "--intake", intake, "--json");
        // Progress comes in lines before it.
        using var result = JsonDocument.Parse(finished.Output.TrimEnd().Split('\n')[^1]);
        return (result.RootElement.GetProperty("item").GetString()!, finished.Elapsed);
    }

    public Task Decide(string officer, string decision, string item)
        => Run("--context", officer, "release", decision, item, "--basis", "section 110; order 2 Gs 77/26");

    /// <summary>Downloads, decrypts, compares and hands over; exit code 0 says that every digest agrees.</summary>
    public async Task<TimeSpan> Download(string item, string folder)
        => (await Run("--context", "lawyer", "evidence", "download", item, "--to", folder)).Elapsed;

    private Task<Finished> Run(params string[] arguments) => Programs.Must(_program, arguments, _environment);
}

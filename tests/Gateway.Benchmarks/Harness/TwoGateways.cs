namespace Gateway.Benchmarks.Harness;

/// <summary>XA asks, XB is asked: two gateway processes after the ceremony, with the people whom the benchmarks need.</summary>
internal sealed class TwoGateways : IAsyncDisposable
{
    private TwoGateways(GatewayProcess asking, GatewayProcess asked) => (Asking, Asked) = (asking, asked);

    public GatewayProcess Asking { get; }

    public GatewayProcess Asked { get; }

    public static async Task<TwoGateways> Start(Workspace workspace)
    {
        Report.Step("making keys and certificates");
        var pki = workspace.File("pki");
        await Programs.Must("/bin/bash", [Path.Combine(Programs.Repository, "certs-dev", "make.sh"), pki, "XA", "XB"]);
        Report.Step("starting two gateways");
        var asking = await GatewayProcess.Start("XA", workspace.File("XA"), Path.Combine(pki, "XA"));
        GatewayProcess asked;
        try
        {
            asked = await GatewayProcess.Start("XB", workspace.File("XB"), Path.Combine(pki, "XB"));
        }
        catch
        {
            await asking.DisposeAsync();
            throw;
        }
        var both = new TwoGateways(asking, asked);
        try
        {
            await both.Introduce();
            return both;
        }
        catch
        {
            await both.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Asking.DisposeAsync();
        await Asked.DisposeAsync();
    }

    private async Task Introduce()
    {
        await Asking.Approve(Asked);
        await Asked.Approve(Asking);
        await Asking.AddUser("lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        await Asking.AddUser("case-system", "XA-CA", "CENTRAL_AUTHORITY_MLA", system: true);
        await Asked.AddUser("technician", "XB-LAB", "FORENSIC_LAB");
        await Asked.AddUser("officer-1", "XB-PO", "COMPETENT_AUTHORITY");
        await Asked.AddUser("officer-2", "XB-PO", "COMPETENT_AUTHORITY");
    }
}

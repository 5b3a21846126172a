namespace Gateway.Hosting;

/// <summary>What a service supervisor asks, on the loopback port: alive (the process answers) and ready (it can do its work).</summary>
internal static class HealthEndpoint
{
    public static readonly PathString Root = "/health";

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => "live\n");
        app.MapGet("/health/ready", (Readiness readiness) =>
        {
            var reasons = readiness.Reasons();
            return Results.Text(
                reasons.Count == 0 ? "ready\n" : string.Join('\n', reasons) + "\n",
                "text/plain",
                statusCode: reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        });
    }
}

using Gateway.Runtime;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Hosting;

/// <summary>Sends traces and metrics over OTLP, only where an endpoint is configured. Built by hand: the hosting package of OpenTelemetry is not served by the registry.</summary>
internal sealed class TelemetryExport(TelemetryOptions options, string state) : IHostedService, IDisposable
{
    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var endpoint = new Uri(options.OtlpEndpoint);
        void Describe(ResourceBuilder resource) => resource.AddService("gateway", serviceVersion: Telemetry.Version, serviceInstanceId: state);
        _traces = Sdk.CreateTracerProviderBuilder().ConfigureResource(Describe).AddSource(Telemetry.Name).AddOtlpExporter(o => o.Endpoint = endpoint).Build();
        _metrics = Sdk.CreateMeterProviderBuilder().ConfigureResource(Describe).AddMeter(Telemetry.Name).AddOtlpExporter(o => o.Endpoint = endpoint).Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _traces?.ForceFlush(2000);
        _metrics?.ForceFlush(2000);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }
}

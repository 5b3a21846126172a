using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Hosting;

/// <summary>What leaves a gateway for an OTLP collector: figures and spans, never what a request says.</summary>
public sealed class TelemetryExportTests
{
    private const string Traces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    private const string Metrics = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

    [Fact]
    public async Task Traces_and_metrics_reach_the_collector_and_hold_nothing_of_a_request()
    {
        await using var collector = await Collector.Start();
        var fields = new List<string>();
        await using (var states = await Flow.TwoStates.Start(null, json => json["Telemetry"] = new JsonObject { ["OtlpEndpoint"] = collector.Endpoint }))
        {
            Texts(Flow.TwoStates.Preserve(states.Asking.Clock), fields);
            var sent = await states.SendPreserve();
            await states.Settled(sent.CaseId, 3);
            await states.Asking.Stop();
            await states.Asked.Stop();
        }

        Assert.Contains(Traces, collector.Received.Keys);
        Assert.Contains("gateway.calls", collector.Received[Metrics], StringComparison.Ordinal);
        Assert.Contains("gateway.messages", collector.Received[Metrics], StringComparison.Ordinal);
        var all = string.Concat(collector.Received.Values);
        Assert.Contains("XA", all, StringComparison.Ordinal);
        Assert.True(fields.Count > 5, "the sample has no texts to look for");
        Assert.DoesNotContain(fields, f => all.Contains(f, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_collector_that_is_not_there_stops_nothing()
    {
        await using var states = await Flow.TwoStates.Start(null, json => json["Telemetry"] = new JsonObject { ["OtlpEndpoint"] = "http://127.0.0.1:9" });
        var sent = await states.SendPreserve();
        await states.Settled(sent.CaseId, 3);
    }

    /// <summary>Every text that is long enough to be nobody else's.</summary>
    private static void Texts(JsonNode? node, List<string> found)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var member in members)
                    Texts(member.Value, found);
                break;
            case JsonArray items:
                foreach (var item in items)
                    Texts(item, found);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { Length: > 14 } text:
                found.Add(text);
                break;
            default:
                break;
        }
    }

    /// <summary>The receiving side of OTLP over gRPC: takes every export and keeps its bytes.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Collector(WebApplication app)
        {
            _app = app;
            app.Run(Take);
        }

        /// <summary>What came, by the path of the call; protobuf keeps texts as they are.</summary>
        public ConcurrentDictionary<string, string> Received { get; } = new(StringComparer.Ordinal);

        public string Endpoint => _app.Urls.Single();

        public static async Task<Collector> Start()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
            var collector = new Collector(builder.Build());
            await collector._app.StartAsync();
            return collector;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private async Task Take(HttpContext call)
        {
            using var body = new MemoryStream();
            await call.Request.Body.CopyToAsync(body);
            var text = Encoding.Latin1.GetString(body.ToArray());
            Received.AddOrUpdate(call.Request.Path.Value ?? "", text, (_, before) => before + text);
            call.Response.ContentType = "application/grpc";
            await call.Response.Body.WriteAsync(new byte[5]);
            call.Response.AppendTrailer("grpc-status", "0");
        }
    }
}

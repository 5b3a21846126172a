using Gateway.Hosting;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Hosting;

/// <summary>
/// Push only: there is no call by which a peer can list, search, query or fetch. Every method that a peer can call is written here
/// with the reason why it may exist; a new one fails until somebody has written its reason.
/// </summary>
public sealed class PeerSurfaceTests
{
    private static readonly Dictionary<string, string> Allowed = new(StringComparer.Ordinal)
    {
        ["Deliver"] = "pushes a message; the answer holds receipts about that message's case only",
        ["PushReceipts"] = "pushes receipts; the answer is a number",
        ["SendEvidence"] = "pushes an item; the answers say what of it is stored",
        ["TransferProgress"] = "reads the progress of the caller's own transfer",
        ["PushHeads"] = "pushes the caller's heads; the answer is the number expected next in the caller's own chains",
        ["ReturnReceipts"] = "pushes receipts that the receiver signed; the answer is a number",
        ["ReturnMessage"] = "pushes a message that the receiver sealed and has lost; the answer is whether it was taken",
        ["PushErasure"] = "pushes the caller's own erasure of a case; the answer is empty",
        ["ReportDamage"] = "pushes which chunks of a received item the caller has lost; the answer is empty",
        ["PushCard"] = "pushes the caller's own card; the answer is its version",
    };

    // Plain HTTP on the same port: the witness protocol.
    private static readonly Dictionary<string, string> AllowedPaths = new(StringComparer.Ordinal)
    {
        ["POST /witness/add-checkpoint"] = "pushes a checkpoint of a log; the answer is our cosignature or the size that we hold",
        ["GET /witness/{log}/checkpoint"] = "reads a checkpoint of another log that we witnessed",
        ["GET /log/checkpoint"] = "reads our latest checkpoint",
    };

    [Fact]
    public void Every_call_of_the_exchange_service_has_a_reason()
        => Assert.Equal(Allowed.Keys.Order(), Exchange.Descriptor.Methods.Select(m => m.Name).Order());

    [Fact]
    public void Outside_the_envelope_travel_ids_authorities_receipts_and_whether_it_is_an_emergency_and_no_word_of_the_content()
        => Assert.Equal(["message", "case_id", "sender", "recipient", "envelope", "receipts", "first_receipt", "next_expected", "emergency"], DeliverRequest.Descriptor.Fields.InFieldNumberOrder().Select(field => field.Name));

    [Fact]
    public async Task Every_call_that_exists_is_served_and_nothing_else_is_mapped()
    {
        await using var state = await TestState.Running();
        var routes = state.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(e => e.RoutePattern.RawText!).ToList();
        foreach (var method in Allowed.Keys)
            Assert.Contains(routes, r => r.EndsWith($"{Exchange.Descriptor.FullName}/{method}", StringComparison.Ordinal));
        var services = routes.Where(r => r.Count(c => c == '/') == 2 && !r.Contains('{', StringComparison.Ordinal)).Select(r => r.Split('/')[1]).Distinct().Where(s => s.Contains('.', StringComparison.Ordinal));
        Assert.Equal(["gateway.v1.Exchange", "gateway.v1.Operator", "grpc.health.v1.Health"], services.Order());
        // Everything that is mapped and is no gRPC method: the health port's two paths, the files of the log for auditors on the operator port, and what is written above.
        var plain = state.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => !e.RoutePattern.RawText!.Contains('.', StringComparison.Ordinal) && !e.RoutePattern.RawText!.Contains("{unimplemented", StringComparison.Ordinal))
            .SelectMany(e => (e.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.HttpMethodMetadata>()?.HttpMethods ?? ["*"]).Select(m => $"{m} {e.RoutePattern.RawText}"));
        Assert.Equal(AllowedPaths.Keys.Concat(["GET /health/live", "GET /health/ready", "GET /log/{state}/{epoch}/{**path}"]).Order(), plain.Order());
        Assert.Equal(AllowedPaths.Keys.Order(), WitnessEndpoint.Routes.Order());
    }

    [Fact]
    public async Task A_peer_finds_nothing_but_these_paths()
    {
        await using var asked = await TestState.Running("XA");
        await using var peer = await TestState.Running("XB");
        await TestState.Introduce(asked, peer);
        using var caller = new Witness.WitnessCaller(asked, peer.Tls);
        foreach (var path in new[] { "/", "/health/live", "/health/ready", "/log", "/log/tile/0/000", "/log/tile/entries/000", "/log/checkpoint/", "/witness", "/witness/add-checkpoint", "/witness/x", "/witness/x/checkpoint/y", "/gateway.v1.Operator/Status" })
            Assert.NotEqual((path, 200, true), (path, (await caller.Get(path)).Status, (await caller.Get(path)).ContentType != "application/grpc"));
    }

    [Fact]
    public void Every_call_of_the_protocol_is_answered_by_the_endpoint()
    {
        Assert.All(Exchange.Descriptor.Methods, m => Assert.NotNull(Overridden(typeof(ExchangeEndpoint), m.Name)));
        Assert.All(Operator.Descriptor.Methods, m => Assert.NotNull(Overridden(typeof(OperatorEndpoint), m.Name)));
    }

    private static System.Reflection.MethodInfo? Overridden(Type endpoint, string name)
        => Array.Find(endpoint.GetMethods(), m => m.Name == name && m.DeclaringType == endpoint);
}

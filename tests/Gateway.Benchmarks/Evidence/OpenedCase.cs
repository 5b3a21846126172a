using System.Globalization;
using Gateway.Benchmarks.Exchange;
using Gateway.Benchmarks.Harness;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Benchmarks.Evidence;

/// <summary>A case that waits for evidence, and what happens to its items.</summary>
internal static class OpenedCase
{
    public static async Task<string> Open(TwoGateways gateways)
    {
        using var source = new RequestSource("lawyer", gateways.Asking.Person("lawyer").Signer());
        await using var watch = new DeliveryWatch(gateways.Asking.Client("case-system"));
        var reply = await gateways.Asking.Client("case-system").SubmitAsync(source.Next());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await watch.Delivered(reply.Message, patience.Token);
        return reply.CaseId;
    }

    /// <summary>The time that stands in an event, as soon as there is one. A gateway that is killed meanwhile is asked again.</summary>
    public static async Task<DateTimeOffset> Event(GatewayProcess gateway, string person, string kind, string item)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromHours(8));
        while (true)
        {
            try
            {
                using var call = gateway.Client(person).Watch(new WatchRequest(), cancellationToken: patience.Token);
                while (await call.ResponseStream.MoveNext(patience.Token))
                {
                    var one = call.ResponseStream.Current;
                    if (one.Kind == kind && one.Subject == item)
                        return DateTimeOffset.Parse(one.Time, CultureInfo.InvariantCulture);
                    if (one.Kind == "item.rejected" && one.Subject == item)
                        throw new MeasurementFailedException($"the item was rejected: {one.Text}");
                }
            }
            catch (RpcException) when (!patience.IsCancellationRequested)
            {
                await Task.Delay(500, patience.Token);
            }
        }
    }
}

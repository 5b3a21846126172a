using Grpc.Core;
using Xunit;

namespace Gateway.Tests.Infrastructure;

/// <summary>Expects a call to be refused, and gives the refusal that travelled in the trailer.</summary>
internal static class Refused
{
    public static async Task<V1.Refusal> By(Func<Task> call, string code)
    {
        var refusal = await Of(call);
        Assert.Equal(code, refusal.Code);
        return refusal;
    }

    public static async Task<V1.Refusal> Of(Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        var bytes = error.Trailers.GetValueBytes("gateway-refusal-bin");
        Assert.True(bytes is not null, $"no refusal travelled with {error.Status}");
        return V1.Refusal.Parser.ParseFrom(bytes);
    }
}

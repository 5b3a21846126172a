using Gateway.Rpc.Interop;
using Xunit;

namespace Gateway.Rpc.Tests;

public sealed class InteropTests
{
    public static TheoryData<string> Cases => [.. InteropCases.Names];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Our_client_and_our_server_pass_the_published_case(string name)
    {
        await using var server = await InteropServer.StartAsync(Arguments.Parse(["--port", "0"]));
        var output = new StringWriter();
        using var handler = new SocketsHttpHandler();
        await InteropClient.RunAsync(new Uri($"http://127.0.0.1:{server.Port}"), [name], handler, output);
        Assert.Equal($"{name}: passed{Environment.NewLine}", output.ToString());
    }
}

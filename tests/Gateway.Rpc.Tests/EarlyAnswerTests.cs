using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;
using Xunit;

namespace Gateway.Rpc.Tests;

/// <summary>A server may answer before the stream of requests has begun: whoever waits to write then hears the answer, and does not wait for ever.</summary>
public sealed class EarlyAnswerTests
{
    private static readonly StreamingOutputCallRequest Request = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_to_a_stream_that_never_began_throws_the_status_that_came(bool answerFirst)
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1", new GrpcChannelOptions { HttpHandler = new NeverBegun(answerFirst), DisposeHttpClient = true });
        using var call = new TestService.TestServiceClient(channel).FullDuplexCall();
        var failure = await Wait.ForFailureAsync(() => call.RequestStream.WriteAsync(Request).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal((StatusCode.PermissionDenied, "not you"), (failure.StatusCode, failure.Status.Detail));
        Assert.Equal(StatusCode.PermissionDenied, call.GetStatus().StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_of_a_stream_that_never_began_is_told_the_status_that_came(bool answerFirst)
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1", new GrpcChannelOptions { HttpHandler = new NeverBegun(answerFirst), DisposeHttpClient = true });
        using var call = new TestService.TestServiceClient(channel).FullDuplexCall();
        var failure = await Wait.ForFailureAsync(() => call.RequestStream.CompleteAsync().WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(StatusCode.PermissionDenied, failure.StatusCode);
    }

    // Fewer than Kestrel lets stand half-closed on one connection (200 in five seconds; then ENHANCE_YOUR_CALM).
    [Fact]
    public async Task Calls_that_are_refused_at_once_all_end()
    {
        await using var host = await RpcHost.StartAsync(new Script { Duplex = (_, _, _) => throw new RpcException(new Status(StatusCode.PermissionDenied, "not you")) });
        var client = host.Client;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var i = 0; i < 20; i++)
            {
                using var call = client.FullDuplexCall();
                var failure = await Wait.ForFailureAsync(async () =>
                {
                    await call.RequestStream.WriteAsync(Request).WaitAsync(TimeSpan.FromSeconds(60));
                    await call.ResponseStream.MoveNext(default);
                });
                Assert.True(failure.StatusCode == StatusCode.PermissionDenied, $"{i}: {failure}");
            }
        }));
    }

    // As SocketsHttpHandler does when HEADERS with the status and RST_STREAM come before the content was asked to write itself.
    private sealed class NeverBegun(bool answerFirst) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = new HttpResponseMessage(HttpStatusCode.OK) { Version = HttpVersion.Version20, Content = new ByteArrayContent([]) };
            response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            response.Headers.Add("grpc-status", "7");
            response.Headers.Add("grpc-message", "not you");
            if (!answerFirst) return FailThenAnswer(request.Content!, response);
            _ = AnswerThenFail(request.Content!);
            return Task.FromResult(response);
        }

        private static async Task<HttpResponseMessage> FailThenAnswer(HttpContent content, HttpResponseMessage response)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => content.CopyToAsync(Stream.Null, new CancellationToken(canceled: true)));
            return response;
        }

        private static async Task AnswerThenFail(HttpContent content)
        {
            await Task.Delay(200);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => content.CopyToAsync(Stream.Null, new CancellationToken(canceled: true)));
        }
    }
}

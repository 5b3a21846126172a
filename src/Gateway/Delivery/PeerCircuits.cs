using System.Collections.Concurrent;
using Grpc.Core;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Gateway.Delivery;

/// <summary>
/// How attempts are made, each peer by itself: a time limit, two quick repetitions where nobody answered, and a circuit breaker that
/// leaves a peer alone for a while when nearly all attempts fail. Throws what the attempt threw, <see cref="TimeoutRejectedException"/>,
/// or <see cref="BrokenCircuitException"/> without having tried.
/// </summary>
internal sealed class PeerCircuits(DeliveryOptions options, TimeProvider clock)
{
    /// <summary>So many attempts within <see cref="Sampling"/>, nearly all in vain, open the circuit.</summary>
    public const int FewestAttempts = 10;

    public static readonly TimeSpan Sampling = TimeSpan.FromSeconds(30);

    /// <summary>For so long a peer is left alone; then one attempt finds out.</summary>
    public static readonly TimeSpan Break = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, ResiliencePipeline> _pipelines = new(StringComparer.Ordinal);

    public ValueTask<T> Run<T>(string peer, Func<CancellationToken, ValueTask<T>> attempt, CancellationToken stop)
        => _pipelines.GetOrAdd(peer, Pipeline).ExecuteAsync(attempt, stop);

    private ResiliencePipeline Pipeline(string peer) => new ResiliencePipelineBuilder { TimeProvider = clock, Name = peer }
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = 0.9,
            MinimumThroughput = FewestAttempts,
            SamplingDuration = Sampling,
            BreakDuration = Break,
            ShouldHandle = new PredicateBuilder().Handle<RpcException>(e => e.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded).Handle<TimeoutRejectedException>(),
        })
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 2,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(200),
            ShouldHandle = new PredicateBuilder().Handle<RpcException>(e => e.StatusCode is StatusCode.Unavailable),
        })
        .AddTimeout(TimeSpan.FromSeconds(options.AttemptSeconds))
        .Build();
}

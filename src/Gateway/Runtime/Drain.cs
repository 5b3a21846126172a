namespace Gateway.Runtime;

/// <summary>
/// The way down: after <see cref="Begin"/> the gateway is not ready, new calls are refused with "send again in a minute", and calls
/// that wait for something to happen (Watch, loops) end by <see cref="Begun"/>. What is under way finishes.
/// </summary>
internal sealed class Drain : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    /// <summary>Cancelled when draining begins.</summary>
    public CancellationToken Begun => _source.Token;

    public bool Draining => _source.IsCancellationRequested;

    public void Begin() => _source.Cancel();

    public void Dispose() => _source.Dispose();
}

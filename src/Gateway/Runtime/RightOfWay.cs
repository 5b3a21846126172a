namespace Gateway.Runtime;

/// <summary>
/// Emergencies go first: while one is under way in this process, evidence waits between two chunks. For a moment only, so that a stream of
/// emergencies, or of messages that call themselves so, slows evidence down and never stops it.
/// </summary>
internal sealed class RightOfWay(TimeProvider clock)
{
    private static readonly TimeSpan Most = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private int _underWay;
    private TaskCompletionSource _free = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>An emergency is under way until the result is disposed of; with false, nothing happens.</summary>
    public IDisposable? Take(bool emergency)
    {
        if (!emergency)
            return null;
        lock (_lock)
        {
            if (_underWay++ == 0)
                _free = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        return new Taken(this);
    }

    /// <summary>Before each chunk: waits while an emergency is under way, but never long.</summary>
    public Task GiveWay(CancellationToken cancellation)
    {
        lock (_lock)
            return _underWay == 0 ? Task.CompletedTask : Task.WhenAny(_free.Task, Task.Delay(Most, clock, cancellation));
    }

    private void Return()
    {
        lock (_lock)
        {
            if (--_underWay == 0)
                _free.TrySetResult();
        }
    }

    private sealed class Taken(RightOfWay way) : IDisposable
    {
        private RightOfWay? _way = way;

        public void Dispose() => Interlocked.Exchange(ref _way, null)?.Return();
    }
}

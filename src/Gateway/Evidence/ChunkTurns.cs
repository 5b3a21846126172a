namespace Gateway.Evidence;

/// <summary>
/// Turns for checking and writing chunks while more than one State brings evidence: so many at a time, the States in turn whatever number of transfers each has open, so that none takes
/// the machine for itself. A State that is alone never waits, and one that has nothing to write now delays nobody.
/// </summary>
internal sealed class ChunkTurns(int places)
{
    private readonly Lock _changing = new();
    private readonly Dictionary<string, int> _working = new(StringComparer.Ordinal);

    // The State whose turn is next stands first.
    private readonly LinkedList<Line> _waiting = new();
    private int _inside;

    /// <summary>Waits for a place; it is free again when what is returned is disposed of.</summary>
    public Task<IDisposable> Take(string peer, CancellationToken cancellation)
    {
        TaskCompletionSource turn;
        lock (_changing)
        {
            // Whenever a place is free nobody waits: who leaves lets in.
            if (_waiting.Count == 0 && (_inside < places || _inside == _working.GetValueOrDefault(peer)))
            {
                Enter(peer);
                return Task.FromResult<IDisposable>(new Place(this, peer));
            }
            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var line = _waiting.FirstOrDefault(l => l.Peer == peer);
            if (line is null)
                _waiting.AddLast(line = new Line(peer, new Queue<TaskCompletionSource>()));
            line.Turns.Enqueue(turn);
        }
        return Wait(turn, peer, cancellation);
    }

    private async Task<IDisposable> Wait(TaskCompletionSource turn, string peer, CancellationToken cancellation)
    {
        await using var given = cancellation.Register(() => turn.TrySetCanceled(cancellation));
        await turn.Task;
        return new Place(this, peer);
    }

    private void Enter(string peer)
    {
        _inside++;
        _working[peer] = _working.GetValueOrDefault(peer) + 1;
    }

    private void Leave(string peer)
    {
        lock (_changing)
        {
            _inside--;
            if (--_working[peer] == 0)
                _working.Remove(peer);
            while (_inside < places && _waiting.First is { Value: var line })
            {
                _waiting.RemoveFirst();
                // Who gave up has no turn.
                while (line.Turns.TryDequeue(out var turn))
                {
                    Enter(line.Peer);
                    if (turn.TrySetResult())
                        break;
                    _inside--;
                    if (--_working[line.Peer] == 0)
                        _working.Remove(line.Peer);
                }
                if (line.Turns.Count > 0)
                    _waiting.AddLast(line);
            }
        }
    }

    private sealed record Line(string Peer, Queue<TaskCompletionSource> Turns);

    private sealed class Place(ChunkTurns turns, string peer) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                turns.Leave(peer);
        }
    }
}

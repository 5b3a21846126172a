using System.Collections.Concurrent;
using Gateway.Peers;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// Shows both notes of a forked log to every other peer, as anybody may submit a checkpoint: who had seen only one of them has the whole proof then, and cosigns no more.
/// After a start it is done again; who knows the fork already answers so.
/// </summary>
internal sealed class TellForks(Database database, KnownLogs logs, PeerCopies copies, TimeProvider clock, ILogger<TellForks> log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    // When a peer is shown a fork again; never, once it has answered.
    private readonly ConcurrentDictionary<(string State, string Origin), DateTimeOffset> _next = new();

    public async Task Run(CancellationToken cancellation)
    {
        foreach (var fork in database.Read(LogConflicts.All).Where(c => c.Kind == ConflictKind.ROOTS))
        {
            foreach (var peer in logs.Witnesses.Where(p => p.State != fork.State && Due((p.State, fork.Origin))).ToList())
                _next[(peer.State, fork.Origin)] = await Tell(peer, fork, cancellation) ? DateTimeOffset.MaxValue : clock.GetUtcNow() + Pause;
        }
    }

    private bool Due((string State, string Origin) told) => !_next.TryGetValue(told, out var next) || next <= clock.GetUtcNow();

    private async Task<bool> Tell(Peer peer, LogConflict fork, CancellationToken cancellation)
    {
        foreach (var note in new[] { fork.First, fork.Second })
        {
            // Without a proof: it is not to be cosigned. What is refused is kept in mind, since it bears the signature of its log.
            if (!(await copies.Submit(peer.State, new CheckpointSubmission(0, [], note), cancellation)).TryGet(out var reply, out _)
                || reply.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
                return false;
        }
        log.LogWarning("{State} was shown the two checkpoints with which {Origin} contradicts itself", peer.State, fork.Origin);
        return true;
    }
}

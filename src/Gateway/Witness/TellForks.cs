using System.Collections.Concurrent;
using Gateway.Peers;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// Shows both notes of a forked log to every peer, as anybody may submit a checkpoint: who had seen only one of them has the whole proof then, and cosigns no more. Also to the State of that log:
/// somebody may have stolen its key. After a start it is done again; who knows the fork already answers as before.
/// </summary>
internal sealed class TellForks(Database database, KnownLogs logs, PeerCopies copies, TimeProvider clock, ILogger<TellForks> log)
{
    // No witness holds one leaf of a log and two roots of more: it says which size it holds, and keeps what it was shown.
    private const long NotHeld = 1;

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Stranger = TimeSpan.FromHours(1);

    // When a peer is shown a fork again; never, once it has answered.
    private readonly ConcurrentDictionary<(string State, string Origin), DateTimeOffset> _next = new();

    public async Task Run(CancellationToken cancellation)
    {
        foreach (var fork in database.Read(LogConflicts.Forks))
        {
            foreach (var peer in logs.Witnesses.Where(p => Due((p.State, fork.Origin))).ToList())
                _next[(peer.State, fork.Origin)] = await Tell(peer, fork, cancellation) is { } pause ? clock.GetUtcNow() + pause : DateTimeOffset.MaxValue;
        }
    }

    private bool Due((string State, string Origin) told) => !_next.TryGetValue(told, out var next) || next <= clock.GetUtcNow();

    // Null when the peer has both; else after which time it is shown them again.
    private async Task<TimeSpan?> Tell(Peer peer, LogConflict fork, CancellationToken cancellation)
    {
        foreach (var note in new[] { fork.First, fork.Second })
        {
            // Not to be cosigned. What is refused so is kept in mind, since it bears the signature of its log.
            if (!(await copies.Submit(peer.State, new CheckpointSubmission(NotHeld, [], note), cancellation)).TryGet(out var reply, out _))
                return Pause;
            // Nobody cosigns his own log: it is none to the State itself, which has seen the note all the same.
            if (peer.State == fork.State && reply.Status == StatusCodes.Status404NotFound)
                continue;
            // It does not know that State, or its keys of today: an administrator there may see to that.
            if (reply.Status is StatusCodes.Status403Forbidden or StatusCodes.Status404NotFound)
                return Stranger;
            if (reply.Status is not (StatusCodes.Status409Conflict or StatusCodes.Status422UnprocessableEntity))
                return Pause;
        }
        log.LogWarning("{State} was shown the two checkpoints with which {Origin} contradicts itself", peer.State, fork.Origin);
        return null;
    }
}

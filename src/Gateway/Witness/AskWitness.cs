using System.Globalization;
using System.Text;
using Gateway.Peers;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;

namespace Gateway.Witness;

/// <summary>What came of asking one peer to cosign.</summary>
/// <param name="Lines">Its cosignatures, verified; empty when there is none.</param>
/// <param name="Time">The time in it.</param>
/// <param name="Holds">Size that the peer holds now, as far as known.</param>
/// <param name="Problem">For people; null when it cosigned.</param>
/// <param name="Reached">False when nobody answered.</param>
internal sealed record WitnessAnswer(IReadOnlyList<NoteSignature> Lines, DateTimeOffset Time, long Holds, string? Problem, bool Reached)
{
    /// <summary>What the witness itself said to it; for people who ask, not for logs.</summary>
    public string Words { get; init; } = "";
}

/// <summary>Shows one peer our checkpoint and takes its cosignature, which is verified before anybody relies on it.</summary>
internal sealed class AskWitness(PeerCopies copies, OwnLog ownLog, PeerDirectory peers, TimeProvider clock)
{
    // The witness may hold another size than we believe, and once more in between; not oftener.
    private const int Tries = 3;
    private static readonly TimeSpan ClockTolerance = TlogPolicy.ClockTolerance;

    /// <param name="peer">A peer with a cosigner key.</param>
    /// <param name="checkpoint">Our newest.</param>
    /// <param name="holds">The size that it held when we last heard.</param>
    /// <param name="cancellation">The gateway stops.</param>
    public async Task<WitnessAnswer> Run(Peer peer, OwnCheckpoint checkpoint, long holds, CancellationToken cancellation)
    {
        var size = checkpoint.Size;
        for (var i = 0; i < Tries; i++)
        {
            if (holds > size)
                // Not adopted: what it truly holds is asked for anew the next time, or it could keep us from ever asking again.
                return new WitnessAnswer([], default, 0, string.Create(CultureInfo.InvariantCulture, $"{peer.State} says that it cosigned {holds} leaves of our log, which has {size}"), true);
            var submission = new CheckpointSubmission(holds, holds == 0 ? [] : ownLog.Growth(checkpoint.Epoch, holds, size), checkpoint.Note);
            if (!(await copies.Submit(peer.State, submission, cancellation)).TryGet(out var reply, out var refusal))
                return new WitnessAnswer([], default, holds, $"{peer.State} {refusal.Detail}", false);
            if (reply.Status == StatusCodes.Status200OK)
                return Judge(peer, checkpoint.Verified, reply.Text, size);
            if (reply is not { Status: StatusCodes.Status409Conflict, ContentType: WitnessReply.SizeType } || CheckpointSubmission.Size(Encoding.ASCII.GetBytes(reply.Text.TrimEnd('\n'))) is not { } other || other == holds)
                return new WitnessAnswer([], default, holds, Explain(peer, reply), true) { Words = Short(reply.Text) };
            holds = other;
        }
        return new WitnessAnswer([], default, holds, $"{peer.State} names another size each time", true);
    }

    private WitnessAnswer Judge(Peer peer, VerifiedCheckpoint checkpoint, string lines, long size)
    {
        var keys = KnownLogs.KeysOf(peer);
        // Nothing of the answer is used but a line that verifies over exactly what was submitted.
        if (!NoteSignature.ReadLines(Encoding.UTF8.GetBytes(lines)).Then(l => SignedNote.TryCompose(checkpoint.Note.Text, l).Then(note => note.Verify(keys)).Then<(IReadOnlyList<NoteSignature>, VerifiedSignature)>(v => (l, v[0]))).TryGet(out var judged, out var refusal))
            return new WitnessAnswer([], default, size, $"{peer.State} answered with something else than its cosignature: {refusal.Detail}", true);
        var (read, verified) = judged;
        var (time, now) = (verified.Time!.Value, clock.GetUtcNow());
        if ((time - now).Duration() > ClockTolerance)
            return new WitnessAnswer([], default, size, string.Create(CultureInfo.InvariantCulture, $"{peer.State} cosigned with the time {time:yyyy-MM-dd HH:mm:ss} UTC; one of the two clocks is wrong"), true);
        // A verifier counts a key from the day on which the first card was issued that names it: a card may be dated a day ahead, and until then its new keys are worth nothing.
        var begun = peers.CardsOf(peer.State).Where(c => c.Issued - time <= ClockTolerance).SelectMany(c => c.Log?.CosignerKeys(peer.State) ?? []).ToHashSet();
        keys = [.. keys.Where(begun.Contains)];
        if (!read.Any(l => keys.Any(k => k.Name == l.Name && k.Id == l.KeyId)))
            return new WitnessAnswer([], default, size, string.Create(CultureInfo.InvariantCulture, $"{peer.State} cosigned with a key of a card that is dated {peer.Card.Card.Issued:yyyy-MM-dd HH:mm:ss} UTC: it counts from then on"), true);
        // One line of each key: a hundred of the same would leave no room for the other witnesses.
        return new WitnessAnswer([.. read.Where(l => keys.Any(k => k.Name == l.Name && k.Id == l.KeyId)).DistinctBy(l => (l.Name, l.KeyId))], time, size, null, true);
    }

    private static string Explain(Peer peer, WitnessReply reply) => reply.Status switch
    {
        StatusCodes.Status404NotFound => $"{peer.State} does not know our log: it has not taken our newest card",
        StatusCodes.Status403Forbidden => $"{peer.State} does not accept the signature of our log",
        StatusCodes.Status409Conflict => $"{peer.State} knows another checkpoint of ours of the same size",
        StatusCodes.Status422UnprocessableEntity => $"{peer.State} finds that our log did not grow from what it cosigned",
        StatusCodes.Status429TooManyRequests => $"{peer.State} asks us to call more slowly",
        StatusCodes.Status503ServiceUnavailable => $"{peer.State} does not cosign now",
        _ => string.Create(CultureInfo.InvariantCulture, $"{peer.State} answers {reply.Status}"),
    };

    // A stranger's words: bounded, on one line.
    private static string Short(string text) => new([.. text.Trim().Take(200).Select(c => char.IsControl(c) ? ' ' : c)]);
}

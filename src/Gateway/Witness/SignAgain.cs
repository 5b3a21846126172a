using System.Collections.Concurrent;
using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// Signs a checkpoint of ours once more where its keys were exchanged before enough witnesses, or any time-stamp authority, had seen it: witnesses accept only keys
/// of the card in force, and the end of a log gets no successor that bears the new ones. The text stays, and the lines that are there: it is the same checkpoint, and
/// what names it by its digest still does.
/// </summary>
internal sealed class SignAgain(Database database, LogKeys keys, Sequencer sequencer, ILogger<SignAgain> log)
{
    private const int Page = 4096;

    // Of logs that ended: to look at all leaves once is enough, and what was found in a log of a former year stops nothing that is done today.
    private readonly ConcurrentDictionary<long, bool> _refused = new();

    /// <summary>The checkpoint as it is to be shown, signed by a key in use; null when it is not and cannot be now.</summary>
    public async Task<OwnCheckpoint?> Run(OwnCheckpoint checkpoint)
    {
        var (epoch, size, inUse) = (checkpoint.Epoch, checkpoint.Size, keys.Card.LogKeys(checkpoint.Epoch.Name));
        if (VerifiedCheckpoint.Open(checkpoint.Note, inUse).Succeeded)
            return checkpoint;
        // Before peers were asked it is not known that this database is not older than what was signed.
        if (!sequencer.MaySign || _refused.ContainsKey(epoch.Number))
            return null;
        var said = checkpoint.Verified.Checkpoint;
        if (said.Origin != epoch.Name.Origin || said.Size != size || await Task.Run(() => RootOf(epoch, size, checkpoint.Row.Note)) != said.Root)
        {
            var broken = new LedgerBrokenException($"the leaves of {epoch.Name} do not give the root of its checkpoint {size}; run 'gateway fsck'");
            if (database.Read(LogEpoch.Current) is { } current && current.Number == epoch.Number)
                throw broken;
            if (_refused.TryAdd(epoch.Number, true))
                log.LogError(broken, "The last checkpoint of {Origin} is not signed again with the keys in force", epoch.Name.Origin);
            return null;
        }
        var lines = keys.SignCheckpoint(epoch.Name.Origin, checkpoint.Verified.Note.Text);
        var row = await database.Write(Lane.Bulk, s => Checkpoints.AddLines(s, epoch, size, [.. lines]));
        return checkpoint with { Row = row };
    }

    // A new signature is given to the leaves themselves: neither to what somebody who has a former key, or the database, says of them, nor to stored hashes over them.
    // A log that ended is signed at its end only, which is where the next one begins, or, where that one took over what no witness had seen, the checkpoint that a leaf behind it names; null where that is another, or where leaves are missing.
    private Digest? RootOf(LogEpoch epoch, long size, byte[] note) => database.Read<Digest?>(s =>
    {
        var leaves = epoch.Leaves(s);
        var next = LogEpoch.All(s).FirstOrDefault(e => e.Number > epoch.Number);
        if (next is null ? size > leaves : size != leaves && !Leaves.Of(s, LeafKind.epoch).Any(l => l.Leaf >= epoch.First + size && l.Sha256 == Digest.Of(note)))
            return null;
        var tree = new TreeBuilder();
        try
        {
            for (var from = 0L; from < size; from += Page)
                foreach (var leaf in Leaves.Read(s, epoch.First + from, epoch.First + Math.Min(size, from + Page)))
                    tree.Add(leaf.Hash);
        }
        catch (LedgerBrokenException)
        {
            return null;
        }
        return tree.Root;
    });
}

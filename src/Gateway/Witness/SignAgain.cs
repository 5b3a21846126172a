using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Receipts;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// Signs a checkpoint of ours once more where its keys were exchanged before enough witnesses, or any time-stamp authority, had seen it: witnesses accept only keys
/// of the card in force, and the end of a log gets no successor that bears the new ones. The text stays, and the lines that are there: it is the same checkpoint, and
/// what names it by its digest still does.
/// </summary>
internal sealed class SignAgain(Database database, LogKeys keys, Sequencer sequencer)
{
    /// <summary>The checkpoint as it is to be shown; as it was while a key in use has signed it, or while nothing may be signed.</summary>
    public async Task<OwnCheckpoint> Run(OwnCheckpoint checkpoint)
    {
        var (epoch, size, inUse) = (checkpoint.Epoch, checkpoint.Size, keys.Card.LogKeys(checkpoint.Epoch.Name));
        if (!sequencer.MaySign || VerifiedCheckpoint.Open(checkpoint.Note, inUse).Succeeded)
            return checkpoint;
        // A new signature is given to the leaves, not to what somebody who has a former key, or the database, says of them.
        var (said, root) = (checkpoint.Verified.Checkpoint, database.Read(s => new LogTree(s, epoch).Root(size)));
        if (said.Origin != epoch.Name.Origin || said.Size != size || said.Root != root)
            throw new LedgerBrokenException($"the leaves of {epoch.Name} no longer give the root of its checkpoint {size}; run 'gateway fsck'");
        var lines = keys.SignCheckpoint(epoch.Name.Origin, checkpoint.Verified.Note.Text);
        var row = await database.Write(Lane.Bulk, s => Checkpoints.AddLines(s, epoch, size, [.. lines]));
        return checkpoint with { Row = row };
    }
}

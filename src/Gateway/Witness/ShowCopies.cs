using System.Text;
using Gateway.AuditLog;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;

namespace Gateway.Witness;

/// <summary>
/// The monitoring side: what we cosigned of other logs, and our own newest checkpoint with the cosignatures that it has so far. These,
/// and the progress of the own transfers, are all that a peer can read here.
/// </summary>
internal sealed class ShowCopies(Database database, OwnLog ownLog, CallRates rates)
{
    private const long Recent = 200;

    /// <summary><c>GET /witness/HASH/checkpoint</c>.</summary>
    public WitnessReply OfOther(string originSha256, string caller)
    {
        if (!rates.Take(caller))
            return WitnessReply.TooMany();
        var path = $"{PeerCopies.Prefix}/{originSha256}/checkpoint";
        // A few dozen logs at most: no index by the hash of the origin is needed.
        return database.Read(WitnessRows.All).FirstOrDefault(l => PeerCopies.PathOf(l.Origin) == path) is { } held
            ? WitnessReply.Found(Encoding.UTF8.GetString(held.Note.Span))
            : WitnessReply.UnknownLog();
    }

    /// <summary><c>GET /log/checkpoint</c>.</summary>
    public WitnessReply OfOwn(string caller)
    {
        if (!rates.Take(caller))
            return WitnessReply.TooMany();
        if (ownLog.Newest() is not { } newest)
            return WitnessReply.UnknownLog();
        // A peer that has cosigned is shown the newest with its own line: should it have forgotten, it learns here what it promised.
        return WitnessReply.Found(Encoding.UTF8.GetString(database.Read(s => CosignedBy(s, newest.Epoch, caller)) ?? newest.Row.Newest));
    }

    private static byte[]? CosignedBy(Session session, LogEpoch epoch, string state)
        => session.Query("SELECT cosigned FROM log_checkpoints WHERE epoch = $1 AND cosigned IS NOT NULL ORDER BY size DESC LIMIT $2", row => row.Bytes(0), epoch.Number, Recent)
            .Find(note => note.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\n— {LogName.Witness(state)} ")) >= 0);
}

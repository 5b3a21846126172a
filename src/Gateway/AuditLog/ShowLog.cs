using System.Globalization;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.V1;
using Google.Protobuf;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.AuditLog;

/// <summary>The log on the operator port. Digests only, so that every user may see it; entries and tiles are for auditors.</summary>
/// <param name="database">The gateway's.</param>
/// <param name="proofs">Of what is logged.</param>
/// <param name="keys">Those with which checkpoints are signed today.</param>
/// <param name="named">The keys that cards of this State have named for a log.</param>
/// <param name="alarms">Hears of what rotted.</param>
internal sealed class ShowLog(Database database, LogProofs proofs, LogKeys keys, Func<Session, LogName, IReadOnlyList<NoteKey>> named, Alarms alarms)
{
    public Outcome<LogView> Run() => database.Read(s =>
    {
        var view = new LogView { Leaves = (ulong)Leaves.Count(s) };
        foreach (var epoch in LogEpoch.All(s))
        {
            var (signed, witnessed) = (Checkpoints.Latest(s, epoch), Checkpoints.LatestWitnessed(s, epoch));
            view.Epochs.Add(new LogEpochView
            {
                Origin = epoch.Name.Origin,
                Leaves = (ulong)epoch.Leaves(s),
                SignedSize = (ulong)(signed?.Size ?? 0),
                SignedAt = signed is null ? "" : DocumentWriter.FormatTime(signed.Time),
                WitnessedSize = (ulong)(witnessed?.Size ?? 0),
                WitnessedAt = witnessed?.Witnessed is { } time ? DocumentWriter.FormatTime(time) : "",
                Checkpoint = signed is null ? ByteString.Empty : ByteString.CopyFrom(signed.Newest),
            });
        }
        // Of every log, by every card of ours: what an older key signed is verified by it.
        view.LogKeys.AddRange(LogEpoch.All(s).SelectMany(epoch => named(s, epoch.Name).Concat(keys.Card.LogKeys(epoch.Name))).Select(k => k.ToString()).Distinct());
        return view;
    });

    public Outcome<LogProofView> Prove(ProveLoggedRequest request)
    {
        Outcome<LogProof> found = Digest.TryParse(request.Id, out var digest)
            ? proofs.For(digest)
            : Ids.IsId(request.Id)
                ? proofs.ForErasure(request.Id)
                : long.TryParse(request.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var leaf)
                    ? proofs.For(leaf)
                    : new Refusal(RefusalCode.ArgumentNotValid, "expected the SHA-256 of what was logged, the id of an erasure or the number of a leaf", "id");
        return Alarmed(found).Then<LogProofView>(proof => new LogProofView
        {
            Leaf = (ulong)proof.Index,
            Entry = proof.Leaf.ToString(),
            Origin = proof.Origin.Origin,
            Size = (ulong)proof.Checkpoint.Size,
            Witnessed = proof.IsWitnessed,
            Proof = ByteString.CopyFrom(proof.File.Write()),
        });
    }

    public Outcome<GrowthProof> Growth(ProveGrowthRequest request) => database.Read<Outcome<GrowthProof>>(s =>
    {
        if ((request.Origin.Length == 0 ? LogEpoch.Current(s) : LogEpoch.Find(s, request.Origin)) is not { } epoch || Checkpoints.Latest(s, epoch) is not { } latest)
            return new Refusal(RefusalCode.NotFound, "there is no such log, or it has no checkpoint yet", "origin");
        var (from, to) = (request.FromSize, request.ToSize == 0 ? (ulong)latest.Size : request.ToSize);
        if (from < 1 || from > to || to > (ulong)latest.Size)
            return new Refusal(RefusalCode.ArgumentNotValid, $"expected sizes from 1 to {latest.Size}, the smaller first", "fromSize");
        var tree = new LogTree(s, epoch);
        var proof = new GrowthProof
        {
            Origin = epoch.Name.Origin,
            FromSize = from,
            FromRoot = ByteString.CopyFrom(tree.Root((long)from).ToArray()),
            ToSize = to,
            ToRoot = ByteString.CopyFrom(tree.Root((long)to).ToArray()),
        };
        proof.Hashes.AddRange(tree.Consistency((long)from, (long)to).Select(h => ByteString.CopyFrom(h.ToArray())));
        return proof;
    });

    /// <summary>A file of a log in the layout of C2SP tlog-tiles: <c>checkpoint</c>, a tile, a bundle of entries. One that is damaged is refused and alarmed.</summary>
    public Outcome<byte[]> File(LogName name, string path)
    {
        var file = database.Read<Outcome<byte[]>>(s =>
        {
            var tile = default(TilePath);
            if (LogEpoch.Find(s, name.Origin) is not { } epoch || Checkpoints.Latest(s, epoch) is not { } latest || (path != "checkpoint" && !TilePath.Read(path).TryGet(out tile, out _)))
                return new Refusal(RefusalCode.NotFound, $"{name} has no such file");
            return path == "checkpoint" ? latest.Newest : ReadTile.Run(s, epoch, latest, tile);
        });
        return Alarmed(file);
    }

    // The alarm of the integrity check; its next run that finds nothing clears it.
    private Outcome<T> Alarmed<T>(Outcome<T> read)
    {
        if (read.Refusal is { Code: RefusalCode.LogProofMismatch } damaged)
            alarms.Raise(AlarmCode.LEDGER_DAMAGED, "check", damaged.Detail);
        return read;
    }
}

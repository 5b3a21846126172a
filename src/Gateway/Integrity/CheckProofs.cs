using System.Security.Cryptography;
using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.TimeStamps;
using Gateway.Witness;

namespace Gateway.Integrity;

/// <summary>
/// What others signed for us, and what is kept as proof against others: cosignatures and time-stamps of our checkpoints, checkpoints of others that we
/// cosigned, contradictions of logs and of receipts. No leaf names any of it; it must verify by itself.
/// </summary>
internal sealed class CheckProofs(LedgerView view)
{
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";

    // A witness's clock is judged when its line comes.
    private static readonly DateTimeOffset s_ever = DateTimeOffset.MaxValue - TimeSpan.FromDays(1);

    public void Run()
    {
        // What is wrong with a checkpoint was said already; that its cosignatures do not fit either says nothing new.
        var said = view.Report.Findings.Where(f => f.Fault == LedgerFault.CHECKPOINT_ALTERED).Select(f => f.Record).ToHashSet(StringComparer.Ordinal);
        view.Session.Each("SELECT e.origin, c.size, c.note, c.cosigned, c.witnessed IS NOT NULL FROM log_checkpoints c JOIN log_epochs e ON e.epoch = c.epoch WHERE c.cosigned IS NOT NULL OR c.witnessed IS NOT NULL", row =>
        {
            var record = $"checkpoint {row.GetInt64(1)} of {row.GetString(0)}";
            if (!said.Contains(record))
                Look(LedgerFault.COSIGNATURE_ALTERED, "cosigned checkpoints", record, Cosigned(row.GetString(0), row.Bytes(2), row.BytesOrNull(3), row.GetInt64(4) != 0 ? row.GetInt64(1) : null));
        });
        view.Session.Each("SELECT origin, size, authority, note, reply FROM time_stamps", row =>
            Look(LedgerFault.TIME_STAMP_ALTERED, "time-stamps", $"time-stamp {row.GetString(2)} of {row.GetString(0)} {row.GetInt64(1)}", Stamp(row.GetString(0), row.GetInt64(1), row.Bytes(3), row.Bytes(4))));
        view.Session.Each("SELECT origin, state, size, root, note FROM witnessed_logs", row =>
            Look(LedgerFault.WITNESSED_ALTERED, "witnessed logs", $"witnessed log {row.GetString(0)}", Witnessed(row.GetString(0), row.GetString(1), row.GetInt64(2), row.BytesOrNull(3), row.Bytes(4))));
        view.Session.Each("SELECT origin, kind, first_size, second_size, second_root, first, second FROM log_conflicts", row =>
            Look(LedgerFault.CONFLICT_ALTERED, "log conflicts", $"conflict {row.GetString(0)} {row.GetInt64(2)} {row.GetInt64(3)}", Conflict(row.GetString(0), row.GetString(1), (row.GetInt64(2), row.GetInt64(3)), row.BytesOrNull(4), row.Bytes(5), row.Bytes(6))));
        view.Session.Each("SELECT chain, issuer, seq, der FROM receipt_forks", row =>
            Look(LedgerFault.FORK_ALTERED, "second receipts", $"second receipt {row.GetString(1)} {row.GetInt64(2)}", Fork(row.GetString(0), row.GetString(1), row.GetInt64(2), row.Bytes(3)), ChainId.CaseOf(row.GetString(0))));
    }

    private void Look(LedgerFault fault, string kind, string record, string? why, string? caseId = null)
    {
        view.Report.Count(kind);
        if (why is not null)
            view.Report.Add(fault, record, caseId, null, why);
    }

    private string? Cosigned(string origin, byte[] note, byte[]? cosigned, long? witnessed)
    {
        if (cosigned is null)
            return witnessed is null ? null : "enough witnesses are said to have cosigned it, and no line of one is there";
        // Lines are added at the end; what the log signed stays as it is.
        if (!cosigned.AsSpan().StartsWith(note))
            return "what was cosigned is another note than the checkpoint";
        if (!SignedNote.Read(cosigned).TryGet(out var read, out var refusal))
            return refusal.Detail;
        // Its log may have signed it once more, with keys that came later.
        return Note(origin, cosigned, out _) ?? Lines(read) ?? (witnessed is { } size ? Enough(read, origin, size) : null);
    }

    // By the policy that was kept with it, which stands in every bundle: a verifier asks the same.
    private string? Enough(SignedNote note, string origin, long size)
    {
        if (PolicyRows.At(view.Session, origin, size) is not { } kept)
            return null;
        view.Report.Count("policies of witnesses");
        if (!TlogPolicy.Read(kept).TryGet(out var policy, out var refusal))
            return $"the policy under which it is said to be witnessed cannot be read: {refusal.Detail}";
        return policy.Verify(note, s_ever).TryGet(out _, out refusal) ? null : $"it is said to be witnessed, and does not meet the policy that was kept for it: {refusal.Detail}";
    }

    private string? Witnessed(string origin, string state, long size, byte[]? root, byte[] note)
    {
        if (Note(origin, note, out var said) is { } why)
            return why;
        if (said.Size != size || !said.Root.ToArray().AsSpan().SequenceEqual(root) || !LogName.TryParse(origin, out var name) || name.State != state)
            return "a column of its row says something else than the note";
        return Lines(SignedNote.Read(note).Value);
    }

    private string? Conflict(string origin, string kind, (long First, long Second) sizes, byte[]? secondRoot, byte[] first, byte[] second)
    {
        if ((Note(origin, first, out var one) ?? Note(origin, second, out _)) is { } why)
            return why;
        _ = Note(origin, second, out var two);
        if ((one.Size, two.Size) != sizes || !two.Root.ToArray().AsSpan().SequenceEqual(secondRoot))
            return "a column of its row says something else than the notes";
        return kind != nameof(ConflictKind.GROWTH) && (one.Size != two.Size || one.Root == two.Root) ? "the two notes do not contradict each other" : null;
    }

    // A checkpoint of this log, signed by a key that any card of its State has named, where one is here.
    private string? Note(string origin, byte[] note, out Checkpoint said)
    {
        said = null!;
        if (!LogName.TryParse(origin, out var name))
            return $"{origin} is the name of no log";
        if (!SignedNote.Read(note).Then(n => Checkpoint.Read(n.Text)).TryGet(out var read, out var refusal))
            return refusal.Detail;
        said = read;
        if (said.Origin != origin)
            return $"it is a checkpoint of {said.Origin}";
        var keys = view.LogKeys(name);
        return keys.Count == 0 || VerifiedCheckpoint.Open(note, keys).TryGet(out _, out refusal) ? null : refusal.Detail;
    }

    // Each line in the name of a witness whose cards are here.
    private string? Lines(SignedNote note)
    {
        foreach (var line in note.Signatures)
        {
            var keys = view.CosignerKeys(line.Name);
            if (keys.Count == 0)
                continue;
            if (!keys.Any(k => k.Id == line.KeyId))
                return $"a line of {line.Name} is by a key that none of its cards names";
            if (!SignedNote.Compose(note.Text, [line]).Verify(keys).TryGet(out _, out var refusal))
                return refusal.Detail;
        }
        return null;
    }

    private string? Stamp(string origin, long size, byte[] note, byte[] reply)
    {
        if (Note(origin, note, out var said) is { } why)
            return why;
        if (said.Size != size)
            return "a column of its row says something else than the note";
        if (!TimeStampReply.Read(reply).TryGet(out var claims, out var refusal))
            return refusal.Detail;
        return claims.ImprintAlgorithm == Sha256 && claims.Imprint.Span.SequenceEqual(SHA256.HashData(note)) ? null : "it stamps something else than the note beside it";
    }

    private string? Fork(string chain, string issuer, long seq, byte[] der)
    {
        if (!SignedDocument.Open(der).TryGet(out var signed, out var refusal) || !Receipt.Read(signed.Content).TryGet(out var receipt, out refusal))
            return refusal!.Detail;
        if (receipt.Seq != seq || receipt.Issuer.State != issuer || chain != (receipt.Case ?? ChainId.OfPeer(issuer == view.OwnState ? receipt.Peer.State : issuer)))
            return $"here lies receipt {receipt.Seq} of {receipt.Issuer.State} in {receipt.Case ?? "the channel"}";
        if (!view.IsSealOf(receipt.Issuer.Authority, signed.Signer))
            return $"it is not sealed by {receipt.Issuer.Authority} as its cards name it";
        var held = view.Session.One("SELECT der FROM receipts WHERE chain = $1 AND issuer = $2 AND seq = $3", row => row.Bytes(0), chain, issuer, seq);
        return held is not null && held.AsSpan().SequenceEqual(der) ? "it is the receipt that is held: the two do not differ" : null;
    }
}

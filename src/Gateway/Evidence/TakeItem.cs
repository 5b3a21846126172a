using System.Buffers;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Custody;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Reception;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Evidence;

/// <summary>What an officer's command line needs to decrypt an item: the chunks as stored, and the key, granted to a key that the officer signed for. Both are acts in the log.</summary>
internal sealed class TakeItem(Database database, CaseKeys caseKeys, PeerDirectory peers, ChunkStore store, ItemGrants grants, RightOfWay way, ScrubItems scrub, RecordCustody custody, NeedToKnow access, Drain drain, TimeProvider clock)
{
    private const string KeyGranted = "item.keyGranted";
    private const int LeavesPerPage = 8192;

    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(15);

    /// <summary>The call <c>Operator.DownloadEvidence</c>.</summary>
    public async Task<Refusal?> Download(DownloadEvidenceRequest request, IServerStreamWriter<DownloadFrame> stream, User by, CancellationToken cancellation)
    {
        if (!Find(request.Item, by).TryGet(out var found, out var refusal))
            return refusal;
        var manifest = found.Papers.Manifest;
        var to = request.To == 0 ? (ulong)manifest.Chunks : request.To;
        if (request.From > to || to > (ulong)manifest.Chunks)
            return new Refusal(RefusalCode.ArgumentNotValid, $"the item has {manifest.Chunks} chunks", "from");
        var damage = database.Read(s => ItemDamage.Of(s, found.Item.Id)).FindAll(d => d.Chunk >= (long)request.From && d.Chunk < (long)to);
        if (damage.Count > 0)
            return new Refusal(RefusalCode.ItemDamaged, $"{ItemDamage.Text(damage)} on the gateway's disk", "item");
        using var files = store.Of(found.Item.Id);
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk.StoredBytes);
        try
        {
            for (var index = (long)request.From; index < (long)to; index++)
            {
                if (drain.Draining)
                    return new Refusal(RefusalCode.ShuttingDown, "the gateway stops; go on after the restart");
                var chunk = buffer.AsMemory(0, ItemFiles.LengthIn(manifest, index));
                await way.GiveWay(cancellation);
                if (!Readable(() => files.Read(index, chunk.Span)))
                    return await Doubt(request.Item, $"chunk {index}", by);
                // Before anything is given; of what cannot be read there is nothing to record.
                if (index == (long)request.From)
                    await database.Write(Lane.Bulk, s => new AuditRecord("item.downloaded", by.Name, found.Item.Id, found.Case.Id, $"chunks {request.From} to {to}").Append(s, clock.GetUtcNow()));
                await stream.WriteAsync(new DownloadFrame { Index = (ulong)index, Data = UnsafeByteOperations.UnsafeWrap(chunk) }, cancellation);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return null;
    }

    /// <summary>The call <c>Operator.FetchLeaves</c>: digests of what is stored, no content and no key.</summary>
    public async Task<Refusal?> Leaves(DownloadEvidenceRequest request, IServerStreamWriter<DownloadFrame> stream, User by, CancellationToken cancellation)
    {
        if (!Find(request.Item, by).TryGet(out var found, out var refusal))
            return refusal;
        using var files = store.Of(found.Item.Id);
        FileStream? opened = null;
        if (!Readable(() => opened = files.OpenLeaves()))
            return await Doubt(request.Item, "the leaf list", by);
        await using var leaves = opened!;
        var page = new byte[LeavesPerPage * Digest.Length];
        var left = found.Papers.Manifest.Chunks;
        for (ulong first = 0; left > 0; first += LeavesPerPage)
        {
            var bytes = page.AsMemory(0, (int)Math.Min(left, LeavesPerPage) * Digest.Length);
            if (!Readable(() => leaves.ReadExactly(bytes.Span)))
                return await Doubt(request.Item, "the leaf list", by);
            await stream.WriteAsync(new DownloadFrame { Index = first, Data = UnsafeByteOperations.UnsafeWrap(bytes) }, cancellation);
            left -= bytes.Length / Digest.Length;
        }
        return null;
    }

    /// <summary>The call <c>Operator.RequestGrant</c>.</summary>
    public async Task<Outcome<RequestGrantReply>> Grant(RequestGrantRequest request, User by)
    {
        var now = clock.GetUtcNow();
        if (!SubmittedDocument.Open(by, request.SignedRequest.ToByteArray(), now).TryGet(out var document, out var refusal))
            return refusal;
        if (!GrantRequest.Read(document.Content).TryGet(out var asked, out refusal) || !Find(asked.ItemId, by).TryGet(out var found, out refusal))
            return refusal;
        // What was received is taken for the purpose of the request, or not at all.
        if (found.Item.Direction == ItemDirection.IN && database.Read(s => DataUse.Of(s, caseKeys, found.Case, now))?.With(found.Papers.Manifest.Handling).RefuseWords(asked.Purpose) is { } notFor)
            return notFor;
        if ((asked.Time - now).Duration() > Fresh)
            return new Refusal(RefusalCode.ClockSkew, "the request was signed too long ago, or the clocks differ", "time");
        if (!Certificate.Read(asked.Certificate).TryGet(out var receiver, out refusal))
            return refusal;
        if (Suites.For(receiver) is null || !receiver.ValidAt(now))
            return new Refusal(RefusalCode.GrantNotValid, "the certificate is not one that a key can be encrypted to now", "certificate");
        if (asked.RefuseFor(found.Papers.Manifest) is { } unsaid)
            return unsaid;
        if (found.Papers.Grant.Length == 0)
            return new Refusal(RefusalCode.ItemIncomplete, "its key has not come yet; the other gateway brings it by wire", "item");
        if (!grants.Regrant(found.Papers, found.Case.OwnAuthority, receiver, receiver.Sha256.ToString()).TryGet(out var grant, out refusal))
            return refusal;
        var accessed = ItemCustody.Accessed(asked.Purpose, asked.Acknowledged.Count == 0 ? "the whole item" : $"the whole item, acknowledged as {string.Join(", ", asked.Acknowledged)}", new Actor(by.Name, by.Authority), document.Signed.Sha256);
        await custody.With(found.Case, found.Item.Id, found.Papers.Signed.Sha256, [accessed], record => database.Write(found.Case.Lane, s =>
        {
            record(s);
            new AuditRecord(KeyGranted, by.Name, found.Item.Id, found.Case.Id, document.Signed.Sha256.ToString()).Append(s, now);
            Events.Append(s, now, "item.keyGranted", found.Case.Id, found.Item.Id, $"to {by.Name}");
            return true;
        }));
        return new RequestGrantReply { Grant = UnsafeByteOperations.UnsafeWrap(grant) };
    }

    /// <summary>Whether the user was ever given the key of the item here, as the log has it.</summary>
    public static bool HasKey(Session s, ItemRow item, User user) => s.Number("""
        SELECT count(*) FROM audit_records WHERE case_id = $1 AND act = $2
          AND CASE WHEN json_valid(CAST(body AS TEXT)) THEN json_extract(CAST(body AS TEXT), '$.subject') = $3 AND json_extract(CAST(body AS TEXT), '$.by') = $4 END
        """, item.CaseId, KeyGranted, item.Id, user.Name) > 0;

    // What the disk does not give, or gives cut. A client that is gone is another matter, so that only the reading stands in it.
    private static bool Readable(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return false;
        }
    }

    // Who waits is told now; the scrub names what else is damaged, raises the alarm and has it sent again. Erased meanwhile, it is rightly gone.
    private async Task<Refusal> Doubt(string item, string what, User by)
    {
        if (Find(item, by).Refusal is { } closed)
            return closed;
        await scrub.Ask(item);
        return new Refusal(RefusalCode.ItemDamaged, $"{what} cannot be read from the gateway's disk; all of the item is read again, to name what is damaged", "item");
    }

    private Outcome<Found> Find(string id, User by) => database.Read<Outcome<Found>>(s =>
    {
        if (ItemRow.Find(s, id) is not { } item || CaseRow.Seen(s, access.Of(by, Permission.ReadReceipts), item.CaseId) is not { } row)
            return by.Refuse(Permission.ReadReceipts) ?? new Refusal(RefusalCode.NotFound, "there is no such item, or it is not open to you", "item");
        var permission = item.Direction == ItemDirection.IN ? Permission.TakeEvidence : Permission.ReadContent;
        if (Permissions.Permit(permission, by.Roles, row.Kind, row.Urgency, peers.OwnCard.Card.Profile) is { } notPermitted)
            return notPermitted;
        if (item.State == ItemState.ERASED)
            return new Refusal(RefusalCode.RetentionPassed, "the item was erased with its case", "item");
        if (item.State is ItemState.ATTACHING or ItemState.RECEIVING || item is { State: ItemState.GIVEN_UP, Direction: ItemDirection.IN })
            return new Refusal(RefusalCode.ItemIncomplete, "not all chunks are here yet", "item");
        return new Found(row, item, ItemPapers.Open(s, caseKeys, item));
    });

    private sealed record Found(CaseRow Case, ItemRow Item, ItemPapers Papers);
}

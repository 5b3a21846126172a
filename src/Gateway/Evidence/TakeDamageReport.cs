using System.Collections.Concurrent;
using System.Globalization;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Evidence;

/// <summary>
/// The call <c>Exchange.ReportDamage</c>: the holder of an item that we sent says which chunks its disk has lost, or that the key does not open. The transfer is opened again and
/// sends what the holder then says it lacks. The answer is empty, and an item is reopened once in a while only: a peer cannot make the log grow.
/// </summary>
internal sealed class TakeDamageReport(Database database, TimeProvider clock)
{
    private const int MostRanges = 1000;
    private const int MostAtOnce = 4;
    private static readonly TimeSpan AtOnce = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (DateTimeOffset Since, int Count)> _taken = new(StringComparer.Ordinal);

    public async Task<Outcome<ReportDamageReply>> Run(ReportDamageRequest request, ExchangeCall call)
    {
        if (request.ManifestSha256.Length != Digest.Length || request.Damaged.Count > MostRanges || (request.Damaged.Count == 0 && !request.Leaves && !request.Grant))
            return new Refusal(RefusalCode.ArgumentNotValid, $"expected the digest of a manifest and 1 to {MostRanges} ranges of chunks, the leaf list or the key grant", "damaged");
        var manifest = new Digest(request.ManifestSha256.Span);
        var now = clock.GetUtcNow();
        return await database.Write<Outcome<ReportDamageReply>>(Lane.Bulk, s =>
        {
            if (ItemRow.Find(s, request.Item) is not { Direction: ItemDirection.OUT } item || CaseRow.Find(s, item.CaseId) is not { } row || row.Peer != call.Peer.State
                || item.ManifestSha256 != manifest || item.State is not (ItemState.RELEASED or ItemState.SENT or ItemState.CONSIGNED or ItemState.ERASED))
                return new Refusal(RefusalCode.TransferUnknown, "no such item was sent to this State", "item");
            if (call.Peer.Card.Card.Find(row.PeerAuthority) is not { } holder || holder.Tls.All(c => c.Sha256 != call.Tls))
                return new Refusal(RefusalCode.SealNotOfConnection, $"the connection's certificate is not one of {row.PeerAuthority}'s");
            if (item.State == ItemState.ERASED)
                return new Refusal(RefusalCode.RetentionPassed, "the item was erased with its case", "item");
            if (request.Damaged.Any(r => r.From >= r.To || r.To > (ulong)item.Chunks))
                return new Refusal(RefusalCode.ArgumentNotValid, $"the item has {item.Chunks} chunks", "damaged");
            if (_taken.TryGetValue(item.Id, out var taken) && taken.Count >= MostAtOnce && now - taken.Since < AtOnce)
                return new Refusal(RefusalCode.RateLimited, $"damage of this item was reported {MostAtOnce} times in {AtOnce.TotalMinutes:0} minutes", "item");
            if (!TransferRow.Reopen(s, item.Id, now))
            {
                // Under way already: what it lacks it says there. A key is made when an attempt begins; this one's may have been brought before.
                return request.Grant ? new Refusal(RefusalCode.RateLimited, "the item is being sent; ask for another key when that has ended", "item") : new ReportDamageReply();
            }
            _taken[item.Id] = _taken.TryGetValue(item.Id, out var before) && now - before.Since < AtOnce ? (before.Since, before.Count + 1) : (now, 1);
            var text = string.Create(CultureInfo.InvariantCulture, $"{row.PeerAuthority} {(request.Grant ? "cannot open the key and " : "")}has lost {request.Damaged.Sum(r => (long)(r.To - r.From))} chunks{(request.Leaves ? " and the leaf list" : "")}; it is sent again");
            new AuditRecord("item.damageReported", $"peer {call.Peer.State}", item.Id, row.Id, text).Append(s, now);
            Events.Append(s, now, "item.damagedThere", row.Id, item.Id, text);
            return new ReportDamageReply();
        });
    }
}

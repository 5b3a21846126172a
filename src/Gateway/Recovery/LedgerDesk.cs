using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Gateway.Witness;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Recovery;

/// <summary>What administrators see of the comparison, and the decisions that only they can take; each is recorded under their name.</summary>
internal sealed class LedgerDesk(Database database, PeerDirectory peers, CompareHeads compare, OwnCards cards, ForkAlarms forks, SecondLogs second, LedgerGate gate, TimeProvider clock)
{
    private const int MaxReason = 500;

    public Outcome<LedgerView> Show(User by) => by.Refuse(Permission.ReadLog) is { } notPermitted && by.Refuse(Permission.AdministerPeers) is not null ? notPermitted : View();

    public async Task<Outcome<LedgerView>> Confirm(ConfirmLedgerRequest request, User by)
    {
        if (by.Refuse(Permission.AdministerPeers) is { } notPermitted)
            return notPermitted;
        if (request.Reason.Trim().Length is 0 or > MaxReason)
            return new Refusal(RefusalCode.ArgumentNotValid, $"a reason of 1 to {MaxReason} characters is needed; it is recorded", "reason");
        if (request.LookedInto.Length > 0)
            return await LookedInto(request, by);
        if (gate.Standing == LedgerStanding.OPEN)
            return new Refusal(RefusalCode.StateConflict, "the ledger is open; there is nothing to confirm");
        return request.State.Length > 0 ? await Skip(request, by) : await Reopen(request, by);
    }

    // "Do not wait for this State": what it alone holds of us will be found when it answers again, and stops us then.
    private async Task<Outcome<LedgerView>> Skip(ConfirmLedgerRequest request, User by)
    {
        if (peers.ByState(request.State) is not { Status: PeerStatus.APPROVED })
            return new Refusal(RefusalCode.NotFound, $"{request.State} is not an approved peer", "state");
        // A claim about the log shows nothing that could be waited for: somebody has looked which folder this is. Receipts are shown, and come back.
        if (compare.Results.GetValueOrDefault(request.State) is not (Comparison.UNREACHABLE or Comparison.CHECKPOINTS) && !compare.OnlyClaims(request.State))
            return new Refusal(RefusalCode.StateConflict, $"{request.State} answers; only a peer that cannot be reached, or one that only claims to hold more of our log, is left out", "state");
        await database.Write(Lane.Ordinary, s =>
        {
            RecoveryFacts.Confirm(s, request.State, by.Name);
            new AuditRecord("ledger.confirmed", by.Name, request.State, Detail: request.Reason).Append(s, clock.GetUtcNow());
        });
        compare.Again();
        return View();
    }

    // The proof stays; only what people were called for ends. Whatever comes after it calls them again.
    private async Task<Outcome<LedgerView>> LookedInto(ConfirmLedgerRequest request, User by)
    {
        if (request.State.Length > 0)
            return new Refusal(RefusalCode.ArgumentNotValid, "name either a State not to wait for or what was looked into", "looked_into");
        var now = clock.GetUtcNow();
        var known = await database.Write(Lane.Ordinary, s =>
        {
            var ended = ForkAlarms.LookedInto(s, request.LookedInto, peers.OwnCard.Card.State, now) + SecondLogs.LookedInto(s, request.LookedInto, now);
            if (ended > 0)
                new AuditRecord("ledger.looked-into", by.Name, request.LookedInto, Ids.IsCase(request.LookedInto) ? request.LookedInto : null, request.Reason).Append(s, now);
            return ended > 0;
        });
        if (!known)
            return new Refusal(RefusalCode.NotFound, "no alarm RECEIPT_FORK, LOG_SECOND or LOG_RENEWED stands about this", "looked_into");
        forks.Look();
        second.Look();
        return View();
    }

    private async Task<Outcome<LedgerView>> Reopen(ConfirmLedgerRequest request, User by)
    {
        // A receipt signed before what the last one names is here again would name less than that: the other side refuses it, and all behind it. Who was not asked yet, as right after a start, has said nothing.
        var unasked = peers.All.Where(p => p.Status == PeerStatus.APPROVED && !compare.Results.ContainsKey(p.State)).Select(p => $"{p.State} (not asked yet)");
        var waiting = compare.Results.Where(r => r.Value is Comparison.UNREACHABLE or Comparison.BEHIND or Comparison.CHECKPOINTS).Select(r => $"{r.Key} ({r.Value})").Concat(unasked).Concat(compare.Incomplete).ToList();
        if (waiting.Count > 0)
            return new Refusal(RefusalCode.StateConflict, $"not yet compared: {string.Join(", ", waiting)}", "state");
        if (cards.Unnamed is { } unnamed)
            return new Refusal(RefusalCode.StateConflict, unnamed, "state");
        await compare.Reopen(by.Name, request.Reason);
        return View();
    }

    private LedgerView View()
    {
        var (restored, forks) = database.Read(s => (RecoveryFacts.Find(s, RecoveryFacts.Restored), s.Number("SELECT count(*) FROM receipt_forks WHERE issuer = $1", peers.OwnCard.Card.State)));
        var view = new LedgerView { Standing = gate.Standing.ToString(), Why = gate.Why, RestoredAsOf = restored ?? "", OwnForks = (ulong)forks };
        view.Peers.AddRange(compare.Results.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => new LedgerPeer { State = r.Key, Result = r.Value.ToString() }));
        return view;
    }
}

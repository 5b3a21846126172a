using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Erasures;

/// <summary>
/// The call <c>Exchange.PushErasure</c>: the other side has erased its copy of a case. Kept, recorded and shown; nothing here is erased by it. One per
/// case, so that a peer cannot make the log grow.
/// </summary>
internal sealed class TakeErasure(Database database, CaseKeys caseKeys, KeyRing keys, TimeProvider clock)
{
    public async Task<Outcome<PushErasureReply>> Run(PushErasureRequest request, Peer peer)
    {
        if (!SignedDocument.Open(request.Erasure.ToByteArray()).TryGet(out var signed, out var refusal) || !Erasure.Read(signed.Content).TryGet(out var erasure, out refusal))
            return refusal;
        if (erasure.Authority.State != peer.State || erasure.Peer.State != keys.State)
            return new Refusal(RefusalCode.CoverRouting, $"the erasure is of {erasure.Authority.Authority} for {erasure.Peer.Authority}", "authority");
        if (!peer.IsSeal(erasure.Authority.Authority, signed, erasure.Time))
            return new Refusal(RefusalCode.MarkSignerUnknown, $"the erasure is not sealed by {erasure.Authority.Authority} as its cards named it then");
        if (PeerDates.FarAhead(erasure.Time, clock.GetUtcNow(), "erasure") is { } ahead)
            return ahead;
        return await database.Write<Outcome<PushErasureReply>>(Lane.Ordinary, s =>
        {
            if (CaseRow.Find(s, erasure.Case) is not { } row || row.PeerAuthority != erasure.Authority.Authority || row.OwnAuthority != erasure.Peer.Authority)
                return new Refusal(RefusalCode.NotFound, $"there is no case {erasure.Case} between these authorities", "case");
            var known = s.One("SELECT der FROM erasures WHERE case_id = $1 AND issuer = $2", r => r.Bytes(0), erasure.Case, peer.State);
            if (known is not null)
                return known.AsSpan().SequenceEqual(signed.Der.Span) ? new PushErasureReply() : new Refusal(RefusalCode.SameIdOtherContent, "another erasure of this case was told before", "id");
            if (Contradiction(s, erasure, peer.State) is { } contradiction)
                return contradiction;
            var now = clock.GetUtcNow();
            ErasureRows.Store(s, erasure, signed.Der, told: true);
            // So that we can prove when we were told.
            Leaves.Append(s, LeafKind.erasure, signed.Sha256);
            new AuditRecord("erasure.told", $"peer {peer.State}", erasure.Id, erasure.Case, signed.Sha256.ToString()).Append(s, now);
            Events.Append(s, now, erasure.IsEarly || Asked(s, row) > erasure.Time ? "case.erasedThereEarly" : "case.erasedThere", erasure.Case, erasure.Id, $"{erasure.Authority.Authority} has erased its copy ({erasure.Reason})");
            return new PushErasureReply();
        });
    }

    // The erasure could leave out until when the request allowed to keep the data; ours says it.
    private DateTimeOffset? Asked(Session s, CaseRow row)
        => KeptDocuments.Read(s, caseKeys, row.Id, row.RequestMessage, PartRole.request) is { } bytes && Request.Read(bytes).TryGet(out var request, out _) ? Erasure.KeptUntil(request.Fields) : null;

    // A verifier holds every erasure against the receipts that outlive it: one with other counts would stay in each bundle of ours and break it.
    private static Refusal? Contradiction(Session s, Erasure erasure, string peer)
    {
        foreach (var chain in erasure.Chains)
        {
            var held = Chains.Head(s, erasure.Case, chain.State).Seq;
            if (chain.Count > held && chain.State == peer)
                return new Refusal(RefusalCode.ReceiptDoesNotFit, $"the erasure names {chain.Count} receipts of {peer}; {held} are here: push the others first", "chains");
            if (Chains.DigestAt(s, erasure.Case, chain.State, chain.Count) != chain.Head)
                return new Refusal(RefusalCode.ChainBreak, $"the erasure names {chain.Count} receipts of {chain.State} that end with {chain.Head}; another one stands there, or none", "chains");
        }
        return null;
    }
}

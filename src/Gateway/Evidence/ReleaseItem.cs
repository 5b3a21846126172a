using Gateway.AuditLog;
using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Evidence;

/// <summary>
/// The second signature is there: the key is granted to the other authority and the announcement (manifest, both decisions, grant)
/// sealed and queued, in one transaction with the item's release. Its chunks follow when it was accepted.
/// </summary>
internal sealed class ReleaseItem(Database database, CaseKeys caseKeys, PeerDirectory peers, ItemGrants grants, SendMessage send, TimeProvider clock)
{
    private const string CmsType = "application/pkcs7-mime";

    public async Task<Outcome<KeptOutcome>> Run(ReleaseView view, SignedDocument proposal, Decision approval, IdempotencyTicket ticket)
    {
        var (row, item) = (view.Case, view.Item);
        if (!Recipient(row.PeerAuthority).TryGet(out var recipient, out var refusal))
            return refusal;
        var papers = database.Read(s => ItemPapers.Open(s, caseKeys, item));
        if (!grants.Regrant(papers, row.OwnAuthority, recipient, row.PeerAuthority).TryGet(out var grant, out refusal))
            return refusal;
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.EVIDENCE, ReadEvidence.Kind, row.Urgency, row.RequestMessage,
        [
            Part.Of(PartRole.manifest, "manifest.cms", CmsType, papers.Signed.Der.ToArray()),
            Part.Of(PartRole.release, "release-proposal.cms", CmsType, proposal.Der.ToArray()),
            Part.Of(PartRole.release, "release-approval.cms", CmsType, approval.Signed.Der.ToArray()),
            Part.Of(PartRole.grant, "grant.p7m", CmsType, grant),
        ]);
        var now = clock.GetUtcNow();
        var kept = new KeptOutcome(message.Id, row.Id, $"{item.Exhibit} is released to {row.PeerAuthority}");
        var sent = await send.Send(message, s =>
        {
            item.Move(s, ItemState.RELEASED);
            // Rejected and proposed again meanwhile, the item waits for another decision than this one.
            if (Decision.Of(s, caseKeys, item)[^1].Signed.Sha256 != proposal.Sha256)
                throw new CaseMovedException();
            s.RunOne("UPDATE items SET message = $1 WHERE id = $2", message.Id, item.Id);
            approval.Append(s, caseKeys, item, now);
            TransferRow.Begin(s, item.Id, row.Peer, now);
            new AuditRecord("release.approve", approval.User, item.Id, row.Id, approval.Signed.Sha256.ToString()).Append(s, now);
            Events.Append(s, now, "item.released", row.Id, item.Id, kept.Sentence);
            ticket.Keep(s, kept, now);
        });
        return sent.Then<KeptOutcome>(_ => kept);
    }

    private Outcome<Certificate> Recipient(string authority)
    {
        if (peers.ByState(Ids.StateOf(authority)) is not { } peer)
            return new Refusal(RefusalCode.PeerUnknown, $"{Ids.StateOf(authority)} is not an approved peer");
        if (peer.RefuseAt(clock.GetUtcNow()) is { } refusal)
            return refusal;
        return peer.Card.Card.Find(authority) is { Evidence: [var certificate, ..] } && Suites.For(certificate) is not null
            ? certificate
            : new Refusal(RefusalCode.AddresseeNotDesignated, $"the card of {peer.State} names no evidence certificate of {authority}");
    }
}

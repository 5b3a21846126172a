using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Custody;
using Gateway.Peers;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Evidence;

/// <summary>
/// The second signature is there, or the only one that an emergency needs: the announcement (manifest and decisions) is sealed and queued,
/// in one transaction with the item's release. The key grant and the chunks follow when it was accepted.
/// </summary>
internal sealed class ReleaseItem(Database database, CaseKeys caseKeys, PeerDirectory peers, ItemGrants grants, SendMessage send, RecordCustody custody, TimeProvider clock)
{
    private const string CmsType = "application/pkcs7-mime";

    public async Task<Outcome<KeptOutcome>> Run(ReleaseView view, SignedDocument? proposal, Decision deciding, Actor by, IdempotencyTicket ticket)
    {
        var (row, item) = (view.Case, view.Item);
        var papers = database.Read(s => ItemPapers.Open(s, caseKeys, item));
        // Each transfer makes the grant anew for the key that the card names then; whether that can work is found out while a person is there to hear it.
        if (!ItemGrants.Recipient(peers, row.PeerAuthority, clock.GetUtcNow()).TryGet(out _, out var refusal)
            || !grants.Open(papers.Grant, row.OwnAuthority, papers.Manifest, papers.Signed.Sha256).TryGet(out var key, out refusal))
            return refusal;
        key.Dispose();
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.EVIDENCE, ReadEvidence.Kind, row.Urgency, row.RequestMessage,
        [
            Part.Of(PartRole.manifest, "manifest.cms", CmsType, papers.Signed.Der.ToArray()),
            .. proposal is null ? [] : (Part[])[Part.Of(PartRole.release, "release-proposal.cms", CmsType, proposal.Der.ToArray())],
            Part.Of(PartRole.release, proposal is null ? "release-alone.cms" : "release-approval.cms", CmsType, deciding.Signed.Der.ToArray()),
        ]);
        var now = clock.GetUtcNow();
        var kept = new KeptOutcome(message.Id, row.Id, $"{item.Exhibit} is released to {row.PeerAuthority}");
        var release = Release.Read(deciding.Signed.Content).Value;
        var released = ItemCustody.Released(release, [.. proposal is null ? [] : (string[])[$"{view.Proposal!.User} ({view.Proposal.Release.Role})"], $"{deciding.User} ({release.Role})"], by, deciding.Signed.Sha256);
        var sent = await custody.With(row, item.Id, papers.Signed.Sha256, [released], record => send.Send(message, s =>
        {
            item.Move(s, ItemState.RELEASED);
            // Rejected and proposed again meanwhile, the item waits for another decision than this one.
            if (proposal is not null && Decision.Of(s, caseKeys, item)[^1].Signed.Sha256 != proposal.Sha256)
                throw new CaseMovedException();
            // So does one for which conditions were proposed meanwhile.
            if (CaseRow.Find(s, row.Id) is not { } still || DecideRelease.HeldBack(s, still, now) is not null)
                throw new CaseMovedException();
            // Conditions that were accepted meanwhile stand in nothing that was signed.
            if (UseTerms.Of(s, caseKeys, row)?.ReleasedTo(row.OtherSide) != release.Terms)
                throw new CaseMovedException();
            s.RunOne("UPDATE items SET message = $1 WHERE id = $2", message.Id, item.Id);
            deciding.Append(s, caseKeys, item, now);
            TransferRow.Begin(s, item.Id, row.Peer, now);
            new AuditRecord($"release.{deciding.Kind.ToLowerInvariant()}", deciding.User, item.Id, row.Id, deciding.Signed.Sha256.ToString()).Append(s, now);
            Events.Append(s, now, "item.released", row.Id, item.Id, kept.Sentence);
            record(s);
            ticket.Keep(s, kept, now);
        }));
        return sent.Then<KeptOutcome>(_ => kept);
    }
}

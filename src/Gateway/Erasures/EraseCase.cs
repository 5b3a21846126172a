using System.Globalization;
using System.Text.Json;
using Gateway.AuditLog;
using Gateway.Backups;
using Gateway.Cases;
using Gateway.Keys;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Erasures;

/// <summary>
/// Erases a case: its sealed document, its leaf and the removal of what it lists are one transaction; then the key of the case and the chunks go. A stop
/// between leaves the document, and the next start finishes it. Receipts, leaves and the identity of each message stay.
/// </summary>
internal sealed class EraseCase(Database database, CaseKeys caseKeys, KeyRing keys, FinishErasures finish, BackupOptions backups, LedgerGate gate, Alarms alarms, TimeProvider clock, ILogger<EraseCase> log)
{
    public async Task<Outcome<KeptOutcome>> Run(CaseRow row, StoredDecision proposal, StoredDecision approval, IdempotencyTicket ticket)
    {
        if (gate.Shut is { } shut)
            return shut;
        var request = Requested(row);
        var retain = request is { } asked ? Erasure.KeptUntil(asked) : null;
        var now = clock.GetUtcNow();
        if (request is null)
        {
            alarms.Raise(AlarmCode.LEDGER_DAMAGED, $"message {row.RequestMessage}", $"the request of {row.Id} cannot be read any more, and no erasure explains it: until when its data may be kept is not known. Run 'gateway fsck'.", row.Id);
            // Another reason does not rest on the day that stood there.
            if (proposal.Decision.Reason == ErasureReason.RETENTION_ENDED)
                return new Refusal(RefusalCode.CaseNotClosed, "the request cannot be read any more ('gateway fsck'), so that nobody can say whether the time for which it allows to keep the data has ended; restore it, or state another reason", "reason");
        }
        if (proposal.Decision.Reason == ErasureReason.RETENTION_ENDED && retain > now)
            return new Refusal(RefusalCode.CaseNotClosed, string.Create(CultureInfo.InvariantCulture, $"the request allows to keep the data until {retain:yyyy-MM-dd}; before that another reason is needed"), "reason");
        // Nothing but a carrier tells a State that no gateway serves.
        var carried = database.Read(s => PaperCases.Has(s, row.Id)) ? $"; tell {row.PeerAuthority}: gatewayctl case erase {row.Id} --out FILE --channel WORD --to NAME" : "";
        var kept = new KeptOutcome("", row.Id, $"{row.Id} is erased{carried}");
        while (true)
        {
            var erasure = database.Read(s => Describe(s, row, proposal, approval, retain, now));
            if (erasure.Messages.Count > Erasure.MaxEntries || erasure.Records.Count > Erasure.MaxEntries)
                return new Refusal(RefusalCode.DocumentLimit, "the case has more messages or records than one erasure can list");
            var der = SignedDocument.Sign(erasure.Write(), keys.Seal(row.OwnAuthority), now);
            var outcome = await database.Write<Outcome<bool>>(row.Lane, s =>
            {
                if (Judge(s, row.Id) is { } no)
                    return no;
                // What was written since was not listed: list it again.
                if (!EraseRecords.Messages(s, row.Id).SequenceEqual(erasure.Messages) || !EraseRecords.Items(s, row.Id).SequenceEqual(erasure.Items) || !EraseRecords.Records(s, row.Id).SequenceEqual(erasure.Records)
                    || !EraseRecords.Chains(s, row.Id).SequenceEqual(erasure.Chains))
                    return false;
                ErasureRows.Append(s, approval.Decision, approval.User, approval.Signed, now);
                ErasureRows.Store(s, erasure, der, told: false);
                Leaves.Append(s, LeafKind.erasure, Digest.Of(der));
                EraseRecords.Run(s, row.Id);
                EmptyLogs.Ask(s, now);
                new AuditRecord("erasure.approve", approval.User, row.Id, row.Id, approval.Signed.Sha256.ToString()).Append(s, now);
                Events.Append(s, now, erasure.IsEarly ? "case.erasedEarly" : "case.erased", row.Id, erasure.Id, $"proposed by {proposal.User}, approved by {approval.User}");
                ticket.Keep(s, kept, now);
                return true;
            });
            if (!outcome.TryGet(out var done, out var refusal))
                return refusal;
            if (!done)
                continue;
            log.LogWarning("erased {Case}: {Messages} messages, {Items} items, {Early}", row.Id, erasure.Messages.Count, erasure.Items.Count, erasure.IsEarly ? "before its time" : "in its time");
            await finish.Run(erasure, der);
            return kept;
        }
    }

    /// <summary>Why the case cannot be erased now; null when it can.</summary>
    public Refusal? Judge(Session s, string caseId)
    {
        if (ErasureRows.IsErased(s, caseId, keys.State))
            return new Refusal(RefusalCode.RetentionPassed, "the case is erased already", "case");
        if (CaseHolds.Of(s, caseId) is { Count: > 0 } holds)
            return new Refusal(RefusalCode.LegalHold, $"the case is under legal hold by {string.Join("; ", holds)}", "case");
        if (s.Number("SELECT count(*) FROM cases WHERE id = $1 AND closed IS NOT NULL", caseId) == 0)
            return new Refusal(RefusalCode.CaseNotClosed, "the case is not closed", "case");
        // One that the other side has accepted and says that it lost waits for nobody: it could keep the case from being erased for ever.
        if (s.Number("SELECT count(*) FROM outbox o WHERE o.case_id = $1 AND o.state = 'QUEUED' AND NOT EXISTS (SELECT 1 FROM receipts WHERE chain = o.case_id AND issuer = o.peer AND message = o.message AND event = $2 AND item IS NULL)", caseId, ReceiptEvent.RelayAcceptance) > 0)
            return new Refusal(RefusalCode.CaseNotClosed, "a message of the case still waits to be delivered", "case");
        return null;
    }

    private Erasure Describe(Session s, CaseRow row, StoredDecision proposal, StoredDecision approval, DateTimeOffset? retain, DateTimeOffset now) => new()
    {
        Id = proposal.Decision.Id,
        Case = row.Id,
        Authority = Party.Of(row.OwnAuthority),
        Peer = Party.Of(row.PeerAuthority),
        Reason = proposal.Decision.Reason,
        LegalBasis = proposal.Decision.LegalBasis,
        RetainUntil = retain,
        Proposal = proposal.Signed.Sha256,
        Approval = approval.Signed.Sha256,
        Time = now,
        BackupsUntil = now.AddDays(backups.KeepDays),
        Chains = EraseRecords.Chains(s, row.Id),
        Messages = EraseRecords.Messages(s, row.Id),
        Items = EraseRecords.Items(s, row.Id),
        Records = EraseRecords.Records(s, row.Id),
        Nonce = Ids.New(),
    };

    // From the request itself, which is about to go.
    private JsonElement? Requested(CaseRow row)
    {
        if (database.Read(s => KeptDocuments.Read(s, caseKeys, row.Id, row.RequestMessage, PartRole.request)) is not { } bytes || !Request.Read(bytes).TryGet(out var request, out _))
            return null;
        return request.Fields;
    }
}

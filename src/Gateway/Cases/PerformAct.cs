using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Access;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;

namespace Gateway.Cases;

/// <summary>What a person does on a case: composed against the case as it stands, then signed, judged again, and sent to the other side.</summary>
internal sealed class PerformAct(Database database, CaseKeys caseKeys, SendMessage send, PeerDirectory peers, NeedToKnow access, ApproveAct approve, TimeProvider clock)
{
    // From signing to submitting.
    private static readonly TimeSpan s_mayWait = TimeSpan.FromHours(24);

    public Composition Compose(User user, JsonElement fields)
    {
        var caseId = fields.ValueKind == JsonValueKind.Object && fields.TryGetProperty("case", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (!Look(user, caseId).TryGet(out var found, out var hidden))
            return new Composition(null, [hidden], []);
        var (row, history, facts) = found;
        var now = clock.GetUtcNow();
        var here = Enum.TryParse<ActKind>(Surroundings.TextOf(fields, "kind"), out var kind) && LateOriginals.Takes(row, kind);
        var composition = ActComposer.Compose(WithDefaults(fields, row), Context(database, peers, row, row.Side, history, row.OwnAuthority, now) with { KeptHere = here });
        if (composition.Document is not { } bytes || Act.Read(bytes) is not { Succeeded: true, Value: var act })
            return composition;
        if ((NotPermitted(user, row, act) ?? AgainstRequest(row, act) ?? NoDelay(row, act) ?? Early(row, act) ?? CaseWarnings.Suspends(row, facts, history.Standing, act.Kind, now)) is { } refusal)
            return new Composition(null, [refusal], []);
        return composition with { Warnings = [.. composition.Warnings, .. CaseWarnings.Of(row, facts, history.Standing, peers, now).Where(w => !Settles(act.Kind, w.Code)), .. Shorter(row, act), .. Beyond(row, act), .. approve.Tell(act.Kind)] };
    }

    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (!Act.Read(document.Content).TryGet(out var act, out var refusal))
            return refusal;
        if (!Look(document.User, act.Case).TryGet(out var found, out refusal))
            return refusal;
        var (row, history, facts) = found;
        if (act.RequestMessage != row.RequestMessage || act.Authority != row.OwnAuthority)
            return new Refusal(RefusalCode.StateConflict, "the act was composed for another case", "requestMessage");
        var examined = Attachments.Examine(attachments);
        if ((NamedDocuments.Missing(act, document.Signed.Der.Length, attachments) ?? Unread(act, document, attachments)) is { } other)
            return other;
        if (approve.Refuse(act.Kind, row, document.Approved) is { } unapproved)
            return unapproved;
        if ((NotPermitted(document.User, row, act) ?? AgainstRequest(row, act) ?? Early(row, act) ?? examined.Refused) is { } notPermitted)
            return notPermitted;
        if (CaseWarnings.Suspends(row, facts, history.Standing, act.Kind, clock.GetUtcNow()) is { } suspended)
            return suspended;
        if ((Old(act, clock.GetUtcNow()) ?? NoDelay(row, act)) is { } notNow)
            return notNow;
        if (act.After != history.LastOf(row.OtherSide))
            return new Refusal(RefusalCode.StateConflict, "the other side did something meanwhile; look at the case and repeat", "after");
        var here = LateOriginals.Takes(row, act.Kind);
        if (ActComposer.Judge(act, Context(database, peers, row, row.Side, history, row.OwnAuthority, clock.GetUtcNow()) with { KeptHere = here }).ToList() is { Count: > 0 } problems)
            return Refusal.Joined(problems);
        if (here)
            return attachments.Count == 0 ? await LateOriginals.Keep(database, caseKeys, row, act, document, ticket, clock.GetUtcNow())
                : new Refusal(RefusalCode.ArgumentNotValid, "the case is closed: the comparison is kept here alone, and nothing goes with it", "attachments");
        if (Dropped(row, act) is { } dropped)
            return dropped;
        var entry = ActEntry.Of(act, row.Side);
        var next = history.Take(entry).Value;
        // A closed chain takes no more receipts: what is on its way must have arrived.
        if (next.Standing.State == CaseState.COMPLETED && database.Read(s => OnTheWay(s, row.Id)))
            return new Refusal(RefusalCode.ItemIncomplete, "an evidence item of this case is still on its way", "kind");
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.ACT, act.Kind.ToString(), row.Urgency, row.RequestMessage,
            [Part.Of(PartRole.act, "act.cms", "application/pkcs7-mime", document.Signed.Der.ToArray()), .. attachments]);
        var kept = new KeptOutcome(message.Id, row.Id, $"{row.Reference}: {act.Kind}; the case is {next.Standing.State}{examined.Note}");
        var sent = await send.Send(message, s =>
        {
            // One may have been released, or announced, since.
            if (next.Standing.State == CaseState.COMPLETED && OnTheWay(s, row.Id))
                throw new CaseMovedException();
            row.Add(s, history, next, entry, message.Id, clock.GetUtcNow());
            ApproveAct.Record(s, act.Kind, message.Id, row, document, clock.GetUtcNow());
            ticket.Keep(s, kept, clock.GetUtcNow());
        });
        return sent.Then<KeptOutcome>(_ => kept);
    }

    // Whoever approves adds nothing to what was signed.
    private static Refusal? Unread(Act act, SubmittedDocument document, IReadOnlyList<Part> attachments)
        => document.Approved is not null && attachments.Count > 0 && NamedDocuments.Of(act).Select(d => d.Sha256).ToHashSet() is var named && attachments.Any(a => !named.Contains(a.Sha256))
            ? new Refusal(RefusalCode.ArgumentNotValid, "a file is attached that the signed act does not name by its digest", "attachments")
            : null;

    // Deadlines are reckoned by when it is submitted: its own time must not say something else to whoever reads it.
    private static Refusal? Old(Act act, DateTimeOffset now) => act.Time >= now - s_mayWait ? null
        : new Refusal(RefusalCode.ActTooOld, $"the act is dated {DocumentWriter.FormatTime(act.Time)}, more than 24 hours before now, {DocumentWriter.FormatTime(now)}; nothing was sent", "time");

    // The other side cannot know by our table of holidays when something of ours is due.
    private Refusal? NoDelay(CaseRow row, Act act)
        => act is { Kind: ActKind.DELAY_NOTICE, DueAt: { } later }
            && database.Read(s => s.Query("SELECT rule, due FROM deadlines WHERE case_id = $1 AND side = $2 AND state IN ('RUNNING', 'SUSPENDED')", r => (Rule: r.Word<DeadlineRule>(0), Due: r.Time(1)), row.Id, row.Side))
                .Where(d => Deadline.IsAnnounced(d.Rule)).OrderBy(d => d.Due).Take(1).ToList() is [var first] && later < first.Due
            ? new Refusal(RefusalCode.WindowOrder, $"\"dueAt\" ({DocumentWriter.FormatTime(later)}) is before {first.Rule} is due, {DocumentWriter.FormatTime(first.Due)}: that is no delay. A STATUS_REPORT tells an earlier date.", "dueAt")
            : null;

    private static bool OnTheWay(Session s, string caseId) => s.Number("SELECT count(*) FROM items WHERE case_id = $1 AND state IN ('RELEASED', 'SENT', 'RECEIVING')", caseId) > 0;

    private JsonElement WithDefaults(JsonElement fields, CaseRow row)
        => !Enum.TryParse<ActKind>(Surroundings.TextOf(fields, "kind"), out var kind) ? fields
            : kind == ActKind.ACKNOWLEDGED ? Acknowledging(fields, row)
            : Answers(kind, row) ? Answering(fields, row)
            : fields;

    private static bool Answers(ActKind kind, CaseRow row) => kind is ActKind.PARTIALLY_ANSWERED or ActKind.EXECUTED or ActKind.MEASURE_DELIVERY && row.Side == CaseSide.Requested;

    // An answer states under what its data may be used: the conditions travel with every copy. Its author may add to those of the case.
    private JsonElement Answering(JsonElement fields, CaseRow row)
    {
        var added = fields.TryGetProperty("conditions", out var given) ? given : default;
        if (added.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Array) || database.Read(s => UseTerms.Of(s, caseKeys, row)) is not { } terms || !terms.BindsWhatGoesTo(row.OtherSide))
            return fields;
        var own = added.ValueKind == JsonValueKind.Array ? added.EnumerateArray().ToList() : [];
        var filled = JsonObject.Create(fields)!;
        filled["conditions"] = new JsonArray(
        [
            .. terms.Lacking(own.ConvertAll(c => (Surroundings.TextOf(c, "code") ?? "", Surroundings.TextOf(c, "text") ?? ""))).Select(c => (JsonNode)new JsonObject { ["code"] = c.Code, ["text"] = c.Text }),
            .. own.Select(c => JsonSerializer.SerializeToNode(c)),
        ]);
        return JsonSerializer.SerializeToElement(filled);
    }

    // Composed elsewhere, or before others were accepted.
    private Refusal? Dropped(CaseRow row, Act act)
    {
        const int Words = 60;
        static string Shown((string Code, string Text) condition)
            => condition.Text.Length <= Words ? $"{condition.Code}: {condition.Text}" : $"{condition.Code}: {condition.Text[..(char.IsHighSurrogate(condition.Text[Words - 1]) ? Words - 1 : Words)]}…";
        return Answers(act.Kind, row) && database.Read(s => UseTerms.Of(s, caseKeys, row)) is { } terms && terms.BindsWhatGoesTo(row.OtherSide) && terms.Lacking(act.Conditions) is { Count: > 0 } lacking
            ? new Refusal(RefusalCode.StateConflict, $"the answer lacks conditions of this case: {string.Join("; ", lacking.Select(Shown))}. Compose it again: the gateway fills in what is missing", "conditions")
            : null;
    }

    // Acknowledging at night takes one command: what is not said is the request's own number and the date by which an answer is due.
    private JsonElement Acknowledging(JsonElement fields, CaseRow row)
    {
        var filled = JsonObject.Create(fields)!;
        if (!filled.ContainsKey("reference"))
            filled["reference"] = $"{row.OwnAuthority} {row.Reference}";
        if (!filled.ContainsKey("dueAt"))
        {
            var now = clock.GetUtcNow();
            var due = database.Read(s => s.Query("SELECT due FROM deadlines WHERE case_id = $1 AND rule = 'DECIDE'", r => (DateTimeOffset?)r.Time(0), row.Id).FirstOrDefault()) ?? RequestKinds.Of(row.Kind).DecisionDue(row.Urgency, row.Opened);
            filled["dueAt"] = DocumentWriter.FormatTime(due > now ? due : now.AddHours(1));
        }
        return JsonSerializer.SerializeToElement(filled);
    }

    /// <summary>The case as an act of one of its sides is judged on; the same here and at the other side.</summary>
    public static ActContext Context(Database database, PeerDirectory peers, CaseRow row, CaseSide by, CaseHistory history, string authority, DateTimeOffset now)
    {
        var own = peers.OwnCard.Card.State;
        var reader = by == row.Side ? row.Peer : own;
        var (requested, reads) = database.Read(s => (CaseCards.Of(s, peers, row, row.Side == CaseSide.Requested ? own : row.Peer), CaseCards.Of(s, peers, row, reader)));
        return new ActContext(now, row.Id, row.RequestMessage, authority, by, history, row.Kind)
        {
            ConventionOffence = row.ConventionOffence,
            DualCriminality = requested?.Profile.DualCriminality ?? DualCriminality.COERCIVE_ONLY,
            Accepted = reads is null ? null : new AcceptedLanguages(reader, reads.Profile.Accepts(row.Urgency)),
        };
    }

    // A slip of the pen at night: what is kept for less than was asked for is said before it is signed.
    private IEnumerable<Refusal> Shorter(CaseRow row, Act act)
    {
        if (act is not { Kind: ActKind.PRESERVED } || act.TimeOf("until") is not { } until
            || database.Read(s => KeptDocuments.Read(s, caseKeys, row.Id, row.RequestMessage, PartRole.request)) is not { } bytes || !Request.Read(bytes).TryGet(out var request, out _)
            || Preservation.AskedUntil(request, act.Time) is not { } asked || until >= asked.AddHours(-1))
            yield break;
        yield return new Refusal(RefusalCode.PreservationTooShort, $"Preservation until {DocumentWriter.FormatTime(until)} is shorter than the request asks for: until {DocumentWriter.FormatTime(asked)}.", "until");
    }

    // The other side is told the truth all the same; the clock goes by its own rule.
    private IEnumerable<Refusal> Beyond(CaseRow row, Act act)
    {
        if (act is not { Kind: ActKind.DELAY_NOTICE, DueAt: { } later } || RequestKinds.Of(row.Kind).Execution is null
            || database.Read(s => s.Query("SELECT due, basis FROM deadlines WHERE case_id = $1 AND rule = 'DECIDE' AND number = 1 AND state IN ('RUNNING', 'SUSPENDED')", r => (Due: r.Time(0), Basis: r.GetString(1)), row.Id)) is not [var decide])
            yield break;
        var moved = decide.Basis.StartsWith(LegalClock.MovedByNotice, StringComparison.Ordinal);
        var latest = moved ? decide.Due : decide.Due.AddDays(LegalClock.MostDelayDays);
        if (later > latest)
            yield return new Refusal(RefusalCode.WindowOrder, $"A first decision is put off once, by {LegalClock.MostDelayDays} days at most{(moved ? ", and was put off before" : "")}: {DocumentWriter.FormatTime(later)} is told to the other side, and DECIDE is due {DocumentWriter.FormatTime(latest)} all the same.", "dueAt");
    }

    // The act is what the warning asks for.
    private static bool Settles(ActKind act, RefusalCode warning)
        => (act, warning) is (ActKind.CALLED_BACK, RefusalCode.CallBackMissing) or (ActKind.ORIGINAL_RECEIVED, RefusalCode.OriginalOverdue);

    private Refusal? AgainstRequest(CaseRow row, Act act) => database.Read(s => AgainstRequest(s, caseKeys, row, act));

    private Refusal? Early(CaseRow row, Act act) => database.Read(s => EarlyClosing.Refuse(s, caseKeys, row, row.Side, act));

    /// <summary>
    /// What the request says decides, whichever side looks: a digest of the original is compared with it by the machine, and a measure delivers nothing from behind the end of its authorisation.
    /// </summary>
    public static Refusal? AgainstRequest(Session s, CaseKeys caseKeys, CaseRow row, Act act)
    {
        if (act is { Kind: ActKind.MEASURE_DELIVERY } && act.TimeOf("periodTo") is { } until)
        {
            return KeptDocuments.Read(s, caseKeys, row.Id, row.RequestMessage, PartRole.request) is { } document && Request.Read(document).TryGet(out var asked, out _)
                ? MeasureBounds.Refuse(row.Kind, asked.Fields, until, "periodTo") : null;
        }
        if (act.OriginalSha256 is null || s.One("SELECT body FROM messages WHERE id = $1 AND body IS NOT NULL", r => r.Bytes(0), row.RequestMessage) is not { } body
            || caseKeys.TryOpen(row.Id, $"message:{row.RequestMessage}", body) is not { } plain)
            return null;
        var seal = SignedDocument.Open(plain).Value;
        return Cover.Read(seal.Content).Value.In(PartRole.request).FirstOrDefault() is { } request ? act.CheckOriginal(request.Sha256, seal.Sha256) : null;
    }

    // The case as the person may see and act on it.
    private Outcome<(CaseRow Row, CaseHistory History, CaseFacts Facts)> Look(User user, string caseId) => database.Read<Outcome<(CaseRow, CaseHistory, CaseFacts)>>(s =>
        user.Refuse(Permission.ReadContent) is { } notPermitted ? notPermitted
            : CaseRow.Seen(s, access.Of(user, Permission.ReadContent), caseId) is not { } row ? NeedToKnow.NoCase("case")
            : access.RefuseActing(s, user, caseId) is { } elsewhere ? elsewhere
            // The other side has no case: whatever is sent there can only come back.
            : row.IsRejected(s) ? new Refusal(RefusalCode.TransitionNotAllowed, $"the request was rejected by {row.Peer} and opened no case there; send it anew, mended ('gatewayctl request new', with a link REPLACES)", "case")
            : (row, row.History(s), CaseFacts.Of(s, caseId)));

    private Refusal? NotPermitted(User user, CaseRow row, Act act) => Transitions.Permit(act.Kind, row.Side, user.Roles, row.Kind, peers.OwnCard.Card.Profile);
}

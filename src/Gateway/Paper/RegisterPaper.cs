using System.Text.Json;
using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Evidence;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;

namespace Gateway.Paper;

/// <summary>
/// An officer registers a request of a State without a gateway: enters from the letter what was asked, and signs both that and how it came and who checked from whom it is. It opens a case
/// in which we are the side that was asked, on the receipts of every case on paper: ReceivedFromNonERDS for what came, RelayToNonERDS for each answer that leaves.
/// </summary>
internal sealed class RegisterPaper(Database database, KeyRing keys, PeerDirectory peers, Surroundings around, Registry registry, SendMessage send, NeedToKnow access, TimeProvider clock)
{
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);
    private static readonly HashSet<string> s_ofTheEntry = ["id", "created", "originalFollowup"];

    public Composition Compose(User user, JsonElement fields)
    {
        var given = new GivenFields(fields, "case", "from", "channel", "reference", "at", "person", "checkedBy", "check", "request", "files");
        var from = given.Text("from");
        var document = new PaperRequest
        {
            Id = Ids.New(),
            Case = given.Optional("case") ?? (Ids.IsAuthority(from) ? Ids.NewCase(Ids.StateOf(from)) : ""),
            Authority = user.Authority,
            From = from,
            Channel = given.Word<PaperChannel>("channel"),
            Reference = given.Optional("reference"),
            At = GivenPaper.Time(given, "at") ?? clock.GetUtcNow(),
            Person = given.Text("person"),
            CheckedBy = given.Text("checkedBy"),
            Check = given.Text("check"),
            Request = given.Digest("request"),
            Files = GivenPaper.Files(fields, given),
            Time = clock.GetUtcNow(),
        };
        return given.Compose(document.Write, bytes => PaperRequest.Read(bytes).Refusal, () => Judge(user, document));
    }

    public async Task<Outcome<KeptOutcome>> Submit(SubmittedDocument document, IReadOnlyList<Part> attachments, IdempotencyTicket ticket)
    {
        if (!PaperRequest.Read(document.Content).TryGet(out var record, out var refusal))
            return refusal;
        if (Judge(document.User, record) is { } problem)
            return problem;
        if (attachments is not [var entered, ..] || entered.Sha256 != record.Request)
            return new Refusal(RefusalCode.ManifestIncomplete, "the first file beside the record is the request as entered and signed, which it names", "attachments");
        if (!Entered(document, record, entered).TryGet(out var request, out refusal) || !Files(record, request, [.. attachments.Skip(1)]).TryGet(out var parts, out refusal))
            return refusal;

        if (registry.Refuse(request.Reference) is { } beyond)
            return beyond;
        registry.Pass(request.Reference);
        var now = clock.GetUtcNow();
        var message = new OutgoingMessage(Ids.New(), record.Case, record.Authority, record.From, CoverAbout.PAPER, request.Kind.ToString(), request.Urgency, null,
        [
            Part.Of(PartRole.paper, "paper.cms", "application/pkcs7-mime", document.Signed.Der.ToArray()),
            Part.Of(PartRole.request, "request.cms", "application/pkcs7-mime", entered.Content),
            .. parts,
        ])
        {
            CertifiesItself = [ReceiptEvent.ReceivedFromNonERDS],
            OpensOnPaper = true,
        };
        var kept = new KeptOutcome(message.Id, record.Case, $"{request.Reference} of {record.From}, which came by {record.Channel}, is registered; answers leave with 'gatewayctl request export'");
        var result = await send.Send(message, s =>
        {
            // Somebody registered the same at the same moment.
            if (CaseRow.Find(s, record.Case) is not null || PaperCases.Opened(s, record) is not null || !PaperCases.Keep(s, record, message.Id))
                throw new CaseMovedException();
            PaperCases.Open(s, record.Case, Ids.StateOf(record.From));
            Desks.Open(s, record.Case, record.Authority, peers.OwnCard.Card, access.ReadersOf(SignedDocument.Open(entered.Content).Value.Content), now);
            Registry.KeepReference(s, request.Reference);
            SendRequest.OpenCase(s, record.Case, message.Id, request, CaseSide.Requested, CaseState.DELIVERED, record.Authority, record.From, now);
            new AuditRecord("paper.registered", document.User.Name, message.Id, record.Case, record.Channel.ToString()).Append(s, now);
            Events.Append(s, now, "paper.received", record.Case, message.Id, $"{request.Urgency} {request.Kind} from {record.From} by {record.Channel}");
            ticket.Keep(s, kept, now);
        });
        return result.Then<KeptOutcome>(_ => kept);
    }

    private Refusal? Judge(User user, PaperRequest record)
    {
        var (state, now) = (Ids.StateOf(record.From), clock.GetUtcNow());
        if (user.Refuse(Permission.ReadContent) is { } closed)
            return closed;
        if (record.Authority != user.Authority || !keys.Authorities.Contains(user.Authority))
            return new Refusal(RefusalCode.RoleMissing, $"{user.Name} works for {user.Authority} and does not take requests for {record.Authority}", "authority");
        if (peers.ByState(state) is { } peer)
            return new Refusal(RefusalCode.TransitionNotAllowed, $"{state} has a gateway: its card is {peer.Status}, and its requests come by wire", "from");
        if (peers.OnPaper(state) is not { } described)
            return new Refusal(RefusalCode.PeerUnknown, $"nobody described {state}: two administrators bring its description first ('gatewayctl peer paper')", "from");
        if (described.Find(record.From) is null)
            return new Refusal(RefusalCode.SenderNotDesignated, $"{record.From} does not stand in the description of {state}", "from");
        if (record.At > now + Skew)
            return new Refusal(RefusalCode.ClockSkew, $"Event time {DocumentWriter.FormatTime(record.At)} is ahead of receipt time {DocumentWriter.FormatTime(now)} by the clock of this gateway: correct the time that was given; if it came from a clock, set that clock.", "at");
        return database.Read(s => PaperCases.Opened(s, record) is { } opened
            ? new Refusal(RefusalCode.StateConflict, $"this file was registered before{(access.Sees(s, user, Permission.ReadContent, opened) ? $", in case {opened}" : "")}; what follows a request is imported into its case", "files")
            : CaseRow.Find(s, record.Case) is not null ? new Refusal(RefusalCode.StateConflict, "there is such a case already", "case") : null);
    }

    // What was entered is judged as a request that arrives, its dates by the day on which it came; its author is the officer, who signs that it is what the letter says.
    private Outcome<Request> Entered(SubmittedDocument document, PaperRequest record, Part entered)
    {
        if (!SignedDocument.Open(entered.Content).TryGet(out var signed, out var refusal))
            return refusal with { Path = "attachments[0]" };
        if (signed.Signer.Sha256 != document.Signed.Signer.Sha256)
            return new Refusal(RefusalCode.MarkSignerUnknown, "the request as entered and the record are signed by one officer", "attachments[0]");
        if (!Request.Read(signed.Content).TryGet(out var request, out refusal))
            return refusal;
        if (request.RequestingAuthority != record.From || request.RequestedAuthority != record.Authority)
            return new Refusal(RefusalCode.CoverRouting, $"the request as entered goes from {request.RequestingAuthority} to {request.RequestedAuthority}; the record is about one from {record.From} to {record.Authority}", "from");
        if (Transitions.Permit(ActKind.ACKNOWLEDGED, CaseSide.Requested, document.User.Roles, request.Kind, peers.OwnCard.Card.Profile) is { } notPermitted)
            return notPermitted;
        return RequestRules.Check(request, around.Of(request, record.At) with { Now = clock.GetUtcNow(), CameAt = record.At, Arrived = true }) is { Count: > 0 } problems ? Refusal.Joined(problems) : request;
    }

    // The files as they came; what a sealed one holds goes beside it, and must be the request that was entered.
    private Outcome<IReadOnlyList<Part>> Files(PaperRequest record, Request request, IReadOnlyList<Part> files)
    {
        if (GivenPaper.Match(record.Files, files) is { } mismatch)
            return mismatch;
        var parts = new List<Part>(files);
        foreach (var file in files)
        {
            if (!SealedReply.Open(file, record.Authority, Ids.StateOf(record.From), record.Case, keys, peers).TryGet(out var opened, out var refusal))
                return refusal;
            parts.AddRange(opened.Beside);
            if (opened.Cover is { } cover && Differs(cover, record, request) is { } difference)
                return difference;
        }
        return parts;
    }

    private static Refusal? Differs(Cover cover, PaperRequest record, Request entered)
    {
        if (cover.Sender.Authority != record.From)
            return new Refusal(RefusalCode.CoverRouting, $"the sealed file is of {cover.Sender.Authority}, not of {record.From}", "from");
        if (cover.In(PartRole.request).FirstOrDefault() is not { } part)
            return new Refusal(RefusalCode.ManifestIncomplete, "the sealed file holds no request", "files");
        if (!SignedDocument.Open(part.Content).TryGet(out var signed, out var refusal) || !Request.Read(signed.Content).TryGet(out var asked, out refusal))
            return refusal with { Path = "files" };
        // What the other State's person signed is what is asked; the entry has an id and a date of its own, and nothing else.
        var different = Members(asked).Union(Members(entered)).Where(name => !s_ofTheEntry.Contains(name) && !Same(asked.Fields, entered.Fields, name)).Order(StringComparer.Ordinal).ToList();
        return different.Count == 0 ? null : new Refusal(RefusalCode.ManifestMismatch, $"entered was something else than the sealed file asks ({asked.Kind}, {asked.Urgency}, {asked.Reference}): {string.Join(", ", different)}", different[0]);
    }

    private static IEnumerable<string> Members(Request request) => request.Fields.EnumerateObject().Select(member => member.Name);

    private static bool Same(JsonElement one, JsonElement other, string name)
    {
        var there = one.TryGetProperty(name, out var first);
        return there == other.TryGetProperty(name, out var second) && (!there || JsonElement.DeepEquals(first, second));
    }
}

using Gateway.Access;
using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Cases;

/// <summary>
/// Between the authorities behind this gateway: the contact point hands a case over to the central authority, which tasks a
/// prosecutor. Each step is recorded with its reason. The other State goes on writing to the authority that it knows.
/// </summary>
internal sealed class HandOverCase(Database database, KeyRing keys, NeedToKnow access, ShowCases show, TimeProvider clock)
{
    private const int MaxReason = 500;
    private const string TakeBack = "NONE";

    public async Task<Outcome<CaseView>> Run(HandOverCaseRequest request, User by)
    {
        if (by.Refuse(Permission.HandOverCase) is { } notPermitted)
            return notPermitted;
        var word = request.Part.Length == 0 ? nameof(DeskPart.DESK) : request.Part;
        if (word != TakeBack && !Enum.GetNames<DeskPart>().Contains(word))
            return new Refusal(RefusalCode.ArgumentNotValid, $"'{word}' is not DESK, TASK, COPY or NONE", "part");
        if (!keys.Authorities.Contains(request.To))
            return new Refusal(RefusalCode.ArgumentNotValid, $"'{request.To}' is not an authority of this gateway ({string.Join(", ", keys.Authorities)})", "to");
        if (request.Reason.Trim().Length is 0 or > MaxReason)
            return new Refusal(RefusalCode.ArgumentNotValid, $"a reason of 1 to {MaxReason} characters is needed; it is recorded", "reason");
        var refusal = await database.Write<Refusal?>(Lane.Ordinary, s => Change(s, request, word, by));
        return refusal ?? show.Show(new ShowCaseRequest { CaseId = request.CaseId }, by);
    }

    private Refusal? Change(Session s, HandOverCaseRequest request, string word, User by)
    {
        if (CaseRow.Seen(s, access.Of(by, Permission.HandOverCase), request.CaseId) is not { } row)
            return NeedToKnow.NoCase();
        // A central authority may take over what it has a copy of; otherwise only the holder gives.
        var takesOver = request.To == by.Authority && by.Roles.Contains(Role.CENTRAL_AUTHORITY_MLA);
        if (!takesOver && Desks.Holder(s, row.Id) is var holder && holder != by.Authority)
            return new Refusal(RefusalCode.RoleMissing, $"{by.Name} works for {by.Authority}; the case lies with {holder}, whose people hand it over");
        var now = clock.GetUtcNow();
        if (word == TakeBack)
        {
            if (!Desks.Take(s, row.Id, request.To))
                return new Refusal(RefusalCode.StateConflict, $"{request.To} has no task or copy of the case that could be taken back", "to");
        }
        else
        {
            var part = Enum.Parse<DeskPart>(word);
            if (Desks.Holder(s, row.Id) == request.To)
                return new Refusal(RefusalCode.StateConflict, $"the case lies with {request.To} already", "to");
            // Nobody there could read it: the list of the request decides, and it cannot be changed here.
            if (RequestKinds.Of(row.Kind).NeedToKnow && !access.AnyReader(s, row.Id, request.To))
                return new Refusal(RefusalCode.NotOnNeedToKnowList, $"Nobody of {request.To} is on the list for this measure.", "to");
            Desks.Give(s, row.Id, request.To, part, by.Name, now);
        }
        new AuditRecord("case.handedOver", by.Name, request.To, row.Id, $"{word}: {request.Reason.Trim()}").Append(s, now);
        Events.Append(s, now, "case.handedOver", row.Id, request.To, word == TakeBack ? $"taken back from {request.To} by {by.Name}" : $"{word} for {request.To}, by {by.Name}");
        return null;
    }
}

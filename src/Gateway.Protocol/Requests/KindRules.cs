using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>What the row of a kind demands beyond single members (V001, V008, V010 by profile, V012, V017, V018, V021, V046).</summary>
internal static class KindRules
{
    public static void Check(RequestView view)
    {
        Periods(view, view.Fields);
        if (view.Row is not { } row)
            return;
        if (row.OnlyUrgency is { } only && view.Urgency is { } urgency && urgency != only)
            view.Refuse(RefusalCode.DocumentValue, $"{row.Kind} is sent with urgency {only} only", "urgency");
        foreach (var flag in row.Raised.Where(flag => view.Flag(flag) == false))
            view.Refuse(RefusalCode.RequiredFieldEmpty, $"\"{flag}\" must be true for {row.Kind}.", flag);
        foreach (var when in row.When.Where(when => (when.Value is { } value ? view.Says(when.Member, value) : view.Has(when.Member)) && !view.Has(when.Needed)))
            view.RefuseEmpty(when.Needed, when.Value is null ? $"\"{when.Member}\" is there" : null);
        if (row.Authorisation == Authorisation.BY_PROFILE && view.Context.Recipient?.AuthorisationKinds.Contains(row.Kind) == true && !view.Has("judicialAuthorisation"))
            view.Refuse(RefusalCode.AuthorisationMissing, $"Judicial authorisation is missing; {row.Kind} needs it under the profile of {view.RequestedState}.", "judicialAuthorisation");
        Documents(view, row);
        Penalty(view, row);
        if (row.Kind == RequestKind.CONSULAR_ACTION && view.Text("nationality") is { } nationality && view.Text("requestingAuthority") is { } sender && Ids.IsAuthority(sender) && Ids.StateOf(sender) != nationality)
            view.Refuse(RefusalCode.ConsularForeignNational, $"Consular service is limited to own nationals; nationality given: {StrictJson.Shown(nationality)}.", "nationality");
        Link(view, row);
        if (row.Kind == RequestKind.PRESERVE_EXTENSION)
            Extension(view);
        Onward(view);
        Linked(view);
        if (row.NeedToKnow)
            Readers(view);
    }

    // Listed with a digest, it is with the message (V035) or comes as an evidence item.
    private static void Documents(RequestView view, RequestRow row)
    {
        if (view.Context.Recipient is not { SpecialDocuments.Count: > 0 } profile)
            return;
        var there = view.List("attachments").Select(attachment => RequestView.TextIn(attachment.Element, "type")).Concat(ByMember(view)).ToHashSet();
        foreach (var type in profile.DocumentsOf(row.Kind).Where(type => !there.Contains(type)))
            view.RefuseEmpty("attachments", $"the profile of {view.RequestedState} wants a document of type {type}");
    }

    // What a member of its own names by its digest need not be listed once more.
    private static IEnumerable<string?> ByMember(RequestView view)
    {
        string? In(string member, string type) => view.Object(member) is { } named && RequestView.TextIn(named, "documentSha256") is not null ? RequestView.TextIn(named, "form") ?? type : null;
        return [In("judicialAuthorisation", "JUDICIAL_AUTHORISATION"), In("warrant", "WARRANT"), In("judgment", "JUDGMENT")];
    }

    private static void Penalty(RequestView view, RequestRow row)
    {
        var penalties = view.List("offence").Select(offence => RequestView.IntegerIn(offence.Element, "maxPenaltyMonths")).ToArray();
        if (row.MinPenaltyMonths is { } least && penalties.Length > 0 && penalties.All(months => months < least))
            view.Refuse(RefusalCode.ExtraditionThreshold, $"Extradition needs an offence punishable by at least {least} months; stated: {penalties.Max()}.", "offence[0].maxPenaltyMonths");
    }

    private static void Link(RequestView view, RequestRow row)
    {
        if (row.RequiredRelation is { } relation && !view.Links().Any(link => link.Relation == relation.ToString()))
            view.Refuse(RefusalCode.RequiredFieldEmpty, $"{view.Kind} needs a linked request with relation {relation}.", "linkedRequests");
    }

    private static void Extension(RequestView view)
    {
        if (view.Time("preservedUntil") is { } stated && stated < view.Context.Prolonging)
            Ended(view, stated, "preservedUntil");
        foreach (var (relation, caseId, path) in view.Links())
        {
            if (relation != nameof(Relation.EXTENDS) || view.Context.LinkedCases is not { } known)
                continue;
            var extended = known.GetValueOrDefault(caseId);
            if (extended is not { Kind: RequestKind.PRESERVE_DATA or RequestKind.PRESERVE_EXTENSION } || extended.OtherState != view.OtherState)
                view.Refuse(RefusalCode.ExtensionOfUnknown, $"No preservation {StrictJson.Shown(caseId)} between these authorities.", path);
            else if (extended.PreservedUntil is { } until && until < view.Context.Prolonging)
                Ended(view, until, path);
        }
    }

    private static void Ended(RequestView view, DateTimeOffset until, string path)
        => view.Refuse(RefusalCode.ExtensionAfterExpiry, $"Preservation ended on {until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}; send a new PRESERVE_DATA.", path);

    // Naming to one State a case with another passes on what that one gave, be it only that it gave something.
    private static void Onward(RequestView view)
    {
        if (view.Context is not { Arrived: false, LinkedCases: { } known } || view.RequestedState is not { } recipient)
            return;
        foreach (var (relation, caseId, path) in view.Links())
        {
            if (relation == nameof(Relation.UNDER_CONSENT) || known.GetValueOrDefault(caseId) is not { } linked || linked.OtherState == recipient)
                continue;
            var consents = view.Links().Where(link => link.Relation == nameof(Relation.UNDER_CONSENT)).Select(link => known.GetValueOrDefault(link.Case))
                .Where(consent => consent is { Kind: RequestKind.FURTHER_USE_CONSENT, Granted: true } && consent.OtherState == linked.OtherState).Select(consent => consent!.Consent).OfType<FurtherUse>().ToList();
            var gaps = consents.Select(consent => consent.Refuse(caseId, view.Text("purposeCode"), recipient, view.RequestingState ?? "", view.Context.Now)).ToList();
            if (gaps.TrueForAll(gap => gap is not null))
                view.Refuse(RefusalCode.OnwardTransferWithoutConsent, $"Transfer to {recipient} is prohibited without the prior consent of {linked.OtherState}. Attach FURTHER_USE_CONSENT granted{(gaps.Count > 0 ? $"; {string.Join("; ", gaps)}" : "")}.", path);
        }
    }

    // What is not open to the person who links to it is as unknown as what does not exist, and said in the same words.
    private static void Linked(RequestView view)
    {
        if (view.Context is not { Author: not null, LinkedCases: { } known })
            return;
        foreach (var (relation, caseId, path) in view.Links())
        {
            if (relation != nameof(Relation.EXTENDS) && Ids.IsCase(caseId) && !known.ContainsKey(caseId))
                view.Refuse(RefusalCode.NotFound, "there is no such case, or it is not open to you", path);
        }
    }

    // A measure that nobody on a side may read would lie there unseen; who asks for it must be able to follow it.
    private static void Readers(RequestView view)
    {
        var persons = view.List("needToKnow").Select(person => (Authority: RequestView.TextIn(person.Element, "authority"), Name: RequestView.TextIn(person.Element, "person")?.Trim())).ToList();
        if (persons.Count == 0)
            return;
        if (view.Context.Author is { } author && !persons.Contains((author.Authority, author.Name)))
            view.Refuse(RefusalCode.NotOnNeedToKnowList, "You are not on the list for this measure.", "needToKnow");
        foreach (var name in new[] { "requestingAuthority", "requestedAuthority" })
        {
            if (view.Text(name) is { } authority && Ids.IsAuthority(authority) && !persons.Any(p => p.Authority is not null && Ids.IsAuthority(p.Authority) && Ids.StateOf(p.Authority) == Ids.StateOf(authority)))
                view.Refuse(RefusalCode.NotOnNeedToKnowList, $"Nobody of {Ids.StateOf(authority)} is on the list for this measure.", "needToKnow");
        }
    }

    // Every object with 'from' and 'to' says when something begins and ends; the data window has rules of its own.
    private static void Periods(RequestView view, IReadOnlyList<Field> fields)
    {
        foreach (var field in fields.Where(field => field.Name != "dataWindow" && field.Fields.Any(inner => inner.Name == "from") && field.Fields.Any(inner => inner.Name == "to")))
        {
            var elements = field.Shape == Shape.Objects ? view.List(field.Name) : view.Object(field.Name) is { } one ? [(one, field.Name)] : [];
            foreach (var (element, path) in elements)
            {
                var days = RequestView.DayIn(element, "from") is { } first && RequestView.DayIn(element, "to") is { } last && last < first;
                var times = RequestView.TimeIn(element, "from") is { } from && RequestView.TimeIn(element, "to") is { } to && to < from;
                if (days || times)
                    view.Refuse(RefusalCode.WindowOrder, $"\"{path}.to\" ({RequestView.TextIn(element, "to")}) is before start.", $"{path}.to");
            }
        }
    }
}

using System.Net;
using System.Text.Json;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>What must go together inside a request (V001, V005, V006, V007, V014, V015, V016, V019).</summary>
internal static class ContentRules
{
    private static readonly string[] EmergencyTrio = ["emergencyCategory", "emergencyFacts", "emergencyLink"];
    private static readonly string[] Justification = ["exceptionalJustification", "impactIfRefused"];

    public static void Check(RequestView view)
    {
        Emergency(view);
        Seriousness(view);
        Preservation(view);
        PersonalData(view);
        Original(view);
        Together(view);
        foreach (var (attachment, path) in view.List("attachments"))
        {
            if (RequestView.TextIn(attachment, "mediaType") is { } type && Covers.AttachmentRules.CheckType(type, $"{path}.mediaType") is { } refused)
                view.Refuse(refused.Code, refused.Detail, refused.Path!);
        }
    }

    public static string EmergencyText(string path)
        => $"Emergency requests must state the facts of the emergency and how the assistance relates to it. Fill \"{path}\" or lower the urgency to URGENT.";

    private static void Emergency(RequestView view)
    {
        if (view.Urgency != Urgency.EMERGENCY)
            return;
        if (view.Has("estimatedDataLossAt") && !EmergencyTrio.Any(view.Has))
        {
            view.Refuse(RefusalCode.EmergencyIsDataLossOnly, "Risk of data loss alone is URGENT, not EMERGENCY. Choose PRESERVE_DATA with urgency URGENT.", "urgency");
            return;
        }
        // Kinds that always demand the three say so by their row.
        foreach (var name in EmergencyTrio.Where(name => !view.Has(name) && view.Row?.Requires.Contains(name) != true))
            view.Refuse(RefusalCode.EmergencyFactsMissing, EmergencyText(name), name);
    }

    private static void Seriousness(RequestView view)
    {
        var penalties = view.List("offence").Select(offence => RequestView.IntegerIn(offence.Element, "maxPenaltyMonths") ?? -1).ToArray();
        if ((view.Row is { } row ? view.Context.Recipient?.MinOffence(row.Kind) : view.Context.Recipient?.MinOffenceMonths) is not { } least || penalties.Length == 0 || penalties.Max() >= least || penalties.Contains(-1))
            return;
        foreach (var name in Justification.Where(name => !view.Has(name)))
            view.Refuse(RefusalCode.BelowSeriousnessThreshold,
                $"Maximum penalty {penalties.Max()} months is below {least} months agreed with {view.RequestedState}. Add \"exceptionalJustification\" and \"impactIfRefused\".", name);
    }

    private static void Preservation(RequestView view)
    {
        // Below 60 days only when the profiles of both States say so.
        var least = Math.Min(60, Math.Max(view.Context.Sender?.PreservationMinDays ?? 60, view.Context.Recipient?.PreservationMinDays ?? 60));
        if (view.Integer("preserveDays") is { } days && days < least)
            view.Refuse(RefusalCode.PreservationTooShort, $"Preservation period {days} days is below the minimum of {least} days.", "preserveDays");
        if (view.Flag("intendsMla") == false)
            view.Refuse(RefusalCode.PreservationWithoutIntent, "State that a request for disclosure will follow, or withdraw.", "intendsMla");
    }

    // Whether the original follows is not the sender's to say. Where an older card of the State was at hand, the request is not held up for it: the State that wants the original reckons by its own profile.
    private static void Original(RequestView view)
    {
        if (view.Context is { Arrived: false, Recipient: { } profile } && view.Row is { } row && profile.WantsOriginal(row.Kind)
            && view.Object("originalFollowup") is { } original && (!original.TryGetProperty("required", out var required) || required.ValueKind != JsonValueKind.True || !original.TryGetProperty("by", out _)))
            view.RefuseEmpty("originalFollowup.by", $"the profile of {view.RequestedState} wants the signed original");
    }

    private static void PersonalData(RequestView view)
    {
        // Kinds that ask for personal data require the block by their row; naming a person transfers personal data too.
        if (view.Row is { AsksPersonalData: false } && view.Has("persons") && !view.Has("handling"))
            RequiredFields.HandlingMissing(view, "handling");
        if (view.Object("handling") is not { } handling)
            return;
        foreach (var lacking in HandlingLacks(handling))
            view.RefuseEmpty($"handling.{lacking}");
    }

    /// <summary>What a block <c>handling</c> needs because of what it says, by path inside it.</summary>
    internal static IEnumerable<string> HandlingLacks(JsonElement handling)
    {
        var needs = RequestView.TextIn(handling, "retention") switch
        {
            "UNTIL_DATE" => "retainUntil",
            "UNTIL_FINAL_JUDGMENT_PLUS_DAYS" => "retainDays",
            _ => null,
        };
        if (needs is not null && !handling.TryGetProperty(needs, out _))
            yield return needs;
        foreach (var (condition, path) in RequestView.ListIn(handling, "conditions", "conditions"))
        {
            var member = RequestView.TextIn(condition, "code") switch { "OTHER" => "text", "NO_DISCLOSURE_TO_SUBJECT_UNTIL" => "until", _ => null };
            if (member is not null && !condition.TryGetProperty(member, out _))
                yield return $"{path}.{member}";
        }
    }

    private static void Together(RequestView view)
    {
        if (!view.Has("persons") && view.Flag("noPersonKnown") != true)
            view.RefuseEmpty("persons", $"{view.Cite("UNCC 40(15)(e)")}; or \"noPersonKnown\": true");
        if (view.Text("confidentiality") is { } confidentiality && confidentiality != "NONE" && !view.Has("confidentialityEnds"))
            view.RefuseEmpty("confidentialityEnds");
        foreach (var (basis, path) in view.List("legalBasis"))
        {
            if (RequestView.TextIn(basis, "instrument") is "BILATERAL" or "OTHER" && !basis.TryGetProperty("title", out _))
                view.RefuseEmpty($"{path}.title");
        }
    }

    /// <summary>V001 as a warning: whoever is to keep data that nobody knows where to find is told by which request they are looked for.</summary>
    public static void UnknownCustodian(RequestView view)
    {
        if (view.Flag("unknownCustodian") == true && !view.Links().Any(link => view.Context.LinkedCases?.GetValueOrDefault(link.Case) is not { } linked || linked.Kind == RequestKind.LOCATE_IDENTIFY))
            view.Refuse(RefusalCode.RequiredFieldEmpty, "Nobody knows who holds the data: link the request LOCATE_IDENTIFY by which the custodian is looked for.", "linkedRequests");
    }

    /// <summary>V001 as a warning, while composing: where an emergency may be told by telephone first, the request says when it was.</summary>
    public static void ByTelephone(RequestView view)
    {
        if (view is { Urgency: Urgency.EMERGENCY, Context: { Arrived: false, Recipient.AcceptsOralInEmergency: true } } && !view.Has("oralRequestAt"))
            view.Refuse(RefusalCode.RequiredFieldEmpty, $"{view.RequestedState} takes an emergency by telephone too: ring its contact point now, and say here when you did.", "oralRequestAt");
    }

    /// <summary>V007 as a warning, while composing: what the State says of petty cases, until the request says why this one is none.</summary>
    public static void PettyCases(RequestView view)
    {
        if (view.Context is { Arrived: false, Recipient.DeMinimisNote: { } note } && view.Has("offence") && !view.Has("exceptionalJustification"))
            view.Refuse(RefusalCode.BelowSeriousnessThreshold, $"{view.RequestedState} says of petty cases: {note}", "exceptionalJustification");
    }

    /// <summary>T809 as a warning, while composing: the time-stamp is asked for when the request is signed, so somebody must be there to give it.</summary>
    public static void TimeStamp(RequestView view)
    {
        if (view.Context is { Arrived: false, Recipient.RequiresTimeStamp: true, TimeStamps: false })
            view.Refuse(RefusalCode.RequestTimeStamp, $"{view.RequestedState} takes a request only with a time-stamp (RFC 3161) over its signature; this gateway asks no time-stamp authority.", "requestedAuthority");
    }

    /// <summary>V014: an address that several users may share says who it was only with port and second.</summary>
    public static void SharedAddresses(RequestView view)
    {
        foreach (var (item, path) in view.List("itemsAccounts"))
        {
            if (RequestView.TextIn(item, "type") is not ("IP" or "IP_PORT"))
                continue;
            var port = IPEndPoint.TryParse(RequestView.TextIn(item, "value") ?? "", out var address) && address.Port > 0;
            if (!port || !item.TryGetProperty("at", out _))
                view.Refuse(RefusalCode.DynamicAddressWithoutTime, "An IP address shared by several users needs the port and the exact second with time zone.", $"{path}.{(port ? "at" : "value")}");
        }
    }
}

using System.Globalization;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>Who may send to whom, by which channel, in which language (V002, V003, V009, V023, V024).</summary>
internal static class DesignationRules
{
    public static void Check(RequestView view)
    {
        if (view.Row is { } row)
        {
            Sender(view, row);
            Recipient(view, row);
        }
        Languages(view);
        Translations(view);
    }

    private static void Sender(RequestView view, RequestRow row)
    {
        if (view.Text("requestingAuthority") is not { } authority || !Ids.IsAuthority(authority))
            return;
        if (view.Context.SenderAuthority is { } own && own != authority)
            view.Refuse(RefusalCode.SenderNotDesignated, $"{authority} is not the authority that sends here ({own}).", "requestingAuthority");
        else
        {
            var roles = Roles.Of(view.Context.SenderRoles);
            var channels = row.ChannelsTo(view.Context.Recipient);
            var listed = Lists(view.Context.SenderFunctions, row.Kind);
            var designated = roles.Any(row.SendersTo(view.Context.Recipient).Contains) && listed;
            if (!designated && listed && view.Context.Recipient?.ChannelsOf(row.Kind) is not null && (roles.Any(row.Senders.Contains) || (row.PoliceByProfile && roles.Contains(Role.LAW_ENFORCEMENT))))
                view.Refuse(RefusalCode.WrongChannel, $"{view.RequestedState ?? "The requested State"} takes {row.Kind} by {(channels.Count == 0 ? "no channel" : string.Join(", ", channels))} only, as its profile says.", "kind");
            else if (!designated && row.AssistanceOnly && roles.Any(role => role is Role.LAW_ENFORCEMENT or Role.CONTACT_POINT_24_7))
                view.Refuse(RefusalCode.WrongChannel, $"{row.Kind} may only travel as legal assistance. Subscriber information may use the police channel.", "kind");
            else if (!designated)
                view.Refuse(RefusalCode.SenderNotDesignated,
                    $"{authority} is not designated for {row.Kind} on {view.Context.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}. Check the directory entry of {Ids.StateOf(authority)}.", "requestingAuthority");
        }
        if (view.Text("reference") is { } reference && FieldCheck.IsReference(reference) && reference[3..5] != Ids.StateOf(authority))
            view.Refuse(RefusalCode.DocumentValue, $"the reference is of {reference[3..5]}; {authority} belongs to {Ids.StateOf(authority)}", "reference");
    }

    private static void Recipient(RequestView view, RequestRow row)
    {
        if (view.Text("requestedAuthority") is not { } authority || !Ids.IsAuthority(authority))
            return;
        if (view.Text("requestingAuthority") is { } sender && Ids.IsAuthority(sender) && Ids.StateOf(sender) == Ids.StateOf(authority))
            view.Refuse(RefusalCode.AddresseeNotDesignated, $"{authority} is an authority of the requesting State itself.", "requestedAuthority");
        else if (Roles.Of(view.Context.RecipientRoles) is var roles && (!roles.Any(row.RecipientsOf(view.Context.Recipient).Contains) || !Lists(view.Context.RecipientFunctions, row.Kind)))
        {
            var use = view.Context.SuggestedRecipient is { } other ? $" Use {other}." : "";
            view.Refuse(RefusalCode.AddresseeNotDesignated, $"{authority} is not a designated recipient for {row.Kind}.{use}", "requestedAuthority");
        }
    }

    private static bool Lists(IReadOnlyList<string>? functions, RequestKind kind) => functions is null or { Count: 0 } || functions.Contains(kind.ToString());

    private static void Languages(RequestView view)
    {
        if (view.Object("languages") is null || view.Context.Recipient is not { Languages.Count: > 0 } profile)
            return;
        var accepted = profile.Accepts(view.Urgency);
        if (TranslationRules.IsIn(view.Root, accepted))
            return;
        var state = view.Text("requestedAuthority") is { Length: >= 2 } authority ? Ids.StateOf(authority) : "The requested State";
        var emergency = profile.EmergencyLanguages.Count > 0 && view.Urgency != Urgency.EMERGENCY ? $" In an emergency also: {string.Join(", ", profile.EmergencyLanguages)}." : "";
        view.Refuse(RefusalCode.LanguageNotAccepted, $"{state} accepts {string.Join(", ", accepted)}. Attach a translation of \"request\".{emergency}", "languages");
    }

    private static void Translations(RequestView view)
    {
        foreach (var path in TranslationRules.Unlinked(view.Root))
            view.Refuse(RefusalCode.TranslationNotLinked, TranslationRules.NotLinked, path);
    }
}

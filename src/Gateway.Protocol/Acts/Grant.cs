using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Acts;

/// <summary>Under which condition a role may do something.</summary>
public enum GrantCondition
{
    /// <summary>Always.</summary>
    Always,

    /// <summary>Only kinds that may be expedited, and only when the profile of the own State lets its contact point decide.</summary>
    ContactPointDecides,

    /// <summary>Only kinds that may be expedited.</summary>
    ExpeditedKinds,

    /// <summary>Only kinds that may be addressed to the role itself (the police channel, also where the profile of the requested State opens it).</summary>
    OwnKinds,

    /// <summary>Only requests of urgency EMERGENCY.</summary>
    EmergencyOnly,

    /// <summary>Only items that the person's own laboratory attached.</summary>
    OwnItems,

    /// <summary>Of all cases, but never their content.</summary>
    ContentMasked,
}

/// <summary>A role and the condition under which it may act.</summary>
/// <param name="Role">The role.</param>
/// <param name="Condition">The condition; <see cref="GrantCondition.OwnItems"/> and <see cref="GrantCondition.ContentMasked"/> narrow what
/// is shown and are applied by whoever shows it.</param>
public sealed record Grant(Role Role, GrantCondition Condition = GrantCondition.Always)
{
    /// <param name="row">The kind, where one is concerned.</param>
    /// <param name="urgency">Its urgency.</param>
    /// <param name="own">Profile of the person's own State.</param>
    /// <param name="sent">The own State sent it: by the other one's profile, which it had to keep then.</param>
    internal bool Covers(RequestRow? row, Urgency? urgency, StateProfile? own, bool sent = false) => Condition switch
    {
        GrantCondition.Always or GrantCondition.OwnItems or GrantCondition.ContentMasked => true,
        GrantCondition.ContactPointDecides => row?.Expedited == true && own?.ContactPointDecides == true,
        GrantCondition.ExpeditedKinds => row?.Expedited == true,
        // Without a kind the question is whether anything is open; what is shown is narrowed by whoever shows it.
        GrantCondition.OwnKinds => row is null || row.Recipients.Contains(Role) || (Role == Role.LAW_ENFORCEMENT && row.PoliceByProfile && (sent || row.ChannelsTo(own).Contains(Channel.POLICE))),
        GrantCondition.EmergencyOnly => urgency == Urgency.EMERGENCY,
    };
}

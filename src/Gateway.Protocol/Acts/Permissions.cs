using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using static Gateway.Protocol.Acts.GrantCondition;
using static Gateway.Protocol.Requests.Role;

namespace Gateway.Protocol.Acts;

/// <summary>What a person or system may do at its own gateway. Sending and acting on a case have tables of their own
/// (<see cref="RequestKinds"/>, <see cref="Transitions"/>).</summary>
public enum Permission
{
    /// <summary>Compose a request and keep it as a draft.</summary>
    DraftRequest,

    /// <summary>Read what was received and sent, in words.</summary>
    ReadContent,

    /// <summary>Read receipts and chains.</summary>
    ReadReceipts,

    /// <summary>Read the audit log.</summary>
    ReadLog,

    /// <summary>Write a case into a bundle.</summary>
    Export,

    /// <summary>Read the yearly counts.</summary>
    ReadStatistics,

    /// <summary>Attach an evidence item to a case.</summary>
    AttachEvidence,

    /// <summary>Download and decrypt an item that another State sent.</summary>
    TakeEvidence,

    /// <summary>Propose that an item leaves for the peer: the first of two persons.</summary>
    ProposeRelease,

    /// <summary>Approve or reject a proposed release: the second person.</summary>
    ApproveRelease,

    /// <summary>Propose or approve that a case is erased, put it under legal hold, lift the hold.</summary>
    EraseCase,

    /// <summary>Import, approve and block peers.</summary>
    AdministerPeers,

    /// <summary>Add and revoke users.</summary>
    AdministerUsers,

    /// <summary>Import and approve trusted lists, bring agreements that the lawyer signed.</summary>
    AdministerTrust,

    /// <summary>Decide about a received message whose marks could not be decided.</summary>
    DecideMarks,

    /// <summary>Approve provisions of the table of treaties after comparing them with the official text.</summary>
    ApproveTreaties,

    /// <summary>Approve that a request leaves, where the own State wants a second person for it.</summary>
    ApproveRequest,

    /// <summary>Give a case to another authority behind the same gateway, or a task or a copy of it.</summary>
    HandOverCase,
}

/// <summary>Who may do what, as one table. A role that is not named may not.</summary>
public static class Permissions
{
    private static readonly Grant[] Release =
        [new(CENTRAL_AUTHORITY_MLA), new(CONTACT_POINT_24_7, EmergencyOnly), new(COMPETENT_AUTHORITY)];

    // They see and do what concerns the kinds that travel by their own channel.
    private static readonly Grant[] Channels =
    [
        new(LAW_ENFORCEMENT, GrantCondition.OwnKinds), new(CENTRAL_AUTHORITY_EXTRADITION, GrantCondition.OwnKinds),
        new(DIPLOMATIC_MISSION, GrantCondition.OwnKinds), new(ASSET_RECOVERY_OFFICE, GrantCondition.OwnKinds),
    ];

    private static readonly Dictionary<Permission, Grant[]> Table = new()
    {
        [Permission.DraftRequest] = [new(CENTRAL_AUTHORITY_MLA), new(CONTACT_POINT_24_7), new(COMPETENT_AUTHORITY), .. Channels],
        [Permission.ReadContent] = [new(CENTRAL_AUTHORITY_MLA), new(CONTACT_POINT_24_7), new(COMPETENT_AUTHORITY), .. Channels],
        [Permission.ReadReceipts] =
        [
            new(CENTRAL_AUTHORITY_MLA), new(CONTACT_POINT_24_7), new(COMPETENT_AUTHORITY), .. Channels,
            new(FORENSIC_LAB, OwnItems), new(AUDITOR, ContentMasked),
        ],
        [Permission.ReadLog] = [new(CENTRAL_AUTHORITY_MLA), new(AUDITOR, ContentMasked)],
        [Permission.Export] = [new(CENTRAL_AUTHORITY_MLA), new(COMPETENT_AUTHORITY), new(AUDITOR, ContentMasked)],
        [Permission.ReadStatistics] = [new(CENTRAL_AUTHORITY_MLA), new(AUDITOR)],
        [Permission.AttachEvidence] = [new(COMPETENT_AUTHORITY), new(LAW_ENFORCEMENT), new(FORENSIC_LAB)],
        [Permission.TakeEvidence] = [new(CENTRAL_AUTHORITY_MLA), new(CONTACT_POINT_24_7, EmergencyOnly), new(COMPETENT_AUTHORITY)],
        [Permission.ProposeRelease] = Release,
        [Permission.ApproveRelease] = Release,
        [Permission.EraseCase] = [new(CENTRAL_AUTHORITY_MLA), new(COMPETENT_AUTHORITY)],
        [Permission.AdministerPeers] = [new(ADMINISTRATOR)],
        [Permission.AdministerUsers] = [new(ADMINISTRATOR)],
        [Permission.AdministerTrust] = [new(CENTRAL_AUTHORITY_MLA), new(ADMINISTRATOR)],
        [Permission.ApproveTreaties] = [new(CENTRAL_AUTHORITY_MLA)],
        [Permission.ApproveRequest] = [new(CENTRAL_AUTHORITY_MLA), new(CONTACT_POINT_24_7, EmergencyOnly), new(CENTRAL_AUTHORITY_EXTRADITION, GrantCondition.OwnKinds), new(ASSET_RECOVERY_OFFICE, GrantCondition.OwnKinds), new(DIPLOMATIC_MISSION, GrantCondition.OwnKinds)],
        [Permission.HandOverCase] = [new(CENTRAL_AUTHORITY_MLA), new(CONTACT_POINT_24_7), new(COMPETENT_AUTHORITY), .. Channels],
        [Permission.DecideMarks] = [new(CENTRAL_AUTHORITY_MLA), new(CONTACT_POINT_24_7), new(COMPETENT_AUTHORITY)],
    };

    /// <summary>The roles that may do it, with their conditions.</summary>
    public static IReadOnlyList<Grant> Of(Permission permission) => Table[permission];

    /// <summary>Whether a person with these roles may do it; T802 when not, V038 when a laboratory tries to release.</summary>
    /// <param name="permission">What the person wants to do.</param>
    /// <param name="roles">The person's roles.</param>
    /// <param name="kind">Kind of the request, where one is concerned.</param>
    /// <param name="urgency">Its urgency.</param>
    /// <param name="own">Profile of the person's own State.</param>
    public static Refusal? Permit(Permission permission, IReadOnlyList<Role> roles, RequestKind? kind = null, Urgency? urgency = null, StateProfile? own = null)
    {
        var release = permission is Permission.ProposeRelease or Permission.ApproveRelease;
        // Who examines does not release, whatever other role the same person holds.
        if (release && roles.Contains(FORENSIC_LAB))
            return new(RefusalCode.LabMayNotRelease, $"A laboratory attaches evidence; release needs {CENTRAL_AUTHORITY_MLA} or {COMPETENT_AUTHORITY}.");
        var row = kind is { } known ? RequestKinds.Of(known) : null;
        return Table[permission].Any(grant => roles.Contains(grant.Role) && grant.Covers(row, urgency, own))
            ? null
            : new(RefusalCode.RoleMissing, $"{permission} is open to {string.Join(", ", Table[permission].Select(grant => grant.Role))}");
    }

    /// <summary>Whether a person with these roles may send a request of this kind; T802 when not. A competent authority drafts, others send.</summary>
    public static Refusal? PermitSending(RequestKind kind, IReadOnlyList<Role> roles)
    {
        var row = RequestKinds.Of(kind);
        IReadOnlyList<Role> senders = row.PoliceByProfile ? [.. row.Senders, LAW_ENFORCEMENT] : row.Senders;
        return roles.Any(senders.Contains) ? null : new(RefusalCode.RoleMissing, $"{kind} is sent by {string.Join(", ", senders)}; others draft it");
    }
}

using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Acts;

public class TransitionsTests
{
    private static readonly StateProfile Deciding = new() { ContactPointDecides = true };

    [Fact]
    public void A_case_runs_from_sent_to_completed()
    {
        var state = Transitions.ApplySystem(CaseState.SENT, CaseState.DELIVERED).Value;
        foreach (var act in new[] { ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.IN_EXECUTION, ActKind.EXECUTED })
        {
            Assert.Equal([act], Transitions.Allowed(state, CaseSide.Requested));
            Assert.Empty(Transitions.Allowed(state, CaseSide.Requesting));
            state = Transitions.Apply(state, act, CaseSide.Requested).Value;
        }
        Assert.Equal([ActKind.COMPLETED], Transitions.Allowed(state, CaseSide.Requesting));
        Assert.Equal(CaseState.COMPLETED, Transitions.Apply(state, ActKind.COMPLETED, CaseSide.Requesting).Value);
    }

    [Fact]
    public void Everything_that_is_not_in_the_table_is_refused()
    {
        // Written out a second time, so that a change of the table is a decision.
        var possible = new HashSet<(CaseState, ActKind, CaseSide)>
        {
            (CaseState.DELIVERED, ActKind.ACKNOWLEDGED, CaseSide.Requested),
            (CaseState.ACKNOWLEDGED, ActKind.ACCEPTED, CaseSide.Requested),
            (CaseState.ACCEPTED, ActKind.IN_EXECUTION, CaseSide.Requested),
            (CaseState.IN_EXECUTION, ActKind.EXECUTED, CaseSide.Requested),
            (CaseState.EXECUTED, ActKind.COMPLETED, CaseSide.Requesting),
        };
        foreach (var from in Enum.GetValues<CaseState>())
        {
            foreach (var act in Enum.GetValues<ActKind>())
            {
                foreach (var by in Enum.GetValues<CaseSide>())
                {
                    var outcome = Transitions.Apply(from, act, by);
                    Assert.Equal(possible.Contains((from, act, by)), outcome.Succeeded);
                    Assert.Equal(outcome.Succeeded, Transitions.Allowed(from, by).Contains(act));
                    if (!outcome.Succeeded)
                        Assert.Equal(RefusalCode.TransitionNotAllowed, outcome.Refusal.Code);
                }
            }
        }
    }

    [Fact]
    public void The_refusal_names_both_states_and_the_side()
        => Assert.Equal("V043 SENT -> EXECUTED is not possible for the requested side.", Transitions.Apply(CaseState.SENT, ActKind.EXECUTED, CaseSide.Requested).Refusal!.ToString());

    [Theory]
    [InlineData(CaseState.SENT, CaseState.REJECTED_TECHNICAL, true)]
    [InlineData(CaseState.DELIVERED, CaseState.DELIVERED, false)]
    [InlineData(CaseState.DELIVERED, CaseState.REJECTED_TECHNICAL, false)]
    [InlineData(CaseState.DELIVERED, CaseState.ACKNOWLEDGED, false)]
    [InlineData(CaseState.COMPLETED, CaseState.DELIVERED, false)]
    public void The_gateway_itself_delivers_or_rejects_and_nothing_else(CaseState from, CaseState to, bool possible)
        => Assert.Equal(possible, Transitions.ApplySystem(from, to).Succeeded);

    [Theory]
    [InlineData(ActKind.ACKNOWLEDGED, Role.CONTACT_POINT_24_7, RequestKind.PRESERVE_DATA, false, true)]
    [InlineData(ActKind.ACCEPTED, Role.CONTACT_POINT_24_7, RequestKind.PRESERVE_DATA, false, false)]
    [InlineData(ActKind.ACCEPTED, Role.CONTACT_POINT_24_7, RequestKind.PRESERVE_DATA, true, true)]
    [InlineData(ActKind.ACCEPTED, Role.CONTACT_POINT_24_7, RequestKind.STORED_CONTENT_DATA, true, false)]
    [InlineData(ActKind.ACCEPTED, Role.CENTRAL_AUTHORITY_MLA, RequestKind.STORED_CONTENT_DATA, false, true)]
    [InlineData(ActKind.EXECUTED, Role.COMPETENT_AUTHORITY, RequestKind.STORED_CONTENT_DATA, false, true)]
    [InlineData(ActKind.ACKNOWLEDGED, Role.LAW_ENFORCEMENT, RequestKind.PRESERVE_DATA, true, false)]
    [InlineData(ActKind.ACKNOWLEDGED, Role.FORENSIC_LAB, RequestKind.PRESERVE_DATA, true, false)]
    [InlineData(ActKind.ACKNOWLEDGED, Role.ADMINISTRATOR, RequestKind.PRESERVE_DATA, true, false)]
    [InlineData(ActKind.ACKNOWLEDGED, Role.AUDITOR, RequestKind.PRESERVE_DATA, true, false)]
    public void A_role_acts_only_where_the_table_lets_it(ActKind act, Role role, RequestKind kind, bool contactPointDecides, bool permitted)
    {
        var refusal = Transitions.Permit(act, CaseSide.Requested, [role], kind, contactPointDecides ? Deciding : null);
        Assert.Equal(permitted ? null : RefusalCode.RoleMissing, refusal?.Code);
    }

    [Fact]
    public void Nobody_acts_without_a_role_or_for_the_other_side()
    {
        Assert.NotNull(Transitions.Permit(ActKind.ACKNOWLEDGED, CaseSide.Requested, [], RequestKind.PRESERVE_DATA, Deciding));
        Assert.NotNull(Transitions.Permit(ActKind.ACKNOWLEDGED, CaseSide.Requesting, [Role.CENTRAL_AUTHORITY_MLA], RequestKind.PRESERVE_DATA, Deciding));
        Assert.Null(Transitions.Permit(ActKind.COMPLETED, CaseSide.Requesting, [Role.CONTACT_POINT_24_7], RequestKind.PRESERVE_DATA, null));
        Assert.NotNull(Transitions.Permit(ActKind.COMPLETED, CaseSide.Requesting, [Role.CONTACT_POINT_24_7], RequestKind.STORED_CONTENT_DATA, Deciding));
    }
}

public class PermissionsTests
{
    [Theory]
    [InlineData(Permission.ProposeRelease)]
    [InlineData(Permission.ApproveRelease)]
    public void A_laboratory_never_releases_whatever_else_the_person_is(Permission release)
    {
        Assert.Equal(RefusalCode.LabMayNotRelease, Permissions.Permit(release, [Role.FORENSIC_LAB])!.Code);
        Assert.Equal(RefusalCode.LabMayNotRelease, Permissions.Permit(release, [Role.COMPETENT_AUTHORITY, Role.FORENSIC_LAB])!.Code);
    }

    [Theory]
    [InlineData(Urgency.EMERGENCY, true)]
    [InlineData(Urgency.URGENT, false)]
    [InlineData(null, false)]
    public void A_contact_point_releases_in_an_emergency_only(Urgency? urgency, bool permitted)
        => Assert.Equal(permitted, Permissions.Permit(Permission.ApproveRelease, [Role.CONTACT_POINT_24_7], RequestKind.PRESERVE_DATA, urgency) is null);

    [Fact]
    public void Administrators_and_auditors_never_read_content_and_others_never_administer()
    {
        foreach (var role in Enum.GetValues<Role>())
        {
            Assert.Equal(role == Role.ADMINISTRATOR, Permissions.Permit(Permission.AdministerPeers, [role]) is null);
            Assert.Equal(role == Role.ADMINISTRATOR, Permissions.Permit(Permission.AdministerUsers, [role]) is null);
        }
        Assert.NotNull(Permissions.Permit(Permission.ReadContent, [Role.ADMINISTRATOR, Role.AUDITOR, Role.FORENSIC_LAB], RequestKind.PRESERVE_DATA));
        Assert.Null(Permissions.Permit(Permission.ReadReceipts, [Role.AUDITOR]));
        Assert.Null(Permissions.Permit(Permission.AttachEvidence, [Role.FORENSIC_LAB]));
        Assert.NotNull(Permissions.Permit(Permission.AttachEvidence, [Role.CENTRAL_AUTHORITY_MLA]));
    }

    [Fact]
    public void Every_permission_has_somebody()
        => Assert.All(Enum.GetValues<Permission>(), permission => Assert.NotEmpty(Permissions.Of(permission)));

    [Theory]
    [InlineData(RequestKind.PRESERVE_DATA, Role.CONTACT_POINT_24_7, true)]
    [InlineData(RequestKind.STORED_CONTENT_DATA, Role.CONTACT_POINT_24_7, false)]
    [InlineData(RequestKind.STORED_CONTENT_DATA, Role.CENTRAL_AUTHORITY_MLA, true)]
    [InlineData(RequestKind.PRESERVE_DATA, Role.COMPETENT_AUTHORITY, false)]
    [InlineData(RequestKind.PRESERVE_DATA, Role.FORENSIC_LAB, false)]
    public void Only_senders_of_the_kind_send(RequestKind kind, Role role, bool permitted)
        => Assert.Equal(permitted, Permissions.PermitSending(kind, [role]) is null);

    [Fact]
    public void Unknown_and_misspelt_roles_give_nothing()
        => Assert.Equal([Role.AUDITOR], Roles.Of(["AUDITOR", "auditor", "0", "EXTRADITION_DESK", ""]));
}

using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Acts;

public class TransitionsTests
{
    private static readonly StateProfile Deciding = new() { ContactPointDecides = true };

    // Written out a second time, so that a change of the table is a decision: what leads where, for the acts that move a case.
    private static readonly Dictionary<(CaseState, ActKind), CaseState> s_moves = Moves();

    private static Dictionary<(CaseState, ActKind), CaseState> Moves()
    {
        CaseState[] early = [CaseState.ACKNOWLEDGED, CaseState.REFERRED];
        CaseState[] work = [CaseState.ACCEPTED, CaseState.IN_EXECUTION, CaseState.PARTIALLY_ANSWERED];
        CaseState[] waiting = [CaseState.RETURNED_FOR_INFO, CaseState.POSTPONED];
        var moves = new Dictionary<(CaseState, ActKind), CaseState>();
        void Lead(IEnumerable<CaseState> from, ActKind act, CaseState to)
        {
            foreach (var state in from)
                moves.Add((state, act), to);
        }
        Lead([CaseState.DELIVERED], ActKind.ACKNOWLEDGED, CaseState.ACKNOWLEDGED);
        Lead([CaseState.DELIVERED, CaseState.ACKNOWLEDGED], ActKind.REFERRED, CaseState.REFERRED);
        Lead([.. early, .. work], ActKind.RETURNED_FOR_INFO, CaseState.RETURNED_FOR_INFO);
        Lead([CaseState.RETURNED_FOR_INFO], ActKind.SUPPLEMENTED, CaseState.ACKNOWLEDGED);
        Lead([.. early, CaseState.POSTPONED], ActKind.ACCEPTED, CaseState.ACCEPTED);
        Lead([.. early, .. work], ActKind.CONDITIONS_PROPOSED, CaseState.CONDITIONS_PROPOSED);
        Lead([CaseState.CONDITIONS_PROPOSED], ActKind.CONDITIONS_ACCEPTED, CaseState.ACCEPTED);
        Lead([.. early, CaseState.ACCEPTED], ActKind.CONFIDENTIALITY_NOT_POSSIBLE, CaseState.CONFIDENTIALITY_NOT_POSSIBLE);
        Lead([CaseState.CONFIDENTIALITY_NOT_POSSIBLE], ActKind.CONFIDENTIALITY_WAIVED, CaseState.ACCEPTED);
        Lead([.. early, .. work], ActKind.POSTPONED, CaseState.POSTPONED);
        Lead([.. early, .. work, .. waiting], ActKind.REFUSED, CaseState.REFUSED);
        Lead([CaseState.ACCEPTED], ActKind.IN_EXECUTION, CaseState.IN_EXECUTION);
        Lead([CaseState.IN_EXECUTION, CaseState.PARTIALLY_ANSWERED], ActKind.PARTIALLY_ANSWERED, CaseState.PARTIALLY_ANSWERED);
        Lead([CaseState.IN_EXECUTION, CaseState.PARTIALLY_ANSWERED], ActKind.EXECUTED, CaseState.EXECUTED);
        Lead([CaseState.EXECUTED], ActKind.COMPLETED, CaseState.COMPLETED);
        Lead([CaseState.EXECUTED], ActKind.DISPUTED, CaseState.IN_EXECUTION);
        Lead([CaseState.DELIVERED, .. early, .. waiting, CaseState.CONDITIONS_PROPOSED, CaseState.CONFIDENTIALITY_NOT_POSSIBLE, .. work], ActKind.WITHDRAWN, CaseState.WITHDRAWN);
        Lead([CaseState.DELIVERED, .. early, .. waiting], ActKind.EXPIRED, CaseState.EXPIRED);
        return moves;
    }

    [Fact]
    public void Acts_move_a_case_as_the_life_cycle_says_and_in_no_other_way()
    {
        var moving = s_moves.Keys.Select(key => key.Item2).ToHashSet();
        foreach (var from in Enum.GetValues<CaseState>())
        {
            var standing = new Standing(from) { Before = from == CaseState.RETURNED_FOR_INFO ? CaseState.ACKNOWLEDGED : null };
            foreach (var act in Enum.GetValues<ActKind>().Where(moving.Contains))
            {
                foreach (var by in Enum.GetValues<CaseSide>())
                {
                    var outcome = Transitions.Apply(standing, new ActEntry("1", by, act, null) { Waived = true });
                    CaseState? expected = Transitions.SidesOf(act).Contains(by) && s_moves.TryGetValue((from, act), out var to) ? to : null;
                    Assert.Equal(expected, outcome.Succeeded ? outcome.Value.State : null);
                    if (!outcome.Succeeded)
                        Assert.Equal(RefusalCode.TransitionNotAllowed, outcome.Refusal.Code);
                }
            }
        }
    }

    [Fact]
    public void Every_other_act_leaves_the_state_and_is_possible_on_open_cases_only()
    {
        var moving = s_moves.Keys.Select(key => key.Item2).ToHashSet();
        foreach (var row in Transitions.All.Where(row => row.Act is { } act && !moving.Contains(act)))
        {
            Assert.Null(row.To);
            // What is due when the data were given, or comes when it comes.
            var late = row.Act is ActKind.ORIGINAL_RECEIVED or ActKind.BREACH_NOTICE or ActKind.USE_REPORT or ActKind.EXCULPATORY_NOTICE or ActKind.DELETION_CERTIFICATE
                or ActKind.RETURN_OF_OBJECT or ActKind.CALLED_BACK or ActKind.PRESERVATION_RELEASED or ActKind.POST_REVIEWED;
            Assert.DoesNotContain(row.From, state => state.IsFinal() || state is CaseState.SENT || (state is CaseState.EXECUTED && !late));
            Assert.Equal(late, row.From.Contains(CaseState.EXECUTED));
        }
        Assert.Equal(Enum.GetValues<ActKind>().Order(), Transitions.All.Select(row => row.Act).OfType<ActKind>().Distinct().Order());
    }

    [Fact]
    public void Only_one_side_does_what_decides()
    {
        ActKind[] asking = [ActKind.SUPPLEMENTED, ActKind.CONDITIONS_ACCEPTED, ActKind.CONFIDENTIALITY_WAIVED, ActKind.COMPLETED, ActKind.DISPUTED, ActKind.WITHDRAWN];
        foreach (var act in s_moves.Keys.Select(key => key.Item2).Distinct())
            Assert.Equal([asking.Contains(act) ? CaseSide.Requesting : CaseSide.Requested], Transitions.SidesOf(act));
    }

    [Theory]
    [InlineData(ActKind.REFUSED)]
    [InlineData(ActKind.POSTPONED)]
    public void Nothing_is_refused_or_postponed_without_a_consultation_or_the_reason_for_none(ActKind act)
    {
        var open = new Standing(CaseState.ACKNOWLEDGED);
        var entry = new ActEntry("1", CaseSide.Requested, act, null);
        Assert.Equal("V042 consultationWaivedReason: Consult the requesting authority first, or record why not (\"consultationWaivedReason\").", Transitions.Apply(open, entry).Refusal!.ToString());
        Assert.True(Transitions.Apply(open, entry with { Waived = true }).Succeeded);
        var consulted = Transitions.Apply(open, new ActEntry("2", CaseSide.Requesting, ActKind.CONSULTATION_OPENED, null)).Value;
        Assert.True(consulted.Consulting);
        Assert.True(Transitions.Apply(consulted, entry).Succeeded);
        var closed = Transitions.Apply(consulted, new ActEntry("3", CaseSide.Requested, ActKind.CONSULTATION_CLOSED, null)).Value;
        Assert.False(closed.Consulting);
        Assert.True(Transitions.Apply(closed, entry).Succeeded);
        Assert.Equal(RefusalCode.TransitionNotAllowed, Transitions.Apply(closed, new ActEntry("4", CaseSide.Requested, ActKind.CONSULTATION_CLOSED, null)).Refusal!.Code);
    }

    [Fact]
    public void A_supplement_leads_back_to_where_the_question_was_asked()
    {
        var standing = new Standing(CaseState.PARTIALLY_ANSWERED);
        standing = Transitions.Apply(standing, new ActEntry("1", CaseSide.Requested, ActKind.RETURNED_FOR_INFO, null)).Value;
        Assert.Equal(CaseState.RETURNED_FOR_INFO, standing.State);
        standing = Transitions.Apply(standing, new ActEntry("2", CaseSide.Requesting, ActKind.SUPPLEMENTED, "1")).Value;
        Assert.Equal((CaseState.PARTIALLY_ANSWERED, null), (standing.State, standing.Before));
    }

    [Fact]
    public void A_preservation_is_prolonged_by_a_new_day_and_ends_for_good()
    {
        var until = DateTimeOffset.UnixEpoch.AddYears(61);
        var standing = Transitions.Apply(new Standing(CaseState.ACCEPTED), new ActEntry("1", CaseSide.Requested, ActKind.PRESERVED, null) { Until = until }).Value;
        Assert.Equal((CaseState.ACCEPTED, CaseTrack.PRESERVED, until), (standing.State, standing.Track, standing.PreservedUntil!.Value));
        standing = Transitions.Apply(standing, new ActEntry("2", CaseSide.Requested, ActKind.PRESERVED, null) { Until = until.AddDays(30) }).Value;
        Assert.Equal((CaseTrack.PRESERVATION_EXTENDED, until.AddDays(30)), (standing.Track, standing.PreservedUntil!.Value));
        standing = Transitions.Apply(standing, new ActEntry("3", CaseSide.Requested, ActKind.PRESERVATION_RELEASED, null)).Value;
        Assert.Equal(CaseTrack.PRESERVATION_RELEASED, standing.Track);
        Assert.Equal("V043", Transitions.Apply(standing, new ActEntry("4", CaseSide.Requested, ActKind.PRESERVED, null) { Until = until }).Refusal!.Code.Text());
    }

    [Fact]
    public void Deliveries_of_a_measure_come_between_its_start_and_its_end()
    {
        static ActEntry Entry(ActKind kind) => new(kind.ToString(), CaseSide.Requested, kind, null);
        var standing = new Standing(CaseState.IN_EXECUTION);
        Assert.False(Transitions.Apply(standing, Entry(ActKind.MEASURE_DELIVERY)).Succeeded);
        standing = Transitions.Apply(standing, Entry(ActKind.MEASURE_STARTED)).Value;
        standing = Transitions.Apply(standing, Entry(ActKind.MEASURE_DELIVERY)).Value;
        standing = Transitions.Apply(standing, Entry(ActKind.MEASURE_DELIVERY)).Value;
        Assert.Equal(2, standing.Deliveries);
        standing = Transitions.Apply(standing, Entry(ActKind.MEASURE_TERMINATED)).Value;
        Assert.False(Transitions.Apply(standing, Entry(ActKind.MEASURE_DELIVERY)).Succeeded);
    }

    [Theory]
    [InlineData(ActKind.PRESERVED, RequestKind.STORED_CONTENT_DATA)]
    [InlineData(ActKind.MEASURE_STARTED, RequestKind.PRESERVE_DATA)]
    public void An_act_of_another_kind_of_request_is_none(ActKind act, RequestKind kind)
    {
        Assert.Equal(RefusalCode.TransitionNotAllowed, Transitions.RefuseKind(act, kind)!.Code);
        Assert.DoesNotContain(act, Transitions.Allowed(new Standing(CaseState.IN_EXECUTION), CaseSide.Requested, kind));
    }

    [Fact]
    public void Flags_are_raised_beside_the_state()
    {
        static ActEntry Entry(ActKind kind) => new(kind.ToString(), CaseSide.Requested, kind, null);
        var standing = Transitions.Apply(new Standing(CaseState.ACKNOWLEDGED), Entry(ActKind.CALLED_BACK)).Value;
        Assert.True(standing.CalledBack);
        Assert.Equal(OriginalState.RECEIVED_DIFFERENT, Transitions.Apply(standing, Entry(ActKind.ORIGINAL_RECEIVED)).Value.Original);
        standing = Transitions.Apply(standing, Entry(ActKind.ORIGINAL_RECEIVED) with { OriginalAgrees = true }).Value;
        Assert.Equal((OriginalState.RECEIVED_MATCH, CaseState.ACKNOWLEDGED), (standing.Original, standing.State));
    }

    [Fact]
    public void The_refusal_names_both_states_and_the_side()
        => Assert.Equal("V043 SENT -> EXECUTED is not possible for the requested side.",
            Transitions.Apply(new Standing(CaseState.SENT), new ActEntry("1", CaseSide.Requested, ActKind.EXECUTED, null)).Refusal!.ToString());

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
    [InlineData(ActKind.EXPIRED, Role.CONTACT_POINT_24_7, RequestKind.PRESERVE_DATA, false, false)]
    [InlineData(ActKind.EXPIRED, Role.CONTACT_POINT_24_7, RequestKind.PRESERVE_DATA, true, true)]
    [InlineData(ActKind.EXPIRED, Role.CENTRAL_AUTHORITY_MLA, RequestKind.STORED_CONTENT_DATA, false, true)]
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
    public void Police_act_on_what_goes_from_police_to_police_by_profile()
    {
        var listed = new StateProfile { PoliceChannelKinds = [RequestKind.COVERT_MEASURE] };
        foreach (var act in new[] { ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.REFUSED })
        {
            Assert.Null(Transitions.Permit(act, CaseSide.Requested, [Role.LAW_ENFORCEMENT], RequestKind.COVERT_MEASURE, listed));
            Assert.Equal(RefusalCode.RoleMissing, Transitions.Permit(act, CaseSide.Requested, [Role.LAW_ENFORCEMENT], RequestKind.COVERT_MEASURE, new StateProfile())!.Code);
            // The list of a State opens no kind that never goes that way.
            Assert.Equal(RefusalCode.RoleMissing, Transitions.Permit(act, CaseSide.Requested, [Role.LAW_ENFORCEMENT], RequestKind.STORED_CONTENT_DATA, new StateProfile { PoliceChannelKinds = [RequestKind.STORED_CONTENT_DATA] })!.Code);
        }
        // Who may send it by the other State's profile may also go on with it.
        foreach (var act in new[] { ActKind.SUPPLEMENTED, ActKind.WITHDRAWN, ActKind.COMPLETED })
            Assert.Null(Transitions.Permit(act, CaseSide.Requesting, [Role.LAW_ENFORCEMENT], RequestKind.COVERT_MEASURE, new StateProfile()));
        Assert.NotNull(Transitions.Permit(ActKind.COMPLETED, CaseSide.Requesting, [Role.DIPLOMATIC_MISSION], RequestKind.COVERT_MEASURE, listed));
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

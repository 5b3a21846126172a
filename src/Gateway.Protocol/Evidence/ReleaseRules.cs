using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Evidence;

/// <summary>When decisions let an item leave. The sending gateway, the receiving one and the verifier ask the same.</summary>
public static class ReleaseRules
{
    /// <summary>
    /// Null when a second person approved what a first proposed, or when one person released alone as the State's profile allows it in an
    /// emergency; else <see cref="RefusalCode.ReleaseTermsDiffer"/>, <see cref="RefusalCode.SamePersonTwice"/> or <see cref="RefusalCode.LoneReleaseNotAllowed"/>.
    /// </summary>
    /// <param name="decisions">The decisions with their signers; that they are about this item was checked before.</param>
    /// <param name="urgency">Of the request that the item answers; null when it is not known (a withheld request): then any.</param>
    /// <param name="sender">Profile of the State that releases.</param>
    public static Refusal? Check(IReadOnlyList<(Release Release, Certificate Signer)> decisions, Urgency? urgency, StateProfile? sender)
    {
        ArgumentNullException.ThrowIfNull(decisions);
        // Whoever reads one of them must not be told something else by the other.
        foreach (var same in decisions.Select(d => d.Release).Where(r => r.Decision is ReleaseDecision.PROPOSE or ReleaseDecision.APPROVE).GroupBy(r => r.Id))
        {
            if (same.Select(r => r.Conditions).Distinct().Count() > 1)
                return new Refusal(RefusalCode.ReleaseTermsDiffer, "the approval states other conditions than the proposal", "conditions");
            if (same.Select(r => r.Terms).Distinct().Count() > 1)
                return new Refusal(RefusalCode.ReleaseTermsDiffer, "the approval states other terms of use than the proposal", "terms");
        }
        if (decisions.Any(p => p.Release.Decision == ReleaseDecision.PROPOSE && decisions.Any(a => a.Release.Decision == ReleaseDecision.APPROVE
                && a.Release.Id == p.Release.Id && AreTwo(a.Signer, p.Signer))))
            return null;
        return decisions.Any(d => d.Release.Decision == ReleaseDecision.ALONE)
            ? Alone(urgency, sender)
            : new Refusal(RefusalCode.SamePersonTwice, "no second person approved what a first proposed", "release");
    }

    /// <summary>Within how many hours a lone release is reviewed where no card states it: it was released under a profile that was taken back.</summary>
    public const int DefaultReviewHours = 24;

    /// <summary>Whether one person may release at all; null when so.</summary>
    /// <param name="urgency">Of the request.</param>
    /// <param name="sender">Profile of the State that releases.</param>
    public static Refusal? Alone(Urgency? urgency, StateProfile? sender)
    {
        if (sender?.LoneReleaseReviewHours is null)
            return new Refusal(RefusalCode.LoneReleaseNotAllowed, "the profile of the State allows no release by one person", "decision");
        return urgency is null or Urgency.EMERGENCY ? null : new Refusal(RefusalCode.LoneReleaseNotAllowed, $"the request is {urgency}; one person releases in an EMERGENCY only", "decision");
    }

    /// <summary>Whether the role that a decision states lets an officer of its authority release; <see cref="RefusalCode.LabMayNotRelease"/> when not.</summary>
    /// <param name="release">The decision.</param>
    /// <param name="card">The roles that the card of the authority's State gives to it.</param>
    /// <param name="urgency">Of the request; null when it is not known: then any.</param>
    public static Refusal? InRole(Release release, IReadOnlyList<Role> card, Urgency? urgency)
    {
        ArgumentNullException.ThrowIfNull(release);
        return InRole(release.Authority, release.Role, card, urgency);
    }

    /// <summary>The same of a decision that an item, or the parcel with it, is lost: who may let it go says that it does not come.</summary>
    /// <param name="loss">The decision.</param>
    /// <param name="card">The roles that the card of the authority's State gives to it.</param>
    /// <param name="urgency">Of the request; null when it is not known: then any.</param>
    public static Refusal? InRole(Loss loss, IReadOnlyList<Role> card, Urgency? urgency)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return InRole(loss.Authority, loss.Role, card, urgency);
    }

    private static Refusal? InRole(string authority, Role role, IReadOnlyList<Role> card, Urgency? urgency)
    {
        ArgumentNullException.ThrowIfNull(card);
        if (!Permissions.Of(Permission.ApproveRelease).Any(grant => grant.Role == role))
            return new Refusal(RefusalCode.LabMayNotRelease, $"{role} of {authority} may not release; {string.Join(", ", Permissions.Of(Permission.ApproveRelease).Select(grant => grant.Role))} may", "role");
        if (!card.Contains(role))
            return new Refusal(RefusalCode.LabMayNotRelease, $"{authority} may not release as {role}: by the card of {Ids.StateOf(authority)} it is {(card.Count == 0 ? "nothing" : string.Join(", ", card))}", "role");
        return Permissions.Permit(Permission.ApproveRelease, [role], urgency: urgency ?? Urgency.EMERGENCY) is null
            ? null
            : new Refusal(RefusalCode.LabMayNotRelease, $"{role} releases in an EMERGENCY only; the request is {urgency}", "role");
    }

    /// <summary>Whether two certificates are of two persons: they differ in key and in subject.</summary>
    /// <param name="one">Of one person.</param>
    /// <param name="other">Of the other person.</param>
    public static bool AreTwo(Certificate one, Certificate other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return one.SpkiSha256 != other.SpkiSha256 && !one.SubjectDer.Span.SequenceEqual(other.SubjectDer.Span);
    }
}

using Gateway.Protocol.Documents;
using Gateway.Recognition.TrustLists;

namespace Gateway.Recognition.Agreements;

/// <summary>Whether a mark is recognised here: a decision of law, beside the technical verdict.</summary>
public enum RecognitionAnswer
{
    /// <summary>A rule recognises it.</summary>
    RECOGNISED,

    /// <summary>A rule recognises it under a condition.</summary>
    RECOGNISED_CONDITIONALLY,

    /// <summary>It failed, a rule says no, no rule covers it, or the signer is not who is named.</summary>
    NOT_RECOGNISED,

    /// <summary>Its technical verdict is open; an officer decides.</summary>
    UNDETERMINED,
}

/// <summary>The decision and why.</summary>
/// <param name="Answer">The decision.</param>
/// <param name="Reason">A message key, of the report.</param>
/// <param name="AgreementId">The agreement, when a rule decided.</param>
/// <param name="AgreementVersion">Its version.</param>
/// <param name="Rule">Its rule, counted from 1.</param>
/// <param name="Instrument">The law behind it.</param>
/// <param name="Condition">What must be met.</param>
public sealed record RecognitionDecision(RecognitionAnswer Answer, string Reason, string? AgreementId = null, int AgreementVersion = 0, int Rule = 0, Instrument? Instrument = null, string? Condition = null);

/// <summary>What the decision rests on: the facts of the technical verdict, and who the request says has signed.</summary>
/// <param name="Use">Which kind of mark.</param>
/// <param name="Peer">The State that the request comes from.</param>
/// <param name="Kind">The request kind, or null.</param>
/// <param name="At">The time at which the mark is proved to have existed.</param>
/// <param name="Service">The service that the path ends at, or null.</param>
/// <param name="List">The list in which it stands, or null.</param>
/// <param name="Policies">Policies of the signer's certificate.</param>
/// <param name="KeyBits">Size of the signer's key.</param>
/// <param name="SignerIsNamed">Whether the signer is the person or authority that the request names; null when the request names none.</param>
public sealed record RecognitionFacts(MarkUse Use, string Peer, string? Kind, DateTimeOffset At, TrustedService? Service, TrustList? List, IReadOnlyList<string> Policies, int KeyBits, bool? SignerIsNamed);

/// <summary>Applies agreements to a mark that passed technically.</summary>
public static class Decide
{
    /// <summary>The decision. Only agreements of direction <see cref="Direction.OURS"/> with the peer count, each in its highest version.</summary>
    public static RecognitionDecision On(RecognitionFacts facts, IEnumerable<Agreement> agreements)
    {
        ArgumentNullException.ThrowIfNull(facts);
        // A good mark of somebody else than the one named proves nothing about the one named.
        if (facts.SignerIsNamed == false)
            return new(RecognitionAnswer.NOT_RECOGNISED, "RECOGNITION_SIGNER_NOT_NAMED");
        if (facts.Service is { } listed && facts.List is { } list && list.Territory != facts.Peer && listed.Territory != facts.Peer)
            return new(RecognitionAnswer.NOT_RECOGNISED, "RECOGNITION_OTHER_STATE");
        var ours = agreements.Where(a => a.Direction == Direction.OURS && a.Peer == facts.Peer).GroupBy(a => a.Id).Select(g => g.MaxBy(a => a.Version)!).OrderBy(a => a.Id, StringComparer.Ordinal).ToList();
        if (ours.Count == 0)
            return new(RecognitionAnswer.NOT_RECOGNISED, "RECOGNITION_NO_AGREEMENT");
        foreach (var agreement in ours)
        {
            for (var i = 0; i < agreement.Rules.Count; i++)
            {
                if (Covers(agreement.Rules[i], facts))
                    return Of(agreement, i);
            }
        }
        return new(RecognitionAnswer.NOT_RECOGNISED, "RECOGNITION_NOT_COVERED");
    }

    private static RecognitionDecision Of(Agreement agreement, int index)
    {
        var rule = agreement.Rules[index];
        var (answer, reason) = rule.Level switch
        {
            Level.RECOGNISED => (RecognitionAnswer.RECOGNISED, "RECOGNITION_BY_RULE"),
            Level.RECOGNISED_CONDITIONALLY => (RecognitionAnswer.RECOGNISED_CONDITIONALLY, "RECOGNITION_CONDITIONAL"),
            _ => (RecognitionAnswer.NOT_RECOGNISED, "RECOGNITION_REFUSED_BY_RULE"),
        };
        return new(answer, reason, agreement.Id, agreement.Version, index + 1, agreement.Instrument, rule.Condition);
    }

    private static bool Covers(AgreementRule rule, RecognitionFacts facts)
    {
        if (rule.Object != facts.Use || facts.At < rule.From || facts.At >= rule.Until)
            return false;
        if (rule.Kinds.Count > 0 && (facts.Kind is null || !rule.Kinds.Contains(facts.Kind)))
            return false;
        if (facts.Service?.At(facts.At) is not { NotUnderstood: null } period)
            return false;
        return (rule.ServiceTypes.Count > 0 ? rule.ServiceTypes.Contains(period.Type) : period.Uses.Contains(facts.Use))
            && (rule.Statuses.Count > 0 ? rule.Statuses.Contains(period.Status) : period.Granted)
            && rule.Qualifiers.All(period.Qualifiers.Contains)
            && (rule.Anchors.Count == 0 || rule.Anchors.Any(facts.Service.Has))
            && (rule.Policies.Count == 0 || rule.Policies.Any(facts.Policies.Contains))
            && facts.KeyBits >= rule.MinKeyBits;
    }
}

using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Paths;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Revocation;

namespace Gateway.Recognition.Validation;

/// <summary>
/// X.509 certificate validation of EN 319 102-1 §5.2.6 and, where only time stands against a path, past certificate validation (§5.6.2.1, §5.6.2.2).
/// Every path to every anchor is tried; the first good one counts, else the one with the mildest answer.
/// </summary>
internal sealed class JudgePath(
    IReadOnlyList<ResolvedAnchor> anchors, Pool pool, SignatureChecks checks, ValidationPolicy policy, Proofs proofs)
{
    private readonly Dictionary<TrustPurposes, FindPaths> _paths = [];

    public PathVerdict Judge(PathQuestion question)
    {
        if (!_paths.TryGetValue(question.Purpose, out var finder))
        {
            var believed = anchors.Where(a => a.Entry.Purposes.HasFlag(question.Purpose)).ToList();
            _paths[question.Purpose] = finder = new FindPaths(believed, pool.Certificates, checks, policy.Limits);
        }

        var paths = finder.To(question.Target, out var bounded);
        if (paths.Count == 0)
            return NoPath(question, bounded);
        var status = new FindStatus(pool, checks, finder, policy, question.At);
        PathVerdict? best = null;
        foreach (var path in paths)
        {
            var verdict = new OnePath(path, question, status, policy, proofs).Judge();
            if (best is null || Badness(verdict) < Badness(best))
                best = verdict;
            if (verdict.Indication == Indication.Passed)
                break;
        }

        return best!;
    }

    private PathVerdict NoPath(PathQuestion question, bool bounded)
    {
        var chain = new List<ForeignCertificate> { question.Target };
        while (chain.Count < policy.Limits.MaxPathLength
            && pool.Certificates.FirstOrDefault(c => c.Subject.Equals(chain[^1].Issuer) && !chain.Contains(c)) is { } next)
            chain.Add(next);
        var findings = new List<Finding>
        {
            new(FindingKey.NoPathToAnchor, Severity.Error, SubIndication.NoCertificateChainFound,
                $"no path from {question.Target.Subject} to one of {anchors.Count(a => a.Entry.Purposes.HasFlag(question.Purpose))} trusted issuers; it ends at {chain[^1].Issuer}", question.Target.Sha256),
        };
        if (bounded)
            findings.Add(new(FindingKey.SearchBounded, Severity.Warning, null, "the search for a path was stopped by its limits"));
        return new(Indication.Indeterminate, findings, null, []) { Chain = [.. chain.Select(c => c.Summary(isAnchor: false))] };
    }

    private static int Badness(PathVerdict verdict) => verdict.Indication == Indication.Passed ? 0 : 1 + verdict.Errors.Max(f => f.SubIndication switch
    {
        SubIndication.TryLater => 0,
        SubIndication.OutOfBoundsNotRevoked => 1,
        SubIndication.OutOfBoundsNoPoe => 2,
        SubIndication.RevocationOutOfBoundsNoPoe => 3,
        SubIndication.CryptoConstraintsFailureNoPoe => 4,
        SubIndication.RevokedCaNoPoe => 5,
        SubIndication.RevokedNoPoe => 6,
        SubIndication.CryptoConstraintsFailure => 7,
        SubIndication.ChainConstraintsFailure => 8,
        SubIndication.CertificateChainGeneralFailure => 9,
        SubIndication.NoCertificateChainFoundNoPoe => 10,
        // A certain "no" (made after revocation) is no milder on another path: the mildest of the others is shown.
        _ => 11,
    });
}

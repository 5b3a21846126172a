using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Paths;
using Gateway.Recognition.Revocation;

namespace Gateway.Recognition.Validation;

/// <summary>What is asked about the certificate of a signer.</summary>
/// <param name="Target">The signer's certificate.</param>
/// <param name="Purpose">What an anchor must be believed for.</param>
/// <param name="At">The time to judge for.</param>
/// <param name="Proved">The signature is proved to have existed then: <paramref name="At"/>, or earlier.</param>
/// <param name="MadeAfter">A content time-stamp proves that the signature was made after that; null: nothing does.</param>
internal sealed record PathQuestion(ForeignCertificate Target, TrustPurposes Purpose, DateTimeOffset At, DateTimeOffset Proved, DateTimeOffset? MadeAfter)
{
    public bool HasProof => Proved < At;
}

/// <summary>The answer: what stands against the path, worst first, and what it rests on.</summary>
internal sealed record PathVerdict(Indication Indication, IReadOnlyList<Finding> Findings, CertificatePath? Path, IReadOnlyList<StatusStatement> Statements)
{
    /// <summary>For a report when no path was found: how far names lead.</summary>
    public IReadOnlyList<CertificateSummary> Chain { get; init; } = [];

    public IEnumerable<Finding> Errors => Findings.Where(f => f.Severity == Severity.Error);
}

using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Paths;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Tests.Paths;

/// <summary>Judges the path of one certificate, without a signature around it.</summary>
internal static class PathBench
{
    public static PathVerdict Judge(
        ReadOnlyMemory<byte> target, IEnumerable<TrustAnchor> anchors, IEnumerable<ReadOnlyMemory<byte>> others, IEnumerable<ReadOnlyMemory<byte>> lists,
        ValidationPolicy policy, DateTimeOffset at, IEnumerable<ReadOnlyMemory<byte>>? answers = null, DateTimeOffset? proved = null)
    {
        var certificate = ForeignCertificate.Read(Pem.Decode(target), policy.Limits, out var fault);
        if (certificate is null)
            return new(Indication.Indeterminate, [new(FindingKey.CertificateUnreadable, Severity.Error, SubIndication.CertificateChainGeneralFailure, fault)], null, []);
        var pool = new Pool(new([.. others], [.. lists], [.. answers ?? []]), policy.Limits);
        var resolved = anchors.Select(a => ResolvedAnchor.Read(a, policy.Limits)).OfType<ResolvedAnchor>().ToList();
        var checks = new SignatureChecks(policy.Limits.MaxWork, policy.Sm2Identity);
        return new JudgePath(resolved, pool, checks, policy, new([])).Judge(new(certificate, TrustPurposes.Signatures, at, proved ?? at, null));
    }
}

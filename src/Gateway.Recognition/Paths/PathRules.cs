using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Paths;

/// <summary>
/// The rules of RFC 5280 §6.1 that do not depend on time and revocation; constraints of an anchor that is given as a certificate hold too (RFC 5937).
/// All problems are collected.
/// </summary>
internal sealed class PathRules(CertificatePath path, ValidationPolicy policy)
{
    private readonly List<Finding> _problems = [];
    private readonly NameConstraints _names = new();
    private readonly PolicyGraph _policies = new(
        path.Links.Count, policy.AcceptablePolicies, policy.RequireExplicitPolicy, policy.InhibitPolicyMapping, policy.InhibitAnyPolicy);

    private int _maxLength = int.MaxValue;

    public IReadOnlyList<Finding> Check()
    {
        if (path.Links.Count == 0)
            return _problems;
        if (path.Anchor.Certificate is { } anchor)
            FromAnchor(anchor);
        for (var i = 0; i < path.Links.Count; i++)
        {
            var certificate = path.Links[i].Certificate;
            var isLast = i == path.Links.Count - 1;
            Always(certificate, isLast);
            if (_policies.Add(certificate, i + 1) is { } problem)
                Problem(FindingKey.PolicyNotAcceptable, certificate, problem);
            if (!isLast)
                Authority(certificate);
        }

        return _problems;
    }

    private void FromAnchor(ForeignCertificate anchor)
    {
        foreach (var fault in anchor.Extensions.Faults)
            Problem(FindingKey.ExtensionMalformed, anchor, fault);
        foreach (var oid in anchor.Extensions.UnknownCritical)
            Problem(FindingKey.CriticalExtensionUnknown, anchor, $"critical extension {oid} is not known");
        if (anchor.Extensions.IsAuthority == false)
            Problem(FindingKey.NotAnAuthority, anchor, "the anchor is not a certification authority");
        if (anchor.Extensions.KeyUsage is { } usage && !usage.HasFlag(KeyUsages.KeyCertSign))
            Problem(FindingKey.CertSignMissing, anchor, "the anchor's key may not sign certificates");
        _maxLength = anchor.Extensions.MaxPathLength ?? int.MaxValue;
        if (anchor.Extensions.NameConstraints is { } constraints)
            _names.Add(constraints);
        if (policy.RequireProfile)
            Critical(anchor);
    }

    private void Always(ForeignCertificate certificate, bool isLast)
    {
        var extensions = certificate.Extensions;
        foreach (var fault in certificate.Faults)
            Problem(FindingKey.CertificateRuleBroken, certificate, fault);
        foreach (var fault in extensions.Faults)
            Problem(FindingKey.ExtensionMalformed, certificate, fault);
        foreach (var oid in extensions.UnknownCritical)
            Problem(FindingKey.CriticalExtensionUnknown, certificate, $"critical extension {oid} is not known");
        // §6.1.3 b and c: self-issued certificates inside the path are free of the constraints.
        if ((isLast || !certificate.IsSelfIssued) && _names.Check(certificate) is { } outside)
            Problem(FindingKey.NameConstraintViolated, certificate, outside);
        if (policy.RequireProfile)
            Profile(certificate, isLast);
    }

    /// <summary>§6.1.4 k to n, for a certificate that issued the next one.</summary>
    private void Authority(ForeignCertificate certificate)
    {
        var extensions = certificate.Extensions;
        if (certificate.Version != 3 || extensions.IsAuthority != true)
            Problem(FindingKey.NotAnAuthority, certificate, "it issued a certificate without being a certification authority");
        if (!certificate.IsSelfIssued)
        {
            if (_maxLength == 0)
                Problem(FindingKey.PathTooLong, certificate, "one authority more than a path length constraint above allows");
            _maxLength = Math.Max(0, _maxLength - 1);
        }

        _maxLength = Math.Min(_maxLength, extensions.MaxPathLength ?? int.MaxValue);
        if (extensions.KeyUsage is { } usage && !usage.HasFlag(KeyUsages.KeyCertSign))
            Problem(FindingKey.CertSignMissing, certificate, "its key may not sign certificates");
        if (extensions.NameConstraints is { } constraints)
            _names.Add(constraints);
    }

    /// <summary>What RFC 5280 §4 asks of who issues certificates and a careful reader may ask for too.</summary>
    private void Profile(ForeignCertificate certificate, bool isLast)
    {
        var extensions = certificate.Extensions;
        // Of signers it is not asked: those of small States' authorities lack it, and it only helps to find issuers, which names and signatures do too.
        if (!isLast && !extensions.HasAuthorityKey && !certificate.IsSelfIssued)
            Problem(FindingKey.CertificateRuleBroken, certificate, "no authority key identifier (RFC 5280 §4.2.1.1)");
        if (!isLast && certificate.Subject.IsEmpty)
            Problem(FindingKey.CertificateRuleBroken, certificate, "an authority without a name (§4.1.2.6)");
        if (certificate.Subject.IsEmpty && extensions.Has(ExtensionOids.SubjectAlternativeName) && !extensions.IsCritical(ExtensionOids.SubjectAlternativeName))
            Problem(FindingKey.CertificateRuleBroken, certificate, "no subject, and an alternative name that is not critical (§4.2.1.6)");
        if (extensions.IsAuthority != true && extensions.KeyUsage is { } usage && usage.HasFlag(KeyUsages.KeyCertSign))
            Problem(FindingKey.CertificateRuleBroken, certificate, "it may sign certificates without being an authority (§4.2.1.3)");
        if (extensions.IsAuthority != true && extensions.Has(ExtensionOids.NameConstraints))
            Problem(FindingKey.CertificateRuleBroken, certificate, "name constraints without being an authority (§4.2.1.10)");
        Critical(certificate);
    }

    private void Critical(ForeignCertificate certificate)
    {
        foreach (var oid in (string[])[ExtensionOids.NameConstraints, ExtensionOids.PolicyConstraints])
        {
            if (certificate.Extensions.Has(oid) && !certificate.Extensions.IsCritical(oid))
                Problem(FindingKey.CertificateRuleBroken, certificate, $"extension {oid} is not critical (§4.2.1.10, §4.2.1.11)");
        }
    }

    private void Problem(FindingKey key, ForeignCertificate certificate, string detail) =>
        _problems.Add(new(key, Severity.Error, SubIndication.CertificateChainGeneralFailure, $"{certificate.Subject}: {detail}", certificate.Sha256));
}

using System.Formats.Asn1;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Paths;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Revocation;

/// <summary>The statements about one certificate that may be used, and why others may not.</summary>
internal sealed record StatusFindings(IReadOnlyList<StatusStatement> Statements, IReadOnlyList<Finding> Findings);

/// <summary>
/// Looks through CRLs (RFC 5280 §6.3.3) and OCSP answers (RFC 6960 §3.2, §4.2.2.2) for statements about a certificate of a path.
/// Who signs must be the issuer itself, another key of the issuer below the same anchor (lists), or a responder that the issuer appointed (answers).
/// </summary>
internal sealed class FindStatus(Pool pool, SignatureChecks checks, FindPaths paths, ValidationPolicy policy, DateTimeOffset at)
{
    private const uint AllReasons = 0b1_1111_1110;
    private const int CertificateHold = 6;
    private const int Depth = 2;

    private readonly Dictionary<(string Certificate, string Issuer), StatusFindings> _known = [];

    /// <summary>Statements about the certificate at <paramref name="index"/> of a path.</summary>
    public StatusFindings Of(CertificatePath path, int index) => Of(path, index, Depth);

    private StatusFindings Of(CertificatePath path, int index, int depth)
    {
        var certificate = path.Links[index].Certificate;
        var issuer = path.IssuerOf(index);
        var place = (certificate.Sha256, Convert.ToHexString(issuer.Key.Encoded.Span) + path.Anchor.Label + depth);
        if (_known.TryGetValue(place, out var known))
            return known;
        var findings = new List<Finding>();
        var statements = new List<StatusStatement>();
        FromLists(path, certificate, issuer, depth, statements, findings);
        FromAnswers(path, certificate, issuer, depth, statements, findings);
        return _known[place] = new(statements, findings);
    }

    private void FromLists(
        CertificatePath path, ForeignCertificate certificate, (Name Name, PublicKey Key, ForeignCertificate? Certificate) issuer, int depth,
        List<StatusStatement> statements, List<Finding> findings)
    {
        // Lists for a part of the reasons say "good" only together (§6.3.3 d).
        var partial = new List<(StatusStatement Statement, uint Reasons)>();
        foreach (var list in pool.Lists)
        {
            try
            {
                FromList(list, path, certificate, issuer, depth, statements, partial, findings);
            }
            catch (AsnContentException e)
            {
                findings.Add(Unusable(FindingKey.RevocationStatusUnusable, certificate, list.Sha256, $"a part of the list cannot be read: {e.Message}"));
            }
        }

        Together(partial, certificate, statements, findings);
    }

    private void FromList(
        CertificateList list, CertificatePath path, ForeignCertificate certificate, (Name Name, PublicKey Key, ForeignCertificate? Certificate) issuer, int depth,
        List<StatusStatement> statements, List<(StatusStatement Statement, uint Reasons)> partial, List<Finding> findings)
    {
        if (!list.Issuer.Equals(certificate.Issuer))
        {
            if (list.Point is { Indirect: true } && certificate.Extensions.DistributionPoints.Any(p => p.Issuers.Count > 0))
                findings.Add(Unusable(FindingKey.IndirectListRefused, certificate, list.Sha256, $"the list of {list.Issuer} is an indirect one"));
            return;
        }

        if (Scope(list, certificate, out var reasons) is { } problem)
        {
            var key = list.IsDelta ? FindingKey.DeltaListRefused : list.Point is { Indirect: true } ? FindingKey.IndirectListRefused : FindingKey.RevocationStatusUnusable;
            findings.Add(Unusable(key, certificate, list.Sha256, $"the list of {list.ThisUpdate:yyyy-MM-dd}: {problem}"));
            return;
        }

        if (SignedBy(list, path, issuer, depth) is not { } signed)
        {
            findings.Add(Unusable(FindingKey.RevocationStatusUnusable, certificate, list.Sha256, $"the list of {list.ThisUpdate:yyyy-MM-dd} is not signed by {certificate.Issuer}, or by an algorithm that is not accepted any more"));
            return;
        }

        var entry = list.Find(certificate.Serial.Span);
        if (entry is { Usable: false })
        {
            findings.Add(Unusable(FindingKey.RevocationStatusUnusable, certificate, list.Sha256, "the entry has a critical extension that is not known"));
            return;
        }

        var statement = new StatusStatement
        {
            Kind = "CRL",
            Certificate = certificate,
            Issuer = list.Issuer.Text,
            Status = entry is null ? CertificateStatus.Good : entry.Value.Reason == CertificateHold ? CertificateStatus.OnHold : CertificateStatus.Revoked,
            ThisUpdate = list.ThisUpdate,
            NextUpdate = list.NextUpdate,
            RevokedAt = entry?.RevokedAt,
            Sha256 = list.Sha256,
            Schemes = signed,
            KeepsExpiredSince = list.KeepsExpiredSince,
        };
        if (entry is null && reasons != AllReasons)
            partial.Add((statement, reasons));
        else
            statements.Add(statement);
    }

    private static void Together(List<(StatusStatement Statement, uint Reasons)> partial, ForeignCertificate certificate, List<StatusStatement> statements, List<Finding> findings)
    {
        // The newest list for each part; together they are as old as the oldest of them.
        var chosen = new List<StatusStatement>();
        var covered = 0u;
        foreach (var (statement, reasons) in partial.OrderByDescending(p => p.Statement.ThisUpdate))
        {
            if ((reasons & ~covered) == 0)
                continue;
            covered |= reasons;
            chosen.Add(statement);
        }

        if (covered == AllReasons)
            statements.Add(chosen.MinBy(s => s.ThisUpdate)! with { NextUpdate = chosen.Min(s => s.NextUpdate ?? DateTimeOffset.MinValue), Schemes = [.. chosen.SelectMany(s => s.Schemes)] });
        else if (chosen.Count > 0)
            findings.Add(Unusable(FindingKey.RevocationStatusUnusable, certificate, chosen[0].Sha256, "the lists at hand speak of some reasons only"));
    }

    /// <summary>Why the list does not speak of the certificate, or which reasons it covers (§6.3.3 b to d).</summary>
    private string? Scope(CertificateList list, ForeignCertificate certificate, out uint reasons)
    {
        reasons = AllReasons;
        if (list.Fault is not null)
            return list.Fault;
        if (list.IsDelta)
            return "a delta list says nothing alone";
        if (list.ThisUpdate > Later(at, policy.ClockSkew))
            return "it is from the future";
        var points = certificate.Extensions.DistributionPoints.Where(p => p.Issuers.Count == 0).ToList();
        if (list.Point is not { } point)
        {
            if (points.Count > 0 && points.All(p => p.Reasons is not null))
                reasons = points.Aggregate(0u, (sum, p) => sum | p.Reasons!.Value) & AllReasons;
            return null;
        }

        var isAuthority = certificate.Extensions.IsAuthority == true;
        if (point.Indirect)
            return "indirect lists are not taken";
        if (point.OnlyAttributes)
            return "it speaks of attribute certificates only";
        if (point.OnlyUsers && isAuthority)
            return "it speaks of users only";
        if (point.OnlyAuthorities && !isAuthority)
            return "it speaks of authorities only";
        if (point.HasName)
        {
            points = [.. points.Where(p => Matches(p, point, certificate))];
            if (points.Count == 0)
                return "it is for another distribution point";
        }

        reasons = (point.OnlyReasons ?? AllReasons) & AllReasons;
        if (points.Count > 0 && points.All(p => p.Reasons is not null))
            reasons &= points.Aggregate(0u, (sum, p) => sum | p.Reasons!.Value);
        return reasons == 0 ? "it covers none of the reasons" : null;
    }

    private static bool Matches(DistributionPoint wanted, IssuingPoint point, ForeignCertificate certificate)
    {
        var full = new Func<IReadOnlyList<GeneralName>, ReadOnlyMemory<byte>, IEnumerable<GeneralName>>(
            (names, relative) => relative.IsEmpty ? names : [new(GeneralNameKind.Directory, RelativeNames.Append(certificate.Issuer, relative))]);
        var offered = full(point.FullNames, point.RelativeName).ToList();
        return full(wanted.FullNames, wanted.RelativeName).Any(w => offered.Any(o => o.Same(w)));
    }

    /// <summary>The schemes by which the list is bound to the issuer; null when it is not.</summary>
    private List<SignatureScheme>? SignedBy(CertificateList list, CertificatePath path, (Name Name, PublicKey Key, ForeignCertificate? Certificate) issuer, int depth)
    {
        if (MaySignLists(issuer.Certificate) && Verify(list, issuer.Key) is { } own)
            return [own];
        if (MaySignLists(path.Anchor.Certificate) && path.Anchor.Subject.Equals(list.Issuer) && Verify(list, path.Anchor.Key) is { } top)
            return [top];
        if (depth == 0)
            return null;
        // Another key under the same name: a new one, or one for lists alone. It must lead to the same anchor, and not be revoked.
        foreach (var other in pool.Certificates.Where(c => c.Subject.Equals(list.Issuer) && MaySignLists(c) && c.ValidAt(list.ThisUpdate)))
        {
            if (Verify(list, other.Key) is not { } scheme)
                continue;
            foreach (var upward in paths.To(other, out _).Where(p => p.Anchor.Is(path.Anchor) && p.Links.Count > 0))
            {
                if (new PathRules(upward, policy).Check().Count == 0 && AllGood(upward, depth - 1))
                    return [scheme, .. upward.Links.Select(l => l.Signature.Scheme).OfType<SignatureScheme>()];
            }
        }

        return null;
    }

    private bool AllGood(CertificatePath path, int depth)
    {
        if (path.Links.Any(l => l.Signature.Check != SignatureCheck.Valid || !l.Certificate.ValidAt(at)))
            return false;
        if (!policy.RequireRevocation)
            return true;
        for (var i = 0; i < path.Links.Count; i++)
        {
            var statements = Of(path, i, depth).Statements;
            if (statements.Any(s => s.Status != CertificateStatus.Good) || !statements.Any(s => s.IsFreshAt(at, policy.MaxRevocationAge)))
                return false;
        }

        return true;
    }

    private SignatureScheme? Verify(CertificateList list, PublicKey key)
    {
        var result = checks.Check(list.Sha256, list.SignatureAlgorithm, key, null, list.ToBeSigned, list.Signature);
        return result.Check == SignatureCheck.Valid && Accepted(result.Scheme!) ? result.Scheme : null;
    }

    private bool Accepted(SignatureScheme scheme) => AlgorithmAge.Of(scheme, policy.Algorithms).AcceptedAt(at);

    private static bool MaySignLists(ForeignCertificate? certificate) => certificate?.Extensions.KeyUsage is not { } usage || usage.HasFlag(KeyUsages.CrlSign);

    private void FromAnswers(
        CertificatePath path, ForeignCertificate certificate, (Name Name, PublicKey Key, ForeignCertificate? Certificate) issuer, int depth,
        List<StatusStatement> statements, List<Finding> findings)
    {
        foreach (var answer in pool.Answers)
        {
            var about = answer.Statements.Where(s => s.IsAbout(certificate, issuer.Name, issuer.Key)).ToList();
            if (about.Count == 0)
                continue;
            if (answer.Fault is not null || about.Any(s => !s.Usable))
            {
                findings.Add(Unusable(FindingKey.RevocationStatusUnusable, certificate, answer.Sha256, answer.Fault ?? "the answer has a critical extension that is not known"));
                continue;
            }

            var (schemes, notAfter, problem) = AnsweredBy(answer, path, certificate, issuer, depth);
            if (schemes is null)
            {
                findings.Add(problem!);
                continue;
            }

            foreach (var statement in about)
            {
                if (statement.ThisUpdate > Later(at, policy.ClockSkew) || answer.ProducedAt > Later(at, policy.ClockSkew))
                    findings.Add(Unusable(FindingKey.RevocationStatusUnusable, certificate, answer.Sha256, "the answer is from the future"));
                else if (statement.Status == OcspStatus.Unknown)
                    findings.Add(Unusable(FindingKey.RevocationStatusUnknown, certificate, answer.Sha256, "the responder does not know the certificate"));
                else
                    statements.Add(Statement(answer, statement, certificate, issuer.Name, schemes, notAfter));
            }
        }
    }

    private static StatusStatement Statement(
        OcspAnswer answer, OcspStatement statement, ForeignCertificate certificate, Name issuer, IReadOnlyList<SignatureScheme> schemes, DateTimeOffset? notAfter) => new()
    {
        Kind = "OCSP",
        Certificate = certificate,
        Issuer = answer.ResponderName?.Text ?? issuer.Text,
        Status = statement.Status == OcspStatus.Good ? CertificateStatus.Good : statement.Reason == CertificateHold ? CertificateStatus.OnHold : CertificateStatus.Revoked,
        ThisUpdate = statement.ThisUpdate,
        NextUpdate = statement.NextUpdate,
        ProducedAt = answer.ProducedAt,
        RevokedAt = statement.RevokedAt,
        Sha256 = answer.Sha256,
        Schemes = schemes,
        SignerNotAfter = notAfter,
        KeepsExpiredSince = statement.ArchiveCutoff,
    };

    private (IReadOnlyList<SignatureScheme>? Schemes, DateTimeOffset? NotAfter, Finding? Problem) AnsweredBy(
        OcspAnswer answer, CertificatePath path, ForeignCertificate certificate, (Name Name, PublicKey Key, ForeignCertificate? Certificate) issuer, int depth)
    {
        if (answer.NamesResponder(issuer.Name, issuer.Key) && Verify(answer, issuer.Key) is { } own)
            return ([own], null, null);
        var why = "its signer is not at hand, or did not sign it";
        foreach (var responder in Candidates(answer))
        {
            if (Verify(answer, responder.Key) is not { } scheme)
                continue;
            // RFC 6960 §4.2.2.2: issued directly by the issuer of the certificate, for this purpose alone.
            var link = responder.Issuer.Equals(issuer.Name)
                ? checks.Check(responder.Sha256, responder.SignatureAlgorithm, issuer.Key, null, responder.ToBeSigned, responder.Signature)
                : null;
            if (link?.Check != SignatureCheck.Valid || !Accepted(link.Scheme!))
                why = $"{responder.Subject} was not appointed by {issuer.Name}";
            else if (responder.Extensions.ExtendedKeyUsages?.Contains(CertificateExtensions.OcspSigning) != true)
                why = $"the certificate of {responder.Subject} is not for OCSP";
            else if (responder.Faults.Count + responder.Extensions.Faults.Count + responder.Extensions.UnknownCritical.Count > 0
                || responder.Extensions.KeyUsage is { } usage && (usage & (KeyUsages.DigitalSignature | KeyUsages.NonRepudiation)) == 0)
                why = $"the certificate of {responder.Subject} is not fit to answer";
            else if (!responder.ValidAt(answer.ProducedAt))
                return (null, null, new(FindingKey.ResponderExpired, Severity.Information, SubIndication.RevocationOutOfBoundsNoPoe, $"the certificate of {responder.Subject} was outside its validity when it answered", answer.Sha256));
            else if (!responder.Extensions.OcspNoCheck && !IsGood(responder, path, certificate, depth))
                why = $"whether {responder.Subject} is revoked is not known";
            else
                return ([scheme, link.Scheme!], responder.NotAfter, null);
        }

        return (null, null, Unusable(FindingKey.ResponderNotAuthorised, certificate, answer.Sha256, $"the answer of {answer.ProducedAt:yyyy-MM-dd}: {why}"));
    }

    private IEnumerable<ForeignCertificate> Candidates(OcspAnswer answer)
    {
        var inside = answer.Certificates.Take(8).Select(c => ForeignCertificate.Read(c, policy.Limits, out _)).OfType<ForeignCertificate>();
        return inside.Concat(pool.Certificates).Where(c => answer.NamesResponder(c.Subject, c.Key)).DistinctBy(c => c.Sha256);
    }

    /// <summary>A responder without the mark "nocheck" is a certificate like any other one of that issuer: a list must say that it is good.</summary>
    private bool IsGood(ForeignCertificate responder, CertificatePath path, ForeignCertificate certificate, int depth)
    {
        var index = path.Links.ToList().FindIndex(l => l.Certificate.Sha256 == certificate.Sha256);
        if (depth == 0 || index < 0)
            return false;
        var beside = path with { Links = [.. path.Links.Take(index), new(responder, new(SignatureCheck.Valid, null, ""))] };
        var statements = new List<StatusStatement>();
        FromLists(beside, responder, path.IssuerOf(index), depth - 1, statements, []);
        return statements.Count > 0 && statements.All(s => s.Status == CertificateStatus.Good) && statements.Any(s => s.IsFreshAt(at, policy.MaxRevocationAge));
    }

    private SignatureScheme? Verify(OcspAnswer answer, PublicKey key)
    {
        var result = checks.Check(answer.Sha256, answer.SignatureAlgorithm, key, null, answer.ToBeSigned, answer.Signature);
        return result.Check == SignatureCheck.Valid && Accepted(result.Scheme!) ? result.Scheme : null;
    }

    private static DateTimeOffset Later(DateTimeOffset time, TimeSpan span) => DateTimeOffset.MaxValue - time < span ? DateTimeOffset.MaxValue : time + span;

    private static Finding Unusable(FindingKey key, ForeignCertificate certificate, string token, string detail) =>
        new(key, Severity.Information, null, $"status of {certificate.Subject}: {detail}", token);
}

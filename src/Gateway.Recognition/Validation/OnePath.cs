using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Paths;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Revocation;

namespace Gateway.Recognition.Validation;

/// <summary>One path judged for one question.</summary>
internal sealed class OnePath(CertificatePath path, PathQuestion question, FindStatus status, ValidationPolicy policy, Proofs proofs)
{
    private readonly List<Finding> _certain = [];
    private readonly List<Finding> _byTime = [];
    private readonly List<Finding> _notes = [];
    private readonly List<StatusStatement> _used = [];
    private readonly List<IReadOnlyList<StatusStatement>> _statements = [];

    public PathVerdict Judge()
    {
        _certain.AddRange(new PathRules(path, policy).Check());
        Anchor();
        for (var i = 0; i < path.Links.Count; i++)
        {
            Algorithm(path.Links[i]);
            Status(i);
        }

        // Only time stands against it: was all in order when the signature is proved to have existed?
        if (_certain.Count == 0 && _byTime.Count > 0 && question.HasProof && PastIsGood())
        {
            _notes.AddRange(_byTime.Select(f => f with { Severity = Severity.Information, SubIndication = null, Detail = f.Detail + $"; the signature existed on {question.Proved:yyyy-MM-dd HH:mm:ss}Z already" }));
            _byTime.Clear();
        }

        List<Finding> errors = [.. _certain, .. _byTime.OrderBy(Order)];
        var indication = errors.Count == 0 ? Indication.Passed
            : errors.Any(f => f.SubIndication is SubIndication.Revoked or SubIndication.Expired or SubIndication.NotYetValid) ? Indication.Failed
            : Indication.Indeterminate;
        return new(indication, [.. errors, .. _notes], path, [.. _used.DistinctBy(s => (s.Sha256, s.Certificate.Sha256))]) { Chain = path.Summary() };
    }

    private static int Order(Finding finding) => finding.SubIndication switch
    {
        SubIndication.RevokedNoPoe => 0,
        SubIndication.RevokedCaNoPoe => 1,
        SubIndication.CryptoConstraintsFailureNoPoe => 2,
        SubIndication.OutOfBoundsNoPoe or SubIndication.OutOfBoundsNotRevoked => 3,
        _ => 4,
    };

    private void Anchor()
    {
        var entry = path.Anchor.Entry;
        var certificate = path.Anchor.Certificate;
        if (entry.TrustedFrom is { } from && question.Proved < from)
            _certain.Add(new(FindingKey.AnchorOutsideItsTime, Severity.Error, SubIndication.NoCertificateChainFound, $"{path.Anchor.Label} is trusted from {from:yyyy-MM-dd} only"));
        if (entry.TrustedUntil is { } until && question.Proved >= until)
            _certain.Add(new(FindingKey.AnchorOutsideItsTime, Severity.Error, SubIndication.NoCertificateChainFoundNoPoe, $"{path.Anchor.Label} is not trusted since {until:yyyy-MM-dd}, and nothing proves that the signature is older"));
        if (certificate is not null && entry.CertificateValidityBinds && !certificate.ValidAt(question.Proved))
            _certain.Add(new(FindingKey.AnchorOutsideItsTime, Severity.Error, SubIndication.NoCertificateChainFoundNoPoe, $"the certificate of {path.Anchor.Label} was valid from {certificate.NotBefore:yyyy-MM-dd} to {certificate.NotAfter:yyyy-MM-dd}"));
    }

    private void Algorithm(PathLink link)
    {
        var what = $"the certificate of {link.Certificate.Subject}";
        if (link.Signature.Check != SignatureCheck.Valid)
        {
            _certain.Add(new(FindingKey.AlgorithmNotAvailable, Severity.Error, SubIndication.CryptoConstraintsFailure, $"{what}: {link.Signature.Detail}", link.Certificate.Sha256));
            return;
        }

        if (AlgorithmAge.Of(link.Signature.Scheme!, policy.Algorithms).Judge(question.Proved, link.Certificate.NotBefore, what, link.Certificate.Sha256) is { } finding)
            _certain.Add(finding);
    }

    private void Status(int index)
    {
        var certificate = path.Links[index].Certificate;
        var isTarget = index == path.Links.Count - 1;
        Bounds(certificate, isTarget);
        if (!policy.RequireRevocation)
        {
            _statements.Add([]);
            return;
        }

        var (all, findings) = status.Of(path, index);
        _statements.Add(all);
        var usable = all.Where(s => IsRevocation(s) || s.CoversLifeOf && ExistedInTime(s)).ToList();
        if (Pick(usable) is not { } picked)
        {
            Missing(certificate, all, usable, findings);
            return;
        }

        _used.Add(picked);
        switch (picked.Status)
        {
            case CertificateStatus.Revoked:
                Revoked(certificate, isTarget, picked.RevokedAt ?? picked.ThisUpdate);
                break;
            case CertificateStatus.OnHold:
                ByTime(FindingKey.CertificateOnHold, SubIndication.TryLater, certificate, $"is suspended since {picked.RevokedAt:yyyy-MM-dd}");
                break;
            case CertificateStatus.Good when !IsFresh(picked) && certificate.ValidAt(question.At):
                ByTime(FindingKey.RevocationStatusStale, SubIndication.TryLater, certificate, $"the newest status is of {picked.ThisUpdate:yyyy-MM-dd HH:mm}Z");
                _notes.AddRange(findings);
                break;
            case CertificateStatus.Good:
                // §5.2.6.2: outside of its validity, but known not to have been revoked before.
                if (_byTime.FindIndex(f => f.Token == certificate.Sha256 && f.SubIndication == SubIndication.OutOfBoundsNoPoe) is >= 0 and var at)
                    _byTime[at] = _byTime[at] with { SubIndication = SubIndication.OutOfBoundsNotRevoked };
                break;
        }
    }

    private void Bounds(ForeignCertificate certificate, bool isTarget)
    {
        if (isTarget && question.HasProof && question.Proved < certificate.NotBefore)
        {
            _certain.Add(new(FindingKey.TimeStampBeforeIssuance, Severity.Error, SubIndication.NotYetValid,
                $"the signature existed on {question.Proved:yyyy-MM-dd HH:mm:ss}Z, the certificate of {certificate.Subject} begins on {certificate.NotBefore:yyyy-MM-dd HH:mm:ss}Z", certificate.Sha256));
            return;
        }

        if (isTarget && question.MadeAfter > certificate.NotAfter)
        {
            _certain.Add(new(FindingKey.ContentTimeStampAfterExpiry, Severity.Error, SubIndication.Expired,
                $"signed after {question.MadeAfter:yyyy-MM-dd}, the certificate of {certificate.Subject} ended on {certificate.NotAfter:yyyy-MM-dd}", certificate.Sha256));
            return;
        }

        if (question.At > certificate.NotAfter)
            ByTime(FindingKey.CertificateExpired, SubIndication.OutOfBoundsNoPoe, certificate, $"ended on {certificate.NotAfter:yyyy-MM-dd HH:mm:ss}Z");
        else if (question.At < certificate.NotBefore)
            ByTime(FindingKey.CertificateNotYetValid, SubIndication.OutOfBoundsNoPoe, certificate, $"begins on {certificate.NotBefore:yyyy-MM-dd HH:mm:ss}Z");
    }

    private void Revoked(ForeignCertificate certificate, bool isTarget, DateTimeOffset since)
    {
        if (isTarget && question.MadeAfter >= since)
        {
            _certain.Add(new(FindingKey.ContentTimeStampAfterRevocation, Severity.Error, SubIndication.Revoked,
                $"signed after {question.MadeAfter:yyyy-MM-dd}, the certificate of {certificate.Subject} is revoked since {since:yyyy-MM-dd}", certificate.Sha256));
            return;
        }

        if (isTarget)
            ByTime(FindingKey.CertificateRevoked, SubIndication.RevokedNoPoe, certificate, $"is revoked since {since:yyyy-MM-dd HH:mm:ss}Z", since);
        else
            ByTime(FindingKey.IssuerRevoked, SubIndication.RevokedCaNoPoe, certificate, $"is an issuer and revoked since {since:yyyy-MM-dd HH:mm:ss}Z");
    }

    private void Missing(ForeignCertificate certificate, IReadOnlyList<StatusStatement> all, List<StatusStatement> usable, IReadOnlyList<Finding> findings)
    {
        _notes.AddRange(findings);
        // Outside its validity nobody speaks of a certificate any more; that it is outside was found already.
        if (!certificate.ValidAt(question.At))
            return;
        if (all.Any(s => s.SignerNotAfter is { } end && Existed(s) > end) || findings.Any(f => f.Key == FindingKey.ResponderExpired))
            ByTime(FindingKey.ResponderExpired, SubIndication.RevocationOutOfBoundsNoPoe, certificate, "is spoken of only by a responder whose own certificate has ended");
        else if (usable.Count == 0)
            _certain.Add(new(FindingKey.RevocationStatusMissing, Severity.Error, SubIndication.CertificateChainGeneralFailure, $"nothing usable says whether the certificate of {certificate.Subject} is revoked", certificate.Sha256));
    }

    private void ByTime(FindingKey key, SubIndication sub, ForeignCertificate certificate, string detail, DateTimeOffset? since = null) =>
        _byTime.Add(new(key, Severity.Error, sub, $"the certificate of {certificate.Subject} {detail}", certificate.Sha256) { Since = since });

    /// <summary>Revocation is for ever and counts from its first mention; otherwise the newest statement counts.</summary>
    private static StatusStatement? Pick(IReadOnlyList<StatusStatement> statements) =>
        statements.Where(s => s.Status == CertificateStatus.Revoked).MinBy(s => s.RevokedAt ?? s.ThisUpdate) ?? statements.MaxBy(s => s.ThisUpdate);

    /// <summary>Not due for renewal, or issued after the time at which the signature is proved to have existed (§5.2.5, §5.5.4).</summary>
    private bool IsFresh(StatusStatement statement) =>
        statement.IsFreshAt(question.At, policy.MaxRevocationAge) || question.HasProof && statement.ThisUpdate >= question.Proved;

    // That a certificate is good must have been said in time; that it is revoked counts whoever says it when, since it is for ever.
    private static bool IsRevocation(StatusStatement statement) => statement.Status == CertificateStatus.Revoked;

    private bool ExistedInTime(StatusStatement statement) => statement.SignerNotAfter is not { } end || Existed(statement) <= end;

    private DateTimeOffset Existed(StatusStatement statement) => proofs.Of(statement.Sha256, question.At)?.Time ?? question.At;

    /// <summary>Validation time sliding (§5.6.2.2): from the anchor down, back to the last time at which everything can be relied on; the signature must be proved for a time before that.</summary>
    private bool PastIsGood()
    {
        var control = question.At;
        for (var i = 0; i < path.Links.Count; i++)
        {
            var certificate = path.Links[i].Certificate;
            if (policy.RequireRevocation)
            {
                var at = control;
                var candidates = _statements[i].Where(s => IsRevocation(s) || s.CoversLifeOf && s.ThisUpdate <= at && Existed(s) <= at && ExistedInTime(s)).ToList();
                if (Pick(candidates) is not { } picked)
                    return false;
                _used.Add(picked);
                if (picked.Status != CertificateStatus.Good)
                    control = Earlier(control, JustBefore(picked.RevokedAt ?? picked.ThisUpdate));
                else if (!picked.IsFreshAt(control, policy.MaxRevocationAge))
                    control = Earlier(control, picked.ThisUpdate);
                foreach (var scheme in picked.Schemes)
                    control = Earlier(control, AlgorithmAge.Of(scheme, policy.Algorithms).Ends ?? control);
            }

            control = Earlier(control, certificate.NotAfter);
            if (path.Links[i].Signature.Scheme is { } own)
                control = Earlier(control, AlgorithmAge.Of(own, policy.Algorithms).Ends ?? control);
        }

        return question.Proved <= control && path.Links.All(l => l.Certificate.NotBefore <= question.Proved);
    }

    private static DateTimeOffset JustBefore(DateTimeOffset time) => time > DateTimeOffset.MinValue ? time.AddTicks(-1) : time;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}

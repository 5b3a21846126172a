namespace Gateway.Recognition.Validation;

/// <summary>From all errors to one indication: what no material can mend first, then in the order in which EN 319 102-1 §5.3.4 makes its checks.</summary>
internal static class Weighing
{
    private static readonly SubIndication[] Order =
    [
        SubIndication.FormatFailure,
        SubIndication.NoSigningCertificateFound,
        SubIndication.SignedDataNotFound,
        SubIndication.HashFailure,
        SubIndication.SigCryptoFailure,
        SubIndication.Revoked,
        SubIndication.Expired,
        SubIndication.NotYetValid,
        SubIndication.NoCertificateChainFound,
        SubIndication.SigConstraintsFailure,
        SubIndication.TimestampOrderFailure,
        SubIndication.CertificateChainGeneralFailure,
        SubIndication.ChainConstraintsFailure,
        SubIndication.CryptoConstraintsFailure,
        SubIndication.NoCertificateChainFoundNoPoe,
        SubIndication.RevokedNoPoe,
        SubIndication.RevokedCaNoPoe,
        SubIndication.CryptoConstraintsFailureNoPoe,
        SubIndication.OutOfBoundsNotRevoked,
        SubIndication.OutOfBoundsNoPoe,
        SubIndication.RevocationOutOfBoundsNoPoe,
        SubIndication.NoPoe,
        SubIndication.TryLater,
    ];

    public static (Indication Indication, IReadOnlyList<SubIndication> SubIndications) Of(IEnumerable<Finding> findings)
    {
        var errors = findings.Where(f => f.Severity == Severity.Error).ToList();
        if (errors.Count == 0)
            return (Indication.Passed, []);
        var subs = errors.Select(f => f.SubIndication).OfType<SubIndication>().Distinct().OrderBy(Rank).ToList();
        // An error without a sub-indication still takes the verdict away.
        return (subs.Count > 0 && IsFailure(subs[0]) ? Indication.Failed : Indication.Indeterminate, subs);
    }

    /// <summary>The worst of several: FAILED before INDETERMINATE before PASSED.</summary>
    public static Indication Worst(IEnumerable<Indication> indications)
    {
        var all = indications.ToHashSet();
        return all.Count == 0 ? Indication.NoSignatureFound
            : all.Contains(Indication.Failed) ? Indication.Failed
            : all.Contains(Indication.Indeterminate) || all.Contains(Indication.NoSignatureFound) ? Indication.Indeterminate
            : Indication.Passed;
    }

    private static int Rank(SubIndication sub)
    {
        var place = Array.IndexOf(Order, sub);
        return place < 0 ? Order.Length : place;
    }

    private static bool IsFailure(SubIndication sub) =>
        sub is SubIndication.FormatFailure or SubIndication.HashFailure or SubIndication.SigCryptoFailure or SubIndication.Revoked or SubIndication.Expired or SubIndication.NotYetValid;
}

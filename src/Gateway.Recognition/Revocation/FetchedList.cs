using System.Numerics;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;

namespace Gateway.Recognition.Revocation;

/// <summary>A revocation list that was fetched and may be taken: signed by an issuer at hand, of now. What it says of a certificate is judged later, with the path.</summary>
/// <param name="Issuer">Its issuer's name.</param>
/// <param name="Number">The cRLNumber (RFC 5280 §5.2.3), or null.</param>
/// <param name="ThisUpdate">UTC.</param>
/// <param name="NextUpdate">UTC, or null.</param>
public sealed record FetchedList(string Issuer, BigInteger? Number, DateTimeOffset ThisUpdate, DateTimeOffset? NextUpdate)
{
    /// <summary>
    /// Reads a list, DER or PEM, and refuses with <see cref="RefusalCode.RevocationListNotValid"/> what is malformed, delta, indirect, of the future, overdue, or not signed by one of
    /// <paramref name="issuers"/>.
    /// </summary>
    /// <param name="bytes">The list.</param>
    /// <param name="issuers">Certificates that may have issued it.</param>
    /// <param name="now">The time.</param>
    /// <param name="policy">Accepted algorithms, clock difference, limits.</param>
    public static Outcome<FetchedList> Read(ReadOnlyMemory<byte> bytes, IEnumerable<ReadOnlyMemory<byte>> issuers, DateTimeOffset now, ValidationPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (CertificateList.Read(Pem.Decode(bytes), policy.Limits, out var fault) is not { } list)
            return Refuse($"it cannot be read: {fault}");
        if (list.Fault is not null)
            return Refuse(list.Fault);
        if (list.IsDelta)
            return Refuse("it is a delta list; only complete lists are taken");
        if (list.Point is { Indirect: true })
            return Refuse("it is an indirect list; only lists of the issuer itself are taken");
        if (list.ThisUpdate - now > policy.ClockSkew)
            return Refuse($"it is dated {list.ThisUpdate:yyyy-MM-dd HH:mm} UTC, in the future");
        if (list.NextUpdate is { } due && now > due)
            return Refuse($"it was to be replaced by {due:yyyy-MM-dd HH:mm} UTC");
        return Signed(list, issuers, now, policy) is { } refusal ? refusal : new FetchedList(list.Issuer.Text, list.Number, list.ThisUpdate, list.NextUpdate);
    }

    /// <summary>Whether this list may take the place of <paramref name="current"/>: it must not be older by date, nor by number if the issuer is the same (numbers of two issuers do not compare).</summary>
    public Refusal? MayReplace(FetchedList current)
    {
        ArgumentNullException.ThrowIfNull(current);
        if (Issuer == current.Issuer && Number is { } number && current.Number is { } has && number < has)
            return new(RefusalCode.RevocationListOlder, $"list number {number} is older than {has}, which is in use");
        return ThisUpdate < current.ThisUpdate
            ? new(RefusalCode.RevocationListOlder, $"the list of {ThisUpdate:yyyy-MM-dd HH:mm} UTC is older than that of {current.ThisUpdate:yyyy-MM-dd HH:mm} UTC, which is in use")
            : null;
    }

    /// <summary>Number and dates of a list that was taken before; null when it cannot be read.</summary>
    public static FetchedList? Taken(ReadOnlyMemory<byte> bytes)
        => CertificateList.Read(Pem.Decode(bytes), ValidationLimits.Default, out _) is { } list ? new(list.Issuer.Text, list.Number, list.ThisUpdate, list.NextUpdate) : null;

    private static Refusal? Signed(CertificateList list, IEnumerable<ReadOnlyMemory<byte>> issuers, DateTimeOffset now, ValidationPolicy policy)
    {
        var named = issuers.Select(i => ForeignCertificate.Read(Pem.Decode(i), policy.Limits, out _)).OfType<ForeignCertificate>().Where(c => c.Subject.Equals(list.Issuer)).ToList();
        if (named.Count == 0)
            return Refuse($"its issuer {list.Issuer.Text} is in no trusted list of the State and among no certificates imported for it");
        foreach (var issuer in named.Where(i => i.Extensions.KeyUsage is not { } usage || usage.HasFlag(KeyUsages.CrlSign)))
        {
            var (check, scheme, _) = SignatureAlgorithms.Verify(new(list.SignatureAlgorithm, issuer.Key, null, policy.Sm2Identity), list.ToBeSigned.Span, list.Signature.Span);
            if (check == SignatureCheck.Valid && AlgorithmAge.Of(scheme!, policy.Algorithms).AcceptedAt(now))
                return null;
        }
        return Refuse($"its signature is not by {list.Issuer.Text}, or by an algorithm that is not accepted");
    }

    private static Refusal Refuse(string why) => new(RefusalCode.RevocationListNotValid, $"the revocation list is not taken: {why}");
}

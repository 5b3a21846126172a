using System.Globalization;
using System.Numerics;
using Gateway.Keys;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;

namespace Gateway.TimeStamps;

/// <summary>
/// Whether a reply is what was asked for, from the authority that was asked: nonce, imprint and policy as requested, the time near
/// ours, the signature by a certificate for time-stamping that leads to a root of the configuration (EN 319 102-1, by Recognition).
/// Revocation of the authority's certificate is not asked here; a verifier judges that later, with the token that is kept.
/// </summary>
internal static class TimeStampCheck
{
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    /// <summary>The roots of an authority, as its files hold them. Throws when one cannot be read.</summary>
    public static TrustAnchors Trust(TimeStampAuthorityOptions authority) => new([.. authority.Roots.Select(file => new TrustAnchor
    {
        Certificate = KeyRing.ReadCertificate(file).Der,
        Purposes = TrustPurposes.TimeStamps,
        Label = authority.Name,
    })]);

    /// <summary>The time that the authority states.</summary>
    public static Outcome<DateTimeOffset> Open(TimeStampAuthorityOptions authority, TrustAnchors trust, TimeStampRequest request, ReadOnlyMemory<byte> content, ReadOnlyMemory<byte> reply, DateTimeOffset now)
    {
        if (!TimeStampReply.Read(reply).TryGet(out var claims, out var refusal))
            return refusal;
        if (claims.ImprintAlgorithm != Sha256 || !claims.Imprint.Span.SequenceEqual(request.Imprint.ToArray()))
            return Bad(authority, "stamped something else than was asked");
        if (claims.Nonce != new BigInteger(request.Nonce.Span, isBigEndian: true))
            return Bad(authority, "answered another request: the nonce is not ours");
        if (request.Policy is not null && claims.Policy != request.Policy)
            return Bad(authority, $"stamped under the policy {claims.Policy}");
        if ((claims.Time - now).Duration() > ClockTolerance)
            return Bad(authority, string.Create(CultureInfo.InvariantCulture, $"states the time {claims.Time:yyyy-MM-dd HH:mm:ss} UTC; one of the two clocks is wrong"));
        var verdict = Recogniser.RecogniseTimeStamp(new RecognitionInput
        {
            Document = reply,
            Content = new SignedContent(content),
            At = now,
            Trust = trust,
            Policy = ValidationPolicy.Default with { RequireRevocation = false, RequireProfile = false },
        });
        return verdict.Indication == Indication.Passed && verdict.Time == claims.Time
            ? claims.Time
            : Bad(authority, $"is not believed: {string.Join(", ", verdict.SubIndications.Select(s => s.ToString()).DefaultIfEmpty(verdict.Indication.ToString()))}");
    }

    private static Refusal Bad(TimeStampAuthorityOptions authority, string what) => new(RefusalCode.TimeStampMissing, $"{authority.Name} {what}");
}

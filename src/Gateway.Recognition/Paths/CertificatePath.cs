using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Paths;

/// <summary>A link of a path: a certificate with the check of its issuer's signature on it.</summary>
internal sealed record PathLink(ForeignCertificate Certificate, CheckedSignature Signature);

/// <summary>A path from an anchor to the certificate asked for; every signature on it was checked, or cannot be checked here (which the link says).</summary>
/// <param name="Anchor">Where it begins.</param>
/// <param name="Links">The certificate that the anchor issued first, the one asked for last; empty when that one is the anchor itself.</param>
internal sealed record CertificatePath(ResolvedAnchor Anchor, IReadOnlyList<PathLink> Links)
{
    /// <summary>Name and key of who issued the certificate at <paramref name="index"/>.</summary>
    public (Name Name, PublicKey Key, ForeignCertificate? Certificate) IssuerOf(int index) => index == 0
        ? (Anchor.Subject, Anchor.Key, Anchor.Certificate)
        : (Links[index - 1].Certificate.Subject, Links[index - 1].Certificate.Key, Links[index - 1].Certificate);

    /// <summary>For the report: the certificate asked for first, the anchor last.</summary>
    public IReadOnlyList<CertificateSummary> Summary()
    {
        var chain = Links.Reverse().Select(l => l.Certificate.Summary(isAnchor: false)).ToList();
        if (Anchor.Certificate is { } certificate)
            chain.Add(certificate.Summary(isAnchor: true));
        return chain;
    }
}

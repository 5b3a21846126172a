using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;

namespace Gateway.Recognition.Paths;

/// <summary>
/// Searches paths from a certificate up to the anchors, depth first, the likeliest issuer first. Every link's signature is checked before it is followed,
/// so that names alone lead nowhere; length, links and paths are bounded, and no key comes twice under one name.
/// </summary>
internal sealed class FindPaths(
    IReadOnlyList<ResolvedAnchor> anchors, IEnumerable<ForeignCertificate> certificates, SignatureChecks checks, ValidationLimits limits)
{
    private const int MaxPaths = 16;

    private readonly ILookup<Name, ForeignCertificate> _bySubject = certificates.ToLookup(c => c.Subject);
    private readonly ILookup<Name, ResolvedAnchor> _anchorsByName = anchors.ToLookup(a => a.Subject);

    /// <summary>The paths to <paramref name="target"/>, at most sixteen.</summary>
    /// <param name="bounded">True when the search was stopped by a bound: there may be more paths.</param>
    public IReadOnlyList<CertificatePath> To(ForeignCertificate target, out bool bounded)
    {
        var found = new List<CertificatePath>();
        // A certificate that is itself named by a list: no issuer has to be looked for.
        foreach (var anchor in _anchorsByName[target.Subject].Where(a => a.Entry.MaySign && a.Certificate?.Sha256 == target.Sha256))
            found.Add(new(anchor, []));
        var search = new Search(limits.MaxSignatureChecks);
        Up(target, [], search, found);
        bounded = search.Bounded || checks.Exhausted;
        return found;
    }

    private void Up(ForeignCertificate certificate, List<PathLink> below, Search search, List<CertificatePath> found)
    {
        foreach (var anchor in _anchorsByName[certificate.Issuer].OrderBy(a => Distance(certificate, a.Certificate)))
        {
            if (found.Count >= MaxPaths || !search.Step())
                return;
            if (Link(certificate, anchor.Key) is { } link)
                found.Add(new(anchor, [link, .. below]));
        }

        if (below.Count + 1 >= limits.MaxPathLength)
        {
            search.Bounded |= _bySubject[certificate.Issuer].Any();
            return;
        }

        foreach (var issuer in _bySubject[certificate.Issuer].OrderBy(c => Distance(certificate, c)))
        {
            if (found.Count >= MaxPaths || !search.Step())
                return;
            // One name with one key stands once in a path: no loop ends.
            if (Same(issuer, certificate) || below.Any(l => Same(l.Certificate, issuer)))
                continue;
            if (Link(certificate, issuer.Key) is { } link)
                Up(issuer, [link, .. below], search, found);
        }
    }

    private PathLink? Link(ForeignCertificate certificate, PublicKey issuerKey)
    {
        var check = checks.Check(certificate.Sha256, certificate.SignatureAlgorithm, issuerKey, null, certificate.ToBeSigned, certificate.Signature);
        // An algorithm that is not available here is followed, so that the verdict can name it instead of "no path".
        return check.Check is SignatureCheck.Valid or SignatureCheck.NotAvailable ? new(certificate, check) : null;
    }

    /// <summary>0: the key identifiers fit; 1: nothing is known; 2: they differ (which RFC 5280 does not make a rule of).</summary>
    private static int Distance(ForeignCertificate certificate, ForeignCertificate? issuer)
    {
        var wanted = certificate.Extensions.AuthorityKeyId;
        var has = issuer?.Extensions.SubjectKeyId ?? default;
        return wanted.IsEmpty || has.IsEmpty ? 1 : wanted.Span.SequenceEqual(has.Span) ? 0 : 2;
    }

    private static bool Same(ForeignCertificate a, ForeignCertificate b) => a.Subject.Equals(b.Subject) && a.Key.Encoded.Span.SequenceEqual(b.Key.Encoded.Span);

    private sealed class Search(int steps)
    {
        private int _left = steps;

        public bool Bounded { get; set; }

        public bool Step()
        {
            Bounded |= --_left < 0;
            return _left >= 0;
        }
    }
}

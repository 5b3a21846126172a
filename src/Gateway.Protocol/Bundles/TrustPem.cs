using System.Security.Cryptography;
using System.Text;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;

namespace Gateway.Protocol.Bundles;

/// <summary>The certificates of a State's cards as PEM files for openssl. The verifier makes them again and compares.</summary>
internal static class TrustPem
{
    /// <summary>Name and content of each file under <c>trust/STATE/</c>; a list without certificates gives no file.</summary>
    public static IEnumerable<(string File, byte[] Content)> Of(IReadOnlyCollection<(SignedCard Card, Certificate Signer)> cards)
    {
        (string, IEnumerable<Certificate>)[] lists =
        [
            (BundleLayout.CardCertificates, cards.Select(c => c.Signer)),
            (BundleLayout.PersonCertificates, cards.SelectMany(c => c.Card.Card.PersonAuthorities)),
            (BundleLayout.SealCertificates, cards.SelectMany(c => c.Card.Card.Authorities).SelectMany(a => a.Seal)),
            (BundleLayout.StampCertificates, cards.SelectMany(c => c.Card.Card.Authorities).SelectMany(a => a.Stamp)),
        ];
        foreach (var (file, certificates) in lists)
        {
            var pem = new StringBuilder();
            foreach (var certificate in certificates.DistinctBy(c => c.Sha256).OrderBy(c => c.Sha256.ToString(), StringComparer.Ordinal))
                pem.Append(PemEncoding.WriteString("CERTIFICATE", certificate.Der.Span)).Append('\n');
            if (pem.Length > 0)
                yield return (file, Encoding.ASCII.GetBytes(pem.ToString()));
        }
    }
}

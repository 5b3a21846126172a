using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Requests;

namespace Gateway.Benchmarks.Verify;

/// <summary>
/// A case between two States with ever more messages: three receipts each, as an exchange makes them, every signature made once. The covers
/// are withheld, so that what is measured is receipts and chains alone.
/// </summary>
internal static class LargeBundle
{
    private const string Case = "XA-0123456789abcdef0123456789abcdef";
    private static readonly DateTimeOffset s_begin = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Writes the bundle; returns the fingerprints of both card keys.</summary>
    public static async Task<string[]> Write(string path, int receipts)
    {
        var (asking, asked) = (new State("XA"), new State("XB"));
        var covers = new List<Digest>();
        for (var i = 0; asking.Chain.Count + asked.Chain.Count < receipts; i++)
        {
            var subject = new ReceiptSubject(Ids.New(), new Digest(RandomNumberGenerator.GetBytes(Digest.Length)));
            covers.Add(subject.CoverSha256!.Value);
            // Request, then answers from both sides in turn.
            var (from, to) = i % 2 == 0 ? (asking, asked) : (asked, asking);
            from.Issue(ReceiptEvent.SubmissionAcceptance, to, subject);
            foreach (var kind in (ReceiptEvent[])[ReceiptEvent.RelayAcceptance, ReceiptEvent.ContentConsignment])
            {
                if (asking.Chain.Count + asked.Chain.Count < receipts)
                    to.Issue(kind, from, subject);
            }
        }
        var source = new BundleSource
        {
            Case = Case,
            Exporter = asking.Party,
            Cases = [new BundleCase(Case, [], asking.Party, asked.Party, [new BundleChain("XA", asking.Chain), new BundleChain("XB", asked.Chain)])],
            Cards = [asking.Card, asked.Card],
            Documents = [],
            Withheld = covers,
        };
        await using var file = File.Create(path);
        await BundleWriter.WriteAsync(source, asking.Seal, s_begin.AddDays(30), file, CancellationToken.None);
        return [asking.Card.CardKey.ToString(), asked.Card.CardKey.ToString()];
    }

    private sealed class State
    {
        private DateTimeOffset _now = s_begin;

        public State(string code)
        {
            Party = new Party(code, $"{code}-CA");
            Seal = SelfSigned($"CN=Seal of {code}-CA");
            var persons = SelfSigned($"CN=Persons of {code}", authority: true).Certificate;
            var card = new PeerCard(code, 1, s_begin.AddDays(-1), s_begin.AddYears(2), [persons],
                [new CardAuthority($"{code}-CA", $"Central Authority of {code}", ["CENTRAL_AUTHORITY_MLA"], "", [], [Seal.Certificate], [], [], [])],
                ["P256-A256GCM-SHA256"], 1, new StateProfile { Languages = ["en"] });
            Card = SignedCard.Open(SignedDocument.Sign(card.Write(), SelfSigned($"CN=Card of {code}"), s_begin)).Value;
        }

        public Party Party { get; }
        public Signer Seal { get; }
        public SignedCard Card { get; }
        public List<ReadOnlyMemory<byte>> Chain { get; } = [];
        private Digest? Head { get; set; }

        public void Issue(ReceiptEvent kind, State peer, ReceiptSubject subject)
        {
            _now = (peer._now > _now ? peer._now : _now).AddMilliseconds(500);
            var receipt = new Receipt(kind, Party, peer.Party, ReceiptChannel.@case, Case, Chain.Count + 1, Head, peer.Chain.Count, peer.Head, subject, [], _now, false, Ids.New());
            Chain.Add(SignedDocument.Sign(receipt.Write(), Seal, _now));
            Head = Digest.Of(Chain[^1].Span);
        }

        private static Signer SelfSigned(string name, bool authority = false)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension((authority ? X509KeyUsageFlags.KeyCertSign : X509KeyUsageFlags.NonRepudiation) | X509KeyUsageFlags.DigitalSignature, true));
            using var certificate = request.CreateSelfSigned(s_begin.AddDays(-1), s_begin.AddYears(2));
            return Signer.FromPem(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
        }
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Revocation;
using Gateway.Recognition.Tests.Making;
using Xunit;

namespace Gateway.Recognition.Tests.Validation;

/// <summary>
/// A certificate, revocation list or answer under SHA-1 vouches for nothing, though its signature fits. Each is judged a second time by a policy that takes SHA-1, and passes: so nothing but
/// the check of the algorithm refuses it.
/// </summary>
public class WeakDigestTests
{
    private const string NoStatus = "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE";
    private const string Weak = "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE";

    private readonly Bench _bench = new();

    [Fact]
    public void The_certificate_of_the_signer()
    {
        _bench.Signer = Resigned.Certificate(_bench.Signer, _bench.Issuer.Self.Key);
        OnlyTheDigestSpeaksAgainst(Weak, () => _bench.Text());
    }

    [Fact]
    public void The_certificate_of_the_signer_by_an_RSA_authority()
    {
        using var key = RSA.Create(3072);
        var request = new CertificateRequest("CN=RSA Root", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var root = request.CreateSelfSigned(Bench.At.AddYears(-5), Bench.At.AddYears(5));
        var issuing = X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1);
        var identifier = X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false);
        var person = new CertificateRequest("CN=Anna Prosecutor,C=XA", _bench.Signer.Key, HashAlgorithmName.SHA256);
        person.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation, true));
        person.CertificateExtensions.Add(identifier);
        _bench.Signer = _bench.Signer with { Certificate = person.Create(root.SubjectName, issuing, Bench.At.AddYears(-1), Bench.At.AddYears(1), [7, 7]) };
        _bench.Anchors[0] = new TrustAnchor { Certificate = root.RawData, Label = "RSA root" };
        var list = new CertificateRevocationListBuilder().Build(root.SubjectName, issuing, 1, Bench.At.AddDays(5), HashAlgorithmName.SHA256, identifier, Bench.At.AddDays(-1));
        _bench.Lists.Add(list);
        Assert.Equal("TOTAL_PASSED", _bench.Text(_bench.Signed(new CmsMaker())));
        _bench.Lists[^1] = Resigned.Sha1(list, key);
        OnlyTheDigestSpeaksAgainst(NoStatus, () => _bench.Text(_bench.Signed(new CmsMaker())));
        _bench.Lists[^1] = list;
        _bench.Signer = Resigned.Certificate(_bench.Signer, key);
        OnlyTheDigestSpeaksAgainst(Weak, () => _bench.Text(_bench.Signed(new CmsMaker())));
    }

    [Fact]
    public void The_certificate_of_an_issuer()
    {
        var issuer = _bench.Root.Holding(Resigned.Certificate(_bench.Issuer.Self, _bench.Root.Self.Key));
        var maker = new CmsMaker();
        maker.Certificates.Add(issuer.Self.Der);
        OnlyTheDigestSpeaksAgainst(Weak, () => _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void A_revocation_list()
    {
        _bench.Lists[1] = Resigned.Sha1(_bench.Issuer.List(), _bench.Issuer.Self.Key);
        OnlyTheDigestSpeaksAgainst(NoStatus, () => _bench.Text());
    }

    [Fact]
    public void A_revocation_list_that_was_fetched()
    {
        byte[] list = _bench.Issuer.List(), weak = Resigned.Sha1(list, _bench.Issuer.Self.Key);
        Assert.True(FetchedList.Read(list, [_bench.Issuer.Self.Der], Bench.At, _bench.Policy).Succeeded);
        Assert.Contains("not accepted", FetchedList.Read(weak, [_bench.Issuer.Self.Der], Bench.At, _bench.Policy).Refusal!.Detail, StringComparison.Ordinal);
        Assert.True(FetchedList.Read(weak, [_bench.Issuer.Self.Der], Bench.At, Lenient).Succeeded);
    }

    [Fact]
    public void An_answer_of_a_responder_and_the_certificate_of_the_responder()
    {
        _bench.Lists.RemoveAt(1);
        _bench.Answers.Add(_bench.Issuer.Answer(_bench.Signer, sha1: true));
        OnlyTheDigestSpeaksAgainst(NoStatus, () => _bench.Text());
        var responder = _bench.Issuer.Responder();
        _bench.Answers[0] = _bench.Issuer.Answer(_bench.Signer, responder);
        Assert.Equal("TOTAL_PASSED", _bench.Text());
        _bench.Answers[0] = _bench.Issuer.Answer(_bench.Signer, Resigned.Certificate(responder, _bench.Issuer.Self.Key));
        OnlyTheDigestSpeaksAgainst(NoStatus, () => _bench.Text());
    }

    [Fact]
    public void The_certificate_of_a_time_stamp_authority()
    {
        // Only the stamp carries the signature over the end of its certificate.
        _bench.Signer = _bench.Issuer.Signer(Bench.At.AddYears(-2), Bench.At.AddDays(-10));
        _bench.Lists[1] = _bench.Issuer.List(Bench.At.AddDays(-15), Bench.At.AddDays(5));
        Assert.Equal("TOTAL_PASSED", _bench.Text(_bench.Signed(_bench.Stamped(Bench.At.AddDays(-20)))));
        _bench.Stamper = Resigned.Certificate(_bench.Stamper, _bench.Issuer.Self.Key);
        var signed = _bench.Signed(_bench.Stamped(Bench.At.AddDays(-20)));
        OnlyTheDigestSpeaksAgainst("INDETERMINATE/OUT_OF_BOUNDS_NOT_REVOKED", () => _bench.Text(signed));
    }

    private static ValidationPolicy Lenient { get; } = ValidationPolicy.Default with
    {
        Algorithms = AlgorithmCatalogue.Default.With([new("1.3.14.3.2.26", "SHA-1", 0, null), new("1.2.840.10045.4.1", "ECDSA with SHA-1", 256, null), new("1.2.840.113549.1.1.5", "RSA with SHA-1", 1900, null)]),
    };

    private void OnlyTheDigestSpeaksAgainst(string expected, Func<string> text)
    {
        Assert.Equal(expected, text());
        _bench.Policy = Lenient;
        Assert.Equal("TOTAL_PASSED", text());
        _bench.Policy = ValidationPolicy.Default;
    }
}

using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Signatures;
using Gateway.Recognition.Tests.Making;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Validation;

/// <summary>
/// One signature that breaks one rule each, made here so that no material is needed: were the check of that rule taken out of the engine, the signature would pass. False accepts are the worst defect
/// there is.
/// </summary>
public class RemovedCheckTests
{
    private const string Passed = "TOTAL_PASSED";

    private readonly Bench _bench = new();

    [Fact]
    public void A_changed_signature_value_fails()
    {
        var signed = _bench.Signed();
        signed[^1] ^= 1;
        Assert.Equal("TOTAL_FAILED/SIG_CRYPTO_FAILURE", _bench.Text(signed));
    }

    [Fact]
    public void A_signature_by_another_key_fails()
    {
        // The certificate and everything that names it are the officer's; the key is a stranger's.
        var stranger = _bench.Signer with { Key = _bench.Issuer.Signer().Key };
        Assert.Equal("TOTAL_FAILED/SIG_CRYPTO_FAILURE", _bench.Text(_bench.Maker().Sign(Bench.Content, stranger)));
    }

    [Fact]
    public void A_changed_attribute_fails()
    {
        var signed = _bench.Signed();
        // The digest inside message-digest, which stands behind its OID, a SET and an OCTET STRING of 32.
        var at = signed.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04, 0x31, 0x22, 0x04, 0x20]) + 13;
        signed[at] ^= 1;
        Assert.StartsWith("TOTAL_FAILED", _bench.Text(signed), StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_content_fails()
    {
        var signed = _bench.Signed();
        signed[signed.AsSpan().IndexOf(Bench.Content) + 1] ^= 1;
        Assert.Equal("TOTAL_FAILED/HASH_FAILURE", _bench.Text(signed));
        var detached = _bench.Maker();
        detached.Detached = true;
        Assert.Equal("TOTAL_FAILED/HASH_FAILURE", _bench.Text(_bench.Signed(detached), new SignedContent("another letter"u8.ToArray())));
    }

    [Fact]
    public void A_content_type_that_differs_fails()
    {
        var maker = _bench.Maker();
        maker.EditAttributes = a => a[a.FindIndex(x => x.Oid == CmsOids.ContentType)] = (CmsOids.ContentType, CmsMaker.Encode(w => w.WriteObjectIdentifier("1.2.3.4")));
        Assert.Equal("TOTAL_FAILED/FORMAT_FAILURE", _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void Attributes_that_are_not_sorted_fail()
    {
        // Signed as they stand: whoever sorts before verifying calls it wrong, whoever does not calls it good.
        var signed = _bench.Signed();
        var attributes = Attributes(signed);
        var first = Element(signed, attributes.Start);
        var second = Element(signed, attributes.Start + first.Length);
        var swapped = (byte[])signed.Clone();
        second.CopyTo(swapped, attributes.Start);
        first.CopyTo(swapped, attributes.Start + second.Length);
        var toBeSigned = swapped[attributes.Header..(attributes.Start + attributes.Length)];
        toBeSigned[0] = 0x31;
        // The value is the last element; one of the same length changes no other length. Two tries do on average.
        var old = SignatureOf(signed);
        byte[] value;
        do
            value = _bench.Signer.Key.SignData(toBeSigned, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        while (value.Length != old.Length);
        Assert.Equal("TOTAL_FAILED/FORMAT_FAILURE", _bench.Text([.. swapped[..^value.Length], .. value]));
    }

    [Fact]
    public void Bytes_behind_the_signature_fail() => Assert.Equal("TOTAL_FAILED/FORMAT_FAILURE", _bench.Text([.. _bench.Signed(), 1]));

    [Fact]
    public void A_signature_without_signers_is_none()
        => Assert.Equal(Indication.NoSignatureFound, _bench.Judge(_bench.Maker().Wrap(Bench.Content, [], [_bench.Signer])).Indication);

    [Fact]
    public void A_signer_whose_certificate_is_absent_is_not_found()
    {
        var maker = _bench.Maker();
        Assert.Equal("INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND", _bench.Text(maker.Wrap(Bench.Content, [maker.SignerInfo(Bench.Content, _bench.Signer, isCounter: false)], [])));
    }

    [Fact]
    public void One_bad_signature_of_two_takes_the_pass_from_the_document()
    {
        var maker = _bench.Maker();
        var second = _bench.Issuer.Signer();
        var verdict = _bench.Judge(maker.Sign(Bench.Content, _bench.Signer, second with { Key = _bench.Signer.Key }));
        Assert.Equal(Indication.Failed, verdict.Indication);
        Assert.Equal([Indication.Passed, Indication.Failed], verdict.Signatures.Select(s => s.Indication).Order());
    }

    [Fact]
    public void A_root_that_nobody_trusts_leads_nowhere()
    {
        var other = TestAuthority.Root("CN=Other Root");
        var issuer = other.Below();
        _bench.Signer = issuer.Signer();
        var maker = new CmsMaker();
        maker.Certificates.AddRange([issuer.Self.Der, other.Self.Der]);
        _bench.Lists.AddRange([other.List(), issuer.List()]);
        Assert.Equal("INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND", _bench.Text(_bench.Signed(maker)));
        // Nor one of the same name with another key.
        var twin = TestAuthority.Root();
        _bench.Signer = twin.Signer();
        Assert.Equal("INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND", _bench.Text(new CmsMaker().Sign(Bench.Content, _bench.Signer)));
    }

    [Fact]
    public void A_certificate_whose_issuers_signature_is_forged_leads_nowhere()
    {
        var forged = (byte[])_bench.Signer.Der.Clone();
        // The subject says something else; the signature of the issuer stays.
        forged[forged.AsSpan().IndexOf("Anna"u8)] = (byte)'H';
        _bench.Signer = new TestKey(_bench.Signer.Key, X509CertificateLoader.LoadCertificate(forged));
        Assert.Equal("INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND", _bench.Text());
    }

    public static TheoryData<string> Breaches => ["no authority", "no basic constraints", "no keyCertSign", "path too long", "name constraint", "unknown critical extension"];

    [Theory]
    [MemberData(nameof(Breaches))]
    public void An_issuer_that_breaks_a_rule_of_paths_does_not_vouch(string breach)
    {
        var issuer = _bench.Root.Issue("CN=Breaking", r =>
        {
            if (breach != "no basic constraints")
                r.CertificateExtensions.Add(new X509BasicConstraintsExtension(breach != "no authority", breach == "path too long", 0, true));
            r.CertificateExtensions.Add(new X509KeyUsageExtension((breach == "no keyCertSign" ? X509KeyUsageFlags.DigitalSignature : X509KeyUsageFlags.KeyCertSign) | X509KeyUsageFlags.CrlSign, true));
            if (breach == "name constraint")
                r.CertificateExtensions.Add(new X509Extension("2.5.29.30", Constraint("CN=Nobody Else"), true));
            if (breach == "unknown critical extension")
                r.CertificateExtensions.Add(new X509Extension("1.2.3.4.5", [5, 0], true));
        });
        var authority = _bench.Root.Holding(issuer);
        var last = breach == "path too long" ? authority.Below("CN=Below Breaking") : authority;
        _bench.Signer = last.Signer();
        _bench.Lists.AddRange([authority.List(), last.List()]);
        var maker = new CmsMaker();
        maker.Certificates.AddRange([issuer.Der, last.Self.Der]);
        Assert.Equal("INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void The_same_issuer_that_breaks_nothing_vouches()
    {
        var authority = _bench.Root.Below("CN=Breaking");
        _bench.Signer = authority.Signer();
        _bench.Lists.Add(authority.List());
        var maker = new CmsMaker();
        maker.Certificates.Add(authority.Self.Der);
        Assert.Equal(Passed, _bench.Text(_bench.Signed(maker)));
    }

    [Fact]
    public void A_certificate_outside_its_time_does_not_pass()
    {
        _bench.Signer = _bench.Issuer.Signer(Bench.At.AddYears(-3), Bench.At.AddDays(-1));
        Assert.StartsWith("INDETERMINATE/OUT_OF_BOUNDS", _bench.Text(), StringComparison.Ordinal);
        _bench.Signer = _bench.Issuer.Signer(Bench.At.AddDays(1));
        Assert.StartsWith("INDETERMINATE/OUT_OF_BOUNDS", _bench.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_issuer_outside_its_time_does_not_pass()
    {
        var old = _bench.Root.Holding(_bench.Root.Issue("CN=Old", r =>
        {
            r.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            r.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        }, Bench.At.AddYears(-5), Bench.At.AddDays(-1)));
        _bench.Signer = old.Signer();
        _bench.Lists.Add(old.List());
        var maker = new CmsMaker();
        maker.Certificates.Add(old.Self.Der);
        Assert.StartsWith("INDETERMINATE/OUT_OF_BOUNDS", _bench.Text(_bench.Signed(maker)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_revoked_certificate_does_not_pass_by_list_or_by_answer()
    {
        _bench.Lists[1] = _bench.Issuer.List(null, null, (_bench.Signer, Bench.At.AddDays(-3), X509RevocationReason.KeyCompromise));
        Assert.Equal("INDETERMINATE/REVOKED_NO_POE", _bench.Text());
        _bench.Lists[1] = _bench.Issuer.List();
        _bench.Answers.Add(_bench.Issuer.Answer(_bench.Signer, status: 1));
        // A good list beside it does not take the revocation back.
        Assert.Equal("INDETERMINATE/REVOKED_NO_POE", _bench.Text());
    }

    [Fact]
    public void A_list_that_is_not_signed_by_its_issuer_says_nothing()
    {
        var forged = _bench.Issuer.List();
        forged[^1] ^= 1;
        _bench.Lists[1] = forged;
        Assert.Equal("INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", _bench.Text());
        _bench.Lists[1] = TestAuthority.Root().Below().List();
        Assert.Equal("INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", _bench.Text());
    }

    [Fact]
    public void An_answer_that_is_not_signed_by_its_responder_says_nothing()
    {
        _bench.Lists.RemoveAt(1);
        var forged = _bench.Issuer.Answer(_bench.Signer);
        forged[^1] ^= 1;
        _bench.Answers.Add(forged);
        Assert.Equal("INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", _bench.Text());
    }

    [Fact]
    public void An_anchor_for_time_stamps_only_vouches_for_no_signer()
    {
        _bench.Anchors[0] = _bench.Anchors[0] with { Purposes = TrustPurposes.TimeStamps };
        Assert.Equal("INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND", _bench.Text());
    }

    [Fact]
    public void A_time_stamp_whose_signature_is_spoilt_proves_nothing()
    {
        _bench.Signer = _bench.Issuer.Signer(Bench.At.AddYears(-3), Bench.At.AddDays(-1));
        var maker = _bench.Maker();
        maker.Unsigned = signature =>
        {
            var token = CmsMaker.Token(signature, Bench.At.AddDays(-10), _bench.Stamper);
            token[^1] ^= 1;
            return [(CmsOids.SignatureTimeStamp, token)];
        };
        Assert.StartsWith("INDETERMINATE/OUT_OF_BOUNDS", _bench.Text(_bench.Signed(maker)), StringComparison.Ordinal);
    }

    private static byte[] Constraint(string name) => CmsMaker.Encode(w =>
    {
        using (w.PushSequence())
        using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (w.PushSequence())
        using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4)))
            w.WriteEncodedValue(new X500DistinguishedName(name).RawData);
    });

    // The signed attributes of the only SignerInfo: [0] with a length of one or two octets, before the signature algorithm.
    private static (int Header, int Start, int Length) Attributes(byte[] signed)
    {
        var oid = signed.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09]);
        for (var at = oid; at > 0; at--)
        {
            if (signed[at] == 0xa0 && signed[at + 1] == 0x81 && signed[at + 3] == 0x30)
                return (at, at + 3, signed[at + 2]);
            if (signed[at] == 0xa0 && signed[at + 1] < 0x80 && signed[at + 2] == 0x30 && at + 2 + signed[at + 1] > oid)
                return (at, at + 2, signed[at + 1]);
        }
        throw new InvalidOperationException("no signed attributes");
    }

    private static byte[] Element(byte[] bytes, int at) => bytes[at..(at + 2 + bytes[at + 1])];

    private static byte[] SignatureOf(byte[] signed)
    {
        var data = new SignedCms();
        data.Decode(signed);
        return data.SignerInfos[0].GetSignature();
    }
}

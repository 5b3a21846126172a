using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Tests.Making;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Revocation;

public class FindStatusTests
{
    private readonly Bench _bench = new();

    [Fact]
    public void Needs_a_status_for_every_certificate_below_the_anchor()
    {
        var root = _bench.Lists[0];
        _bench.Lists.RemoveAt(0);
        Assert.Equal("INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", _bench.Text());

        _bench.Lists[0] = root;
        Assert.Equal("INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", _bench.Text());
        _bench.Policy = ValidationPolicy.Default with { RequireRevocation = false };
        Assert.Equal("TOTAL_PASSED", _bench.Text());
    }

    [Fact]
    public void Does_not_take_a_list_of_somebody_else_with_the_same_name()
    {
        _bench.Lists[1] = TestAuthority.Root().Below().List();

        Assert.Equal("INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", _bench.Text());
    }

    [Fact]
    public void Does_not_take_a_list_from_the_future()
    {
        _bench.Lists[1] = _bench.Issuer.List(Bench.At.AddHours(1), Bench.At.AddDays(7));

        Assert.Equal("INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", _bench.Text());
    }

    [Fact]
    public void Asks_to_try_later_when_the_list_is_stale_or_the_certificate_suspended()
    {
        _bench.Lists[1] = _bench.Issuer.List(Bench.At.AddDays(-9), Bench.At.AddDays(-2));
        Assert.Equal("INDETERMINATE/TRY_LATER", _bench.Text());

        _bench.Lists[1] = _bench.Issuer.List(null, null, (_bench.Signer, Bench.At.AddDays(-2), X509RevocationReason.CertificateHold));
        Assert.Equal("INDETERMINATE/TRY_LATER", _bench.Text());
    }

    [Fact]
    public void Takes_the_first_mention_of_a_revocation_for_ever()
    {
        _bench.Lists[1] = _bench.Issuer.List(Bench.At.AddDays(-3), null, (_bench.Signer, Bench.At.AddDays(-4), X509RevocationReason.KeyCompromise));
        _bench.Lists.Add(_bench.Issuer.List());

        Assert.Equal("INDETERMINATE/REVOKED_NO_POE", _bench.Text());
    }

    [Fact]
    public void Takes_a_suspension_back_when_a_newer_list_does()
    {
        _bench.Lists.Add(_bench.Issuer.List(Bench.At.AddDays(-3), null, (_bench.Signer, Bench.At.AddDays(-4), X509RevocationReason.CertificateHold)));

        Assert.Equal("TOTAL_PASSED", _bench.Text());
    }

    [Fact]
    public void Tells_a_revoked_issuer_from_a_revoked_signer()
    {
        _bench.Lists[0] = _bench.Root.List(null, null, (_bench.Issuer.Self, Bench.At.AddDays(-4), X509RevocationReason.CACompromise));

        Assert.Equal("INDETERMINATE/REVOKED_CA_NO_POE", _bench.Text());
    }

    [Theory]
    [InlineData("2.5.29.27", "020101", "delta")] // a delta list alone
    [InlineData("2.5.29.28", "30030101ff", "critical or wrong")] // not an issuing distribution point
    [InlineData("2.5.29.28", "3003810" + "1ff", "users")] // users only: not the issuing authority
    [InlineData("2.5.29.28", "30038501ff", "attributes")] // attribute certificates only
    [InlineData("2.5.29.28", "30038401ff", "indirect")] // indirect
    [InlineData("1.2.3.4.5", "0500", "unknown")] // critical and unknown
    public void Concludes_nothing_from_a_list_that_is_not_for_this(string oid, string value, string why)
    {
        _bench.Lists[0] = ListWith(_bench.Root, oid, Convert.FromHexString(value));

        Assert.True(_bench.Text() == "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", why);
        var keys = _bench.Judge().Signatures[0].Findings.Select(f => f.Key).ToList();
        Assert.Equal(why == "delta", keys.Contains(Gateway.Recognition.Validation.FindingKey.DeltaListRefused));
        Assert.Equal(why == "indirect", keys.Contains(Gateway.Recognition.Validation.FindingKey.IndirectListRefused));
    }

    [Fact]
    public void Takes_a_list_for_authorities_for_an_authority()
    {
        _bench.Lists[0] = ListWith(_bench.Root, ExtensionOids.IssuingDistributionPoint, Convert.FromHexString("30038201ff"));
        Assert.Equal("TOTAL_PASSED", _bench.Text());

        _bench.Lists[1] = ListWith(_bench.Issuer, ExtensionOids.IssuingDistributionPoint, Convert.FromHexString("30038201ff"));
        Assert.Equal("INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", _bench.Text());
    }

    [Fact]
    public void Puts_lists_for_parts_of_the_reasons_together()
    {
        // keyCompromise to cessationOfOperation in one, the rest in the other (BIT STRING of ReasonFlags)
        _bench.Lists[1] = ListWith(_bench.Issuer, ExtensionOids.IssuingDistributionPoint, Convert.FromHexString("300483020278" + ""));
        Assert.Equal("INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", _bench.Text());

        _bench.Lists.Add(ListWith(_bench.Issuer, ExtensionOids.IssuingDistributionPoint, Convert.FromHexString("30058303070780")));
        Assert.Equal("TOTAL_PASSED", _bench.Text());
    }

    [Fact]
    public void Takes_an_answer_of_the_issuer_itself_or_of_who_it_appointed()
    {
        _bench.Lists.RemoveAt(1);
        _bench.Answers.Add(_bench.Issuer.Answer(_bench.Signer));
        Assert.Equal("TOTAL_PASSED", _bench.Text());

        _bench.Answers[0] = _bench.Issuer.Answer(_bench.Signer, _bench.Issuer.Responder());
        Assert.Equal("TOTAL_PASSED", _bench.Text());
        _bench.Answers[0] = _bench.Issuer.Answer(_bench.Signer, _bench.Issuer.Responder(), status: 1);
        Assert.Equal("INDETERMINATE/REVOKED_NO_POE", _bench.Text());
    }

    [Fact]
    public void Does_not_take_an_answer_of_anybody_else()
    {
        _bench.Lists.RemoveAt(1);
        _bench.Answers.Add(default);
        void Refused(byte[] answer)
        {
            _bench.Answers[0] = answer;
            Assert.Equal("INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", _bench.Text());
        }

        Refused(_bench.Issuer.Answer(_bench.Signer, _bench.Root.Responder())); // appointed by the issuer's issuer
        Refused(_bench.Issuer.Answer(_bench.Signer, _bench.Issuer.Responder(purpose: "1.3.6.1.5.5.7.3.2"))); // for something else
        Refused(_bench.Issuer.Answer(_bench.Signer, _bench.Issuer.Signer())); // no purpose at all
        Refused(_bench.Issuer.Answer(_bench.Signer, TestAuthority.Root().Below().Responder())); // a namesake's
        Refused(_bench.Issuer.Answer(_bench.Signer, status: 2)); // unknown
        Refused(_bench.Issuer.Answer(_bench.Signer, thisUpdate: Bench.At.AddHours(1))); // from the future
        Refused(_bench.Issuer.Answer(_bench.Issuer.Signer())); // about another certificate
        Refused(_bench.Issuer.Answer(_bench.Signer, issuer: _bench.Root)); // the same number of another issuer
        var spoilt = _bench.Issuer.Answer(_bench.Signer);
        spoilt[^3] ^= 1;
        Refused(spoilt);
    }

    [Fact]
    public void Asks_who_watches_a_responder_without_the_mark_that_nobody_does()
    {
        var list = _bench.Lists[1];
        _bench.Lists.RemoveAt(1);
        var responder = _bench.Issuer.Responder(noCheck: false);
        _bench.Answers.Add(_bench.Issuer.Answer(_bench.Signer, responder));
        Assert.Equal("INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE", _bench.Text());

        _bench.Lists.Add(list);
        Assert.Equal("TOTAL_PASSED", _bench.Text());
        // The list now says that the responder is revoked: its answer "good" is nothing any more, and the list itself still counts.
        _bench.Answers[0] = _bench.Issuer.Answer(_bench.Signer, responder, status: 1);
        Assert.Equal("INDETERMINATE/REVOKED_NO_POE", _bench.Text());
        _bench.Lists[1] = _bench.Issuer.List(null, null, (responder, Bench.At.AddDays(-2), X509RevocationReason.KeyCompromise));
        Assert.Equal("TOTAL_PASSED", _bench.Text());
    }

    [Fact]
    public void Names_a_responder_whose_certificate_has_ended()
    {
        _bench.Lists.RemoveAt(1);
        _bench.Answers.Add(_bench.Issuer.Answer(_bench.Signer, _bench.Issuer.Responder(until: Bench.At.AddMinutes(-30))));
        Assert.Equal("INDETERMINATE/REVOCATION_OUT_OF_BOUNDS_NO_POE", _bench.Text());

        _bench.Proofs.Add(new(SHA256.HashData(_bench.Answers[0].Span), Bench.At.AddMinutes(-40), "log"));
        Assert.Equal("TOTAL_PASSED", _bench.Text());
    }

    [Fact]
    public void Asks_to_try_later_when_the_answer_is_stale()
    {
        _bench.Lists.RemoveAt(1);
        _bench.Answers.Add(_bench.Issuer.Answer(_bench.Signer, thisUpdate: Bench.At.AddDays(-9), nextUpdate: Bench.At.AddDays(-2)));

        Assert.Equal("INDETERMINATE/TRY_LATER", _bench.Text());
    }

    internal static byte[] ListWith(TestAuthority authority, string oid, byte[] value)
    {
        var plain = new Recognition.Asn1.Asn1Reader(authority.List()).Sequence();
        var elements = new List<ReadOnlyMemory<byte>>();
        for (var inner = plain.Sequence(); !inner.IsEmpty;)
            elements.Add(inner.Element());
        var toBeSigned = CmsMaker.Encode(w =>
        {
            using (w.PushSequence())
            {
                foreach (var element in elements.SkipLast(1))
                    w.WriteEncodedValue(element.Span);
                using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                using (w.PushSequence())
                using (w.PushSequence())
                {
                    w.WriteObjectIdentifier(oid);
                    w.WriteBoolean(true);
                    w.WriteOctetString(value);
                }
            }
        });
        return CmsMaker.Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteEncodedValue(toBeSigned);
                w.WriteEncodedValue(plain.Element().Span);
                w.WriteBitString(authority.Self.Key.SignData(toBeSigned, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            }
        });
    }
}

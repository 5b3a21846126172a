using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Revocation;
using Gateway.Recognition.Tests.Making;
using Xunit;

namespace Gateway.Recognition.Tests.Revocation;

/// <summary>A fetched revocation list is looked at before it is taken, and never takes the place of a newer one.</summary>
public class FetchedListTests
{
    private static readonly TestAuthority s_authority = TestAuthority.Root();
    private static readonly DateTimeOffset s_now = TestAuthority.At;

    [Fact]
    public void A_list_of_a_known_issuer_and_of_now_is_taken_with_its_number_and_dates()
    {
        var list = Read(Numbered(7)).Value;
        Assert.Equal((new BigInteger(7), s_now.AddHours(-1), s_now.AddDays(1)), (list.Number, list.ThisUpdate, list.NextUpdate));
        Assert.True(Read(System.Text.Encoding.ASCII.GetBytes(PemEncoding.WriteString("X509 CRL", Numbered(7)))).Succeeded);
    }

    [Fact]
    public void What_nobody_known_signed_is_refused()
    {
        Refused("in no trusted list", FetchedList.Read(Numbered(1), [], s_now, ValidationPolicy.Default));
        Refused("in no trusted list", FetchedList.Read(Numbered(1), [TestAuthority.Root("CN=Other").Self.Der], s_now, ValidationPolicy.Default));
        // The same name, another key.
        Refused("signature", FetchedList.Read(Numbered(1), [TestAuthority.Root().Self.Der], s_now, ValidationPolicy.Default));
        var forged = Numbered(1);
        forged[^1] ^= 1;
        Refused("signature", Read(forged));
    }

    [Fact]
    public void Who_may_not_sign_lists_does_not()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(s_authority.Self.Certificate.SubjectName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var certificate = request.CreateSelfSigned(s_now.AddYears(-1), s_now.AddYears(1));
        var list = new CertificateRevocationListBuilder().Build(certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), 1, s_now.AddDays(1), HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(new byte[20]), s_now.AddHours(-1));
        Refused("signature", FetchedList.Read(list, [certificate.RawData], s_now, ValidationPolicy.Default));
    }

    [Theory]
    [InlineData("2.5.29.27", "020101", "delta")]
    [InlineData("2.5.29.28", "30038401ff", "indirect")]
    [InlineData("1.2.3.4.5", "0500", "critical extension")]
    public void Delta_and_indirect_lists_and_unknown_conditions_are_refused_by_name(string oid, string value, string why)
        => Refused(why, Read(FindStatusTests.ListWith(s_authority, oid, Convert.FromHexString(value))));

    [Fact]
    public void Lists_of_the_future_and_overdue_ones_are_refused()
    {
        Refused("future", Read(s_authority.List(s_now.AddMinutes(6), s_now.AddDays(1))));
        Assert.True(Read(s_authority.List(s_now.AddMinutes(4), s_now.AddDays(1))).Succeeded);
        Refused("replaced", Read(s_authority.List(s_now.AddDays(-2), s_now.AddMinutes(-1))));
        Refused("cannot be read", Read([0x30, 0x03, 0x02, 0x01, 0x01]));
        Refused("cannot be read", Read([]));
    }

    [Fact]
    public void An_older_list_never_takes_the_place_of_a_newer_one()
    {
        var current = Read(Numbered(7)).Value;
        Assert.Equal(RefusalCode.RevocationListOlder, Read(Numbered(6)).Value.MayReplace(current)?.Code);
        Assert.Equal(RefusalCode.RevocationListOlder, Read(Numbered(6, s_now.AddMinutes(-1))).Value.MayReplace(current)?.Code);
        Assert.Equal(RefusalCode.RevocationListOlder, Read(Numbered(7, s_now.AddHours(-2))).Value.MayReplace(current)?.Code);
        Assert.Equal(RefusalCode.RevocationListOlder, Read(Numbered(8, s_now.AddHours(-2))).Value.MayReplace(current)?.Code);
        Assert.Null(Read(Numbered(7)).Value.MayReplace(current));
        Assert.Null(Read(Numbered(8, s_now.AddMinutes(-1))).Value.MayReplace(current));
        // Numbers of 20 octets are compared as numbers.
        var large = BigInteger.Pow(2, 150);
        Assert.Equal(RefusalCode.RevocationListOlder, Read(Numbered(large)).Value.MayReplace(Read(Numbered(large + 1)).Value)?.Code);
    }

    [Fact]
    public void A_list_of_another_issuer_at_the_same_address_is_no_way_back_to_an_older_one()
    {
        var mine = Read(Numbered(7, s_now.AddHours(-2))).Value;
        var other = mine with { Issuer = "CN=Another", Number = 1, ThisUpdate = s_now.AddHours(-1) };
        // Numbers of two issuers do not compare, dates do.
        Assert.Null(other.MayReplace(mine));
        Assert.Equal(RefusalCode.RevocationListOlder, mine.MayReplace(other)?.Code);
    }

    private static Gateway.Protocol.Refusals.Outcome<FetchedList> Read(byte[] bytes) => FetchedList.Read(bytes, [s_authority.Self.Der], s_now, ValidationPolicy.Default);

    private static void Refused(string why, Outcome<FetchedList> outcome)
    {
        Assert.Equal(RefusalCode.RevocationListNotValid, outcome.Refusal?.Code);
        Assert.Contains(why, outcome.Refusal!.Detail, StringComparison.Ordinal);
    }

    private static byte[] Numbered(BigInteger number, DateTimeOffset? thisUpdate = null) => new CertificateRevocationListBuilder().Build(
        s_authority.Self.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(s_authority.Self.Key), number, s_now.AddDays(1), HashAlgorithmName.SHA256,
        X509AuthorityKeyIdentifierExtension.CreateFromCertificate(s_authority.Self.Certificate, true, false), thisUpdate ?? s_now.AddHours(-1));
}

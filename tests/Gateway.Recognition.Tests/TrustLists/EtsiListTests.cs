using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.TrustLists;
using Xunit;

namespace Gateway.Recognition.Tests.TrustLists;

public class EtsiListTests
{
    private static byte[] File(string name) => System.IO.File.ReadAllBytes(SharedMaterial.At(name));

    private static string Text(string name) => Encoding.UTF8.GetString(File(name));

    private static RefusalCode? Refused(string text) => EtsiList.Open(Encoding.UTF8.GetBytes(text), null).Refusal?.Code;

    [SignatureMaterialFact]
    public void Lists_that_were_changed_or_not_signed_are_refused()
        => Assert.All(
            (string[])["trusted-lists/eu-lotl-broken-sig.xml", "trusted-lists/eu-lotl-no-sig.xml", "trusted-lists/eu-lotl-no-tl-version.xml", "trusted-lists/fi-v6-no-service-information.xml", "trusted-lists/tl-empty.xml"],
            name => Assert.Equal(RefusalCode.TrustListSignature, EtsiList.Open(File(name), null).Refusal?.Code));

    [SignatureMaterialFact]
    public void Document_types_and_entities_are_refused_before_anything_is_built()
        => Assert.All(
            (string[])["bad-xml/pyhanko__dtd.xml", "bad-xml/pyhanko__external.xml", "bad-xml/pyhanko__xmlbomb.xml"],
            name => Assert.Equal(RefusalCode.TrustListNotReadable, EtsiList.Open(File(name), null).Refusal?.Code));

    [SignatureMaterialFact]
    public void Genuine_lists_are_read_with_territory_number_and_services()
    {
        (string Name, string Territory, int Services)[] lists =
        [
            ("trusted-lists/eu-lotl.xml", "EU", 0), ("trusted-lists/tl-ecdsa-brainpool.xml", "", 0), ("trusted-lists/IE.xml", "IE", 1), ("trusted-lists/MT.xml", "MT", 1),
            ("trusted-lists/SE.xml", "SE", 1), ("trusted-lists/fi-v6.xml", "FI", 1), ("trusted-lists/mra-zz-tl.xml", "ZZ", 1), ("trusted-lists/peru-lotl.xml", "EU", 0),
            ("trusted-lists-status/EE_T.xml", "EE_T", 1),
        ];
        Assert.All(lists, expected =>
        {
            var opened = EtsiList.Open(File(expected.Name), null);
            Assert.True(opened.Succeeded, $"{expected.Name}: {opened.Refusal}");
            Assert.Equal(expected.Territory, opened.Value.Territory);
            Assert.True(opened.Value.Services.Count >= expected.Services, expected.Name);
            Assert.True(opened.Value.Sequence > 0, expected.Name);
        });
    }

    [SignatureMaterialFact]
    public void A_list_by_another_signer_than_the_one_expected_is_refused_and_named()
    {
        var list = EtsiList.Open(File("trusted-lists/SE.xml"), null).Value;

        Assert.Equal(RefusalCode.TrustListSigner, EtsiList.Open(File("trusted-lists/SE.xml"), [Digest.Of("other"u8)]).Refusal?.Code);
        Assert.True(EtsiList.Open(File("trusted-lists/SE.xml"), [list.Signer]).Succeeded);
    }

    [SignatureMaterialFact]
    public void A_list_of_lists_names_the_signers_of_the_lists_it_points_at()
    {
        var lotl = EtsiList.Open(File("trusted-lists/eu-lotl.xml"), null).Value;
        var sweden = EtsiList.Open(File("trusted-lists/SE.xml"), null).Value;

        var pointers = lotl.Pointers.Where(p => p.Territory == "SE").ToList();

        Assert.NotEmpty(pointers);
        Assert.Contains(sweden.Signer, pointers.SelectMany(p => p.Signers).Select(c => Digest.Of(c.Span)));
        Assert.Contains(lotl.Pointers, p => p.Territory == "GR");
        Assert.DoesNotContain(lotl.Pointers, p => p.Territory == "EL");
    }

    [SignatureMaterialFact]
    public void The_status_of_a_time_is_that_of_the_entry_which_held_then()
    {
        var signed = new DateTimeOffset(2016, 11, 28, 13, 46, 41, TimeSpan.Zero);

        Assert.True(Esteid("trusted-lists-status/EE_T.xml").At(signed)!.Granted);
        Assert.False(Esteid("trusted-lists-status/EE_T-CA-withdrawn.xml").At(signed)!.Granted);
        Assert.True(Esteid("trusted-lists-status/EE_T-CA-withdrawn-granted-before.xml").At(signed)!.Granted);
        Assert.Null(Esteid("trusted-lists-status/EE_T.xml").At(new DateTimeOffset(1990, 1, 1, 0, 0, 0, TimeSpan.Zero)));

        static TrustedService Esteid(string name)
        {
            var opened = EtsiList.Open(File(name), null);
            Assert.True(opened.Succeeded, $"{name}: {opened.Refusal}");
            return opened.Value.Services.First(s => s.Name.Contains("ESTEID-SK 2011", StringComparison.Ordinal));
        }
    }

    [SignatureMaterialFact]
    public void A_time_stamping_service_listed_under_another_type_stamps_nothing()
    {
        var good = EtsiList.Open(File("trusted-lists-status/EE_T.xml"), null).Value;
        var other = EtsiList.Open(File("trusted-lists-status/EE_T-TSA-invalid-type.xml"), null).Value;
        var tsa = good.Services.First(s => s.Name.Contains("SK TSA", StringComparison.Ordinal) || s.Periods[0].Uses.Contains(MarkUse.TIMESTAMP));

        Assert.Contains(MarkUse.TIMESTAMP, tsa.Periods[0].Uses);
        Assert.DoesNotContain(other.Services.Where(s => s.Certificates.Any(c => tsa.Has(Digest.Of(c.Span)))), s => s.Periods[0].Uses.Contains(MarkUse.TIMESTAMP));
    }

    [SignatureMaterialFact]
    public void Statuses_in_a_States_own_words_grant_nothing_by_themselves()
    {
        var list = EtsiList.Open(File("trusted-lists/mra-zz-tl.xml"), null).Value;

        Assert.All(list.Services, s => Assert.False(s.Periods[0].Granted));
        Assert.Equal(0, list.AnchorsAt(DateTimeOffset.MaxValue));
    }

    [SignatureMaterialFact]
    public void A_second_signature_a_moved_one_and_a_wrapped_list_are_refused()
    {
        var text = Text("trusted-lists/SE.xml");
        var start = text.IndexOf("<ds:Signature ", StringComparison.Ordinal);
        var end = text.IndexOf("</ds:Signature>", StringComparison.Ordinal) + "</ds:Signature>".Length;
        var signature = text[start..end];

        Assert.Equal(RefusalCode.TrustListSignature, Refused(text.Insert(end, signature)));
        Assert.Equal(RefusalCode.TrustListSignature, Refused(text.Remove(start, end - start).Replace("</SchemeInformation>", signature + "</SchemeInformation>", StringComparison.Ordinal)));
        // The genuine list beside a forged one, under a new root.
        var root = text.IndexOf("<TrustServiceStatusList", StringComparison.Ordinal);
        Assert.Equal(RefusalCode.TrustListSignature, Refused($"<TrustServiceStatusList xmlns=\"http://uri.etsi.org/02231/v2#\"><SchemeInformation/>{text[root..]}</TrustServiceStatusList>"));
    }

    [SignatureMaterialFact]
    public void Other_transforms_references_and_identifiers_are_refused()
    {
        var text = Text("trusted-lists/SE.xml");
        const string Enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
        Assert.Contains(Enveloped, text, StringComparison.Ordinal);

        Assert.Equal(RefusalCode.TrustListSignature, Refused(text.Replace(Enveloped, "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>1=1</ds:XPath></ds:Transform>", StringComparison.Ordinal)));
        Assert.Equal(RefusalCode.TrustListSignature, Refused(text.Replace("URI=\"\"", "URI=\"http://example.com/\"", StringComparison.Ordinal)));
        Assert.Equal(RefusalCode.TrustListSignature, Refused(text.Replace("<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>", "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#WithComments\"/>", StringComparison.Ordinal)));
        // The identifier of the signed properties stands twice: which one was meant?
        Assert.Equal(RefusalCode.TrustListSignature, Refused(text.Replace("<SchemeInformation>", "<SchemeInformation Id=\"xades-id-b5595a66e525ef233633e78e7f630969\">", StringComparison.Ordinal)));
    }

    [SignatureMaterialFact]
    public void Any_changed_word_of_the_list_breaks_it_and_a_comment_does_not()
    {
        var text = Text("trusted-lists/SE.xml");
        Assert.Null(Refused(text.Replace("<SchemeInformation>", "<!-- a comment is not signed and not read --><SchemeInformation>", StringComparison.Ordinal)));
        Assert.Equal(RefusalCode.TrustListSignature, Refused(text.Replace("/Svcstatus/withdrawn", "/Svcstatus/granted", StringComparison.Ordinal)));
        Assert.Equal(RefusalCode.TrustListSignature, Refused(text.Replace("<SchemeTerritory>SE", "<SchemeTerritory>FI", StringComparison.Ordinal)));
    }

    [Fact]
    public void Deep_nesting_is_refused_quickly()
    {
        var deep = string.Concat(Enumerable.Repeat("<a>", 200_000)) + string.Concat(Enumerable.Repeat("</a>", 200_000));
        Assert.Equal(RefusalCode.TrustListNotReadable, Refused(deep));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<")]
    [InlineData("<?xml version=\"1.0\" encoding=\"no-such\"?><a/>")]
    [InlineData("<a>\u0001</a>")]
    public void What_is_no_XML_is_refused(string text) => Assert.Equal(RefusalCode.TrustListNotReadable, Refused(text));

    [SignatureMaterialFact]
    public void A_list_never_goes_back()
    {
        var list = EtsiList.Open(File("trusted-lists/SE.xml"), null).Value;

        Assert.Null(list.MayReplace(list));
        Assert.Null((list with { Sequence = list.Sequence + 1, Sha256 = Digest.Of("new"u8) }).MayReplace(list));
        Assert.Equal(RefusalCode.TrustListSequence, (list with { Sequence = list.Sequence - 1, Sha256 = Digest.Of("old"u8) }).MayReplace(list)?.Code);
        Assert.Equal(RefusalCode.TrustListSequence, (list with { Sha256 = Digest.Of("other"u8) }).MayReplace(list)?.Code);
        Assert.Equal(RefusalCode.TrustListSequence, (list with { Sequence = list.Sequence + 1, Territory = "FI" }).MayReplace(list)?.Code);
    }
}

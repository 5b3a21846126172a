using System.Formats.Asn1;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Judgements;

/// <summary>The certificate policies of the signer's certificate (RFC 5280 §4.2.1.4), which agreements may ask for. The engine has read the certificate before.</summary>
internal static class SignerPolicies
{
    private const string CertificatePolicies = "2.5.29.32";

    public static IReadOnlyList<string> Of(SignatureVerdict signature)
    {
        if (signature.Signer is not { } signer)
            return [];
        try
        {
            return Read(signer.Encoded);
        }
        catch (AsnContentException)
        {
            return []; // no policy that can be read is no policy that a rule could ask for
        }
    }

    private static List<string> Read(ReadOnlyMemory<byte> der)
    {
        var tbs = new AsnReader(der, AsnEncodingRules.BER).ReadSequence().ReadSequence();
        while (tbs.HasData && !tbs.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 3)))
            tbs.ReadEncodedValue();
        var policies = new List<string>();
        if (!tbs.HasData)
            return policies;
        var extensions = tbs.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 3)).ReadSequence();
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            if (extension.ReadObjectIdentifier() != CertificatePolicies)
                continue;
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean))
                extension.ReadBoolean();
            var list = new AsnReader(extension.ReadOctetString(), AsnEncodingRules.BER).ReadSequence();
            while (list.HasData)
                policies.Add(list.ReadSequence().ReadObjectIdentifier());
        }
        return policies;
    }
}

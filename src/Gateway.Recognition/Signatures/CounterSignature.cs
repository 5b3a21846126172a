using System.Formats.Asn1;
using Gateway.Recognition.Asn1;

namespace Gateway.Recognition.Signatures;

/// <summary>A counter-signature (RFC 5652 §11.4) dressed as a SignedData of its own, over the signature value it stands under.</summary>
internal static class CounterSignature
{
    /// <summary>Null when the value is no SignerInfo.</summary>
    public static SignedData? Read(ReadOnlyMemory<byte> value, SignedData parent)
    {
        try
        {
            var reader = new Asn1Reader(value, AsnEncodingRules.BER);
            var signer = SignerInfo.Read(ref reader);
            reader.End();
            return new()
            {
                ContentType = SignedData.NoContentType,
                Content = null,
                Certificates = parent.Certificates,
                RevocationLists = [],
                OcspAnswers = [],
                Signers = [signer],
            };
        }
        catch (AsnContentException)
        {
            return null;
        }
    }
}

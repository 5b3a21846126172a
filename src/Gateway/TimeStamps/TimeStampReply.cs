using System.Formats.Asn1;
using System.Numerics;
using Gateway.Protocol.Refusals;

namespace Gateway.TimeStamps;

/// <summary>
/// What a reply claims (RFC 3161 §2.4.2, TimeStampResp): whether it was granted, and of the TSTInfo what must equal the request. Read
/// only; whether the claims are true, signed by somebody who may, is for <see cref="TimeStampCheck"/>.
/// </summary>
/// <param name="Policy">Object identifier under which it was stamped.</param>
/// <param name="ImprintAlgorithm">Object identifier.</param>
/// <param name="Time">genTime.</param>
internal sealed record TimeStampReply(string Policy, string ImprintAlgorithm, ReadOnlyMemory<byte> Imprint, DateTimeOffset Time, BigInteger? Nonce)
{
    private const string SignedData = "1.2.840.113549.1.7.2";
    private const string TstInfo = "1.2.840.113549.1.9.16.1.4";
    private const int Granted = 0;
    private const int GrantedWithMods = 1;

    public static Outcome<TimeStampReply> Read(ReadOnlyMemory<byte> reply)
    {
        try
        {
            var outer = new AsnReader(reply, AsnEncodingRules.DER);
            var response = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var status = (int)response.ReadSequence().ReadInteger();
            if (status is not (Granted or GrantedWithMods) || !response.HasData)
                return new Refusal(RefusalCode.TimeStampMissing, $"the authority did not grant the time-stamp (status {status})");
            var info = Info(response.ReadSequence());
            response.ThrowIfNotEmpty();
            return info;
        }
        catch (Exception e) when (e is AsnContentException or OverflowException)
        {
            return new Refusal(RefusalCode.TimeStampMissing, "the answer is not a time-stamp response in DER");
        }
    }

    // ContentInfo { id-signedData, [0] SignedData { version, digestAlgorithms, { id-ct-TSTInfo, [0] OCTET STRING }, … } }
    private static TimeStampReply Info(AsnReader token)
    {
        if (token.ReadObjectIdentifier() != SignedData)
            throw new AsnContentException("the token is not SignedData");
        var signed = token.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence();
        signed.ReadInteger();
        signed.ReadSetOf();
        var content = signed.ReadSequence();
        if (content.ReadObjectIdentifier() != TstInfo)
            throw new AsnContentException("the content is not a TSTInfo");
        var inner = new AsnReader(content.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadOctetString(), AsnEncodingRules.DER);
        var info = inner.ReadSequence();
        inner.ThrowIfNotEmpty();
        if (info.ReadInteger() != 1)
            throw new AsnContentException("a TSTInfo of another version");
        var policy = info.ReadObjectIdentifier();
        var imprint = info.ReadSequence();
        var algorithm = imprint.ReadSequence().ReadObjectIdentifier();
        var digest = imprint.ReadOctetString();
        info.ReadInteger();
        var time = info.ReadGeneralizedTime();
        if (Next(info, UniversalTagNumber.Sequence))
            info.ReadSequence();
        if (Next(info, UniversalTagNumber.Boolean))
            info.ReadBoolean();
        BigInteger? nonce = Next(info, UniversalTagNumber.Integer) ? info.ReadInteger() : null;
        return new TimeStampReply(policy, algorithm, digest, time, nonce);
    }

    private static bool Next(AsnReader reader, UniversalTagNumber tag) => reader.HasData && reader.PeekTag().HasSameClassAndValue(new Asn1Tag(tag));
}

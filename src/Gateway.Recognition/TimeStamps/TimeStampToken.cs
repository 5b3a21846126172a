using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Signatures;

namespace Gateway.Recognition.TimeStamps;

/// <summary>An RFC 3161 TimeStampToken from anywhere, taken apart: a SignedData with one signer over a TSTInfo. Nothing about it was verified.</summary>
internal sealed class TimeStampToken
{
    private TimeStampToken(ReadOnlyMemory<byte> encoded, SignedData data) =>
        (Encoded, Data, Sha256) = (encoded, data, Convert.ToHexStringLower(SHA256.HashData(encoded.Span)));

    public ReadOnlyMemory<byte> Encoded { get; }

    public string Sha256 { get; }

    public SignedData Data { get; }

    public SignerInfo Signer => Data.Signers[0];

    /// <summary>The policy that the authority stamps under.</summary>
    public string Policy { get; private init; } = "";

    public AlgorithmIdentifier ImprintAlgorithm { get; private init; }

    public ReadOnlyMemory<byte> Imprint { get; private init; }

    public BigInteger Serial { get; private init; }

    public DateTimeOffset Time { get; private init; }

    /// <summary>Zero when the authority states none.</summary>
    public TimeSpan Accuracy { get; private init; }

    public BigInteger? Nonce { get; private init; }

    /// <summary>Reads a token, or the TimeStampResp around one (as <c>.tsr</c> files have it).</summary>
    public static TimeStampToken? Read(ReadOnlyMemory<byte> bytes, ValidationLimits limits, out string fault)
    {
        if (Asn1Guard.Check(bytes.Span, limits.MaxDepth, limits.MaxElements, out _) is { } problem)
        {
            fault = problem.Detail;
            return null;
        }

        try
        {
            bytes = Unwrap(bytes);
            var data = SignedData.Read(bytes, limits, out var cms);
            fault = data is null ? cms.Detail
                : data.ContentType != CmsOids.TimeStampInfo ? $"the content is of type {data.ContentType}, no TSTInfo"
                : data.Content is null ? "the TSTInfo is missing"
                : data.Signers.Count != 1 ? $"{data.Signers.Count} signers; a token has one (RFC 3161 §2.4.2)"
                : Asn1Guard.Exactly(data.Content.Value.Span, limits.MaxDepth, limits.MaxElements)?.Detail ?? "";
            return fault.Length > 0 ? null : ReadInfo(bytes, data!);
        }
        catch (AsnContentException e)
        {
            fault = e.Message;
            return null;
        }
    }

    private static ReadOnlyMemory<byte> Unwrap(ReadOnlyMemory<byte> bytes)
    {
        var outer = new Asn1Reader(bytes, AsnEncodingRules.BER).Sequence();
        if (!outer.At(UniversalTagNumber.Sequence))
            return bytes;
        var status = outer.Sequence().SmallInteger();
        // granted, grantedWithMods
        return status is 0 or 1 && !outer.IsEmpty ? outer.Element() : throw new AsnContentException($"the authority refused (status {status})");
    }

    private static TimeStampToken ReadInfo(ReadOnlyMemory<byte> bytes, SignedData data)
    {
        var info = new Asn1Reader(data.Content!.Value).Sequence();
        if (info.SmallInteger() != 1)
            throw new AsnContentException("a TSTInfo of another version than 1");
        var policy = info.Oid();
        var imprint = info.Sequence();
        var algorithm = AlgorithmIdentifier.Read(ref imprint);
        var digest = imprint.OctetString();
        imprint.End();
        var serial = info.Number();
        var time = info.GeneralizedTime();
        var accuracy = info.At(UniversalTagNumber.Sequence) ? ReadAccuracy(info.Sequence()) : TimeSpan.Zero;
        if (info.At(UniversalTagNumber.Boolean))
            info.Boolean();
        BigInteger? nonce = info.At(UniversalTagNumber.Integer) ? info.Number() : null;
        if (info.AtContext(0))
        {
            var name = info.Explicit(0);
            GeneralName.Read(ref name);
        }

        if (info.AtContext(1))
            RefuseCritical(info.Sequence(Asn1Reader.Context(1)));
        info.End();
        return new(bytes, data)
        {
            Policy = policy,
            ImprintAlgorithm = algorithm,
            Imprint = digest,
            Serial = serial,
            Time = time,
            Accuracy = accuracy,
            Nonce = nonce,
        };
    }

    private static void RefuseCritical(Asn1Reader extensions)
    {
        while (!extensions.IsEmpty)
        {
            var extension = Extension.Read(ref extensions);
            if (extension.Critical)
                throw new AsnContentException($"critical extension {extension.Oid} is not known");
        }
    }

    private static TimeSpan ReadAccuracy(Asn1Reader reader)
    {
        var seconds = reader.At(UniversalTagNumber.Integer) ? reader.SmallInteger() : 0;
        var millis = reader.AtContext(0) ? reader.SmallInteger(Asn1Reader.Context(0, constructed: false)) : 0;
        var micros = reader.AtContext(1) ? reader.SmallInteger(Asn1Reader.Context(1, constructed: false)) : 0;
        reader.End();
        if (seconds is < 0 or > 86_400 || millis is < 0 or > 999 || micros is < 0 or > 999)
            throw new AsnContentException("an accuracy out of range");
        return TimeSpan.FromSeconds(seconds) + TimeSpan.FromMilliseconds(millis) + TimeSpan.FromMicroseconds(micros);
    }
}

using System.Formats.Asn1;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Policy;

namespace Gateway.Recognition.Signatures;

/// <summary>
/// A CMS SignedData (RFC 5652 §5.1) from anywhere, DER or BER, taken apart under limits. Signed attributes must be DER all the same (§5.3); that is judged per signer.
/// </summary>
internal sealed class SignedData
{
    /// <summary>Stands in for eContentType where there is none: under a counter-signature.</summary>
    public const string NoContentType = "";

    /// <summary>eContentType.</summary>
    public required string ContentType { get; init; }

    /// <summary>eContent, pieces put together; null when detached.</summary>
    public required ReadOnlyMemory<byte>? Content { get; init; }

    public required IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; init; }

    public required IReadOnlyList<ReadOnlyMemory<byte>> RevocationLists { get; init; }

    public required IReadOnlyList<ReadOnlyMemory<byte>> OcspAnswers { get; init; }

    public required IReadOnlyList<SignerInfo> Signers { get; init; }

    /// <summary>Bytes after the ContentInfo that are not zero padding, which signatures taken out of a PDF keep.</summary>
    public int TrailingBytes { get; private set; }

    /// <summary>Null with the fault when the bytes are no SignedData.</summary>
    public static SignedData? Read(ReadOnlyMemory<byte> bytes, ValidationLimits limits, out CmsFault fault)
    {
        fault = default;
        if (bytes.Length > limits.MaxDocumentBytes)
        {
            fault = new(CmsFaultKind.Limit, $"{bytes.Length} bytes, more than {limits.MaxDocumentBytes}");
            return null;
        }

        if (Asn1Guard.Check(bytes.Span, limits.MaxDepth, limits.MaxElements, out var length) is { } problem)
        {
            fault = new(problem.Limit ? CmsFaultKind.Limit : CmsFaultKind.Malformed, problem.Detail);
            return null;
        }

        try
        {
            var signed = ReadElements(bytes[..length], limits, ref fault);
            if (signed is not null)
                signed.TrailingBytes = bytes.Span[length..].ContainsAnyExcept((byte)0) ? bytes.Length - length : 0;
            return signed;
        }
        catch (AsnContentException e)
        {
            fault = new(CmsFaultKind.Malformed, e.Message);
            return null;
        }
    }

    private static SignedData? ReadElements(ReadOnlyMemory<byte> bytes, ValidationLimits limits, ref CmsFault fault)
    {
        var info = new Asn1Reader(bytes, AsnEncodingRules.BER).Sequence();
        var type = info.Oid();
        if (!CmsOids.IsSignedData(type))
        {
            fault = new(CmsFaultKind.NotSignedData, $"content type {type}");
            return null;
        }

        var wrapper = info.Explicit(0);
        info.End();
        var data = wrapper.Sequence();
        wrapper.End();
        data.SmallInteger();
        data.SetOf();
        var (contentType, content) = ReadContent(data.Sequence());
        if (bytes.Length - (content?.Length ?? 0) > limits.MaxCmsBytes)
        {
            fault = new(CmsFaultKind.Limit, $"more than {limits.MaxCmsBytes} bytes besides the content");
            return null;
        }

        var certificates = data.AtContext(0) ? ReadCertificates(data.SetOf(Asn1Reader.Context(0))) : [];
        var (lists, answers) = data.AtContext(1) ? ReadRevocation(data.SetOf(Asn1Reader.Context(1))) : ([], []);
        var set = data.SetOf();
        data.End();
        var signers = new List<SignerInfo>();
        while (!set.IsEmpty && signers.Count <= limits.MaxSigners)
            signers.Add(SignerInfo.Read(ref set));
        fault = signers.Count > limits.MaxSigners ? new(CmsFaultKind.Limit, $"more than {limits.MaxSigners} signers")
            : certificates.Count > limits.MaxCertificates ? new(CmsFaultKind.Limit, $"{certificates.Count} certificates, more than {limits.MaxCertificates}")
            : lists.Count + answers.Count > limits.MaxRevocationObjects ? new(CmsFaultKind.Limit, $"{lists.Count + answers.Count} revocation objects")
            : default;
        return fault.Kind != CmsFaultKind.None
            ? null
            : new SignedData { ContentType = contentType, Content = content, Certificates = certificates, RevocationLists = lists, OcspAnswers = answers, Signers = signers };
    }

    private static (string Type, ReadOnlyMemory<byte>? Content) ReadContent(Asn1Reader reader)
    {
        var type = reader.Oid();
        ReadOnlyMemory<byte>? content = null;
        if (!reader.IsEmpty)
        {
            var wrapper = reader.Explicit(0);
            content = wrapper.OctetString();
            wrapper.End();
        }

        reader.End();
        return (type, content);
    }

    private static List<ReadOnlyMemory<byte>> ReadCertificates(Asn1Reader set)
    {
        var certificates = new List<ReadOnlyMemory<byte>>();
        while (!set.IsEmpty)
        {
            // Attribute certificates and other kinds have context tags; nothing here rests on them.
            var isCertificate = set.At(UniversalTagNumber.Sequence);
            var element = set.Element();
            if (isCertificate)
                certificates.Add(element);
        }

        return certificates;
    }

    private static (List<ReadOnlyMemory<byte>> Lists, List<ReadOnlyMemory<byte>> Answers) ReadRevocation(Asn1Reader set)
    {
        var (lists, answers) = (new List<ReadOnlyMemory<byte>>(), new List<ReadOnlyMemory<byte>>());
        while (!set.IsEmpty)
        {
            if (!set.AtContext(1))
            {
                lists.Add(set.Element());
                continue;
            }

            var other = set.Sequence(Asn1Reader.Context(1));
            if (other.Oid() is CmsOids.OcspResponse or CmsOids.OcspBasic)
                answers.Add(other.Element());
        }

        return (lists, answers);
    }
}

/// <summary>Why bytes are no SignedData.</summary>
internal enum CmsFaultKind
{
    None,
    Malformed,
    Limit,
    NotSignedData,
}

internal readonly record struct CmsFault(CmsFaultKind Kind, string Detail);

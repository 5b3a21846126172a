using System.Formats.Asn1;
using System.Security.Cryptography;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;

namespace Gateway.Recognition.Revocation;

/// <summary>What an OCSP answer says of a certificate.</summary>
internal enum OcspStatus
{
    Good = 0,
    Revoked = 1,
    Unknown = 2,
}

/// <summary>A SingleResponse (RFC 6960 §4.2.1).</summary>
internal sealed record OcspStatement(
    string HashOid, ReadOnlyMemory<byte> IssuerNameHash, ReadOnlyMemory<byte> IssuerKeyHash, ReadOnlyMemory<byte> Serial,
    OcspStatus Status, DateTimeOffset? RevokedAt, int Reason, DateTimeOffset ThisUpdate, DateTimeOffset? NextUpdate, DateTimeOffset? ArchiveCutoff, bool Usable)
{
    /// <summary>The answer speaks of this certificate of this issuer: all three of its marks, not only the number.</summary>
    public bool IsAbout(ForeignCertificate certificate, Name issuer, PublicKey issuerKey) =>
        DigestAlgorithms.Find(HashOid) is { } hash
        && Serial.Span.SequenceEqual(certificate.Serial.Span)
        && (IssuerNameHash.Span.SequenceEqual(hash.Of(issuer.Encoded)) || IssuerNameHash.Span.SequenceEqual(hash.Of(certificate.Issuer.Encoded)))
        && IssuerKeyHash.Span.SequenceEqual(hash.Of(issuerKey.Bits));
}

/// <summary>A basic OCSP response from anywhere (RFC 6960 §4.2.1).</summary>
internal sealed class OcspAnswer
{
    private const int MaxElements = 50_000;
    private const string Basic = "1.3.6.1.5.5.7.48.1.1";
    private const string NonceOid = "1.3.6.1.5.5.7.48.1.2";

    private OcspAnswer(ReadOnlyMemory<byte> encoded) => (Encoded, Sha256) = (encoded, Convert.ToHexStringLower(SHA256.HashData(encoded.Span)));

    public ReadOnlyMemory<byte> Encoded { get; }

    public string Sha256 { get; }

    public ReadOnlyMemory<byte> ToBeSigned { get; private init; }

    public AlgorithmIdentifier SignatureAlgorithm { get; private init; }

    public ReadOnlyMemory<byte> Signature { get; private init; }

    /// <summary>Null when the responder is named by its key.</summary>
    public Name? ResponderName { get; private init; }

    /// <summary>SHA-1 of the responder's key.</summary>
    public ReadOnlyMemory<byte> ResponderKeyHash { get; private init; }

    public DateTimeOffset ProducedAt { get; private init; }

    public IReadOnlyList<OcspStatement> Statements { get; private init; } = [];

    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; private init; } = [];

    /// <summary>The nonce of the question (RFC 8954); empty when there is none.</summary>
    public ReadOnlyMemory<byte> Nonce { get; private init; }

    /// <summary>A critical extension that is not understood.</summary>
    public string? Fault { get; private init; }

    public bool NamesResponder(Name subject, PublicKey key) => ResponderName is { } name
        ? name.Equals(subject)
        : ResponderKeyHash.Span.SequenceEqual(DigestAlgorithms.Find(DigestAlgorithms.Sha1)!.Of(key.Bits));

    /// <summary>Reads an OCSPResponse, or the BasicOCSPResponse alone as CAdES keeps it.</summary>
    public static OcspAnswer? Read(ReadOnlyMemory<byte> der, ValidationLimits limits, out string fault)
    {
        fault = der.Length > limits.MaxListBytes ? $"an answer of {der.Length} bytes" : Asn1Guard.Exactly(der.Span, limits.MaxDepth, MaxElements)?.Detail ?? "";
        if (fault.Length > 0)
            return null;
        try
        {
            var outer = new Asn1Reader(der).Sequence();
            if (!outer.At(UniversalTagNumber.Enumerated))
                return ReadBasic(der, der);
            if (outer.Enumerated() != 0)
            {
                fault = "the responder did not answer";
                return null;
            }

            var wrapper = outer.Explicit(0);
            outer.End();
            var bytes = wrapper.Sequence();
            if (bytes.Oid() != Basic)
            {
                fault = "not a basic OCSP response";
                return null;
            }

            return ReadBasic(der, bytes.OctetString());
        }
        catch (AsnContentException e)
        {
            fault = e.Message;
            return null;
        }
    }

    private static OcspAnswer ReadBasic(ReadOnlyMemory<byte> whole, ReadOnlyMemory<byte> basic)
    {
        // The content of the OCTET STRING is bounded by the guard of its container only in size; its own structure is walked here.
        if (Asn1Guard.Exactly(basic.Span, 32, MaxElements) is { } problem)
            throw new AsnContentException(problem.Detail);
        var outer = new Asn1Reader(basic).Sequence();
        var tbs = outer.Element();
        var algorithm = AlgorithmIdentifier.Read(ref outer);
        var signature = outer.WholeOctets();
        var certificates = new List<ReadOnlyMemory<byte>>();
        if (outer.AtContext(0))
        {
            var wrapper = outer.Explicit(0);
            var list = wrapper.Sequence();
            wrapper.End();
            while (!list.IsEmpty)
                certificates.Add(list.Element());
        }

        outer.End();
        var data = new Asn1Reader(tbs).Sequence();
        if (data.AtContext(0))
            data.Element();
        Name? name = null;
        ReadOnlyMemory<byte> keyHash = default;
        if (data.AtContext(1))
        {
            var inner = data.Explicit(1);
            name = Name.Read(ref inner);
        }
        else
        {
            var inner = data.Explicit(2);
            keyHash = inner.OctetString();
        }

        var producedAt = data.GeneralizedTime();
        var statements = new List<OcspStatement>();
        var responses = data.Sequence();
        while (!responses.IsEmpty)
            statements.Add(ReadStatement(responses.Sequence()));
        string? fault = null;
        ReadOnlyMemory<byte> nonce = default;
        if (data.AtContext(1))
        {
            var wrapper = data.Explicit(1);
            var extensions = wrapper.Sequence();
            while (!extensions.IsEmpty)
            {
                var extension = Extension.Read(ref extensions);
                if (extension.Oid == NonceOid)
                    nonce = extension.Value.Span is [4, var length, ..] && length == extension.Value.Length - 2 ? extension.Value[2..] : extension.Value;
                else if (extension.Critical)
                    fault = $"critical extension {extension.Oid} is not known";
            }
        }

        data.End();
        return new(whole)
        {
            ToBeSigned = tbs,
            SignatureAlgorithm = algorithm,
            Signature = signature,
            Certificates = certificates,
            ResponderName = name,
            ResponderKeyHash = keyHash,
            ProducedAt = producedAt,
            Statements = statements,
            Nonce = nonce,
            Fault = fault,
        };
    }

    private static OcspStatement ReadStatement(Asn1Reader single)
    {
        var id = single.Sequence();
        var hash = AlgorithmIdentifier.Read(ref id);
        var (nameHash, keyHash, serial) = (id.OctetString(), id.OctetString(), id.Integer());
        id.End();
        var (status, revokedAt, reason) = (OcspStatus.Unknown, (DateTimeOffset?)null, 0);
        if (single.AtContext(0))
        {
            single.Element();
            status = OcspStatus.Good;
        }
        else if (single.AtContext(1))
        {
            var revoked = single.Sequence(Asn1Reader.Context(1));
            (status, revokedAt) = (OcspStatus.Revoked, revoked.GeneralizedTime());
            if (revoked.AtContext(0))
            {
                var inner = revoked.Explicit(0);
                reason = inner.Enumerated();
            }
        }
        else
        {
            single.Element();
        }

        var thisUpdate = single.GeneralizedTime();
        DateTimeOffset? nextUpdate = null, cutoff = null;
        if (single.AtContext(0))
        {
            var inner = single.Explicit(0);
            nextUpdate = inner.GeneralizedTime();
        }

        var usable = true;
        if (single.AtContext(1))
        {
            var wrapper = single.Explicit(1);
            var extensions = wrapper.Sequence();
            while (!extensions.IsEmpty)
            {
                var extension = Extension.Read(ref extensions);
                if (extension.Oid == ExtensionOids.OcspArchiveCutoff)
                    cutoff = new Asn1Reader(extension.Value).GeneralizedTime();
                else if (extension.Critical)
                    usable = false;
            }
        }

        single.End();
        return new(hash.Oid, nameHash, keyHash, serial, status, revokedAt, reason, thisUpdate, nextUpdate, cutoff, usable);
    }
}

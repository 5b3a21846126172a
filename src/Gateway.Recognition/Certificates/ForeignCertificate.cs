using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Certificates;

/// <summary>An X.509 certificate from anywhere (RFC 5280 §4.1), taken apart under limits. That it can be read says nothing about whether it may be believed.</summary>
internal sealed class ForeignCertificate
{
    private const int MaxElements = 20_000;

    private ForeignCertificate(ReadOnlyMemory<byte> encoded) =>
        (Encoded, Sha256) = (encoded, Convert.ToHexStringLower(SHA256.HashData(encoded.Span)));

    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>Of the whole certificate, hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>What is signed.</summary>
    public ReadOnlyMemory<byte> ToBeSigned { get; private init; }

    public AlgorithmIdentifier SignatureAlgorithm { get; private init; }

    public ReadOnlyMemory<byte> Signature { get; private init; }

    /// <summary>1, 2 or 3.</summary>
    public int Version { get; private init; }

    public ReadOnlyMemory<byte> Serial { get; private init; }

    public required Name Issuer { get; init; }

    public required Name Subject { get; init; }

    public DateTimeOffset NotBefore { get; private init; }

    public DateTimeOffset NotAfter { get; private init; }

    public required PublicKey Key { get; init; }

    public required CertificateExtensions Extensions { get; init; }

    /// <summary>Rules of RFC 5280 §4.1 that it breaks although it can be read.</summary>
    public IReadOnlyList<string> Faults { get; private init; } = [];

    public bool IsSelfIssued => Issuer.Equals(Subject);

    public bool ValidAt(DateTimeOffset time) => NotBefore <= time && time <= NotAfter;

    /// <summary>Null with the reason when the bytes are no certificate.</summary>
    public static ForeignCertificate? Read(ReadOnlyMemory<byte> der, ValidationLimits limits, out string fault)
    {
        fault = der.Length > limits.MaxCertificateBytes ? $"a certificate of {der.Length} bytes" : Asn1Guard.Exactly(der.Span, limits.MaxDepth, MaxElements)?.Detail ?? "";
        if (fault.Length > 0)
            return null;
        try
        {
            return ReadElements(der);
        }
        catch (AsnContentException e)
        {
            fault = e.Message;
            return null;
        }
    }

    public CertificateSummary Summary(bool isAnchor) => new(
        Sha256, Subject.Text, Issuer.Text, new BigInteger(Serial.Span, isUnsigned: false, isBigEndian: true).ToString(CultureInfo.InvariantCulture),
        NotBefore, NotAfter, Subject.Country, isAnchor, Encoded);

    public override string ToString() => Subject.Text;

    private static ForeignCertificate ReadElements(ReadOnlyMemory<byte> der)
    {
        var outer = new Asn1Reader(der).Sequence();
        var tbs = outer.Element();
        var outerAlgorithm = AlgorithmIdentifier.Read(ref outer);
        var signature = outer.WholeOctets();
        outer.End();

        var faults = new List<string>();
        var reader = new Asn1Reader(tbs).Sequence();
        var version = 1;
        if (reader.AtContext(0))
        {
            var inner = reader.Explicit(0);
            version = inner.SmallInteger() + 1;
            inner.End();
        }

        var serial = reader.Integer();
        var innerAlgorithm = AlgorithmIdentifier.Read(ref reader);
        if (!innerAlgorithm.Same(outerAlgorithm))
            faults.Add("the two signature algorithms differ");
        var issuer = Name.Read(ref reader);
        var validity = reader.Sequence();
        var (notBefore, notAfter) = (validity.Time(), validity.Time());
        validity.End();
        var subject = Name.Read(ref reader);
        var key = PublicKey.Read(ref reader);
        // issuerUniqueID, subjectUniqueID
        for (var number = 1; number <= 2; number++)
        {
            if (reader.AtContext(number))
                reader.Element();
        }

        var extensions = new Asn1Reader(default);
        if (reader.AtContext(3))
        {
            var wrapper = reader.Explicit(3);
            extensions = wrapper.Sequence();
            wrapper.End();
            if (version != 3)
                faults.Add($"extensions in a certificate of version {version}");
        }

        reader.End();
        if (version is < 1 or > 3)
            faults.Add($"version {version}");
        if (issuer.IsEmpty)
            faults.Add("no issuer name");
        if (serial.Length > 21)
            faults.Add("a serial number of more than 20 octets");
        return new(der)
        {
            ToBeSigned = tbs,
            SignatureAlgorithm = outerAlgorithm,
            Signature = signature,
            Version = version,
            Serial = serial,
            Issuer = issuer,
            Subject = subject,
            NotBefore = notBefore,
            NotAfter = notAfter,
            Key = key,
            Extensions = CertificateExtensions.Read(extensions),
            Faults = faults,
        };
    }
}

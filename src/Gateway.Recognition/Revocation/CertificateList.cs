using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;

namespace Gateway.Recognition.Revocation;

/// <summary>An entry of a CRL.</summary>
/// <param name="Reason">CRLReason; 0 when absent.</param>
/// <param name="Usable">False when the entry has a critical extension that is not understood.</param>
internal readonly record struct RevokedEntry(DateTimeOffset RevokedAt, int Reason, bool Usable);

/// <summary>The issuing distribution point of a CRL (RFC 5280 §5.2.5).</summary>
internal sealed record IssuingPoint(
    IReadOnlyList<GeneralName> FullNames, ReadOnlyMemory<byte> RelativeName, bool HasName, bool OnlyUsers, bool OnlyAuthorities, uint? OnlyReasons, bool Indirect, bool OnlyAttributes);

/// <summary>A CRL (RFC 5280 §5) from anywhere. Its entries are walked on demand, not built: a list may have a million.</summary>
internal sealed class CertificateList
{
    private const int RemoveFromCrl = 8;

    private readonly ReadOnlyMemory<byte> _entries;
    private readonly bool _hasEntries;

    private CertificateList(ReadOnlyMemory<byte> encoded, ReadOnlyMemory<byte> entries, bool hasEntries)
    {
        (Encoded, _entries, _hasEntries) = (encoded, entries, hasEntries);
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(encoded.Span));
    }

    public ReadOnlyMemory<byte> Encoded { get; }

    public string Sha256 { get; }

    public ReadOnlyMemory<byte> ToBeSigned { get; private init; }

    public AlgorithmIdentifier SignatureAlgorithm { get; private init; }

    public ReadOnlyMemory<byte> Signature { get; private init; }

    public required Name Issuer { get; init; }

    public DateTimeOffset ThisUpdate { get; private init; }

    public DateTimeOffset? NextUpdate { get; private init; }

    public IssuingPoint? Point { get; private set; }

    public bool IsDelta { get; private set; }

    public ReadOnlyMemory<byte> AuthorityKeyId { get; private set; }

    /// <summary>The cRLNumber (RFC 5280 §5.2.3).</summary>
    public BigInteger? Number { get; private set; }

    /// <summary>Entries of certificates that expired since then are kept (X.509 §8.5.2.12).</summary>
    public DateTimeOffset? KeepsExpiredSince { get; private set; }

    /// <summary>Why nothing may be concluded from it; null when it is whole.</summary>
    public string? Fault { get; private set; }

    public static CertificateList? Read(ReadOnlyMemory<byte> der, ValidationLimits limits, out string fault)
    {
        fault = der.Length > limits.MaxListBytes ? $"a list of {der.Length} bytes" : Asn1Guard.Exactly(der.Span, limits.MaxDepth, limits.MaxListElements)?.Detail ?? "";
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

    /// <summary>The entry of a serial number; null when it is not on the list. Throws <see cref="AsnContentException"/> when an entry is malformed.</summary>
    public RevokedEntry? Find(ReadOnlySpan<byte> serial)
    {
        if (!_hasEntries)
            return null;
        var list = new Asn1Reader(_entries).Sequence();
        RevokedEntry? found = null;
        while (!list.IsEmpty)
        {
            var entry = list.Sequence();
            if (!entry.Integer().Span.SequenceEqual(serial))
                continue;
            var next = ReadEntry(entry);
            // The first revocation counts; an entry that takes another one back belongs on delta lists only.
            if (next.Reason != RemoveFromCrl && (found is null || next.RevokedAt < found.Value.RevokedAt))
                found = next;
        }

        return found;
    }

    private static RevokedEntry ReadEntry(Asn1Reader entry)
    {
        var revokedAt = entry.Time();
        var (reason, usable) = (0, true);
        if (!entry.IsEmpty)
        {
            var extensions = entry.Sequence();
            while (!extensions.IsEmpty)
            {
                var extension = Extension.Read(ref extensions);
                if (extension.Oid == ExtensionOids.ReasonCode)
                    reason = new Asn1Reader(extension.Value).Enumerated();
                else if (extension.Critical && extension.Oid != ExtensionOids.InvalidityDate)
                    usable = false;
            }
        }

        entry.End();
        return new(revokedAt, reason, usable);
    }

    private static CertificateList ReadElements(ReadOnlyMemory<byte> der)
    {
        var outer = new Asn1Reader(der).Sequence();
        var tbs = outer.Element();
        var outerAlgorithm = AlgorithmIdentifier.Read(ref outer);
        var signature = outer.WholeOctets();
        outer.End();

        var reader = new Asn1Reader(tbs).Sequence();
        var version = 0;
        if (reader.At(UniversalTagNumber.Integer))
            version = reader.SmallInteger();
        var innerAlgorithm = AlgorithmIdentifier.Read(ref reader);
        var issuer = Name.Read(ref reader);
        var thisUpdate = reader.Time();
        DateTimeOffset? nextUpdate = null;
        if (reader.At(UniversalTagNumber.UtcTime) || reader.At(UniversalTagNumber.GeneralizedTime))
            nextUpdate = reader.Time();
        var hasEntries = reader.At(UniversalTagNumber.Sequence);
        ReadOnlyMemory<byte> entries = hasEntries ? reader.Element() : default;
        var list = new CertificateList(der, entries, hasEntries)
        {
            ToBeSigned = tbs,
            SignatureAlgorithm = outerAlgorithm,
            Signature = signature,
            Issuer = issuer,
            ThisUpdate = thisUpdate,
            NextUpdate = nextUpdate,
        };
        if (!innerAlgorithm.Same(outerAlgorithm))
            list.Fault = "the two signature algorithms differ";
        if (reader.AtContext(0))
        {
            if (version != 1)
                list.Fault = "extensions in a list of version 1";
            var wrapper = reader.Explicit(0);
            list.ReadExtensions(wrapper.Sequence());
            wrapper.End();
        }

        reader.End();
        return list;
    }

    private void ReadExtensions(Asn1Reader extensions)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!extensions.IsEmpty)
        {
            var extension = Extension.Read(ref extensions);
            var value = new Asn1Reader(extension.Value);
            if (!seen.Add(extension.Oid))
                Fault = $"extension {extension.Oid} twice";
            switch (extension.Oid)
            {
                case ExtensionOids.IssuingDistributionPoint:
                    Point = ReadPoint(value.Sequence());
                    break;
                case ExtensionOids.DeltaCrlIndicator:
                    IsDelta = true;
                    break;
                case ExtensionOids.AuthorityKeyIdentifier:
                    var authority = value.Sequence();
                    if (authority.AtContext(0))
                        AuthorityKeyId = authority.OctetString(Asn1Reader.Context(0, constructed: false));
                    break;
                case ExtensionOids.ExpiredCertsOnCrl:
                    KeepsExpiredSince = value.GeneralizedTime();
                    break;
                case ExtensionOids.CrlNumber:
                    Number = value.Number();
                    break;
                default:
                    // RFC 5280 §5.2: nothing may be concluded from a list with a critical extension that is not understood.
                    if (extension.Critical)
                        Fault = $"critical extension {extension.Oid} is not known";
                    break;
            }
        }
    }

    private static IssuingPoint ReadPoint(Asn1Reader reader)
    {
        var hasName = reader.AtContext(0);
        var (names, relative) = hasName ? Extension.ReadPointName(reader.Explicit(0)) : ([], default);
        var users = Flag(ref reader, 1);
        var authorities = Flag(ref reader, 2);
        uint? reasons = reader.AtContext(3) ? reader.NamedBits(Asn1Reader.Context(3, constructed: false)) : null;
        var indirect = Flag(ref reader, 4);
        var attributes = Flag(ref reader, 5);
        reader.End();
        return new(names, relative, hasName, users, authorities, reasons, indirect, attributes);
    }

    private static bool Flag(ref Asn1Reader reader, int number) => reader.AtContext(number) && reader.Boolean(Asn1Reader.Context(number, constructed: false));
}

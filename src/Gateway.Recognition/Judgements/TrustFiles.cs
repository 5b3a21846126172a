using System.Security.Cryptography;
using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.TrustLists;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Judgements;

/// <summary>
/// Sorts files that somebody vouches for or brings along, by what they are rather than by their names: anchors (PEM or DER), a State's list, a peer card, a list of ETSI TS 119 612,
/// agreements; certificates, CRLs and OCSP answers.
/// </summary>
public sealed class TrustFiles
{
    private readonly List<TrustList> _lists = [];
    private readonly List<TrustAnchor> _anchors = [];
    private readonly List<SignedAgreement> _agreements = [];
    private readonly List<ReadOnlyMemory<byte>> _certificates = [];
    private readonly List<ReadOnlyMemory<byte>> _revocationLists = [];
    private readonly List<ReadOnlyMemory<byte>> _ocspAnswers = [];

    /// <summary>Lists and cards.</summary>
    public IReadOnlyList<TrustList> Lists => _lists;

    /// <summary>Anchors.</summary>
    public IReadOnlyList<TrustAnchor> Anchors => _anchors;

    /// <summary>Agreements.</summary>
    public IReadOnlyList<SignedAgreement> Agreements => _agreements;

    /// <summary>Certificates and revocation status.</summary>
    public Material Material => new(_certificates, _revocationLists, _ocspAnswers);

    /// <summary>A file that says who is believed. The caller vouches for it; a list must nevertheless be whole and signed.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">For reports.</param>
    /// <param name="purposes">What anchors in it are believed for; lists say so themselves.</param>
    public Refusal? AddTrust(ReadOnlyMemory<byte> bytes, string name, TrustPurposes purposes)
    {
        if (EtsiList.IsXml(bytes.Span))
            return Take(EtsiList.Open(bytes, null));
        var blocks = Pem(bytes);
        if (blocks.Count == 0 && Kind(bytes.Span) == DerKind.Cms)
            return TypeOfDocument(bytes) switch
            {
                PeerCard.Type => Take(SignedCard.Open(bytes).Then<TrustList>(card => ListAnchors.Of(card))),
                _ => Take(StateList.Open(bytes, null)),
            };
        var certificates = blocks.Where(b => b.Label is "CERTIFICATE" or "TRUSTED CERTIFICATE").Select(b => b.Der).ToList();
        if (blocks.Count == 0 && Kind(bytes.Span) == DerKind.Certificate)
            certificates.Add(bytes);
        if (certificates.Count == 0)
            return new Refusal(RefusalCode.TrustListNotReadable, $"{name} is no certificate, no trusted list and no peer card");
        foreach (var certificate in certificates)
        {
            if (Kind(certificate.Span) != DerKind.Certificate)
                return new Refusal(RefusalCode.TrustListNotReadable, $"{name} holds something else under the name of a certificate");
            _anchors.Add(new TrustAnchor { Certificate = certificate, Purposes = purposes, MaySign = true, Label = name });
        }
        return null;
    }

    /// <summary>A recognition agreement, signed, or as the bare document when the caller vouches for the file itself.</summary>
    public Refusal? AddAgreement(ReadOnlyMemory<byte> bytes)
    {
        var content = bytes;
        if (Kind(bytes.Span) == DerKind.Cms)
        {
            if (!SignedDocument.Open(bytes).TryGet(out var signed, out var no))
                return no;
            content = signed.Content;
        }
        if (!Agreement.Read(content).TryGet(out var agreement, out var refusal))
            return refusal;
        _agreements.Add(new SignedAgreement(Digest.Of(bytes.Span), agreement));
        return null;
    }

    /// <summary>Certificates, CRLs and OCSP answers; false when the file is none of these.</summary>
    public bool AddMaterial(ReadOnlyMemory<byte> bytes)
    {
        var blocks = Pem(bytes);
        var taken = false;
        foreach (var der in blocks.Count > 0 ? blocks.Select(b => b.Der) : [bytes])
        {
            var list = Kind(der.Span) switch { DerKind.Certificate => _certificates, DerKind.RevocationList => _revocationLists, DerKind.OcspAnswer => _ocspAnswers, _ => null };
            list?.Add(der);
            taken |= list is not null;
        }
        return taken;
    }

    private Refusal? Take(Outcome<TrustList> opened)
    {
        if (opened.Succeeded)
            _lists.Add(opened.Value);
        return opened.Refusal;
    }

    private static string? TypeOfDocument(ReadOnlyMemory<byte> der) => SignedDocument.Open(der).TryGet(out var signed, out _) ? DocumentReader.TypeOf(signed.Content) : null;

    private static List<(string Label, ReadOnlyMemory<byte> Der)> Pem(ReadOnlyMemory<byte> bytes)
    {
        var blocks = new List<(string, ReadOnlyMemory<byte>)>();
        if (bytes.Span.IndexOf("-----BEGIN "u8) < 0)
            return blocks;
        var text = Encoding.Latin1.GetString(bytes.Span);
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var block); rest = rest[block.Location.End..])
            blocks.Add((rest[block.Label].ToString(), Convert.FromBase64String(rest[block.Base64Data].ToString())));
        return blocks;
    }

    private enum DerKind
    {
        Unknown,
        Certificate,
        RevocationList,
        OcspAnswer,
        Cms,
    }

    // Told apart by the tags alone; the strict readers judge what is in them.
    private static DerKind Kind(ReadOnlySpan<byte> der)
    {
        if (!Inside(der, out var outer) || outer.IsEmpty)
            return DerKind.Unknown;
        if (outer[0] == 0x06)
            return DerKind.Cms;
        if (outer[0] == 0x0a)
            return DerKind.OcspAnswer;
        if (outer[0] != 0x30 || !Inside(outer, out var tbs))
            return DerKind.Unknown;
        // version or serial number, then algorithm and issuer; what follows is a validity or a time
        var rest = tbs;
        while (!rest.IsEmpty && rest[0] is 0xa0 or 0x02)
        {
            if (!Skip(ref rest))
                return DerKind.Unknown;
        }
        if (!Skip(ref rest) || !Skip(ref rest) || rest.IsEmpty)
            return DerKind.Unknown;
        return rest[0] switch { 0x30 => DerKind.Certificate, 0x17 or 0x18 => DerKind.RevocationList, _ => DerKind.Unknown };
    }

    private static bool Inside(ReadOnlySpan<byte> element, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (element.Length < 2 || element[0] != 0x30 || !Length(element, out var header, out var length))
            return false;
        content = element.Slice(header, length);
        return true;
    }

    private static bool Skip(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 2 || !Length(rest, out var header, out var length))
            return false;
        rest = rest[(header + length)..];
        return true;
    }

    // The indefinite form of BER reaches to the end of what is at hand.
    private static bool Length(ReadOnlySpan<byte> element, out int header, out int length)
    {
        (header, length) = (2, element[1]);
        if (length == 0x80)
        {
            length = element.Length - 2;
            return true;
        }
        if (length > 0x80)
        {
            var count = length & 0x7f;
            if (count > 4 || element.Length < 2 + count)
                return false;
            long value = 0;
            foreach (var octet in element.Slice(2, count))
                value = value << 8 | octet;
            header = 2 + count;
            if (value > element.Length - header)
                return false;
            length = (int)value;
        }
        return length <= element.Length - header;
    }
}

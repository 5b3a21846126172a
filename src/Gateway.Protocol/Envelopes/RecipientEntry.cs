using System.Formats.Asn1;
using Gateway.Protocol.Marks;

namespace Gateway.Protocol.Envelopes;

/// <summary>One KeyAgreeRecipientInfo (RFC 5652 §6.2.2) as far as it can be read without a key. The spans of the message are copied: entries outlive the reader.</summary>
internal sealed class RecipientEntry
{
    private const int MaxKeys = 32;

    private readonly List<RecipientKey> _keys = [];

    private RecipientEntry()
    {
    }

    /// <summary>Null when the entry's originator is not an ephemeral key, or the key's curve is named otherwise than ours.</summary>
    public byte[]? EphemeralPoint { get; private set; }

    /// <summary>The curve that the originator names, or null when it names none (the recipient's own is meant, RFC 5753 §3.1.1).</summary>
    public string? EphemeralCurve { get; private set; }

    public byte[]? Ukm { get; private set; }

    public string Scheme { get; private set; } = "";

    /// <summary>The key wrap algorithm, or null when it has parameters or there is none.</summary>
    public string? Wrap { get; private set; }

    /// <summary>Reads the content of the [1] IMPLICIT element; throws <see cref="AsnContentException"/> when it is not a KeyAgreeRecipientInfo.</summary>
    public static RecipientEntry Read(DerReader element)
    {
        var entry = new RecipientEntry();
        if (element.SmallInteger() != 3)
            throw new AsnContentException("a key agreement recipient is not of version 3");
        entry.ReadOriginator(element.Sequence(DerReader.Context(0)));
        if (element.At(DerReader.Context(1)))
        {
            var ukm = element.Sequence(DerReader.Context(1));
            entry.Ukm = ukm.OctetString().ToArray();
            ukm.End();
        }

        var algorithm = element.Sequence();
        entry.Scheme = algorithm.Oid();
        if (algorithm.At(UniversalTagNumber.Sequence))
        {
            var wrap = algorithm.Sequence();
            var oid = wrap.Oid();
            entry.Wrap = wrap.IsEmpty && algorithm.IsEmpty ? oid : null;
        }

        var keys = element.Sequence();
        element.End();
        while (!keys.IsEmpty)
        {
            if (entry._keys.Count == MaxKeys)
                throw new AsnContentException($"more than {MaxKeys} keys in one recipient");
            entry._keys.Add(RecipientKey.Read(keys.Sequence()));
        }

        return entry;
    }

    /// <summary>The wrapped key for this certificate, or null when the entry is for others.</summary>
    public byte[]? KeyFor(Certificate certificate) => _keys.Find(key => key.IsFor(certificate))?.Wrapped;

    private void ReadOriginator(DerReader originator)
    {
        if (originator.At(DerReader.Context(1)))
        {
            var publicKey = originator.Sequence(DerReader.Context(1));
            var algorithm = publicKey.Sequence();
            var isEc = algorithm.Oid() == Oids.EcPublicKey;
            // RFC 5753 §3.1.1: parameters absent, NULL, or the named curve
            if (algorithm.At(UniversalTagNumber.ObjectIdentifier))
                EphemeralCurve = algorithm.Oid();
            else if (algorithm.At(UniversalTagNumber.Null))
                algorithm.Element();
            if (isEc && algorithm.IsEmpty)
                EphemeralPoint = publicKey.WholeOctets().ToArray();
            else
                publicKey.Element();
            publicKey.End();
        }
        else
        {
            originator.Element(); // a static originator key: not a scheme of ours
        }

        originator.End();
    }
}

/// <summary>One RecipientEncryptedKey (RFC 5652 §6.2.2).</summary>
internal sealed record RecipientKey(byte[]? Issuer, byte[] SerialOrKeyIdentifier, byte[] Wrapped)
{
    public static RecipientKey Read(DerReader element)
    {
        byte[]? issuer = null;
        byte[] identifier;
        if (element.At(DerReader.Context(0)))
        {
            var keyIdentifier = element.Sequence(DerReader.Context(0));
            identifier = keyIdentifier.OctetString().ToArray();
            while (!keyIdentifier.IsEmpty)
                keyIdentifier.Element(); // date and other attributes choose among keys of one identifier; ours differ
        }
        else
        {
            var issuerAndSerial = element.Sequence();
            issuer = issuerAndSerial.Element().ToArray();
            identifier = issuerAndSerial.Integer().ToArray();
            issuerAndSerial.End();
        }

        var wrapped = element.OctetString().ToArray();
        element.End();
        return new RecipientKey(issuer, identifier, wrapped);
    }

    public bool IsFor(Certificate certificate) => Issuer is null
        ? certificate.SubjectKeyIdentifier is { } identifier && identifier.Span.SequenceEqual(SerialOrKeyIdentifier)
        : certificate.IssuerDer.Span.SequenceEqual(Issuer) && certificate.Serial.Span.SequenceEqual(SerialOrKeyIdentifier);
}

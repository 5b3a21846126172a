using System.Formats.Asn1;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Paths;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Revocation;

/// <summary>
/// A question about one certificate (RFC 6960 §4.1) and the check of the answer. The nonce is sent; an answer without one is taken, since most responders sign ahead, an answer with
/// another one is not.
/// </summary>
public sealed class OcspQuestion
{
    private const string NonceOid = "1.3.6.1.5.5.7.48.1.2";

    private readonly ForeignCertificate _certificate;
    private readonly ForeignCertificate _issuer;
    private readonly ReadOnlyMemory<byte> _nonce;

    private OcspQuestion(ForeignCertificate certificate, ForeignCertificate issuer, ReadOnlyMemory<byte> nonce) => (_certificate, _issuer, _nonce) = (certificate, issuer, nonce);

    /// <summary>A question; null when the two cannot be read or do not belong together.</summary>
    /// <param name="certificate">The certificate asked about, DER.</param>
    /// <param name="issuer">Its issuer's, DER.</param>
    /// <param name="nonce">16 random octets.</param>
    public static OcspQuestion? About(ReadOnlyMemory<byte> certificate, ReadOnlyMemory<byte> issuer, ReadOnlyMemory<byte> nonce)
        => ForeignCertificate.Read(certificate, ValidationLimits.Default, out _) is { } about && ForeignCertificate.Read(issuer, ValidationLimits.Default, out _) is { } by && about.Issuer.Equals(by.Subject)
            ? new(about, by, nonce)
            : null;

    /// <summary>SHA-256 of the certificate asked about, hexadecimal.</summary>
    public string Certificate => _certificate.Sha256;

    /// <summary>OCSPRequest, DER. SHA-1 names the certificate, as every responder understands; nothing rests on its strength.</summary>
    public byte[] Write()
    {
        var sha1 = DigestAlgorithms.Find(DigestAlgorithms.Sha1)!;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(DigestAlgorithms.Sha1);
                    writer.WriteNull();
                }
                writer.WriteOctetString(sha1.Of(_issuer.Subject.Encoded));
                writer.WriteOctetString(sha1.Of(_issuer.Key.Bits));
                writer.WriteInteger(_certificate.Serial.Span);
            }
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(NonceOid);
                var nonce = new AsnWriter(AsnEncodingRules.DER);
                nonce.WriteOctetString(_nonce.Span);
                writer.WriteOctetString(nonce.Encode());
            }
        }
        return writer.Encode();
    }

    /// <summary>
    /// When the status that an answer states was known (thisUpdate); refuses with <see cref="RefusalCode.OcspAnswerNotValid"/> an answer that is malformed, about another certificate, by somebody whom
    /// the issuer did not appoint, not of now, or to another question.
    /// </summary>
    public Outcome<DateTimeOffset> Check(ReadOnlyMemory<byte> answer, DateTimeOffset now, ValidationPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (OcspAnswer.Read(answer, policy.Limits, out var fault) is not { } read)
            return Refuse($"it cannot be read: {fault}");
        if (!read.Nonce.IsEmpty && !read.Nonce.Span.SequenceEqual(_nonce.Span))
            return Refuse("it answers another question");
        var checks = new SignatureChecks(policy.Limits.MaxWork, policy.Sm2Identity);
        var pool = new Pool(new Material([_issuer.Encoded], [], [answer]), policy.Limits);
        // The issuer stands for the path above it here: whether that one is trusted is judged with the signature.
        var anchor = new ResolvedAnchor(new TrustAnchor { Certificate = _issuer.Encoded }, _issuer.Subject, _issuer.Key, _issuer);
        var path = new CertificatePath(anchor, [new PathLink(_certificate, new CheckedSignature(SignatureCheck.Valid, null, ""))]);
        var found = new FindStatus(pool, checks, new FindPaths([anchor], pool.Certificates, checks, policy.Limits), policy, now).Of(path, 0);
        if (found.Statements.Count == 0)
            return Refuse(found.Findings.Count > 0 ? found.Findings[0].Detail : "it says nothing about the certificate");
        return found.Statements.FirstOrDefault(s => s.IsFreshAt(now, policy.MaxRevocationAge)) is { } fresh ? fresh.ThisUpdate : Refuse("it is not of now");
    }

    private static Refusal Refuse(string why) => new(RefusalCode.OcspAnswerNotValid, $"the OCSP answer is not taken: {why}");
}

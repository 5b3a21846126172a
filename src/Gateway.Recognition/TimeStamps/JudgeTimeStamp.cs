using System.Globalization;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Signatures;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.TimeStamps;

/// <summary>Time-stamp validation of EN 319 102-1 §5.4 and RFC 3161 §2.3, §2.4.2: imprint, signature, the authority's purpose and path.</summary>
internal sealed class JudgeTimeStamp(RecognitionInput input, Pool pool, SignatureChecks checks, Func<Pool, JudgePath> judgeWith, Proofs proofs)
{
    /// <param name="bytes">The token.</param>
    /// <param name="kind"><c>SIGNATURE</c>, <c>CONTENT</c>, <c>DOCUMENT</c>.</param>
    /// <param name="stamped">What the imprint must be the digest of.</param>
    /// <param name="container">The token is inside of this and as old at least as it is proved to be; null: it stands alone.</param>
    public TimeStampVerdict Judge(ReadOnlyMemory<byte> bytes, string kind, ContentDigests stamped, ProofOfExistence? container)
    {
        if (TimeStampToken.Read(bytes, input.Policy.Limits, out var fault) is not { } token)
        {
            var sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes.Span));
            var malformed = new Finding(FindingKey.TimeStampMalformed, Severity.Error, SubIndication.FormatFailure, $"the time-stamp cannot be read: {fault}", sha256);
            return new(kind, null, Indication.Failed, [SubIndication.FormatFailure], null, sha256, [malformed]);
        }

        var mine = pool.With(token.Data);
        var content = new ContentDigests(new SignedContent(token.Data.Content!.Value));
        var facts = new CheckSigner(token.Data, token.Signer, content, mine, checks, new(RequireSigningCertificate: true, AllowNoSignedAttributes: false), int.MaxValue).Run();
        if (token.Data.TrailingBytes > 0)
            facts.Error(FindingKey.TrailingBytes, SubIndication.FormatFailure, $"{token.Data.TrailingBytes} bytes after the time-stamp", token.Sha256);
        Imprint(token, stamped, facts);
        if (token.Time > input.At && token.Time - input.At > input.Policy.ClockSkew)
            facts.Error(FindingKey.TimeStampNotTrusted, SubIndication.SigConstraintsFailure, $"the time-stamp of {token.Time:yyyy-MM-dd HH:mm:ss}Z lies in the future", token.Sha256);
        if (facts.Certificate is not { } certificate)
            return Verdict(token, kind, facts, null);

        var proof = proofs.Of(token.Sha256, input.At) ?? container;
        var proved = proof is { } p && p.Time < input.At ? p.Time : input.At;
        Purpose(certificate, token, facts);
        if (facts.Scheme is not null)
            Algorithms(facts, token, proved);
        var path = judgeWith(mine).Judge(new(certificate, TrustPurposes.TimeStamps, input.At, proved, null));
        facts.Findings.AddRange(path.Findings);
        return Verdict(token, kind, facts, path);
    }

    private static void Imprint(TimeStampToken token, ContentDigests stamped, SignerFacts facts)
    {
        if (DigestAlgorithms.Find(token.ImprintAlgorithm.Oid) is not { } digest)
            facts.Error(FindingKey.AlgorithmNotAvailable, SubIndication.CryptoConstraintsFailure, $"digest {token.ImprintAlgorithm.Oid} of the imprint cannot be computed here", token.Sha256);
        else if (stamped.IsMissing)
            facts.Error(FindingKey.ContentMissing, SubIndication.SignedDataNotFound, "what was time-stamped is not at hand", token.Sha256);
        else if (!token.Imprint.Span.SequenceEqual(stamped.Of(digest)))
            facts.Error(FindingKey.TimeStampImprintDiffers, SubIndication.HashFailure, $"the time-stamp of {token.Time:yyyy-MM-dd HH:mm:ss}Z is of something else", token.Sha256);
    }

    private static void Purpose(ForeignCertificate certificate, TimeStampToken token, SignerFacts facts)
    {
        var usages = certificate.Extensions.ExtendedKeyUsages;
        // RFC 3161 §2.3: exactly one purpose, and critical.
        if (usages is not [CertificateExtensions.TimeStamping] || !certificate.Extensions.IsCritical(ExtensionOids.ExtendedKeyUsage))
            facts.Error(FindingKey.TimeStampPurposeMissing, SubIndication.ChainConstraintsFailure, $"the certificate of {certificate.Subject} is not for time-stamps alone", token.Sha256);
        if (certificate.Extensions.KeyUsage is { } usage && (usage & (KeyUsages.DigitalSignature | KeyUsages.NonRepudiation)) == 0)
            facts.Error(FindingKey.KeyUsageUnfit, SubIndication.ChainConstraintsFailure, $"the key of {certificate.Subject} may not sign", token.Sha256);
        if (!certificate.ValidAt(token.Time))
            facts.Error(FindingKey.TimeStampNotTrusted, SubIndication.ChainConstraintsFailure, $"the time of the stamp, {token.Time:yyyy-MM-dd HH:mm:ss}Z, is outside the validity of {certificate.Subject}", token.Sha256);
    }

    private void Algorithms(SignerFacts facts, TimeStampToken token, DateTimeOffset proved)
    {
        var catalogue = input.Policy.Algorithms;
        foreach (var age in (AlgorithmAge[])[AlgorithmAge.Of(facts.Scheme!, catalogue), AlgorithmAge.OfDigest(token.Signer.Digest.Oid, catalogue), AlgorithmAge.OfDigest(token.ImprintAlgorithm.Oid, catalogue)])
        {
            // The stamp's own time is a claim until it is judged; it is at least not younger than what proves it.
            if (age.Judge(proved, token.Time, "the time-stamp", token.Sha256) is { } finding)
                facts.Findings.Add(finding);
        }
    }

    private static TimeStampVerdict Verdict(TimeStampToken token, string kind, SignerFacts facts, PathVerdict? path)
    {
        var (indication, subs) = Weighing.Of(facts.Findings);
        return new(kind, token.Time, indication, subs, facts.Certificate?.Subject.Text, token.Sha256, facts.Findings)
        {
            Chain = path?.Chain ?? [],
            Serial = token.Serial.ToString(CultureInfo.InvariantCulture),
        };
    }
}

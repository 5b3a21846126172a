using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Signatures;
using Gateway.Recognition.TimeStamps;

namespace Gateway.Recognition.Validation;

/// <summary>
/// One signature: basic validation (EN 319 102-1 §5.3), its time-stamps (§5.5) and what they prove (§5.6), all findings collected.
/// </summary>
internal sealed class JudgeSignature(
    RecognitionInput input, SignedData data, Pool pool, SignatureChecks checks, Proofs proofs, JudgeTimeStamp stamps, JudgePath paths, ContentDigests content, ProofOfExistence? documentProof)
{
    private static readonly string[] NotForSignatures = [CertificateExtensions.TimeStamping, CertificateExtensions.OcspSigning, "1.3.6.1.5.5.7.3.1"];

    public SignatureVerdict Judge(SignerInfo signer, bool isCounterSignature = false)
    {
        var policy = input.Policy;
        var rules = new SignerRules(policy.RequireSigningCertificate, policy.AllowNoSignedAttributes);
        var facts = new CheckSigner(data, signer, content, pool, checks, rules, policy.Limits.MaxDocumentBytes).Run();
        if (data.TrailingBytes > 0 && !isCounterSignature)
            facts.Error(FindingKey.TrailingBytes, SubIndication.FormatFailure, $"{data.TrailingBytes} bytes after the signature");

        var contentStamps = Stamps(signer.SignedAttributes?.Of(CmsOids.ContentTimeStamp).SelectMany(a => a.Values) ?? [], "CONTENT", content, facts);
        var signatureStamps = Stamps(signer.UnsignedValues(CmsOids.SignatureTimeStamp), "SIGNATURE", new(new SignedContent(signer.Signature)), facts);
        var (proved, source) = BestTime(signatureStamps, facts);
        var madeAfter = contentStamps.Where(t => t.Indication == Indication.Passed).Max(t => t.Time);
        if (madeAfter > proved)
            facts.Error(FindingKey.TimeStampsOutOfOrder, SubIndication.TimestampOrderFailure, $"signed after {madeAfter:yyyy-MM-dd HH:mm:ss}Z and before {proved:yyyy-MM-dd HH:mm:ss}Z");

        PathVerdict? path = null;
        if (facts.Certificate is { } certificate)
        {
            SignerUse(certificate, facts);
            path = paths.Judge(new(certificate, TrustPurposes.Signatures, input.At, proved, madeAfter));
            facts.Findings.AddRange(path.Findings);
        }

        var algorithms = Algorithms(signer, facts, proved, madeAfter);
        Notes(signer, facts, proved);
        var counters = isCounterSignature ? [] : CounterSignatures(signer, facts);
        var (indication, subs) = Weighing.Of(facts.Findings);
        return new SignatureVerdict
        {
            Id = signer.Id,
            Indication = indication,
            SubIndications = subs,
            Findings = facts.Findings,
            Level = LevelOf(signer),
            ClaimedSigningTime = facts.SigningTime,
            BestSignatureTime = proved,
            BestSignatureTimeSource = source,
            Signer = facts.Certificate?.Summary(isAnchor: false),
            Chain = path?.Chain ?? [],
            Anchor = path?.Path?.Anchor.Label,
            AnchorState = path?.Path?.Anchor.Entry.State,
            TimeStamps = [.. contentStamps, .. signatureStamps],
            Revocation = [.. path?.Statements.Select(s => s.Summary()) ?? []],
            Algorithms = algorithms,
            Scopes = [new(content.Name, "FULL", DigestAlgorithms.NameOf(signer.Digest.Oid), facts.ContentDigest is { } d ? Convert.ToHexStringLower(d) : null)],
            CounterSignatures = counters,
        };
    }

    private List<TimeStampVerdict> Stamps(IEnumerable<ReadOnlyMemory<byte>> tokens, string kind, ContentDigests stamped, SignerFacts facts)
    {
        var verdicts = new List<TimeStampVerdict>();
        foreach (var token in tokens)
        {
            if (verdicts.Count == input.Policy.Limits.MaxTimeStamps)
            {
                facts.Error(FindingKey.TooManyElements, SubIndication.SigConstraintsFailure, $"more than {input.Policy.Limits.MaxTimeStamps} time-stamps");
                break;
            }

            if (!checks.Spend(Work.OfOneSignature))
            {
                facts.Findings.Add(Work.Limit($"{kind.ToLowerInvariant()} time-stamps of this signature were not looked at"));
                break;
            }

            var verdict = stamps.Judge(token, kind, stamped, documentProof);
            verdicts.Add(verdict);
            if (verdict.Indication == Indication.Passed)
                facts.Findings.Add(new(FindingKey.TimeStampUsed, Severity.Information, null, $"{kind.ToLowerInvariant()} time-stamp of {verdict.Time:yyyy-MM-dd HH:mm:ss}Z by {verdict.Authority}", verdict.Sha256));
            else
                facts.Findings.Add(new(FindingKey.TimeStampNotTrusted, Severity.Warning, null,
                    $"{kind.ToLowerInvariant()} time-stamp of {verdict.Time:yyyy-MM-dd HH:mm:ss}Z is not used: {string.Join("; ", verdict.Findings.Where(f => f.Severity == Severity.Error).Select(f => f.Detail))}", verdict.Sha256));
        }

        return verdicts;
    }

    /// <summary>The earliest time at which the signature is proved to have existed, and by what.</summary>
    private (DateTimeOffset Time, string Source) BestTime(IEnumerable<TimeStampVerdict> signatureStamps, SignerFacts facts)
    {
        var (time, source) = (input.At, "validation time");
        if (documentProof is { } proof && proof.Time < time)
        {
            (time, source) = (proof.Time, proof.Source);
            facts.Findings.Add(new(FindingKey.ProofOfExistenceUsed, Severity.Information, null, $"the document existed on {proof.Time:yyyy-MM-dd HH:mm:ss}Z: {proof.Source}"));
        }

        foreach (var stamp in signatureStamps.Where(t => t.Indication == Indication.Passed))
        {
            if (stamp.Time is { } stampTime && stampTime < time)
                (time, source) = (stampTime, $"time-stamp of {stamp.Authority}");
        }

        return (time, source);
    }

    private void SignerUse(ForeignCertificate certificate, SignerFacts facts)
    {
        if (input.Policy.RequireSignerKeyUsage && certificate.Extensions.KeyUsage is { } usage && (usage & (KeyUsages.DigitalSignature | KeyUsages.NonRepudiation)) == 0)
            facts.Error(FindingKey.KeyUsageUnfit, SubIndication.ChainConstraintsFailure, $"the key of {certificate.Subject} is not for signatures", certificate.Sha256);
        // A key that says that it is for time-stamps, OCSP or servers and nothing else speaks for no person and no authority.
        if (certificate.Extensions.ExtendedKeyUsages is { Count: > 0 } purposes && purposes.All(NotForSignatures.Contains))
            facts.Error(FindingKey.ExtendedKeyUsageUnfit, SubIndication.ChainConstraintsFailure, $"the certificate of {certificate.Subject} is for time-stamps, OCSP or servers only", certificate.Sha256);
        if (input.Policy.SignerExtendedKeyUsages is { Count: > 0 } wanted && certificate.Extensions.ExtendedKeyUsages is { } has
            && !has.Contains(CertificateExtensions.AnyExtendedKeyUsage) && !has.Any(wanted.Contains))
            facts.Error(FindingKey.ExtendedKeyUsageUnfit, SubIndication.ChainConstraintsFailure, $"the certificate of {certificate.Subject} is for other purposes", certificate.Sha256);
    }

    private List<AlgorithmSummary> Algorithms(SignerInfo signer, SignerFacts facts, DateTimeOffset proved, DateTimeOffset? madeAfter)
    {
        var summaries = new List<AlgorithmSummary>();
        var since = madeAfter ?? facts.Certificate?.NotBefore ?? DateTimeOffset.MinValue;
        void Add(AlgorithmAge age, string use, string name, int? bits)
        {
            summaries.Add(new(use, name, bits, age.Ends));
            if (age.Judge(proved, since, "the signature", null) is { } finding && !facts.Findings.Contains(finding))
                facts.Findings.Add(finding);
            else if (age.Ends is { } end && end - proved < input.Policy.AnnounceEnd)
                facts.Warning(FindingKey.AlgorithmEndsSoon, $"{age.Weakest} is accepted until {end:yyyy-MM-dd} only: let a time-stamp prove that the signature is older");
        }

        if (facts.Scheme is { } scheme)
            Add(AlgorithmAge.Of(scheme, input.Policy.Algorithms), "SIGNATURE", scheme.Name, scheme.KeyBits);
        if (facts.Scheme?.DigestOid is null || signer.SignedAttributes is not null && facts.Scheme.DigestOid != signer.Digest.Oid)
        {
            if (DigestAlgorithms.Find(signer.Digest.Oid) is { } digest)
                Add(AlgorithmAge.OfDigest(digest.Oid, input.Policy.Algorithms), "DIGEST", digest.Name, null);
        }

        return summaries;
    }

    private void Notes(SignerInfo signer, SignerFacts facts, DateTimeOffset proved)
    {
        if (facts.SigningTime is { } claimed && proved == input.At)
            facts.Findings.Add(new(FindingKey.SigningTimeClaimedOnly, Severity.Information, null, $"the signer says {claimed:yyyy-MM-dd HH:mm:ss}Z; nothing proves it"));
        if (signer.UnsignedValues(CmsOids.ArchiveTimeStampV3).Concat(signer.UnsignedValues(CmsOids.ArchiveTimeStampV2)).Any())
            facts.Findings.Add(new(FindingKey.ArchiveTimeStampNotEvaluated, Severity.Information, null, "there is an archive time-stamp, which is not evaluated"));
    }

    private List<SignatureVerdict> CounterSignatures(SignerInfo signer, SignerFacts facts)
    {
        var verdicts = new List<SignatureVerdict>();
        foreach (var value in signer.UnsignedValues(CmsOids.CounterSignature))
        {
            if (verdicts.Count == input.Policy.Limits.MaxTimeStamps || CounterSignature.Read(value, data) is not { } counter)
            {
                facts.Warning(FindingKey.CounterSignatureWrong, "a counter-signature cannot be read, or there are too many");
                break;
            }

            // RFC 5652 §11.4: the content is the signature value; there is no content type.
            var over = new ContentDigests(new SignedContent(signer.Signature, "signature value"));
            var verdict = new JudgeSignature(input, counter, pool, checks, proofs, stamps, paths, over, documentProof).Judge(counter.Signers[0], isCounterSignature: true);
            verdicts.Add(verdict);
            facts.Findings.Add(verdict.Indication == Indication.Passed
                ? new(FindingKey.CounterSignatureFound, Severity.Information, null, $"counter-signed by {verdict.Signer?.Subject}")
                : new(FindingKey.CounterSignatureWrong, Severity.Warning, null, $"a counter-signature of {verdict.Signer?.Subject ?? "somebody unknown"} is {verdict.Indication.TotalText()}"));
        }

        return verdicts;
    }

    private string LevelOf(SignerInfo signer)
    {
        bool Any(string oid) => signer.UnsignedValues(oid).Any();
        var attributes = signer.SignedAttributes;
        if (attributes is null || attributes.Value(CmsOids.SigningCertificateV2) is null && attributes.Value(CmsOids.SigningCertificate) is null)
            return "CMS";
        if (!Any(CmsOids.SignatureTimeStamp))
            return Any(CmsOids.ArchiveTimeStampV3) || Any(CmsOids.ArchiveTimeStampV2) ? "CADES_LTA" : "CADES_B";
        if (Any(CmsOids.ArchiveTimeStampV3) || Any(CmsOids.ArchiveTimeStampV2))
            return "CADES_LTA";
        return data.RevocationLists.Count + data.OcspAnswers.Count > 0 || Any(CmsOids.RevocationValues) ? "CADES_LT" : "CADES_T";
    }
}

using System.Security.Cryptography;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Paths;
using Gateway.Recognition.Signatures;
using Gateway.Recognition.TimeStamps;

namespace Gateway.Recognition.Validation;

/// <summary>
/// The entry of the engine: EN 319 102-1 as a function from bytes, material, time and policy to a verdict. Never throws because of its input;
/// work and memory are bounded by <see cref="Policy.ValidationLimits"/>.
/// </summary>
public static class Recogniser
{
    /// <summary>Judges every signature of a CMS SignedData.</summary>
    public static Verdict Recognise(RecognitionInput input)
    {
        try
        {
            return Judge(input);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or IOException))
        {
            // A defect of ours must never read as a verdict, nor stop the service: nobody knows is the honest answer. Tests assert that it never comes to this.
            return Whole(input, Indication.Indeterminate, Fault(e));
        }
    }

    /// <summary>Judges an RFC 3161 token (<see cref="RecognitionInput.Document"/>) over <see cref="RecognitionInput.Content"/>, without a signature.</summary>
    public static TimeStampVerdict RecogniseTimeStamp(RecognitionInput input)
    {
        var bytes = Pem.Decode(input.Document);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes.Span));
        try
        {
            if (input.Work?.Spend(Work.OfOneSignature) == false)
                return new("DOCUMENT", null, Indication.Indeterminate, [SubIndication.SigConstraintsFailure], null, sha256, [Work.Limit("this time-stamp was not looked at")]);
            var bench = new Bench(input);
            return bench.Stamps(bench.Pool).Judge(bytes, "DOCUMENT", new(input.Content), bench.Proofs.Of(sha256, input.At));
        }
        catch (Exception e) when (e is not (OutOfMemoryException or IOException))
        {
            return new("DOCUMENT", null, Indication.Indeterminate, [], null, sha256, [Fault(e)]);
        }
    }

    private static Verdict Judge(RecognitionInput input)
    {
        if (input.Work?.Spend(Work.OfOneSignature) == false)
            return Whole(input, Indication.Indeterminate, Work.Limit("this signature was not looked at"));
        var bytes = Pem.Decode(input.Document);
        if (SignedData.Read(bytes, input.Policy.Limits, out var fault) is not { } data)
        {
            var key = fault.Kind switch
            {
                CmsFaultKind.Limit => FindingKey.StructureTooLarge,
                CmsFaultKind.NotSignedData => FindingKey.NotSignedData,
                CmsFaultKind.None or CmsFaultKind.Malformed => FindingKey.StructureMalformed,
            };
            return Whole(input, Indication.Failed, new(key, Severity.Error, SubIndication.FormatFailure, $"no CMS signature: {fault.Detail}"));
        }

        if (data.Signers.Count == 0)
            return Whole(input, Indication.NoSignatureFound, new(FindingKey.NoSigner, Severity.Error, null, "a SignedData without any signer"));

        var findings = new List<Finding>();
        var content = input.Content;
        if (data.Content is { } inside)
        {
            // Which of the two was meant is not for us to guess; only the same bytes may stand twice.
            if (content is not null)
                findings.Add(new(FindingKey.ContentDoubled, Severity.Warning, null, "content stands inside the signature; the content given beside it was not looked at"));
            content = new SignedContent(inside);
        }

        var bench = new Bench(input);
        var pool = bench.Pool.With(data);
        findings.AddRange(bench.Pool.Findings);
        findings.AddRange(pool.Findings);
        var documentProof = bench.Proofs.Of(Convert.ToHexStringLower(SHA256.HashData(input.Document.Span)), input.At);
        var judge = new JudgeSignature(
            input, data, pool, bench.Checks, bench.Proofs, bench.Stamps(pool), bench.Paths(pool), new ContentDigests(content), documentProof);
        var verdicts = data.Signers.Select(s => judge.Judge(s)).ToList();
        var worst = Weighing.Worst(verdicts.Select(v => v.Indication));
        if (verdicts.Count > 1 && worst != Indication.Passed && verdicts.Any(v => v.Indication == Indication.Passed))
            findings.Add(new(FindingKey.OneOfSeveralNotPassed, Severity.Warning, null, $"{verdicts.Count(v => v.Indication == Indication.Passed)} of {verdicts.Count} signatures passed"));
        return new(worst, verdicts, [], findings, input.At, input.Policy.Id);
    }

    private static Verdict Whole(RecognitionInput input, Indication indication, Finding finding) =>
        new(indication, [], [], [finding], input.At, input.Policy.Id);

    private static Finding Fault(Exception e) =>
        new(FindingKey.EngineFault, Severity.Error, null, $"the engine failed ({e.GetType().Name}): nothing is known about this document");

    /// <summary>What one run shares: anchors and material read once, one budget of signature checks.</summary>
    private sealed class Bench
    {
        private readonly RecognitionInput _input;
        private readonly List<ResolvedAnchor> _anchors;

        public Bench(RecognitionInput input)
        {
            _input = input;
            _anchors = [.. input.Trust.Entries.Select(e => ResolvedAnchor.Read(e, input.Policy.Limits)).OfType<ResolvedAnchor>()];
            var work = input.Work ?? new Work(input.Policy.Limits.MaxWork);
            Pool = work.Read(input.Material, input.Policy.Limits);
            Checks = new(work, input.Policy.Sm2Identity);
            Proofs = new(input.Proofs);
        }

        public Pool Pool { get; }

        public SignatureChecks Checks { get; }

        public Proofs Proofs { get; }

        public JudgePath Paths(Pool pool) => new(_anchors, pool, Checks, _input.Policy, Proofs);

        public JudgeTimeStamp Stamps(Pool pool) => new(_input, pool, Checks, Paths, Proofs);
    }
}

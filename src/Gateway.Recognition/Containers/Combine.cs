using System.Security.Cryptography;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Signatures;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Containers;

/// <summary>Puts what a container adds to what the engine said of a signature inside it.</summary>
internal static class Combine
{
    /// <summary>The verdict with further findings: an error can only take from it.</summary>
    public static SignatureVerdict With(this SignatureVerdict verdict, IEnumerable<Finding> findings)
    {
        foreach (var finding in findings)
        {
            var (indication, subs) = Add(verdict.Indication, verdict.SubIndications, finding);
            verdict = verdict with { Indication = indication, SubIndications = subs, Findings = [.. verdict.Findings, finding] };
        }

        return verdict;
    }

    /// <inheritdoc cref="With(SignatureVerdict, IEnumerable{Finding})"/>
    public static TimeStampVerdict With(this TimeStampVerdict verdict, IEnumerable<Finding> findings)
    {
        foreach (var finding in findings)
        {
            var (indication, subs) = Add(verdict.Indication, verdict.SubIndications, finding);
            verdict = verdict with { Indication = indication, SubIndications = subs, Findings = [.. verdict.Findings, finding] };
        }

        return verdict;
    }

    public static Finding Error(FindingKey key, SubIndication sub, string detail) => new(key, Severity.Error, sub, detail);

    public static Finding Warning(FindingKey key, string detail) => new(key, Severity.Warning, null, detail);

    public static Indication Of(SubIndication? sub) => sub is SubIndication.FormatFailure or SubIndication.HashFailure or SubIndication.SigCryptoFailure
        ? Indication.Failed
        : Indication.Indeterminate;

    /// <summary>The worst of signatures (or, without any, of time-stamps) and of the container's own faults.</summary>
    public static Indication Whole(IReadOnlyList<SignatureVerdict> signatures, IReadOnlyList<TimeStampVerdict> timeStamps, IEnumerable<Finding> findings)
    {
        var faults = findings.Where(f => f.Severity == Severity.Error).Select(f => Of(f.SubIndication));
        var parts = (signatures.Count > 0 ? signatures.Select(s => s.Indication) : timeStamps.Select(t => t.Indication)).Concat(faults).ToList();
        return parts.Count == 0 ? Indication.NoSignatureFound : Worst(parts);
    }

    /// <summary>
    /// In a container a signature is detached. One with a content of its own would be judged by that content, whatever file stands beside it: it is refused, unless
    /// it holds the very octets that it is to sign.
    /// </summary>
    public static IReadOnlyList<Finding> NotDetached(ReadOnlyMemory<byte> cms, ValidationLimits limits, SignedContent? beside)
    {
        if (SignedData.Read(Pem.Decode(cms), limits, out _) is not { Content: { } inside })
            return [];
        if (beside is not null)
        {
            using var stream = beside.Open();
            if (SHA256.HashData(stream).AsSpan().SequenceEqual(SHA256.HashData(inside.Span)))
                return [Warning(FindingKey.ContentDoubled, "the signature also holds what it signs; in a container it has to be detached")];
        }

        return [Error(FindingKey.ContentDoubled, SubIndication.FormatFailure, "the signature holds a content of its own, in a place where it has to be detached")];
    }

    /// <summary>The container's proofs of existence hold for what was inside it.</summary>
    public static IReadOnlyList<ProofOfExistence> ProofsFor(RecognitionInput container, ReadOnlyMemory<byte> inside)
    {
        if (container.Proofs.Count == 0)
            return [];
        var whole = SHA256.HashData(container.Document.Span);
        var part = SHA256.HashData(inside.Span);
        return [.. container.Proofs, .. container.Proofs.Where(p => p.Sha256.Span.SequenceEqual(whole)).Select(p => p with { Sha256 = part })];
    }

    private static (Indication Indication, IReadOnlyList<SubIndication> Subs) Add(Indication indication, IReadOnlyList<SubIndication> subs, Finding finding)
    {
        if (finding.Severity != Severity.Error)
            return (indication, subs);
        var added = Of(finding.SubIndication);
        var worst = Worst([indication, added]);
        if (finding.SubIndication is not { } sub || subs.Contains(sub))
            return (worst, subs);
        // The sub-indication that decides stands first.
        return (worst, worst == added && worst != indication ? [sub, .. subs] : [.. subs, sub]);
    }

    private static Indication Worst(IReadOnlyList<Indication> parts)
        => parts.Contains(Indication.Failed) ? Indication.Failed : parts.All(p => p == Indication.Passed) ? Indication.Passed : Indication.Indeterminate;
}

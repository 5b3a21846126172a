using Gateway.Protocol.Verification;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;

namespace Gateway.Verifier;

/// <summary>
/// Judges time-stamps (RFC 3161) by the engine for foreign signatures. Believed is only who leads to a certificate that the person who verifies brought along
/// (<c>--tsa-trust</c>). Whether the authority's certificate was revoked is asked of the lists and answers that the same person brought (<c>--material</c>), and
/// of nobody when there are none: offline nobody answers, and the finding would only say so.
/// </summary>
internal sealed class TokenJudge
{
    private const int MaxFileBytes = 4 * 1024 * 1024;

    private readonly TrustAnchors _trust;
    private readonly Material _material;
    private readonly ValidationPolicy _policy;

    private TokenJudge(TrustFiles files)
    {
        (_trust, _material) = (new TrustAnchors(files.Anchors), files.Material);
        _policy = ValidationPolicy.Default with { RequireRevocation = _material.RevocationLists.Count + _material.OcspAnswers.Count > 0, RequireProfile = false };
    }

    /// <summary>Reads certificates, lists and answers; null, and why on <paramref name="error"/>, when a file is none.</summary>
    public static TokenJudge? Read(IReadOnlyList<string> trusted, IReadOnlyList<string> material, TextWriter error)
    {
        var files = new TrustFiles();
        return Take("--tsa-trust", trusted, error, bytes => files.AddTrust(bytes, "", TrustPurposes.TimeStamps)?.Detail
                ?? (files.Lists.Count > 0 ? "expected certificates; a list or card says nothing of time-stamps here" : null))
            && Take("--material", material, error, bytes => files.AddMaterial(bytes) ? null : "it is no certificate, revocation list or OCSP answer")
            ? new TokenJudge(files)
            : null;
    }

    public TimeStampJudgement Judge(ReadOnlyMemory<byte> reply, ReadOnlyMemory<byte> stamped, DateTimeOffset at)
    {
        var verdict = Recogniser.RecogniseTimeStamp(new RecognitionInput
        {
            Document = reply,
            Content = new SignedContent(stamped),
            At = at,
            Trust = _trust,
            Material = _material,
            Policy = _policy,
        });
        var errors = verdict.Findings.Where(f => f.Severity == Severity.Error).ToList();
        if (errors.Find(f => f.SubIndication is SubIndication.FormatFailure or SubIndication.HashFailure or SubIndication.SigCryptoFailure or SubIndication.SigConstraintsFailure) is { } broken)
            return new TimeStampJudgement(verdict.Time, verdict.Authority, broken.Detail, null);
        if (verdict.Indication == Indication.Passed && errors.Count == 0)
            return new TimeStampJudgement(verdict.Time, verdict.Authority, null, null);
        return new TimeStampJudgement(verdict.Time, verdict.Authority, null, errors.Count > 0 ? string.Join("; ", errors.Select(f => f.Detail).Distinct()) : "it could not be judged");
    }

    private static bool Take(string option, IReadOnlyList<string> names, TextWriter error, Func<byte[], string?> take)
    {
        foreach (var name in names)
        {
            var problem = !File.Exists(name) ? "there is no such file"
                : new FileInfo(name).Length > MaxFileBytes ? $"the file is larger than {MaxFileBytes / 1024 / 1024} MiB"
                : take(File.ReadAllBytes(name));
            if (problem is null)
                continue;
            error.WriteLine(Plain.Text($"gateway-verify: {option} '{name}': {problem}"));
            return false;
        }
        return true;
    }
}

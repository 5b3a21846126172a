using Gateway.Protocol.Verification;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Validation;

namespace Gateway.Verifier;

/// <summary>
/// Judges time-stamps (RFC 3161) by the engine for foreign signatures. Believed is only who leads to a certificate that the person who verifies brought along
/// (<c>--tsa-trust</c>). Whether the authority's certificate was revoked is not asked: offline nobody answers, and the finding would only say so.
/// </summary>
internal sealed class TokenJudge
{
    private const int MaxFileBytes = 4 * 1024 * 1024;

    private readonly TrustAnchors _trust;

    private TokenJudge(TrustAnchors trust) => _trust = trust;

    /// <summary>Reads the certificates; null, and why on <paramref name="error"/>, when a file is none.</summary>
    public static TokenJudge? Read(IReadOnlyList<string> files, TextWriter error)
    {
        var trust = new TrustFiles();
        foreach (var file in files)
        {
            var problem = !File.Exists(file) ? "there is no such file"
                : new FileInfo(file).Length > MaxFileBytes ? "the file is too large to be a certificate"
                : trust.AddTrust(File.ReadAllBytes(file), Path.GetFileName(file), TrustPurposes.TimeStamps)?.Detail
                    ?? (trust.Lists.Count > 0 ? "expected certificates; a list or card says nothing of time-stamps here" : null);
            if (problem is null)
                continue;
            error.WriteLine(Plain.Text($"gateway-verify: --tsa-trust '{file}': {problem}"));
            return null;
        }
        return new TokenJudge(new TrustAnchors(trust.Anchors));
    }

    public TimeStampJudgement Judge(ReadOnlyMemory<byte> reply, ReadOnlyMemory<byte> stamped, DateTimeOffset at)
    {
        var verdict = Recogniser.RecogniseTimeStamp(new RecognitionInput
        {
            Document = reply,
            Content = new SignedContent(stamped),
            At = at,
            Trust = _trust,
            Policy = ValidationPolicy.Default with { RequireRevocation = false, RequireProfile = false },
        });
        var errors = verdict.Findings.Where(f => f.Severity == Severity.Error).ToList();
        if (errors.Find(f => f.SubIndication is SubIndication.FormatFailure or SubIndication.HashFailure or SubIndication.SigCryptoFailure or SubIndication.SigConstraintsFailure) is { } broken)
            return new TimeStampJudgement(verdict.Time, verdict.Authority, broken.Detail, null);
        if (verdict.Indication == Indication.Passed && errors.Count == 0)
            return new TimeStampJudgement(verdict.Time, verdict.Authority, null, null);
        return new TimeStampJudgement(verdict.Time, verdict.Authority, null, errors.Count > 0 ? string.Join("; ", errors.Select(f => f.Detail).Distinct()) : "it could not be judged");
    }
}

using Gateway.Protocol.Documents;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Reports;

/// <summary>Puts a judgement into the words and members of a report. Names that strangers chose are cut to length and freed of control characters.</summary>
internal static class MakeReport
{
    public static RecognitionReport Of(JudgementInput input, Verdict verdict, IReadOnlyList<SignatureJudgement> signatures)
    {
        var texts = ReportTexts.In(input.Language);
        return new RecognitionReport
        {
            Document = new ReportedDocument(
                Digest.Of(input.Document.Span), Plain(input.Name, 500), input.Document.Length, verdict.Container, Whole(verdict),
                signatures.Count, signatures.Count(s => s.Verdict.Indication == Indication.Passed), [.. verdict.NotCovered.Take(2000).Select(n => Plain(n, 500)).Where(n => n.Length > 0)],
                input.Content is { } content ? Digest.Of(content.Span) : null),
            Mark = input.Use?.ToString(),
            Peer = input.Peer,
            Kind = input.Kind,
            ExpectedAuthority = input.Authority,
            Policy = Plain(input.Policy.Id, 200),
            RevocationRequired = input.Policy.RequireRevocation,
            ValidationTime = input.At,
            Language = texts.Language,
            Signatures = [.. signatures.Select(s => Signature(s, texts))],
            TimeStamps = [.. verdict.TimeStamps.Take(50).Select(t => TimeStamp(t, texts))],
            Messages = Messages(verdict.Findings, texts),
            Inputs = new ReportedInputs(
                [.. input.Lists.Select(l => new ReportedList(l.Kind.ToString(), l.Territory, l.Sequence, l.Sha256, l.Issued, l.NextUpdate))],
                [.. input.Anchors.Select(a => Digest.Of((a.Certificate.IsEmpty ? a.PublicKey : a.Certificate).Span))],
                [.. input.Agreements.Select(a => a.Sha256)],
                Digests(input.Material.Certificates), Digests(input.Material.RevocationLists), Digests(input.Material.OcspAnswers),
                [.. input.Proofs.Where(p => p.Sha256.Length == Digest.Length).Select(p => new ReportedProof(new Digest(p.Sha256.Span), p.Time, Plain(p.Source, 300)))]),
        };
    }

    // A file with time-stamps and no signature is judged by them, and says so.
    private static string Whole(Verdict verdict)
        => verdict.Signatures.Count == 0 && verdict.TimeStamps.Count > 0 && verdict.Indication != Indication.NoSignatureFound ? $"TIMESTAMP_{verdict.Indication.Text()}" : verdict.Indication.TotalText();

    private static ReportedSignature Signature(SignatureJudgement judged, ReportTexts texts)
    {
        var s = judged.Verdict;
        var at = s.BestSignatureTime;
        var period = judged.Trust is { } found ? found.Service.At(at ?? found.List.Issued) : null;
        return new ReportedSignature
        {
            Id = s.Id,
            Level = s.Level,
            Indication = s.Indication.TotalText(),
            SubIndications = [.. s.SubIndications.Select(x => x.Text())],
            ClaimedSigningTime = s.ClaimedSigningTime,
            BestSignatureTime = at,
            BestSignatureTimeSource = Plain(s.BestSignatureTimeSource, 300),
            Signer = s.Signer is { } signer ? Certificate(signer) : null,
            State = judged.Trust is { List.Territory: { Length: > 0 } territory } ? territory : null,
            Authority = judged.Trust?.Service.Authority,
            Anchor = s.Anchor is { Length: > 0 } anchor ? Plain(anchor, 800) : null,
            Chain = [.. s.Chain.Take(20).Select(Certificate)],
            TrustService = judged.Trust is { } trust
                ? new ReportedService(trust.List.Territory, trust.List.Sequence, trust.List.Sha256.ToString(), Plain(trust.Service.Provider, 300), Plain(trust.Service.Name, 300), period?.Type ?? "", period?.Status ?? "")
                : null,
            Recognition = Recognition(judged.Recognition, texts),
            Scopes = [.. s.Scopes.Take(2000).Select(x => new ReportedScope(Plain(x.Name, 500), x.Extent, x.DigestAlgorithm, x.Digest))],
            TimeStamps = [.. s.TimeStamps.Take(50).Select(t => TimeStamp(t, texts))],
            Revocation = [.. s.Revocation.Take(100).Select(r => new ReportedRevocation(r.Kind, r.Certificate, Plain(r.Issuer, 1000), r.ThisUpdate, r.NextUpdate, r.ProducedAt, r.Status, r.RevokedAt, r.Sha256))],
            Algorithms = [.. s.Algorithms.Take(100).Select(a => new ReportedAlgorithm(a.Use, Plain(a.Name, 100), a.KeyBits, a.Ends))],
            CounterSignatures = [.. s.CounterSignatures.Take(64).Select(c => new ReportedCounterSignature(c.Id, c.Indication.TotalText(), [.. c.SubIndications.Select(x => x.Text())], c.Signer is { } by ? Plain(by.Subject, 1000) : null))],
            Messages = Messages(s.Findings.Concat(judged.Findings), texts),
        };
    }

    private static ReportedRecognition Recognition(RecognitionDecision decision, ReportTexts texts) => new(
        decision.Answer.ToString(), decision.Reason, texts.Text(decision.Reason), texts.Next(decision.Reason), decision.AgreementId,
        decision.AgreementId is null ? null : decision.AgreementVersion, decision.AgreementId is null ? null : decision.Rule,
        decision.Instrument is { } law ? Plain($"{law.Title}, {law.Article} ({law.Date})", 800) : null, decision.Condition);

    private static ReportedTimeStamp TimeStamp(TimeStampVerdict t, ReportTexts texts) => new(
        t.Kind, t.Time, t.Indication.Text(), [.. t.SubIndications.Select(x => x.Text())], t.Authority is { Length: > 0 } tsa ? Plain(tsa, 1000) : null, t.Sha256, Messages(t.Findings, texts));

    private static List<ReportedMessage> Messages(IEnumerable<Finding> findings, ReportTexts texts)
        => [.. findings.Take(1000).Select(f => new ReportedMessage(f.Key.Text(), f.Severity.Text(), f.SubIndication?.Text(), texts.Text(f.Key.Text()), texts.Next(f.Key.Text()), Plain(f.Detail, 2000), f.Token is { Length: > 0 } token ? token : null))];

    private static ReportedCertificate Certificate(CertificateSummary c) => new(c.Sha256, Plain(c.Subject, 1000), Plain(c.Issuer, 1000), Plain(c.Serial, 100), c.NotBefore, c.NotAfter, c.IsAnchor);

    private static List<Digest> Digests(IReadOnlyList<ReadOnlyMemory<byte>> files) => [.. files.Select(f => Digest.Of(f.Span))];

    private static string Plain(string text, int max)
    {
        var clean = string.Concat(text.Where(c => !char.IsControl(c) && !char.IsSurrogate(c) && c is not ('\u202A' or '\u202B' or '\u202D' or '\u202E' or '\u2066' or '\u2067' or '\u2068')));
        return clean.Length <= max ? clean : clean[..(max - 1)] + "…";
    }
}

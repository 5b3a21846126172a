using System.Text;
using Gateway.AuditLog;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.TrustLists;
using Gateway.Recognition.Validation;
using Gateway.Storage;

namespace Gateway.Judging;

/// <summary>A signed file and what was found about it.</summary>
/// <param name="Sha256">The file.</param>
/// <param name="Mark">What it was judged as.</param>
/// <param name="Judgement">Verdict, decision of law, report.</param>
/// <param name="Refusal">Why it does not simply count; null when it does.</param>
internal sealed record JudgedFile(Digest Sha256, MarkUse Mark, Judgement Judgement, Refusal? Refusal)
{
    /// <summary>For an officer to decide.</summary>
    public bool IsUndetermined => Refusal?.Code is RefusalCode.SignatureUndetermined or RefusalCode.NoRecognitionAgreement;

    /// <summary>
    /// Stored with the message, encrypted under the case key, so that the verdict can be repeated. A record in the log holds the report's digest, and with it those of all material used:
    /// checkpoints, cosignatures and time-stamps over the log prove when the verdict was made.
    /// </summary>
    public void Store(Session s, CaseKeys keys, string caseId, string message, DateTimeOffset now)
    {
        var report = Judgement.Report.Write();
        var stored = s.Run(
            "INSERT INTO recognitions (case_id, message, document, mark, indication, decision, time, report) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            caseId, message, Sha256, Mark, Judgement.Report.Document.Indication, Judgement.Signatures.Select(j => j.Recognition.Answer).DefaultIfEmpty(RecognitionAnswer.UNDETERMINED).Max(), now,
            keys.Seal(caseId, Purpose(message, Sha256), report));
        if (stored == 1)
            new AuditRecord(VerdictRecord.Act, "gateway", message, caseId, Digest.Of(report).ToString()).Append(s, now);
    }

    /// <summary>The reports of a case as stored, with the digest of each message that brought the file.</summary>
    public static List<(string Message, byte[] Report)> Reports(Session s, CaseKeys keys, string caseId)
        => s.Query("SELECT message, document, report FROM recognitions WHERE case_id = $1 ORDER BY message, document, mark", r => (Message: r.GetString(0), Document: r.Digest(1), Report: r.Bytes(2)), caseId)
            .ConvertAll(r => (r.Message, keys.Open(caseId, Purpose(r.Message, r.Document), r.Report)));

    private static string Purpose(string message, Digest document) => $"recognition:{message}:{document}";
}

/// <summary>
/// Judges signed files of other States with what is believed of the State they come from: its trusted lists, its card, the agreements with it. The network is never asked;
/// what was fetched before is used.
/// </summary>
internal sealed class JudgeFiles(TrustStore trust, WantedStatus wanted)
{
    private static readonly byte[] SignedDataOid = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    private static readonly byte[] ChineseSignedDataOid = [0x06, 0x0a, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x06, 0x01, 0x04, 0x02, 0x02];

    /// <summary>The attachments that are signed files: CMS, ASiC, PDF. A detached signature covers the attachment of the same name, or the signed document itself.</summary>
    public IReadOnlyList<JudgedFile> Attachments(Cover cover, ReadOnlyMemory<byte> document, SignedCard card, string kind, DateTimeOffset now)
    {
        var attachments = cover.In(PartRole.attachment).ToList();
        var judged = new List<JudgedFile>();
        for (var i = 0; i < attachments.Count; i++)
        {
            var part = attachments[i];
            if (!IsSigned(part.Content))
                continue;
            // Written out: null beside bytes would become empty content, which no signature fits.
            ReadOnlyMemory<byte>? content = null;
            if (part.Name.EndsWith(".p7s", StringComparison.OrdinalIgnoreCase))
                content = attachments.Find(a => a.Name == part.Name[..^4]) is { } covered ? covered.Content : document;
            var judgement = Judge(part.Content, part.Name, content, MarkUse.SIGNATURE, null, card, kind, now);
            if (judgement.Verdict.Indication != Indication.NoSignatureFound)
                judged.Add(new JudgedFile(Digest.Of(part.Content), MarkUse.SIGNATURE, judgement, Refuse(judgement, $"attachment {i + 1}")));
        }
        return judged;
    }

    /// <summary>A person's signature that the State's card does not explain: its trusted list may.</summary>
    public JudgedFile? Signature(SignedDocument signed, SignedCard card, string kind, DateTimeOffset now)
    {
        if (trust.Of(card.Card.State).Lists.Count == 0)
            return null;
        var judgement = Judge(signed.Der, "", null, MarkUse.SIGNATURE, null, card, kind, now);
        return new JudgedFile(signed.Sha256, MarkUse.SIGNATURE, judgement, Refuse(judgement, "the person's signature"));
    }

    /// <summary>
    /// A person's signature that the State's card explains: whether revocation status at hand speaks against the certificate. Null when none is at hand, or none speaks against it; that
    /// status is lacking holds nothing up, since the card itself is the State's word.
    /// </summary>
    public JudgedFile? Against(SignedDocument signed, SignedCard card, string kind, DateTimeOffset now)
    {
        var material = trust.Of(card.Card.State).Material;
        if (material.RevocationLists.Count + material.OcspAnswers.Count == 0)
            return null;
        var judgement = Judge(signed.Der, "", null, MarkUse.SIGNATURE, null, card, kind, now);
        return judgement.Verdict.Signatures.SelectMany(s => s.Findings).Any(f => f.Key is FindingKey.CertificateRevoked or FindingKey.IssuerRevoked or FindingKey.CertificateOnHold && f.Severity == Recognition.Validation.Severity.Error)
            ? new JudgedFile(signed.Sha256, MarkUse.SIGNATURE, judgement, Refuse(judgement, "the person's signature"))
            : null;
    }

    private Judgement Judge(ReadOnlyMemory<byte> document, string name, ReadOnlyMemory<byte>? content, MarkUse use, string? authority, SignedCard card, string kind, DateTimeOffset now)
    {
        var state = trust.Of(card.Card.State);
        var judgement = JudgeDocument.Of(new JudgementInput
        {
            Document = document,
            Name = name,
            Content = content,
            At = now,
            Lists = [.. state.Lists, ListAnchors.Of(card)],
            Agreements = state.Agreements,
            Material = state.Material,
            Policy = AgreementPolicy.Of(state.Agreements, card.Card.State),
            Use = use,
            Peer = card.Card.State,
            Kind = kind,
            Authority = authority,
        });
        wanted.Note(card.Card.State, judgement);
        return judgement;
    }

    // A refusal travels in receipts: codes and places, no names.
    private static Refusal? Refuse(Judgement judgement, string where)
    {
        var reasons = string.Join(", ", judgement.Verdict.Signatures.SelectMany(s => s.SubIndications).Distinct().Select(s => s.Text()).DefaultIfEmpty("no reason given"));
        if (judgement.Verdict.Indication == Indication.Failed)
            return new(RefusalCode.SignatureInvalid, $"{where}: {reasons}");
        if (judgement.Verdict.Indication != Indication.Passed)
            return new(RefusalCode.SignatureUndetermined, $"{where}: {reasons}");
        return judgement.Signatures.FirstOrDefault(s => s.Recognition.Answer is RecognitionAnswer.NOT_RECOGNISED or RecognitionAnswer.UNDETERMINED) is { } not
            ? new(RefusalCode.NoRecognitionAgreement, $"{where}: {not.Recognition.Reason}")
            : null;
    }

    private static bool IsSigned(ReadOnlyMemory<byte> content)
    {
        var bytes = content.Span;
        if (bytes.StartsWith("%PDF-"u8))
            return bytes.IndexOf("/ByteRange"u8) >= 0;
        if (bytes.StartsWith("PK\u0003\u0004"u8))
            return bytes.IndexOf(Encoding.ASCII.GetBytes("META-INF/")) >= 0;
        var start = bytes[..Math.Min(bytes.Length, 32)];
        return start.Length > 0 && start[0] == 0x30 && (start.IndexOf(SignedDataOid) >= 0 || start.IndexOf(ChineseSignedDataOid) >= 0)
            || bytes.StartsWith("-----BEGIN CMS"u8) || bytes.StartsWith("-----BEGIN PKCS7"u8);
    }
}

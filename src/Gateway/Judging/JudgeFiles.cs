using System.Formats.Asn1;
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
using Gateway.Recognition.Reports;
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
    /// <summary>Nothing speaks against a mark that the card explains: on record only where something did before.</summary>
    public bool IsClearance { get; init; }

    /// <summary>For an officer to decide.</summary>
    public bool IsUndetermined => Refusal?.Code is RefusalCode.SignatureUndetermined or RefusalCode.NoRecognitionAgreement;

    /// <summary>
    /// Stored with the message, encrypted under the case key, so that the verdict can be repeated. A record in the log holds the report's digest, and with it those of all material used:
    /// checkpoints, cosignatures and time-stamps over the log prove when the verdict was made.
    /// </summary>
    public void Store(Session s, CaseKeys keys, string caseId, string message, DateTimeOffset now)
    {
        // Judged again with the same result, or the same file twice in one message.
        if (!IsNew(s, keys, caseId, message))
            return;
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
        => s.Query("SELECT message, document, report FROM recognitions WHERE case_id = $1 ORDER BY message, document, mark, time", r => (Message: r.GetString(0), Document: r.Digest(1), Report: r.Bytes(2)), caseId)
            .ConvertAll(r => (r.Message, keys.Open(caseId, Purpose(r.Message, r.Document), r.Report)));

    /// <summary>The reports about what came with one message, the oldest first: what was found on arrival, and each time that something else was found.</summary>
    public static List<byte[]> Reports(Session s, CaseKeys keys, string caseId, string message)
        => s.Query("SELECT document, report FROM recognitions WHERE message = $1 ORDER BY time, document, mark", r => (Document: r.Digest(0), Report: r.Bytes(1)), message)
            .ConvertAll(r => keys.Open(caseId, Purpose(message, r.Document), r.Report));

    /// <summary>Whether something else was found before, or nothing.</summary>
    public bool IsNew(Session s, CaseKeys keys, string caseId, string message)
        => s.One("SELECT report FROM recognitions WHERE message = $1 AND document = $2 AND mark = $3 ORDER BY time DESC LIMIT 1", r => r.Bytes(0), message, Sha256, Mark) is not { } stored
            ? !IsClearance
            : !RecognitionReport.Read(keys.Open(caseId, Purpose(message, Sha256), stored)).TryGet(out var last, out _) || !last.SameVerdictAs(Judgement.Report);

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
    public void Attachments(Cover cover, ReadOnlyMemory<byte> document, SignedCard card, Occasion occasion)
    {
        var attachments = cover.In(PartRole.attachment).ToList();
        for (var i = 0; i < attachments.Count; i++)
        {
            var part = attachments[i];
            if (!IsSigned(part.Content) || IsTimeStampReply(part.Content))
                continue;
            // Written out: null beside bytes would become empty content, which no signature fits.
            ReadOnlyMemory<byte>? content = null;
            if (part.Name.EndsWith(".p7s", StringComparison.OrdinalIgnoreCase))
                content = attachments.Find(a => a.Name == part.Name[..^4]) is { } covered ? covered.Content : document;
            var judgement = Judge(part.Content, part.Name, content, MarkUse.SIGNATURE, null, card, occasion);
            if (judgement.Verdict.Indication != Indication.NoSignatureFound)
                occasion.Judged.Add(new JudgedFile(Digest.Of(part.Content), MarkUse.SIGNATURE, judgement, Refuse(judgement, $"attachment {i + 1}")));
        }
    }

    /// <summary>A person's signature that the State's card does not explain: its trusted list may.</summary>
    public JudgedFile? Signature(SignedDocument signed, SignedCard card, Occasion occasion)
    {
        if (trust.Of(card.Card.State).Lists.Count == 0)
            return null;
        var judgement = Judge(signed.Der, "", null, MarkUse.SIGNATURE, null, card, occasion);
        return new JudgedFile(signed.Sha256, MarkUse.SIGNATURE, judgement, Refuse(judgement, "the person's signature"));
    }

    /// <summary>
    /// A person's signature that the State's card explains: whether revocation status at hand speaks against the certificate. Null when none is at hand, or none speaks against it; that
    /// status is lacking holds nothing up, since the card itself is the State's word.
    /// </summary>
    public JudgedFile? Against(SignedDocument signed, SignedCard card, Occasion occasion)
    {
        var material = trust.Of(card.Card.State).Material;
        if (material.RevocationLists.Count + material.OcspAnswers.Count == 0)
            return null;
        var judgement = Judge(signed.Der, "", null, MarkUse.SIGNATURE, null, card, occasion);
        var findings = judgement.Verdict.Signatures.SelectMany(s => s.Findings).Where(f => f.Severity == Recognition.Validation.Severity.Error).ToList();
        // The signature itself states a time at which its certificate was revoked: either that is so, or the time is not true. Neither is a matter for an officer to decide.
        if (findings.Find(f => f.Key == FindingKey.CertificateRevoked && f.Since <= signed.SigningTime) is { } revoked)
            return new JudgedFile(signed.Sha256, MarkUse.SIGNATURE, judgement, new Refusal(RefusalCode.SignerRevokedOrExpired, $"Certificate {Convert.ToHexStringLower(signed.Signer.Serial.Span)} was revoked at {revoked.Since:u}."));
        if (findings.Exists(f => f.Key is FindingKey.CertificateRevoked or FindingKey.IssuerRevoked or FindingKey.CertificateOnHold))
            return new JudgedFile(signed.Sha256, MarkUse.SIGNATURE, judgement, Refuse(judgement, "the person's signature"));
        return occasion.IsAgain ? new JudgedFile(signed.Sha256, MarkUse.SIGNATURE, judgement, null) { IsClearance = true } : null;
    }

    private Judgement Judge(ReadOnlyMemory<byte> document, string name, ReadOnlyMemory<byte>? content, MarkUse use, string? authority, SignedCard card, Occasion occasion)
    {
        var state = trust.Of(card.Card.State);
        var judgement = JudgeDocument.Of(new JudgementInput
        {
            Document = document,
            Name = name,
            Content = content,
            At = occasion.Now,
            Lists = [.. state.Lists, ListAnchors.Of(card)],
            Agreements = state.Agreements,
            Material = state.Material,
            Policy = AgreementPolicy.Of(state.Agreements, card.Card.State),
            Use = use,
            Peer = card.Card.State,
            Proofs = occasion.Proofs(document),
            Kind = occasion.Kind,
            Authority = authority,
        });
        wanted.Note(card.Card.State, judgement);
        return judgement;
    }

    // A refusal travels in receipts: codes and places, no names.
    private static Refusal? Refuse(Judgement judgement, string where)
    {
        var why = judgement.Verdict.Signatures.SelectMany(s => s.SubIndications).Distinct().ToList();
        var reasons = string.Join(", ", why.Select(s => s.Text()).DefaultIfEmpty("no reason given"));
        if (judgement.Verdict.Indication == Indication.Failed)
            return new(why.Count > 0 && why.TrueForAll(s => s is SubIndication.Revoked or SubIndication.Expired) ? RefusalCode.SignerRevokedOrExpired : RefusalCode.SignatureInvalid, $"{where}: {reasons}");
        if (judgement.Verdict.Indication != Indication.Passed)
            return new(RefusalCode.SignatureUndetermined, $"{where}: {reasons}. An officer of the addressee decides.");
        return judgement.Signatures.FirstOrDefault(s => s.Recognition.Answer is RecognitionAnswer.NOT_RECOGNISED or RecognitionAnswer.UNDETERMINED) is { } not
            ? new(RefusalCode.NoRecognitionAgreement, $"{where}: {not.Recognition.Reason}")
            : null;
    }

    // RFC 3161 §2.4.2: a sequence that begins with the sequence of its status. A signed file begins with its type, so that none passes for a time-stamp here.
    private static bool IsTimeStampReply(ReadOnlySpan<byte> bytes)
        => AsnDecoder.TryReadEncodedValue(bytes, AsnEncodingRules.BER, out var outer, out var offset, out _, out _) && outer == Asn1Tag.Sequence
            && AsnDecoder.TryReadEncodedValue(bytes[offset..], AsnEncodingRules.BER, out var status, out _, out _, out _) && status == Asn1Tag.Sequence;

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

using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Receipts;

namespace Gateway.Protocol.Verification;

/// <summary>
/// Records of what left or came otherwise than from gateway to gateway, against the messages that they name and the receipts that were issued with them. What the other State did
/// with it nobody certifies.
/// </summary>
internal sealed class PaperCheck(Facts facts, Findings findings)
{
    // As much as two clocks may differ.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    // A document stands in the bundle once under its digest; the same message may stand there under several.
    private readonly Dictionary<Digest, CoverFact> _bySha256 = facts.Covers.DistinctBy(c => c.Sha256).ToDictionary(c => c.Sha256);
    private readonly Dictionary<(string Message, string State), int> _counts = facts.Covers.DistinctBy(c => c.Sha256).CountBy(c => (c.Cover.Message, c.Cover.Sender.State)).ToDictionary();

    public void All()
    {
        foreach (var fact in facts.Covers.Where(c => c.Paper is not null))
            Judge(fact, fact.Paper!.Document);
        foreach (var fact in facts.Covers.Where(c => c.Entered?.Document.At - c.Cover.Created > Skew))
            Contradicts(fact, $"the record dates what came {TrustRing.Show(fact.Entered!.Document.At)}, but was itself sealed {TrustRing.Show(fact.Cover.Created)}");
        Files();
    }

    private void Judge(CoverFact fact, PaperRecord record)
    {
        if (record.Way == PaperWay.RECEIVED && fact.Cover.Suite != Suites.OnPaper)
            Contradicts(fact, $"the record says that a reply of {fact.Cover.Recipient.Authority} came by {record.Channel}, but the case runs between gateways: replies in it come by wire");
        if (record.Way == PaperWay.SENT && record.EncryptedTo is null && record.Files[0].Sha256 != record.CoverSha256)
            Contradicts(fact, "the record says that the file left without encryption, but it is not the sealed message itself");
        if (record.Way == PaperWay.SENT && !Left(fact, record))
            Add(fact, FindingCode.ReceiptLacking, $"no RelayToNonERDS of {fact.Cover.Sender.State} names the file with the SHA-256 {record.Files[0].Sha256}, which the record says left");
        if (record.At - fact.Cover.Created > Skew)
            Contradicts(fact, $"the record dates what {Did(record)} {TrustRing.Show(record.At)}, but was itself sealed {TrustRing.Show(fact.Cover.Created)}");
        var named = _bySha256.GetValueOrDefault(record.CoverSha256) is { } found && found.Cover.Message == record.Message && found.Cover.Sender.State == fact.Cover.Sender.State && found.Cover.Case == record.Case ? found : null;
        if (_counts.GetValueOrDefault((record.Message, fact.Cover.Sender.State)) > (named is null ? 0 : 1))
            Contradicts(fact, $"the record names the message {record.Message} with another sealed cover or case than the one that is here");
        if (named is { Entered: null } && named.Cover.Created - record.At > Skew)
            Contradicts(fact, $"the record dates what {Did(record)} {TrustRing.Show(record.At)}, before its message was sealed {TrustRing.Show(named.Cover.Created)}");
    }

    // With records that were withheld or erased, nobody can tell whether one of them speaks of the file.
    private void Files()
    {
        if (facts.CaseFile?.Withheld.Count > 0 || facts.Erasures.Count > 0)
            return;
        var recorded = facts.Covers.Where(c => c.Paper?.Document.Way == PaperWay.SENT)
            .Select(c => (c.Cover.Sender.State, c.Paper!.Document.Message, c.Paper.Document.CoverSha256, c.Paper.Document.Files[0].Sha256)).ToHashSet();
        foreach (var receipt in facts.Receipts.Where(r => r.State == facts.CaseFile?.Exporter.State && r.Receipt is { Event: ReceiptEvent.RelayToNonERDS, Subject: { Item: null, CoverSha256: not null, EnvelopeSha256: not null } }))
        {
            var subject = receipt.Receipt!.Subject;
            if (!recorded.Contains((receipt.State, subject.Message, subject.CoverSha256!.Value, subject.EnvelopeSha256!.Value)))
                findings.Add(FindingCode.DocumentMissing, $"the receipt says that the file with the SHA-256 {subject.EnvelopeSha256} left, but no record of it is here", receipt.File, receipt.Seq);
        }
    }

    private bool Left(CoverFact fact, PaperRecord record) => facts.By.Carried.Contains((fact.Cover.Sender.State, record.Case, record.Message, record.CoverSha256, record.Files[0].Sha256));

    private static string Did(PaperRecord record) => record.Way == PaperWay.SENT ? "left" : "came";

    private void Contradicts(CoverFact fact, string text) => Add(fact, FindingCode.CoverContradicts, text);

    // What the other State says of its own papers breaks no bundle of ours: it could spoil every case by one false record.
    private void Add(CoverFact fact, FindingCode code, string text)
        => findings.Add(fact.Cover.Sender.State == facts.CaseFile?.Exporter.State ? code : FindingCode.OnPaperNotJudged, text, fact.File);
}

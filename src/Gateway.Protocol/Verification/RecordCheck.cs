using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Records;

namespace Gateway.Protocol.Verification;

/// <summary>
/// The records of an item (certificate, copying record, report): whether each is about the item that is here and agrees with its manifest, who signed it, and whether
/// those that custody events name by their digest are here.
/// </summary>
internal sealed class RecordCheck(Facts facts, TrustRing ring, Findings findings)
{
    public void All()
    {
        var items = facts.ItemManifests.DistinctBy(m => m.Document.ItemId).ToDictionary(m => m.Document.ItemId, StringComparer.Ordinal);
        var withheld = facts.By.Withheld;
        foreach (var record in facts.Records)
        {
            var id = record.Document.Item;
            if (id is null || items.GetValueOrDefault(id) is not { } item)
            {
                // Who withholds the message that sent the item withholds its manifest: what is not here cannot contradict, and it is said that it is not.
                if (id is not null && facts.By.ReceiptsOfItem[id].Any(r => r.Receipt!.Subject.ManifestSha256 is { } manifest && withheld.Contains(manifest)))
                    continue;
                findings.Add(FindingCode.RecordDiffers, $"the {record.Document.Form.Type} is about an item that is not here", record.File);
            }
            else
                Judge(record, item);
        }
        foreach (var copies in facts.Records.GroupBy(r => r.Document.Sha256))
            Parts([.. copies]);
        foreach (var item in items.Values)
            Followed(item);
        HashSet<Digest> here = [.. facts.Records.SelectMany(r => (Digest[])[r.Sha256, r.Document.Sha256]), .. facts.By.Withheld];
        foreach (var custody in facts.Custody)
        {
            foreach (var (member, digest) in ((string[])["copyingRecord", "certificate", "report"]).Select(m => (m, Digest.TryParse(custody.Document.Text(m), out var d) ? d : default(Digest?))))
            {
                if (digest is { } named && !here.Contains(named))
                    findings.Add(FindingCode.RecordAbsent, $"{custody.Document.Event} of {custody.Document.State} names {member} {named}, which is not here", custody.File, custody.Document.Seq);
            }
        }
    }

    /// <summary>The records of an item in words: which, signed by whom.</summary>
    public IReadOnlyList<string> Of(string item) => [.. facts.By.RecordsOf[item].GroupBy(r => r.Document.Sha256)
        .Select(r => $"{r.First().Document.Form.Type}, signed by {string.Join(", ", r.OrderBy(s => s.SigningTime).Select(Name))}").Order(StringComparer.Ordinal)];

    /// <summary>Of a certificate that stands in the manifest alone: the technician signed it, not the custodian. Null once a record that the custodian signed is here.</summary>
    public string? Stated(string item) => facts.By.ManifestOfItem.GetValueOrDefault(item)?.Document.Certificate is { } certificate && !IsCertified(item) ? certificate.Unsigned : null;

    private bool IsCertified(string item) => facts.By.RecordsOf[item].Where(r => r.Document.Form == RecordForms.CustodianCertificate).GroupBy(r => r.Document.Sha256)
        .Any(copies => RecordSignatures.Unsigned(copies.First().Document, [.. copies.Select(c => c.Signer)]).Count == 0);

    // While the time runs, or where something is withheld that may be the certificate, its absence shows nothing.
    private void Followed(Signed<Manifest> item)
    {
        if (item.Document.CertificateExemption is { Code: ExemptionCode.EMERGENCY_CERTIFICATE_TO_FOLLOW, Due: { } due } && !IsCertified(item.Document.ItemId)
            && facts.CaseFile is { Withheld.Count: 0 } file && file.Exported > due)
            findings.Add(FindingCode.CertificateOverdue, $"the custodian's certificate of exhibit {item.Document.ExhibitNumber}, which was to follow by {TrustRing.Show(due)}, was not here when {file.Exporter.State} exported this on {TrustRing.Show(file.Exported)}", item.File);
    }

    // A certificate is worth what the person whom it names has signed.
    private void Parts(List<Signed<RecordDocument>> copies)
    {
        var (record, file) = (copies[0].Document, copies[0].File);
        foreach (var copy in copies)
        {
            if (RecordSignatures.Refuse(record, copy.Signer) is { } refusal)
                findings.Add(FindingCode.CertifierDiffers, $"the certificate of exhibit {record.ExhibitNumber}: {refusal.Detail}", copy.File);
        }
        if (RecordSignatures.Unsigned(record, [.. copies.Select(c => c.Signer)]) is { Count: > 0 } open)
            findings.Add(FindingCode.CertificateUnsigned, $"the certificate of exhibit {record.ExhibitNumber} bears no signature of {string.Join(" and of ", open)}", file);
        else if (RecordSignatures.Lacking(record, [.. copies.Select(c => c.Signer)]) is { Count: > 0 } lacking)
            findings.Add(FindingCode.RecordUnsigned, $"the {record.Form.Type} of exhibit {record.ExhibitNumber} bears no signature of {string.Join(" and of ", lacking)}", file);
    }

    private void Judge(Signed<RecordDocument> record, Signed<Manifest> item)
    {
        if (record.Document.Check(item.Document) is { } refusal)
            findings.Add(FindingCode.RecordDiffers, $"the {record.Document.Form.Type} of exhibit {item.Document.ExhibitNumber}: {refusal}", record.File);
        // A custodian or witness need not be a person of the authorities: who it is, is then for other means to confirm.
        var states = facts.By.CaseEntries.GetValueOrDefault(item.Document.Case) is { } entry ? (string[])[entry.Requested.State, entry.Requesting.State] : [.. facts.Parties];
        var problems = states.Select(state => ring.Person(record.Signer, state, record.SigningTime)).OfType<MarkProblem>().ToList();
        if (problems.Count < states.Length)
            return;
        if (problems.FindIndex(p => p.Code == FindingCode.SignerNotValid) is >= 0 and var at && problems[at] is var invalid)
            findings.Add(invalid.Code, $"signature on the {record.Document.Form.Type}: {invalid.Text}", record.File);
        else
            findings.Add(FindingCode.RecordSigner, $"no authority for persons in the cards issued the certificate of '{Name(record)}', who signed the {record.Document.Form.Type} of exhibit {item.Document.ExhibitNumber}", record.File);
    }

    private static string Name(Signed<RecordDocument> record) => record.Signer.CommonName ?? record.Signer.Subject;
}

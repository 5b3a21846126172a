using Gateway.Judging;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Recognition.Reports;
using Gateway.Storage;

namespace Gateway.Export;

/// <summary>
/// The verdicts on signed files of some cases, with all that they rest on: lists, agreements and revocation status by the digests that the reports name (cards go into the bundle anyway),
/// and the records that the log holds of them. Verdicts on withheld documents are withheld too, since they name people.
/// </summary>
/// <param name="Verdicts">Reports and their records.</param>
/// <param name="Material">Everything that they rest on, each once.</param>
/// <param name="Leaves">Where the log holds the records.</param>
internal sealed record ExportVerdicts(IReadOnlyList<BundleVerdict> Verdicts, IReadOnlyList<BundleMaterial> Material, IReadOnlyList<(Digest Sha256, long Leaf)> Leaves)
{
    public static ExportVerdicts Of(Session s, Database database, CaseKeys keys, IEnumerable<string> cases, IReadOnlySet<Digest> withheld)
    {
        var (verdicts, material, leaves) = (new Dictionary<Digest, BundleVerdict>(), new Dictionary<Digest, BundleMaterial>(), new List<(Digest, long)>());
        foreach (var caseId in cases)
        {
            var reports = JudgedFile.Reports(s, keys, caseId).Where(r => !IsWithheld(s, r.Message, withheld)).ToList();
            if (reports.Count == 0)
                continue;
            var records = Records(s, caseId);
            foreach (var bytes in reports.Select(r => r.Report))
            {
                // A report of an older form is nobody's verdict any more; the message stands without it.
                if (!RecognitionReport.Read(bytes).TryGet(out var report, out _))
                    continue;
                var sha256 = Digest.Of(bytes);
                var record = records.TryGetValue(sha256, out var found) ? found : ((long Index, byte[] Body)?)null;
                if (!verdicts.TryAdd(sha256, new BundleVerdict(bytes, record is { } kept ? (ReadOnlyMemory<byte>?)kept.Body : null)))
                    continue;
                if (record is { } logged)
                    leaves.Add((Digest.Of(logged.Body), logged.Index));
                foreach (var part in Named(database, s, report))
                    material.TryAdd(part.Sha256, part);
            }
        }
        return new([.. verdicts.Values], [.. material.Values], leaves);
    }

    private static bool IsWithheld(Session s, string message, IReadOnlySet<Digest> withheld)
        => withheld.Count > 0 && s.Query("SELECT cover_sha256 FROM messages WHERE id = $1 AND body IS NOT NULL", r => r.Digest(0), message).Any(withheld.Contains);

    private static Dictionary<Digest, (long Index, byte[] Body)> Records(Session s, string caseId)
    {
        var records = new Dictionary<Digest, (long, byte[])>();
        foreach (var (index, body) in s.Query("SELECT idx, body FROM audit_records WHERE case_id = $1 AND act = $2 ORDER BY idx", r => (r.GetInt64(0), r.Bytes(1)), caseId, VerdictRecord.Act))
        {
            if (VerdictRecord.Read(body).TryGet(out var record, out _))
                records.TryAdd(record.Report, (index, body));
        }
        return records;
    }

    // What is not stored any more is left out; whoever verifies says what is missing.
    private static IEnumerable<BundleMaterial> Named(Database database, Session s, RecognitionReport report)
    {
        var inputs = report.Inputs;
        var named = inputs.Lists.Where(l => l.Kind != "CARD").Select(l => (l.Sha256, Extension: l.Kind == "ETSI" ? ".xml" : ".cms"))
            .Concat(inputs.Agreements.Select(d => (d, ".cms"))).Concat(inputs.RevocationLists.Select(d => (d, ".crl"))).Concat(inputs.OcspAnswers.Select(d => (d, ".ocsp"))).Concat(inputs.Certificates.Select(d => (d, ".cer")));
        foreach (var (sha256, extension) in named)
        {
            if (TrustRow.Has(s, sha256))
                yield return new BundleMaterial(sha256, extension, () => database.Read(later => TrustRow.Bytes(later, sha256)) ?? throw new InvalidOperationException($"the document of trust {sha256} went while it was exported"));
        }
    }
}

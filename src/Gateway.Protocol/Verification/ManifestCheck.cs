using System.Globalization;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;

namespace Gateway.Protocol.Verification;

/// <summary>MANIFEST.sha256 against the files, MANIFEST.cms against MANIFEST.sha256, case.json against what is there.</summary>
internal sealed class ManifestCheck(BundleReader bundle, Facts facts, TrustRing ring, Findings findings)
{
    public BundleManifest? All()
    {
        var lines = bundle.Entries.FirstOrDefault(e => e.Place == BundlePlace.Manifest) is { } entry ? bundle.Read(entry) : null;
        var listed = lines is null ? null : BundleManifest.Parse(lines);
        var seal = Seal(lines, listed?.Count ?? 0);
        if (lines is null)
            findings.Add(FindingCode.ManifestMissing, "there is no MANIFEST.sha256 that can be read");
        else if (listed is null)
            findings.Add(FindingCode.ManifestMalformed, "the lines are not as 'sha256sum' writes them, sorted, every name once", BundleLayout.Manifest);
        else
            Files(listed);
        Contents(seal);
        return seal;
    }

    private void Files(Dictionary<string, Digest> listed)
    {
        foreach (var entry in bundle.Entries)
        {
            if (entry.Place is BundlePlace.Manifest or BundlePlace.ManifestSeal)
                continue;
            if (!listed.Remove(entry.Name, out var expected))
                findings.Add(FindingCode.FileNotListed, "the file is not in MANIFEST.sha256", entry.Name);
            else if (!facts.Digests.TryGetValue(entry.Name, out var actual) && bundle.Hash(entry) is { } hashed)
                Compare(entry.Name, hashed, expected);
            else if (facts.Digests.ContainsKey(entry.Name))
                Compare(entry.Name, actual, expected);
        }
        foreach (var name in listed.Keys)
            findings.Add(FindingCode.FileMissing, "MANIFEST.sha256 lists the file; it is not here or cannot be read", name);
    }

    private void Compare(string name, Digest actual, Digest expected)
    {
        if (actual != expected)
            findings.Add(FindingCode.FileChanged, $"the file has the SHA-256 {actual}; MANIFEST.sha256 states {expected}", name);
    }

    private BundleManifest? Seal(byte[]? lines, int count)
    {
        if (bundle.Entries.FirstOrDefault(e => e.Place == BundlePlace.ManifestSeal) is not { } entry || bundle.Read(entry) is not { } bytes)
        {
            findings.Add(FindingCode.ManifestMissing, "there is no MANIFEST.cms that can be read: nobody vouches for the list of files");
            return null;
        }
        if (!SignedDocument.Open(bytes).TryGet(out var signed, out var refusal) || !BundleManifest.Read(signed.Content).TryGet(out var manifest, out refusal))
        {
            findings.Add(FindingCode.ManifestSealBroken, refusal.ToString(), BundleLayout.ManifestSeal);
            return null;
        }
        if (lines is not null && (Digest.Of(lines) != manifest.Sha256 || manifest.Files != count))
            findings.Add(FindingCode.ManifestSealBroken, "the seal is over another MANIFEST.sha256", BundleLayout.ManifestSeal);
        if (ring.Seal(signed.Signer, manifest.Exporter, manifest.Exported, signed.SigningTime) is { } problem)
            findings.Add(FindingCode.ManifestSealerUnknown, problem.Text, BundleLayout.ManifestSeal);
        return manifest;
    }

    // Where one log states it, each does: a bundle that was made before says nothing of it.
    private void Ranges(IReadOnlyList<CaseLog> logs)
    {
        foreach (var log in logs.Any(l => l.Ranges is not null) ? logs : [])
        {
            var (stated, here) = (log.Ranges ?? [], facts.LogRanges.Of(log.State));
            if (stated.SequenceEqual(here))
                continue;
            foreach (var origin in stated.Concat(here).Select(r => r.Origin).Distinct().Where(o => !stated.Where(r => r.Origin == o).SequenceEqual(here.Where(r => r.Origin == o))).DefaultIfEmpty(null))
                findings.Add(FindingCode.LogRangeDiffers, origin is null ? $"the logs of {log.State} are stated in another order than that in which they began"
                    : $"the proofs of {origin} are stated to be of {Show(stated.Where(r => r.Origin == origin))}; those that are here are of {Show(here.Where(r => r.Origin == origin))}", BundleLayout.CaseFile);
        }
    }

    private static string Show(IEnumerable<LogRange> ranges)
        => string.Join(" and ", ranges.Select(r => string.Create(CultureInfo.InvariantCulture, $"leaves {r.From} to {r.To}"))) is { Length: > 0 } text ? text : "no leaf";

    private void Contents(BundleManifest? manifest)
    {
        if (facts.CaseFile is not { } file)
        {
            if (bundle.Entries.All(e => e.Place != BundlePlace.CaseFile))
                findings.Add(FindingCode.CaseFileUnreadable, "there is no case.json");
            return;
        }
        void Differs(string text) => findings.Add(FindingCode.CaseFileDiffers, text, BundleLayout.CaseFile);

        if (manifest is not null && (manifest.Case != file.Case || manifest.Exporter != file.Exporter || manifest.Exported != file.Exported))
            Differs("case, exporter or time differ from those in MANIFEST.cms");
        var here = facts.Receipts.GroupBy(r => (r.Case, r.State)).ToDictionary(g => g.Key, g => g.MaxBy(r => r.Seq)!);
        foreach (var (entry, chain) in file.Cases.SelectMany(c => c.Chains.Select(chain => (c, chain))))
        {
            if (!here.Remove((entry.Case, chain.State), out var last))
                Differs($"{chain.Receipts} receipts of {chain.State} in case {entry.Case} are stated; there are none");
            else if (last.Seq != chain.Receipts || last.Sha256 != chain.Head)
                Differs($"the chain of {chain.State} in case {entry.Case} is stated to end at receipt {chain.Receipts} ({chain.Head}); here it ends at {last.Seq} ({last.Sha256})");
        }
        foreach (var ((caseId, state), _) in here)
            Differs($"receipts of {state} in case {caseId} are here, but not stated");
        if (!facts.By.CaseEntries.ContainsKey(file.Case))
            Differs($"case {file.Case} is said to be exported, and is not among the cases");
        var states = facts.Receipts.SelectMany(r => r.Receipt is { } receipt ? ((string Case, string State)[])[(r.Case, r.State), (r.Case, receipt.Peer.State)] : [(r.Case, r.State)]).Distinct().ToLookup(s => s.Case, s => s.State, StringComparer.Ordinal);
        foreach (var entry in file.Cases)
        {
            // Much is asked of the exporter alone: his log, his decisions, his dates. A third State that seals for one of the two would be asked for nothing of theirs.
            if (file.Exporter.State != entry.Requesting.State && file.Exporter.State != entry.Requested.State)
                Differs($"case {entry.Case} is one of {entry.Requesting.State} and {entry.Requested.State}; {file.Exporter.State}, which exports it, has no part in it");
            foreach (var stranger in states[entry.Case].Where(s => s != entry.Requesting.State && s != entry.Requested.State).Order(StringComparer.Ordinal))
                Differs($"the States of case {entry.Case} are stated as {entry.Requesting.State} and {entry.Requested.State}; there are receipts of {stranger} or for it");
            foreach (var cover in facts.By.CoversByCase[entry.Case])
            {
                if (cover.Cover.Sender.State != entry.Requesting.State && cover.Cover.Sender.State != entry.Requested.State)
                    Differs($"the States of case {entry.Case} are stated as {entry.Requesting.State} and {entry.Requested.State}; a cover is of {cover.Cover.Sender.State}");
                if (cover.Request is not null && (cover.Requesting != entry.Requesting || cover.Requested != entry.Requested))
                    Differs($"the request of case {entry.Case} goes from {cover.Requesting.Authority} to {cover.Requested.Authority}; stated are {entry.Requesting.Authority} and {entry.Requested.Authority}");
            }
        }
        foreach (var cover in facts.Covers.Where(c => !facts.By.CaseEntries.ContainsKey(c.Cover.Case)))
            findings.Add(FindingCode.CaseFileDiffers, $"the cover is of case {cover.Cover.Case}, which case.json does not list", cover.File);
        var proofs = bundle.Entries.Where(e => e.Place is BundlePlace.LogProof or BundlePlace.Checkpoint).GroupBy(e => BundleLayout.Owner(e.Name))
            .ToDictionary(g => g.Key, g => (long)g.Count(e => e.Place == BundlePlace.LogProof));
        foreach (var log in file.Logs)
        {
            if (!proofs.Remove(log.State, out var count) || count != log.Proofs)
                Differs($"{log.Proofs} proofs of the log of {log.State} are stated; there are {count}");
        }
        foreach (var state in proofs.Keys)
            Differs($"the log of {state} is here, but not stated");
        Ranges(file.Logs);
        // The log holds that a verdict was made; what it found may not please everybody.
        foreach (var record in facts.VerdictRecords.Where(r => !facts.Digests.ContainsKey(BundleLayout.Recognition(r.Record.Report))))
            findings.Add(FindingCode.VerdictMaterialMissing, $"the record says that a verdict was made; its report ({record.Record.Report}) is not here", record.File);
        var erasures = bundle.Entries.Count(e => e.Place == BundlePlace.Erasure);
        if (erasures != file.Erasures)
            Differs($"{file.Erasures} erasures are stated; there are {erasures}");
        var documents = bundle.Entries.Count(e => e.Place == BundlePlace.Document);
        if (documents != file.Documents)
            Differs($"{file.Documents} documents are stated; there are {documents}");
        var items = bundle.Entries.Where(e => e.Place == BundlePlace.EvidenceManifest).Select(e => BundleLayout.Owner(e.Name)).Order(StringComparer.Ordinal);
        if (!items.SequenceEqual(file.Items))
            Differs("the evidence items stated are not those that are here");
    }
}

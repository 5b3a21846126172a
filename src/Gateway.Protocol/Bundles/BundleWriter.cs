using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;

namespace Gateway.Protocol.Bundles;

/// <summary>
/// Writes a bundle to a stream that need not seek. The same source, signer and time give the same files; only the two signatures' bytes differ
/// between runs. Memory holds one document and the list of names, never an evidence item.
/// </summary>
public static class BundleWriter
{
    /// <summary>Writes the whole bundle; the stream stays open.</summary>
    /// <param name="source">What goes in.</param>
    /// <param name="seal">The exporting authority's seal.</param>
    /// <param name="exported">The time of the export.</param>
    /// <param name="output">Takes the ZIP.</param>
    /// <param name="cancellation">Stops between two writes; what was written is then no bundle.</param>
    public static async Task WriteAsync(BundleSource source, Signer seal, DateTimeOffset exported, Stream output, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(seal);
        var zip = new ZipWriter(output);
        var files = new List<(string Name, Digest Sha256)>();

        async ValueTask<Digest> Add(string name, ReadOnlyMemory<byte> content)
        {
            if (BundleLayout.Problem(name) is { } problem)
                throw new InvalidOperationException($"'{name}': {problem}");
            var sha256 = await zip.AddAsync(name, content, cancellation);
            files.Add((name, sha256));
            return sha256;
        }

        await Add(BundleLayout.Readme, BundleReadme.Write(source));
        foreach (var document in source.Documents.OrderBy(d => d.Sha256.ToString(), StringComparer.Ordinal))
        {
            if (await Add(BundleLayout.Document(document.Sha256), document.Read()) != document.Sha256)
                throw new InvalidDataException($"the document {document.Sha256} has another digest");
        }
        foreach (var item in source.Items.OrderBy(i => i.Item, StringComparer.Ordinal))
        {
            if (item.Content is { } content)
            {
                await using var stream = content.Open();
                var name = BundleLayout.EvidenceContent(item.Item);
                files.Add((name, await zip.AddAsync(name, stream, content.Length, cancellation)));
            }
            await Add(BundleLayout.EvidenceManifest(item.Item), item.Manifest);
        }
        foreach (var (report, record) in source.Recognition.OrderBy(r => Digest.Of(r.Report.Span).ToString(), StringComparer.Ordinal))
        {
            var sha256 = Digest.Of(report.Span);
            await Add(BundleLayout.Recognition(sha256), report);
            if (record is { } logged)
                await Add(BundleLayout.RecognitionRecord(sha256), logged);
        }
        foreach (var material in source.Material.OrderBy(m => m.Sha256.ToString(), StringComparer.Ordinal))
        {
            if (await Add(BundleLayout.Material(material.Sha256, material.Extension), material.Read()) != material.Sha256)
                throw new InvalidDataException($"the material {material.Sha256} has another digest");
        }
        foreach (var erasure in source.Erasures.OrderBy(e => Digest.Of(e.Span).ToString(), StringComparer.Ordinal))
            await Add(BundleLayout.Erasure(Digest.Of(erasure.Span)), erasure);
        var logs = new List<CaseLog>();
        foreach (var log in source.Logs.OrderBy(l => l.State, StringComparer.Ordinal))
        {
            await Add(BundleLayout.Checkpoint(log.State), log.Checkpoint);
            if (log.Policy is { } policy)
                await Add(BundleLayout.LogPolicy(log.State), policy);
            foreach (var growth in log.Growths.OrderBy(g => g.Log.Origin, StringComparer.Ordinal).ThenBy(g => g.Size))
                await Add(BundleLayout.LogGrowth(growth.Log, growth.Size), growth.Way);
            foreach (var stamp in log.TimeStamps.OrderBy(t => t.Log.Origin, StringComparer.Ordinal).ThenBy(t => t.Size))
            {
                await Add(BundleLayout.StampedCheckpoint(stamp.Log, stamp.Size), stamp.Note);
                await Add(BundleLayout.StampGrowth(stamp.Log, stamp.Size), stamp.Growth);
                foreach (var (authority, reply) in stamp.Replies.OrderBy(r => r.Authority, StringComparer.Ordinal))
                    await Add(BundleLayout.TimeStamp(stamp.Log, stamp.Size, authority), reply);
                foreach (var (leaf, proof) in stamp.Leaves)
                    await Add(BundleLayout.StampedLeaf(stamp.Log, stamp.Size, leaf), proof);
            }
            var proofs = 0L;
            var ranges = new LogRanges();
            foreach (var (leaf, proof) in log.Proofs)
            {
                await Add(BundleLayout.LogProof(log.State, leaf), proof);
                ranges.Add(log.State, proof);
                proofs++;
            }
            logs.Add(new CaseLog(log.State, proofs) { Ranges = ranges.Of(log.State) });
        }
        foreach (var conflict in source.Conflicts.OrderBy(c => c.Log.Origin, StringComparer.Ordinal).ThenBy(c => c.Size))
        {
            await Add(BundleLayout.LogConflict(conflict.Log, conflict.Size, second: false), conflict.First);
            await Add(BundleLayout.LogConflict(conflict.Log, conflict.Size, second: true), conflict.Second);
        }
        var cases = new List<CaseEntry>();
        foreach (var entry in source.Cases.OrderBy(c => c.Case, StringComparer.Ordinal))
        {
            var chains = new List<CaseChain>();
            foreach (var chain in entry.Chains.OrderBy(c => c.State, StringComparer.Ordinal))
            {
                var seq = 0L;
                var head = default(Digest);
                foreach (var receipt in chain.Receipts)
                    head = await Add(BundleLayout.Receipt(entry.Case, chain.State, ++seq), receipt);
                if (seq > 0)
                    chains.Add(new CaseChain(chain.State, seq, head));
            }
            cases.Add(new CaseEntry(entry.Case, [.. entry.Linked.Order(StringComparer.Ordinal)], entry.Requesting, entry.Requested, chains));
        }
        foreach (var state in source.Cards.GroupBy(c => c.Card.State).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var cards = state.OrderBy(c => c.Card.Version).Select(c => (Card: c, Signer: SignedDocument.Open(c.Der).Value.Signer)).ToList();
            foreach (var (card, _) in cards)
                await Add(BundleLayout.Card(state.Key, card.Card.Version), card.Der);
            foreach (var (file, content) in TrustPem.Of(cards))
                await Add(BundleLayout.Pem(state.Key, file), content);
        }

        // Last, because it states heads and counts that only the writing has shown.
        var caseFile = new CaseFile(source.Case, source.Exporter, exported, cases, source.Documents.Count,
            [.. source.Items.Select(i => i.Item).Order(StringComparer.Ordinal)], [.. source.Withheld.OrderBy(d => d.ToString(), StringComparer.Ordinal)], logs, source.Erasures.Count,
            [.. source.Custody.OrderBy(c => c.Item, StringComparer.Ordinal).ThenBy(c => c.State, StringComparer.Ordinal)]);
        await Add(BundleLayout.CaseFile, caseFile.Write());

        var lines = BundleManifest.Lines(files);
        await zip.AddAsync(BundleLayout.Manifest, lines, cancellation);
        var manifest = new BundleManifest(source.Case, source.Exporter, exported, files.Count, Digest.Of(lines));
        await zip.AddAsync(BundleLayout.ManifestSeal, SignedDocument.Sign(manifest.Write(), seal, exported), cancellation);
        await zip.FinishAsync(cancellation);
    }
}

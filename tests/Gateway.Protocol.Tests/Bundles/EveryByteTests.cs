using System.Collections.Concurrent;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>A small bundle, and every byte of every file in it changed in turn, with a container that is in order.</summary>
public class EveryByteTests
{
    [Fact]
    public async Task No_byte_of_any_file_can_change_unnoticed()
    {
        var files = await Small(null);
        Assert.Equal(Verdict.VALID, (await Judged(files, null, 0)).Verdict);
        var places = files.SelectMany(f => Enumerable.Range(0, f.Value.Length).Select(i => (f.Key, i))).ToList();
        Assert.True(places.Count > 20_000);
        Assert.Empty(await Unnoticed(places, (name, at) => Judged(files, name, at)));
    }

    [Fact]
    public async Task No_byte_of_the_checkpoint_of_a_proof_or_of_the_policy_can_change_unnoticed_by_whoever_seals_the_files()
    {
        var files = await Small(new SampleLog(SampleCase.Shared.Asked));
        // Lines of keys that nobody here knows may be added to a note; a known key's line that does not hold refuses it. Without the one cosignature
        // the receipts are unproved, and the bundle was made long after.
        foreach (var name in (string[])[BundleLayout.Checkpoint("XA"), files.In("log/XA/proofs/").First(), BundleLayout.LogPolicy("XA")])
        {
            // Of a proof without the line of the witness: who reads the bundle finds that in the other notes of the log, which grew from this one.
            var to = name.EndsWith(".tlog-proof", StringComparison.Ordinal) ? files[name].AsSpan().IndexOf("— gateway-witness/"u8) : files[name].Length;
            Assert.True(to > 0);
            var unnoticed = await Unnoticed([.. Enumerable.Range(0, to).Select(i => (name, i))],
                async (n, at) => Judge(await Write(Copy(files, n, at).Reseal(SampleCase.Shared.Asking.Seal))), findings: ["B714"]);
            Assert.Empty(unnoticed);
        }
    }

    [Fact]
    public async Task Not_even_by_the_exporting_State_in_what_others_signed()
    {
        var files = await Small(null);
        // Receipts of both States, what persons signed, cards, checkpoint, proofs: the list of files is made and sealed anew over them. What the
        // exporter alone writes (README.txt, case.json, lists of certificates) it may write anew; whether it is true is another question.
        var places = files.Where(f => f.Key.EndsWith(".cms", StringComparison.Ordinal) && f.Key != "MANIFEST.cms" && !f.Key.StartsWith("documents/", StringComparison.Ordinal))
            .SelectMany(f => Enumerable.Range(0, f.Value.Length).Select(i => (f.Key, i))).ToList();
        Assert.True(places.Count > 5_000);
        Assert.Empty(await Unnoticed(places, async (name, at) =>
        {
            var changed = Copy(files, name, at).Reseal(SampleCase.Shared.Asking.Seal);
            return Judge(await Write(changed));
        }));
    }

    // The request for preservation and its receipts alone; the rest of the story adds bytes, not kinds of files.
    private static async Task<BundleFiles> Small(SampleLog? log) => BundleFiles.Of(await new SampleCase { Witnesses = [], Log = log }.Write(source => source with
    {
        Case = SampleCase.Preservation,
        Exporter = Gateway.Protocol.Covers.Party.Of("XA-CA"),
        Cases = [source.Cases[1] with { Linked = [] }],
        Documents = [.. source.Documents.Where(d => source.Cases[1].Chains[0].Receipts.Any(r => Names(r, d.Sha256)))],
        Items = [],
        Logs = log is null ? [] : [source.Logs[0] with { Proofs = source.Logs[0].Proofs.Where(p => source.Cases[1].Chains.SelectMany(c => c.Receipts).Any(r => Digest.Of(r.Span) == p.Leaf)).ToList() }],
    }));

    private static bool Names(ReadOnlyMemory<byte> receipt, Digest cover) => Gateway.Protocol.Receipts.Receipt.Read(Gateway.Protocol.Marks.SignedDocument.Open(receipt).Value.Content).Value.Subject.CoverSha256 == cover;

    private static BundleFiles Copy(BundleFiles files, string? name, int at)
    {
        var copy = files.Clone();
        if (name is not null)
        {
            copy[name] = (byte[])copy[name].Clone();
            copy[name][at] ^= (byte)(1 << (at % 8));
        }
        return copy;
    }

    private static async Task<BundleReport> Judged(BundleFiles files, string? name, int at) => Judge(await Write(Copy(files, name, at)));

    // As a gateway writes it: checksums of the container are right.
    private static async Task<byte[]> Write(BundleFiles files)
    {
        var output = new MemoryStream();
        var zip = new ZipWriter(output);
        foreach (var (name, content) in files)
            await zip.AddAsync(name, content, CancellationToken.None);
        await zip.FinishAsync(CancellationToken.None);
        return output.ToArray();
    }

    // Noticed is what breaks the bundle, or takes away something that stood in it: the findings named are then no longer alone.
    private static async Task<IReadOnlyList<string>> Unnoticed(List<(string Name, int At)> places, Func<string, int, Task<BundleReport>> judge, params string[] findings)
    {
        var unnoticed = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(places, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (place, _) =>
        {
            var report = await judge(place.Name, place.At);
            var lost = findings.Length > 0 && report.Findings.Any(f => f.Code is FindingCode.NotWitnessed or FindingCode.QuorumLacking or FindingCode.ProofPending);
            if (report.Verdict != Verdict.BROKEN && !lost)
                unnoticed.Add($"{place.Name}, byte {place.At}");
        });
        return [.. unnoticed.Take(20)];
    }
}

using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Records;
using Gateway.Protocol.Tests.Bundles;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Gateway.Recognition.Bundles;
using Xunit;

namespace Gateway.Verifier.Tests;

/// <summary>
/// A bundle with everything that a bundle can hold (log, time-stamp, disclosed evidence, custody, a record, a recognised signature, an erasure), and its exporter as the forger: each
/// change is followed by a new table of contents, a new list of files and a new seal. What the exporter may say anew without anybody noticing is named here, and nothing else may be.
/// </summary>
public class WholeBundleTests
{
    private const int DensePlaces = 24;
    private const int KnownPlaces = 6;
    private static readonly Lazy<Task<BundleFiles>> s_whole = new(async () => BundleFiles.Of(await Whole(stamped => Reply(stamped))));

    /// <summary>Its files, to be cloned before they are changed.</summary>
    internal static Task<BundleFiles> Files => s_whole.Value;

    // Compared as a whole before anything else: with the SHA-256 in the name or the manifest, with what the cards give, with what the authority here answers. Every byte takes the same way.
    private static readonly BundlePlace[] s_comparedWhole =
        [BundlePlace.Document, BundlePlace.Erasure, BundlePlace.Recognition, BundlePlace.TrustMaterial, BundlePlace.EvidenceContent, BundlePlace.TrustPem, BundlePlace.TimeStamp];

    // Of these EveryByteTests and StampTests change byte after byte, sealed anew; here some places show that the rest of the story hides nothing.
    private static readonly BundlePlace[] s_knownByByte =
        [BundlePlace.Receipt, BundlePlace.PeerCard, BundlePlace.Checkpoint, BundlePlace.LogProof, BundlePlace.LogPolicy, BundlePlace.StampedCheckpoint, BundlePlace.StampGrowth];

    // What a file is found to be by itself, whatever the others are: where many are changed together, each that one of these names would be named alone too.
    private static readonly FindingCode[] s_ofTheFileAlone =
    [
        FindingCode.PlaceUnknown, FindingCode.ReceiptMarkBroken, FindingCode.ReceiptUnreadable, FindingCode.ReceiptMisplaced, FindingCode.DocumentMisnamed, FindingCode.DocumentMarkBroken,
        FindingCode.CardBroken, FindingCode.ProofBroken, FindingCode.VerdictUnreadable, FindingCode.VerdictMaterialChanged,
    ];

    // What the exporter alone writes, and may therefore write otherwise: explanations, its own table of contents, copies of certificates for openssl that are compared with the cards.
    private static readonly Dictionary<BundlePlace, string> s_ownWords = new()
    {
        [BundlePlace.Readme] = "it explains and proves nothing",
        [BundlePlace.CaseFile] = "the exporter's own table of contents, under its seal: what it states of chains, files and custody is compared with what is there",
    };

    // What the exporter need not show at all.
    private static readonly Dictionary<BundlePlace, string> s_mayLack = new()
    {
        [BundlePlace.Readme] = "it explains and proves nothing",
        [BundlePlace.TrustPem] = "copies of certificates that stand in the cards",
        [BundlePlace.LogPolicy] = "it may ask for more than one cosignature; without it one is asked for",
        [BundlePlace.EvidenceContent] = "what is disclosed is decided by authorities; the report says that the content is not here",
        [BundlePlace.StampedLeaf] = "the receipt stands in the log that followed too; the report counts fewer receipts below the earlier stamp",
    };

    [Fact]
    public async Task The_bundle_holds_a_file_at_every_place_and_is_valid()
    {
        var files = await s_whole.Value;
        var report = Judge(files);
        Assert.Empty(report.Heavy());
        Assert.Equal(Verdict.VALID, report.Verdict);
        var places = files.Keys.Select(BundleLayout.PlaceOf).ToHashSet();
        // A log that contradicts itself is in no bundle that is valid; LogVerdictTests bend the files that show it.
        Assert.Empty(Enum.GetValues<BundlePlace>().Except(places).Except([BundlePlace.Unknown, BundlePlace.LogConflict]));
        Assert.True(report.Has(FindingCode.Erased) || report.Has(FindingCode.Withheld));
        Assert.Equal([2, report.Logs[0].Proved], Assert.Single(report.Logs).Stamps.Select(t => t.Receipts).Order());
    }

    [Fact]
    public async Task No_byte_can_change_and_no_file_can_be_left_out_unnoticed_under_the_old_seal()
    {
        var files = await s_whole.Value;
        // The list is compared file by file, and each that differs is named: every second one at a time, so that its neighbours are as they were.
        var names = files.Keys.Where(n => n is not ("MANIFEST.sha256" or "MANIFEST.cms")).Select((name, i) => (Name: name, Half: i % 2)).ToList();
        foreach (var half in names.GroupBy(n => n.Half, n => n.Name))
        {
            var (flipped, without) = (Judge(half.Aggregate(files, (f, n) => Flipped(f, n, f[n].Length / 2))), Judge(half.Aggregate(files, Without)));
            Assert.Equal((Verdict.BROKEN, Verdict.BROKEN), (flipped.Verdict, without.Verdict));
            Assert.Equal(half, flipped.Findings.Where(f => f is { Code: FindingCode.FileChanged, Severity: Severity.Broken }).Select(f => f.File).Order(StringComparer.Ordinal));
            Assert.Equal(half, without.Findings.Where(f => f is { Code: FindingCode.FileMissing, Severity: Severity.Broken }).Select(f => f.File).Order(StringComparer.Ordinal));
        }
        foreach (var own in (string[])["MANIFEST.sha256", "MANIFEST.cms"])
        {
            Assert.Equal(Verdict.BROKEN, Judge(Flipped(files, own, files[own].Length / 2)).Verdict);
            Assert.Equal(Verdict.BROKEN, Judge(Without(files, own)).Verdict);
        }
    }

    [Fact]
    public async Task No_byte_of_what_others_signed_or_logged_can_change_unnoticed_by_whoever_seals_the_files()
    {
        var files = await s_whole.Value;
        // Of each kind of file one byte after the other, as far as time allows and not every one takes the same way; of every other file its middle.
        var places = files.Keys.GroupBy(BundleLayout.PlaceOf).Where(g => g.Key is not (BundlePlace.Manifest or BundlePlace.ManifestSeal) && !s_ownWords.ContainsKey(g.Key))
            .SelectMany(g => g.OrderBy(name => files[name].Length).ThenBy(name => name, StringComparer.Ordinal)
                .SelectMany((name, i) => Spread(files[name].Length, i == 0 ? Dense(g.Key) : 1).Select((at, row) => (Place: g.Key, Name: name, At: at, Row: row)))).ToList();
        Assert.True(places.Count > 200);
        var named = places.GroupBy(p => p.Row).SelectMany(row => Named(Resealed(row.Aggregate(files, (f, p) => Flipped(f, p.Name, p.At)))).Select(name => (name, row.Key))).ToHashSet();
        Assert.True(named.Count > 100);
        var unnoticed = await Unnoticed(files, [.. places.Where(p => !named.Contains((p.Name, p.Row))).Select(p => (p.Place, p.Name, p.At))], place => Resealed(Flipped(files, place.Name, place.At)));
        Assert.Empty(unnoticed.Where(u => !IsCosignatureOfTheWay(files, u)).Select(u => $"{u.Name}, byte {u.At}").Order(StringComparer.Ordinal).Take(30));
    }

    [Fact]
    public async Task No_file_can_be_left_out_unnoticed_by_whoever_seals_the_files()
    {
        var files = await s_whole.Value;
        var places = files.Keys.Select(name => (Place: BundleLayout.PlaceOf(name), Name: name, At: 0)).Where(p => p.Place is not (BundlePlace.Manifest or BundlePlace.ManifestSeal or BundlePlace.CaseFile)).ToList();
        var unnoticed = await Unnoticed(files, places, place => Resealed(Without(files, place.Name)));
        Assert.Empty(unnoticed.Where(u => !s_mayLack.ContainsKey(u.Place)).Select(u => u.Name).Order(StringComparer.Ordinal));
        // The permissions are used: a place that is no longer passed over has none.
        Assert.Equal(s_mayLack.Keys.Order(), unnoticed.Select(u => u.Place).Where(s_mayLack.ContainsKey).Distinct().Order());
    }

    [Fact]
    public async Task No_two_files_of_a_kind_can_change_places_and_none_can_stand_twice()
    {
        var files = await s_whole.Value;
        var pairs = files.Keys.GroupBy(BundleLayout.PlaceOf).SelectMany(g => g.Zip(g.Skip(1), (a, b) => (One: a, Other: b)).Select((p, i) => (Place: g.Key, p.One, p.Other, Row: i % 2))).ToDictionary(p => p.One);
        BundleFiles Swapped(BundleFiles of, string name)
        {
            var copy = of.Clone();
            (copy[name], copy[pairs[name].Other]) = (copy[pairs[name].Other], copy[name]);
            return copy;
        }
        // No file belongs to two pairs of a row.
        var named = pairs.Values.GroupBy(p => p.Row).SelectMany(row => Named(Resealed(row.Aggregate(files, (f, p) => Swapped(f, p.One)))).Select(name => (name, row.Key))).ToHashSet();
        var unnoticed = await Unnoticed(files, [.. pairs.Values.Where(p => !named.Contains((p.One, p.Row)) && !named.Contains((p.Other, p.Row))).Select(p => (p.Place, p.One, 0))], place => Resealed(Swapped(files, place.Name)));
        Assert.Empty(unnoticed.Select(u => u.Name).Order(StringComparer.Ordinal));

        // No two copies of a row stand at one place.
        var copies = files.Keys.Where(n => n is not ("MANIFEST.sha256" or "MANIFEST.cms")).GroupBy(OtherName).SelectMany(g => g.Select((name, i) => (Name: name, Row: i))).ToList();
        BundleFiles Doubled(BundleFiles of, string name)
        {
            var copy = of.Clone();
            copy[OtherName(name)] = copy[name];
            return copy;
        }
        named = copies.GroupBy(c => c.Row).SelectMany(row => Named(Resealed(row.Aggregate(files, (f, c) => Doubled(f, c.Name)))).Select(name => (name, row.Key))).ToHashSet();
        unnoticed = await Unnoticed(files, [.. copies.Where(c => !named.Contains((OtherName(c.Name), c.Row))).Select(c => (BundleLayout.PlaceOf(c.Name), c.Name, 0))], place => Resealed(Doubled(files, place.Name)));
        Assert.Empty(unnoticed.Select(u => u.Name).Order(StringComparer.Ordinal));
    }

    // The way from a checkpoint ends at one that the log signed. Who cosigned that one too is read where proofs stand under it; here a line under a name that nobody knows is passed over.
    private static bool IsCosignatureOfTheWay(BundleFiles files, (BundlePlace Place, string Name, int At) place)
        => place.Place is BundlePlace.StampGrowth or BundlePlace.StampedLeaf or BundlePlace.LogGrowth && place.At >= files[place.Name].AsSpan().LastIndexOf("\u2014 "u8);

    // A name at which another file of its kind could stand.
    private static string OtherName(string name)
    {
        var digest = Regex.Match(name, "[0-9a-f]{64}|[0-9a-f]{32}(?=/)");
        if (digest.Success && !name.StartsWith("receipts/", StringComparison.Ordinal))
            return name.Replace(digest.Value, Digest.Of(Encoding.ASCII.GetBytes(name)).ToString()[..digest.Length], StringComparison.Ordinal);
        return Regex.IsMatch(name, "[0-9]{8}\\.cms$") ? $"{name[..^12]}00000099.cms" : $"copy/{name}";
    }

    private static int Dense(BundlePlace place) => s_comparedWhole.Contains(place) ? 1 : s_knownByByte.Contains(place) ? KnownPlaces : DensePlaces;

    // What is noticed without the engine that repeats verdicts is noticed with it: findings are only added to. It is asked where nothing else is found.
    private static async Task<IReadOnlyList<(BundlePlace Place, string Name, int At)>> Unnoticed(
        BundleFiles files, IReadOnlyList<(BundlePlace Place, string Name, int At)> places, Func<(BundlePlace Place, string Name, int At), BundleFiles> change)
    {
        var (good, without) = (Findings(Judge(files)), Findings(Judge(files, recognised: false)));
        Assert.Subset(good, without);
        var unnoticed = new ConcurrentBag<(BundlePlace, string, int)>();
        await Parallel.ForEachAsync(places, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (place, _) =>
        {
            var changed = change(place);
            if (Passes(Judge(changed, recognised: false)) && Passes(Judge(changed)))
                unnoticed.Add(place);
            return ValueTask.CompletedTask;
        });
        return [.. unnoticed];

        bool Passes(BundleReport report) => report.Verdict == Verdict.VALID && Findings(report).IsSubsetOf(good);
    }

    private static IEnumerable<string> Named(BundleFiles files) => Judge(files, recognised: false).Findings.Where(f => f.File is not null && s_ofTheFileAlone.Contains(f.Code)).Select(f => f.File!);

    private static HashSet<string> Findings(BundleReport report) => [.. report.Findings.Select(f => $"{f.Id} {f.File} {f.Text}")];

    private static BundleReport Judge(BundleFiles files, bool recognised = true)
    {
        // A reply is of the checkpoint that stood there when it was made, and of no other bytes.
        TimeStampJudgement Stamp(ReadOnlyMemory<byte> reply, ReadOnlyMemory<byte> stamped)
            => new(RequestSamples.Now.AddMinutes(5), "CN=Test Time-Stamps", reply.Span.SequenceEqual(Reply(stamped)) ? null : "of other bytes", null);
        return BundleCheck.Run(new MemoryStream(files.Pack(CompressionLevel.NoCompression)), Judging.Anchors, RequestSamples.Now.AddHours(1), further: recognised ? [CheckVerdicts.Run] : [], timeStamps: Stamp);
    }

    private static byte[] Reply(ReadOnlyMemory<byte> stamped) => Encoding.ASCII.GetBytes($"a reply over {Digest.Of(stamped.Span)}");

    private static IEnumerable<int> Spread(int length, int count) => count == 1 ? [length / 2] : Enumerable.Range(0, Math.Min(length, count)).Select(i => (int)((long)i * length / Math.Min(length, count)));

    private static BundleFiles Flipped(BundleFiles files, string name, int at)
    {
        var copy = files.Clone();
        copy[name] = (byte[])copy[name].Clone();
        copy[name][at] ^= (byte)(1 << (at % 7));
        return copy;
    }

    private static BundleFiles Without(BundleFiles files, string name)
    {
        var copy = files.Clone();
        copy.Remove(name);
        return copy;
    }

    // Everything that the exporter states of its own files is stated of what is there now.
    private static BundleFiles Resealed(BundleFiles files)
    {
        if (!CaseFile.Read(files["case.json"]).TryGet(out var old, out _))
            return files;
        var logs = files.Keys.Where(n => BundleLayout.PlaceOf(n) is BundlePlace.LogProof or BundlePlace.Checkpoint).GroupBy(BundleLayout.Owner)
            .Select(g => new CaseLog(g.Key, g.Count(n => BundleLayout.PlaceOf(n) == BundlePlace.LogProof))).ToList();
        files["case.json"] = (old with { Logs = logs, Erasures = files.Keys.Count(n => BundleLayout.PlaceOf(n) == BundlePlace.Erasure) }).Write();
        return files.Reseal(SampleCase.Shared.Asking.Seal);
    }

    /// <param name="stamp">What a time-stamp authority answers.</param>
    internal static async Task<byte[]> Whole(Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> stamp)
    {
        var asking = SampleCase.Shared.Asking;
        var (covers, last) = (new List<(string Message, Digest Sha256)>(), default(DateTimeOffset));
        var story = new SampleCase
        {
            Custody = [new(CustodyKind.STORED)],
            Records = [(RecordForms.LabReport, _ => { }, c => c.Asked.Technician)],
            ExportedAfter = TimeSpan.FromMinutes(10),
            OnReceipt = r =>
            {
                last = r.Time;
                if (r.Case == SampleCase.Preservation)
                    covers.Add((r.Subject.Message, r.Subject.CoverSha256!.Value));
                return r;
            },
        };
        story.Disclosed = story.ItemContent;
        var judged = new JudgedCase();
        var record = JudgedCase.Record(judged.Report.Write());
        return await judged.WriteWith(story, source =>
        {
            var chain = source.Cases.First(c => c.Case == SampleCase.Preservation).Chains.First(c => c.State == "XA").Receipts.ToList();
            var (id, time) = (Ids.New(), RequestSamples.Now.AddMinutes(4));
            byte[] Decision(ErasureStep step, Signer person)
                => SignedDocument.Sign(new ErasureDecision(id, SampleCase.Preservation, "XA-CP", step, ErasureReason.RETENTION_ENDED, "art. 5", time).Write(), person, time);
            byte[][] decisions = [Decision(ErasureStep.PROPOSE, asking.FirstOfficer), Decision(ErasureStep.APPROVE, asking.SecondOfficer)];
            var erasure = SignedDocument.Sign(new Erasure
            {
                Id = id, Case = SampleCase.Preservation, Authority = Party.Of("XA-CP"), Peer = Party.Of("XB-CP"), Reason = ErasureReason.RETENTION_ENDED, LegalBasis = "art. 5",
                Proposal = Digest.Of(decisions[0]), Approval = Digest.Of(decisions[1]), Time = time, BackupsUntil = time.AddDays(30),
                Chains = [new ErasedChain("XA", chain.Count, Digest.Of(chain[^1].Span))], Messages = [new ErasedMessage(covers[0].Message, covers[0].Sha256)], Items = [], Records = [], Nonce = Ids.New(),
            }.Write(), asking.ContactSeal, time);
            var custody = source.Documents.Select(d => (d.Sha256, Type: DocumentReader.TypeOf(SignedDocument.Open(d.Read()).Value.Content)))
                .Where(d => d.Type == CustodyEvent.Type || RecordForms.Find(d.Type) is not null).Select(d => new LogLeaf(LeafKind.custody, d.Sha256));
            var log = new SampleLog(SampleCase.Shared.Witness)
            {
                Records = (story.Issued.Count, [.. custody, new LogLeaf(LeafKind.audit, Digest.Of(record)), new LogLeaf(LeafKind.erasure, Digest.Of(erasure))]),
                Name = new LogName("XA", 2026, 2),
                Ended = new LogName("XA", 2026),
                Follows = SampleLog.EndOf(asking, new LogName("XA", 2026), 400),
                Stamped = stamp,
            };
            return source with
            {
                Erasures = [erasure],
                Documents = [.. source.Documents.Where(d => d.Sha256 != covers[0].Sha256), .. decisions.Select(d => new BundleDocument(Digest.Of(d), () => d))],
                Withheld = [covers[0].Sha256],
                Logs = [Two(log.Of(asking, story.Issued, last, [(9, RequestSamples.Now.AddMinutes(2)), (17, RequestSamples.Now.AddMinutes(3))]))],
            };
        });
    }

    // Of the places in the log that was ended two are enough to change each in turn.
    private static BundleLog Two(BundleLog log) => log with { TimeStamps = [.. log.TimeStamps.Select(t => t with { Leaves = t.Leaves.Take(2) })] };
}

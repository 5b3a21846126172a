using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Verification;
using Xunit;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

/// <summary>Bundles made to cost more than they are worth, or to show one thing to us and another to the next reader.</summary>
public class HostileBundleTests
{
    [Fact]
    public async Task Two_entries_over_the_same_bytes_are_refused()
    {
        var zip = BundleFiles.Of(await Good).Pack(CompressionLevel.NoCompression);
        var directory = zip.AsSpan().IndexOf("PK\x1\x2"u8);
        var second = directory + 4 + zip.AsSpan(directory + 4).IndexOf("PK\x1\x2"u8);
        // The second entry claims the place of the first.
        zip.AsSpan(directory + 42, 4).CopyTo(zip.AsSpan(second + 42));
        Assert.True(Judge(zip).Has(FindingCode.ContainerDamaged));
    }

    [Theory]
    [InlineData(24)]
    [InlineData(32)]
    [InlineData(40)]
    [InlineData(48)]
    public async Task Counts_and_places_of_64_bits_that_lie_are_refused(int field)
    {
        var zip = BundleFiles.Of(await Good).Pack(CompressionLevel.NoCompression);
        var end = zip.AsSpan().LastIndexOf("PK\x5\x6"u8);
        var (count, length, start) = (BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(end + 10)), BinaryPrimitives.ReadUInt32LittleEndian(zip.AsSpan(end + 12)), BinaryPrimitives.ReadUInt32LittleEndian(zip.AsSpan(end + 16)));
        var wide = new byte[76];
        "PK\x6\x6"u8.CopyTo(wide);
        BinaryPrimitives.WriteInt64LittleEndian(wide.AsSpan(4), 44);
        BinaryPrimitives.WriteInt64LittleEndian(wide.AsSpan(24), count);
        BinaryPrimitives.WriteInt64LittleEndian(wide.AsSpan(32), count);
        BinaryPrimitives.WriteInt64LittleEndian(wide.AsSpan(40), length);
        BinaryPrimitives.WriteInt64LittleEndian(wide.AsSpan(48), start);
        "PK\x6\x7"u8.CopyTo(wide.AsSpan(56));
        BinaryPrimitives.WriteInt64LittleEndian(wide.AsSpan(64), end);
        BinaryPrimitives.WriteInt32LittleEndian(wide.AsSpan(72), 1);
        var last = zip[end..];
        last.AsSpan(8, 12).Fill(0xFF);
        Assert.Equal(Verdict.VALID, Judge([.. zip[..end], .. wide, .. last]).Verdict);
        foreach (var lie in (long[])[0, 1, long.MaxValue, -1, int.MaxValue])
        {
            BinaryPrimitives.WriteInt64LittleEndian(wide.AsSpan(field), lie);
            var report = Judge([.. zip[..end], .. wide, .. last]);
            Assert.True(report.Has(FindingCode.ContainerDamaged) || report.Has(FindingCode.LimitExceeded), $"{lie}");
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(12)]
    [InlineData(14)]
    [InlineData(22)]
    [InlineData(26)]
    [InlineData(30)]
    public async Task A_header_that_says_another_thing_than_the_directory_is_refused(int field)
    {
        var zip = BundleFiles.Of(await Good).Pack(CompressionLevel.NoCompression);
        zip[field] ^= 1;
        Assert.Equal(Verdict.BROKEN, Judge(zip).Verdict);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public async Task Nesting_of_millions_is_refused_at_once(string open, string close)
    {
        var files = BundleFiles.Of(await Good);
        files["case.json"] = Encoding.ASCII.GetBytes(new StringBuilder().Insert(0, open, 2_000_000).Append('1').Insert(0, "{\"v\":").Append(string.Concat(Enumerable.Repeat(close, 1000))).ToString());
        Assert.True(Judge(files.Pack(CompressionLevel.NoCompression)).Has(FindingCode.CaseFileUnreadable));
    }

    [Fact]
    public async Task A_document_of_millions_of_members_is_refused()
    {
        var files = BundleFiles.Of(await Good);
        var json = new StringBuilder("{\"v\":1,\"type\":\"caseFile\",\"case\":[");
        for (var i = 0; i < 5_000_000; i++)
            json.Append("1,");
        files["case.json"] = Encoding.ASCII.GetBytes(json.Append("1]}\n").ToString());
        Assert.True(Judge(files.Pack(CompressionLevel.NoCompression)).Has(FindingCode.CaseFileUnreadable));
    }

    [Fact]
    public async Task A_gigabyte_of_json_is_never_inflated()
    {
        var output = new MemoryStream();
        using (var zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var content = zip.CreateEntry("case.json", CompressionLevel.Fastest).Open();
            var block = new byte[1 << 20];
            block.AsSpan().Fill((byte)'[');
            for (var i = 0; i < 1024; i++)
                await content.WriteAsync(block);
        }
        var before = GC.GetTotalAllocatedBytes();
        Assert.True(Judge(output.ToArray()).Has(FindingCode.LimitExceeded, "case.json"));
        Assert.True(GC.GetTotalAllocatedBytes() - before < 100L << 20);
    }

    [Fact]
    public async Task Times_at_both_ends_of_the_calendar_are_judged_like_others()
    {
        var (begin, end) = (new DateTimeOffset(1, 1, 2, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero));
        foreach (var time in (DateTimeOffset[])[begin, end])
        {
            var story = new SampleCase
            {
                OnReceipt = r => r.Seq % 3 == 0 ? r with { Time = time } : r,
                OnAct = a => a with { Time = time, DueAt = time },
                OnRelease = r => r with { Time = time },
                OnManifest = m => m with { Time = time, Custody = [.. m.Custody.Select(e => e with { Time = time })] },
            };
            Assert.Equal(Verdict.BROKEN, Judge(await story.Write(), at: time).Verdict);
            var resealed = BundleFiles.Of(await Good);
            resealed["case.json"] = (CaseFile.Read(resealed["case.json"]).Value with { Exported = time }).Write();
            Assert.Equal(Verdict.BROKEN, Judge(resealed.Reseal(SampleCase.Shared.Asking.Seal, contents: false).Pack()).Verdict);
        }
    }

    /// <summary>The exporting State lies seven times, in ways that a seal over the files does not show.</summary>
    [Fact]
    public async Task Seven_planted_defects_are_found_and_nothing_else()
    {
        var asked = SampleCase.Shared.Asked;
        var story = new SampleCase
        {
            Approver = asked.FirstOfficer,
            OnReceipt = r => (r.Case, r.Issuer.State, r.Seq) switch
            {
                (SampleCase.Content, "XA", 4) => r with { Previous = Digest.Of("x"u8) },
                (SampleCase.Content, "XB", 6) => r with { PeerHead = Digest.Of("x"u8) },
                _ => r,
            },
            OnManifest = m => m with { Custody = [m.Custody[0], m.Custody[1] with { HashBefore = Digest.Of("x"u8) }] },
            Log = new SampleLog(asked, SampleCase.Shared.Witness) { OnOrder = SwapTwo },
        };
        story.Disclosed = [.. story.ItemContent[..^1], (byte)(story.ItemContent[^1] ^ 1)];
        var files = BundleFiles.Of(await story.Write());
        files["trust/XB/seals.pem"] = files["trust/XA/seals.pem"];
        var report = Judge(files.Reseal(SampleCase.Shared.Asking.Seal).Pack());

        (FindingCode, string)[] planted =
        [
            (FindingCode.ChainBroken, $"receipts/{SampleCase.Content}/XA/00000004.cms"),
            (FindingCode.PeerHeadUnknown, $"receipts/{SampleCase.Content}/XB/00000006.cms"),
            (FindingCode.ContentDiffers, BundleLayout.EvidenceContent(SampleCase.Item)),
            (FindingCode.ReleaseLacking, ""),
            (FindingCode.CustodyHashDiffers, BundleLayout.EvidenceManifest(SampleCase.Item)),
            (FindingCode.TrustFileDiffers, "trust/XB/seals.pem"),
            (FindingCode.LogOrder, ""),
        ];
        // Of every weight: what the same story without the lies has too is not counted.
        var honest = new SampleCase { Log = new SampleLog(asked, SampleCase.Shared.Witness) };
        honest.Disclosed = honest.ItemContent;
        var good = Judge(BundleFiles.Of(await honest.Write()).Reseal(SampleCase.Shared.Asking.Seal).Pack());
        Assert.Equal(Verdict.VALID, good.Verdict);
        var known = good.Findings.Select(f => (f.Code, f.File)).ToHashSet();
        var found = report.Findings.Where(f => !known.Contains((f.Code, f.File))).ToList();
        Assert.All(planted, p => Assert.Contains(found, f => f.Code == p.Item1 && (p.Item2.Length == 0 || f.File == p.Item2)));
        // A file that differs does so in each of its digests; otherwise one defect is one finding.
        Assert.Equal(planted.Select(p => p.Item1).Order(), found.DistinctBy(f => (f.Code, f.File)).Select(f => f.Code).Order());
    }

    // The first two receipts of the case for content by XA.
    private static IEnumerable<(Digest Sha256, string State)> SwapTwo(IReadOnlyList<(Digest Sha256, string State)> receipts)
    {
        var list = receipts.ToList();
        var own = Enumerable.Range(0, list.Count).Where(i => list[i].State == "XA").Skip(1).Take(2).ToList();
        (list[own[0]], list[own[1]]) = (list[own[1]], list[own[0]]);
        return list;
    }
}

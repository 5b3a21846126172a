using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Verification;
using Xunit;
using Samples = Gateway.Protocol.Tests.Evidence.Samples;
using static Gateway.Protocol.Tests.Bundles.Judging;

namespace Gateway.Protocol.Tests.Bundles;

public class BundleReaderTests
{
    [Fact]
    public async Task No_byte_of_the_whole_file_can_change_unnoticed()
    {
        var good = await Good;
        // A prime step and a shifting bit reach every kind of field: headers, contents, directory, end record.
        for (var at = 0; at < good.Length; at += 307)
        {
            var changed = (byte[])good.Clone();
            changed[at] ^= (byte)(1 << (at % 8));
            Assert.True(Judge(changed).Verdict == Verdict.BROKEN, $"byte {at}");
        }
    }

    [Fact]
    public async Task No_byte_of_the_headers_can_change_unnoticed()
    {
        var good = await Good;
        var directory = BinaryPrimitives.ReadInt32LittleEndian(good.AsSpan(good.Length - ZipFormat.Comment.Length - 6));
        foreach (var range in (Range[])[0..60, directory..(directory + 140), (good.Length - 50)..good.Length])
        {
            var (from, length) = range.GetOffsetAndLength(good.Length);
            for (var bit = 0; bit < 8 * length; bit++)
            {
                var changed = (byte[])good.Clone();
                changed[from + (bit / 8)] ^= (byte)(1 << (bit % 8));
                Assert.True(Judge(changed).Verdict == Verdict.BROKEN, $"bit {bit} from byte {from}");
            }
        }
    }

    [Fact]
    public async Task A_changed_byte_is_named_with_its_file()
    {
        var files = BundleFiles.Of(await Good);
        foreach (var name in files.Keys.ToList())
        {
            var content = files[name];
            for (var at = content.Length / 7; at < content.Length; at += Math.Max(1, content.Length / 3))
            {
                content[at] ^= 0x20;
                var report = Judge(files.Pack(CompressionLevel.NoCompression));
                Assert.Equal(Verdict.BROKEN, report.Verdict);
                Assert.True(name == "MANIFEST.sha256" || report.Findings.Any(f => f.Severity == Severity.Broken && f.File == name), $"{name} at {at}");
                content[at] ^= 0x20;
            }
        }
    }

    [Fact]
    public async Task Cut_doubled_or_surrounded_bytes_are_refused()
    {
        var good = await Good;
        for (var length = 0; length < good.Length; length += 977)
            Assert.Equal(Verdict.BROKEN, Judge(good[..length]).Verdict);
        Assert.True(Judge([.. good, 0]).Has(FindingCode.NotABundle));
        Assert.True(Judge([0, .. good]).Has(FindingCode.ContainerDamaged));
        Assert.Equal(Verdict.BROKEN, Judge([.. good, .. good]).Verdict);
        Assert.True(Judge([]).Has(FindingCode.NotABundle));
    }

    [Fact]
    public async Task Any_mutation_of_bytes_neither_throws_nor_stays_valid()
    {
        var good = await Good;
        var mutations = Gen.Choose(0, good.Length - 1).Two().SelectMany(range => Gen.Choose(0, 255).SelectMany(value => Gen.Choose(0, 4).Select(kind => (range, value, kind)))).ToArbitrary();
        Prop.ForAll(mutations, m =>
        {
            var (from, to) = (Math.Min(m.range.Item1, m.range.Item2), Math.Max(m.range.Item1, m.range.Item2));
            byte[] changed = m.kind switch
            {
                0 => [.. good[..from], (byte)m.value, .. good[from..]],
                1 => [.. good[..from], .. good[(from + 1)..]],
                2 => [.. good[..from], .. good[to..]],
                3 => [.. good[..to], .. good[from..]],
                _ => [.. good[..from], (byte)m.value, .. good[(from + 1)..]],
            };
            return changed.AsSpan().SequenceEqual(good) || Judge(changed).Verdict == Verdict.BROKEN;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));
    }

    [Theory]
    [InlineData("../documents/x.cms")]
    [InlineData("documents/../../x.cms")]
    [InlineData("/etc/passwd")]
    [InlineData("C:/x.cms")]
    [InlineData("documents\\x.cms")]
    [InlineData("documents//x.cms")]
    [InlineData("./x.cms")]
    [InlineData("x\u0001.cms")]
    [InlineData("x\0.cms")]
    [InlineData("d\u00f6cuments/x.cms")]
    public async Task Names_that_leave_the_folder_are_refused(string name)
    {
        var files = BundleFiles.Of(await Good);
        files[name] = [1];
        Assert.Contains(Judge(files.Pack()).Findings, f => f.Code == FindingCode.NameRefused);
    }

    [Fact]
    public async Task A_name_of_thousands_of_characters_is_refused()
    {
        var files = BundleFiles.Of(await Good);
        files[new string('x', 5000)] = [1];
        Assert.Equal(Verdict.BROKEN, Judge(files.Pack()).Verdict);
    }

    [Theory]
    [InlineData(201)]
    [InlineData(600)]
    public async Task A_long_name_is_refused_where_a_gateway_could_have_written_it(int length)
    {
        var output = new MemoryStream();
        var zip = new ZipWriter(output);
        await zip.AddAsync(new string('x', length), new byte[] { 1 }, CancellationToken.None);
        await zip.FinishAsync(CancellationToken.None);
        Assert.Equal([FindingCode.NameRefused], BundleReader.Open(output).Problems.Select(p => p.Code));
    }

    [Theory]
    [InlineData("receipts/XA-0123456789abcdef0123456789abcdef/XB/00000001.cms", true)]
    [InlineData("receipts/XA-0123456789abcdef0123456789abcdef/XB/99999999.cms", true)]
    [InlineData("receipts/XA-0123456789abcdef0123456789abcdef/XB/00000000.cms", false)]
    [InlineData("receipts/XA-0123456789abcdef0123456789abcdef/XB/0000/001.cms", false)]
    [InlineData("receipts/XA-0123456789abcdef0123456789abcdef/XB/0000000a.cms", false)]
    [InlineData("receipts/XA-0123456789abcdef0123456789abcdef/XB/00000001.CMS", false)]
    [InlineData("receipts/XA-0123456789abcdef0123456789abcdef/Xb/00000001.cms", false)]
    [InlineData("receipts/XA-0123456789abcdef0123456789abcdeF/XB/00000001.cms", false)]
    [InlineData("receipts/XA-0123456789abcdef0123456789abcdef/X/000000001.cms", false)]
    [InlineData("receipts/XA-0123456789abcdef0123456789abcde/XB/000000001.cms", false)]
    [InlineData("receipts/XA-0123456789abcdef0123456789abcdef/XB/000000001.cms", false)]
    [InlineData("receipts/XA-0123456789abcdef0123456789abcdef-XB-00000001.cms", false)]
    [InlineData("receipts/", false)]
    public void A_receipt_has_one_spelling_of_its_name(string name, bool receipt)
        => Assert.Equal(receipt ? BundlePlace.Receipt : BundlePlace.Unknown, BundleLayout.PlaceOf(name));

    [Fact]
    public void Names_twice_are_refused_whatever_their_case()
    {
        Assert.True(Judge(Zip(("case.json", [1], null), ("case.json", [2], null))).Has(FindingCode.NameTwice));
        Assert.True(Judge(Zip(("case.json", [1], null), ("CASE.json", [2], null))).Has(FindingCode.NameTwice));
    }

    [Theory]
    [InlineData(0xA1FF)]
    [InlineData(0x41ED)]
    [InlineData(0x21B6)]
    [InlineData(0x11B6)]
    public void Links_folders_and_devices_are_refused(int mode)
        => Assert.True(Judge(Zip(("case.json", [1], mode << 16))).Has(FindingCode.NotAFile, "case.json"));

    [Fact]
    public void What_inflates_without_measure_is_refused()
    {
        var report = Judge(Zip(("documents/" + new string('0', 64) + ".cms", new byte[15 << 20], null)));
        Assert.True(report.Has(FindingCode.LimitExceeded));
    }

    [Fact]
    public void Files_above_the_limit_of_their_place_are_not_read()
    {
        var name = $"receipts/{SampleCase.Content}/XA/00000001.cms";
        Assert.True(Judge(Zip((name, Samples.Bytes(65537), null))).Has(FindingCode.LimitExceeded, name));
        Assert.True(Judge(Zip(("case.json", new byte[1], null), ("README.txt", new byte[1], null)), limits: new BundleLimits(MaxEntries: 1)).Has(FindingCode.LimitExceeded));
        Assert.True(Judge(Zip(("a", Samples.Bytes(600), null), ("b", Samples.Bytes(600), null)), limits: new BundleLimits(MaxTotalBytes: 1000)).Has(FindingCode.LimitExceeded, "b"));
    }

    [Fact]
    public void A_size_that_is_a_lie_costs_nothing_and_is_named()
    {
        var zip = Zip(("documents/" + new string('0', 64) + ".cms", [1, 2, 3], null));
        // Both headers say that three stored bytes inflate to sixteen million.
        var directory = zip.AsSpan().LastIndexOf("PK\x1\x2"u8);
        BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(directory + 24), 16 << 20);
        BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(22), 16 << 20);
        Assert.Equal(Verdict.BROKEN, Judge(zip).Verdict);
    }

    [Theory]
    [InlineData(8, 1)]
    [InlineData(8, 0x41)]
    [InlineData(10, 9)]
    [InlineData(10, 14)]
    public void Encrypted_files_and_rare_compressions_are_refused(int field, int value)
    {
        var zip = Zip(("case.json", [1, 2, 3], null));
        var directory = zip.AsSpan().LastIndexOf("PK\x1\x2"u8);
        BinaryPrimitives.WriteInt16LittleEndian(zip.AsSpan(directory + field), (short)value);
        BinaryPrimitives.WriteInt16LittleEndian(zip.AsSpan(field - 2), (short)value);
        Assert.True(Judge(zip).Has(FindingCode.EncodingRefused, "case.json"));
    }

    [Fact]
    public void A_gigabyte_of_entries_that_are_not_there_is_refused()
    {
        var zip = Zip(("case.json", [1], null));
        var end = zip.Length - ZipFormat.EndRecordBytes;
        BinaryPrimitives.WriteUInt16LittleEndian(zip.AsSpan(end + 8), 65000);
        BinaryPrimitives.WriteUInt16LittleEndian(zip.AsSpan(end + 10), 65000);
        Assert.True(Judge(zip).Has(FindingCode.ContainerDamaged));
    }

    [Fact]
    public async Task The_same_story_is_written_the_same_way()
    {
        // Signatures are random, so only names, order and headers can be compared.
        var (a, b) = (Headers(await new SampleCase().Write()), Headers(await new SampleCase().Write()));
        Assert.Equal(a.Count, b.Count);
        static bool NamedByDigest(string header) => header.StartsWith("documents/", StringComparison.Ordinal) || header.StartsWith("log/XA/proofs/", StringComparison.Ordinal);
        Assert.Equal(a.Where(h => !NamedByDigest(h)), b.Where(h => !NamedByDigest(h)));
    }

    [Fact]
    public async Task Content_longer_or_shorter_than_announced_is_a_fault_of_the_store()
    {
        foreach (var length in (long[])[2999, 3001])
        {
            var story = new SampleCase();
            story.Disclosed = story.ItemContent;
            await Assert.ThrowsAsync<InvalidDataException>(() => story.Write(s => s with { Items = [s.Items[0] with { Content = s.Items[0].Content! with { Length = length } }] }));
        }
    }

    [Fact]
    public async Task More_entries_than_sixteen_bits_count_are_read_back()
    {
        var output = new MemoryStream();
        var zip = new ZipWriter(output);
        for (var i = 0; i < 70_000; i++)
            await zip.AddAsync($"recognition/{i}.json", Encoding.ASCII.GetBytes($"{i}"), CancellationToken.None);
        await zip.FinishAsync(CancellationToken.None);
        var reader = BundleReader.Open(output);
        Assert.Empty(reader.Problems);
        Assert.Equal(70_000, reader.Entries.Count);
        Assert.Equal("69999"u8.ToArray(), reader.Read(reader.Entries[^1]));
        output.Position = 0;
        using var common = new ZipArchive(output);
        Assert.Equal(70_000, common.Entries.Count);
    }

    private static List<string> Headers(byte[] bundle)
    {
        using var zip = new ZipArchive(new MemoryStream(bundle));
        return [.. zip.Entries.Select(e => $"{e.FullName} {e.LastWriteTime.DateTime:s} {e.ExternalAttributes}")];
    }

    private static byte[] Zip(params (string Name, byte[] Content, int? Attributes)[] entries)
    {
        var output = new MemoryStream();
        using (var zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content, attributes) in entries)
            {
                var entry = zip.CreateEntry(name, CompressionLevel.Optimal);
                if (attributes is { } value)
                    entry.ExternalAttributes = value;
                using var stream = entry.Open();
                stream.Write(content);
            }
        }
        return output.ToArray();
    }
}

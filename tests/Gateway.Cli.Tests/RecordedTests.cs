using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using Gateway.Cli.Output;
using Gateway.Cli.Recorded;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class RecordedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("sha256sum", "{0}  disk.dd", "disk.dd", "SHA256")]
    [InlineData("x.sha256", "{0} *./out/disk.dd", "./out/disk.dd", "SHA256")]
    [InlineData("x.sm3", "{0}  disk.dd", "disk.dd", "SM3")]
    [InlineData("list", "SHA256 (a (b) c.dd) = {0}", "a (b) c.dd", "SHA256")]
    [InlineData("list", "\\{0}  line\\nbreak\\\\", "line\nbreak\\", "SHA256")]
    [InlineData("disk.dd.sha256", "{0}", "", "SHA256")]
    [InlineData("list", "%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\n## $ hashdeep\n##\n5,{0},/x/a, b.txt", "/x/a, b.txt", "SHA256")]
    public void Lists_are_read_as_their_tools_write_them(string name, string text, string path, string algorithm)
    {
        var value = Convert.ToHexStringLower(SHA256.HashData("alpha"u8));
        File.WriteAllText(_folder[name], string.Format(System.Globalization.CultureInfo.InvariantCulture, text, value) + "\r\n");
        Assert.Equal([new ListedDigest(path, algorithm, value)], DigestList.Read(_folder[name]));
    }

    [Theory]
    [InlineData("no digest here")]
    [InlineData("0123  short")]
    [InlineData("CRC32 (a) = 00112233445566778899aabbccddeeff")]
    [InlineData("%%%% size,sha256,filename\n5,zz,a")]
    public void What_is_not_a_digest_is_passed_over(string text)
    {
        File.WriteAllText(_folder["list"], text);
        Assert.Empty(DigestList.Read(_folder["list"]));
    }

    [Fact]
    public void A_list_with_a_line_without_end_is_refused()
    {
        File.WriteAllText(_folder["list"], new string('a', 100_000));
        Assert.Equal(ExitCode.No, Assert.Throws<StopException>(() => DigestList.Read(_folder["list"]).ToList()).Exit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_list_beside_the_source_is_compared_in_the_same_pass(bool right)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, 100_000);
        var md5 = Computed("MD5", content);
        File.WriteAllText(source + ".md5", $"{(right ? md5 : new string('0', 32))}  disk.dd\n");
        var said = await EvidenceTests.AttachAsync(gateway, source);
        Assert.Equal(right ? 0 : 1, said.Exit);
        if (right)
            Assert.Equal([new RecordedDigest("disk.dd.md5", DigestScope.FILE, "MD5", md5, true)], gateway.Service.Signed().Recorded);
        else
            Assert.Contains("T710", said.Error, StringComparison.Ordinal);
        Assert.Equal(right, gateway.Service.Committed is not null);
    }

    /// <summary>SHA256SUMS of a medium names every disk.dd on it; the one that is attached is the one of its path.</summary>
    [Theory]
    [InlineData("other/disk.dd")]
    [InlineData("/elsewhere/disk.dd")]
    [InlineData("../disk.dd")]
    public async Task A_file_of_the_same_name_in_another_folder_is_passed_over(string path)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, 1000);
        File.WriteAllText(gateway.Folder["SHA256SUMS"], $"{new string('0', 64)}  {path}\n{Computed("SHA256", content)} *./disk.dd\n");
        var said = await EvidenceTests.AttachAsync(gateway, source);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal([new RecordedDigest("SHA256SUMS", DigestScope.FILE, "SHA256", Computed("SHA256", content), true)], gateway.Service.Signed().Recorded);
    }

    [Theory]
    [InlineData("disk.dd.sha256", "{0}  /lab/out/disk.dd\n")]
    [InlineData("disk.dd.hashdeep", "%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\n1000,{0},D:\\lab\\out\\disk.dd\n")]
    [InlineData("named", "{1}  other/disk.dd\n{0}  evidence/disk.dd\n")]
    public async Task A_list_about_the_source_may_have_been_written_elsewhere(string list, string text)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (made, content) = EvidenceTests.MakeSource(gateway, 1000);
        var source = Path.Combine(Directory.CreateDirectory(gateway.Folder["evidence"]).FullName, "disk.dd");
        File.Move(made, source);
        var path = list == "named" ? gateway.Folder[list] : Path.Combine(gateway.Folder["evidence"], list);
        File.WriteAllText(path, string.Format(System.Globalization.CultureInfo.InvariantCulture, text, Computed("SHA256", content), new string('0', 64)));
        var said = await EvidenceTests.AttachAsync(gateway, source, list == "named" ? ["--recorded", path] : []);
        Assert.True(said.Exit == 0, said.Error);
        Assert.True(Assert.Single(gateway.Service.Signed().Recorded).Compared);
    }

    [Theory]
    [InlineData("{0}  disk.dd\n{1}  disk.dd\n", "")]
    [InlineData("{0}  disk.dd\n", "{1}  disk.dd\n")]
    public async Task Lists_that_contradict_each_other_are_refused_before_the_first_byte(string one, string other)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, 3 << 20);
        string Text(string text) => string.Format(System.Globalization.CultureInfo.InvariantCulture, text, Computed("SHA256", content), new string('0', 64));
        File.WriteAllText(gateway.Folder["SHA256SUMS"], Text(one));
        File.WriteAllText(source + ".sha256", Text(other));
        var said = await EvidenceTests.AttachAsync(gateway, source);
        Assert.Equal(1, said.Exit);
        Assert.Contains("T710", said.Error, StringComparison.Ordinal);
        Assert.Contains("remove what is wrong", said.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Arrived);
        Assert.False(Directory.Exists(gateway.Folder["config/attach"]));
    }

    [Fact]
    public async Task What_lies_beside_a_folder_under_the_name_of_a_file_in_it_is_another_file()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = FolderTests.MakeFolder(gateway);
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(root)!, "SHA256SUMS"), $"{new string('0', 64)}  a.txt\n{Computed("SHA256", "alpha"u8.ToArray())}  photos/a.txt\n");
        var said = await EvidenceTests.AttachAsync(gateway, root);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains("1 recorded digests compared, all equal", said.Error, StringComparison.Ordinal);

        File.WriteAllText(gateway.Folder["list"], $"{new string('0', 64)}  a.txt\n{Computed("SHA256", "alpha"u8.ToArray())}  ./photos/a.txt\n");
        var contradicted = await EvidenceTests.AttachAsync(gateway, root, "--recorded", gateway.Folder["list"], "--new");
        Assert.Equal(1, contradicted.Exit);
        Assert.Contains("is recorded as", contradicted.Error, StringComparison.Ordinal);
    }

    /// <summary>hashdeep writes full paths, those of the machine on which it ran.</summary>
    [Theory]
    [InlineData("", "/mnt/stick/photos/{0}", '/')]
    [InlineData("", "E:\\case 7\\PHOTOS\\{0}", '\\')]
    [InlineData("## Invoked from: /mnt/renamed\n## $ hashdeep -r .\n##\n", "/mnt/renamed/{0}", '/')]
    [InlineData("## Invoked from: /mnt/stick\n## $ hashdeep -rl photos\n##\n", "photos/{0}", '/')]
    public async Task A_list_of_hashdeep_from_another_machine_is_compared(string head, string path, char separator)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = FolderTests.MakeFolder(gateway);
        string Line(string file) => $"5,{Computed("SHA256", File.ReadAllBytes(Path.Combine(root, file)))},{string.Format(System.Globalization.CultureInfo.InvariantCulture, path, file.Replace('/', separator))}\n";
        File.WriteAllText(gateway.Folder["list"], $"%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\n{head}{Line("a.txt")}{Line("album/b.bin")}");
        var said = await EvidenceTests.AttachAsync(gateway, root, "--recorded", gateway.Folder["list"]);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains("2 recorded digests compared, all equal", said.Error, StringComparison.Ordinal);
    }

    // A folder elsewhere that bears the same name is another one, unless a person says that the list is about this one.
    [Theory]
    [InlineData("SHA256SUMS")]
    [InlineData("photos.sha256")]
    public async Task What_a_list_beside_a_folder_says_of_another_place_is_about_another_file(string list)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = FolderTests.MakeFolder(gateway);
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(root)!, list), $"{new string('0', 64)}  /other/photos/a.txt\n{Computed("SHA256", "alpha"u8.ToArray())}  photos/a.txt\n");
        var said = await EvidenceTests.AttachAsync(gateway, root);
        Assert.DoesNotContain("T710", said.Error, StringComparison.Ordinal);
        Assert.Contains("1 recorded digests compared, all equal", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("photos/x.txt")]
    [InlineData("/mnt/photos/2026/photos/a.txt")]
    public async Task Where_a_folder_bears_its_name_twice_the_file_counts_that_lies_there(string path)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = FolderTests.MakeFolder(gateway);
        Directory.CreateDirectory(Path.Combine(root, "photos"));
        File.WriteAllText(Path.Combine(root, "photos", "x.txt"), "alpha");
        File.WriteAllText(Path.Combine(root, "x.txt"), "another");
        File.WriteAllText(gateway.Folder["list"], $"{Computed("SHA256", "alpha"u8.ToArray())}  {path}\n");
        var said = await EvidenceTests.AttachAsync(gateway, root, "--recorded", gateway.Folder["list"]);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Contains("1 recorded digests compared, all equal", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_of_a_folder_are_compared_with_a_list(bool right)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = FolderTests.MakeFolder(gateway);
        var (sha512, md5) = (Convert.ToHexStringLower(SHA512.HashData("alpha"u8)), Computed("MD5", File.ReadAllBytes(Path.Combine(root, "album", "b.bin"))));
        File.WriteAllText(gateway.Folder["list"], $"{sha512}  ./a.txt\n{(right ? md5 : new string('1', 32))}  photos/album/b.bin\n");
        // A list for everything beside the folder names other things too: they are not missing in it.
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(root)!, "MD5SUMS"), $"{md5}  ./photos/album/b.bin\n{md5}  other.iso\n");
        var said = await EvidenceTests.AttachAsync(gateway, root, "--recorded", gateway.Folder["list"]);
        Assert.Equal(right ? 0 : 1, said.Exit);
        Assert.Contains(right ? "3 recorded digests compared, all equal" : "of album/b.bin", said.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("other.iso", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_a_list_names_and_the_folder_lacks_is_told_and_ends_incomplete()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = FolderTests.MakeFolder(gateway);
        var sha512 = Convert.ToHexStringLower(SHA512.HashData("alpha"u8));
        File.WriteAllText(gateway.Folder["list"], $"{sha512}  a.txt\n{sha512}  gone.txt\n");
        var said = await EvidenceTests.AttachAsync(gateway, root, "--recorded", gateway.Folder["list"]);
        Assert.Equal((int)ExitCode.Incomplete, said.Exit);
        Assert.Contains("gone.txt", said.Error, StringComparison.Ordinal);
        // What is there was taken all the same.
        Assert.NotNull(gateway.Service.Committed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no digest here\n")]
    [InlineData("00112233445566778899aabbccddeeff\n")]
    public async Task A_named_list_that_says_nothing_of_a_file_is_refused_before_anything_is_read(string text)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var root = FolderTests.MakeFolder(gateway);
        File.WriteAllText(gateway.Folder["list"], text);
        var said = await EvidenceTests.AttachAsync(gateway, root, "--recorded", gateway.Folder["list"]);
        Assert.Equal((int)ExitCode.Usage, said.Exit);
        Assert.Null(gateway.Service.Committed);
    }

    [Ewf]
    public async Task A_real_image_goes_through_with_what_its_tool_recorded()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, (5 << 20) + 512);
        content.AsSpan(1 << 20, 1 << 20).Clear(); // packs well
        File.WriteAllBytes(source, content);
        var set = await AcquireSetAsync(gateway, source);
        var image = Path.Combine(set, "image.E01");
        using (var opened = EwfImage.Open(image))
        {
            Assert.Equal(content.Length, opened.MediumBytes);
            Assert.Equal(Computed("MD5", content), opened.Stored["MD5"]);
            Assert.Equal(("CASE-7", "EX-9", "Kim Sample"), (opened.Header["c"], opened.Header["n"], opened.Header["e"]));
            var medium = new MemoryStream();
            foreach (var chunk in opened.Medium())
                medium.Write(chunk.Span);
            Assert.Equal(content, medium.ToArray());
        }
        var form = await gateway.RunAsync("evidence", "intake", "--from", set);
        Assert.Contains("\"exhibitNumber\": \"EX-9\"", form.Output, StringComparison.Ordinal);
        Assert.Contains("Kim Sample", form.Output, StringComparison.Ordinal);
        var said = await EvidenceTests.AttachAsync(gateway, set);
        Assert.True(said.Exit == 0, said.Error);
        var by = $"image.E01 (E01, {Directory.GetFiles(set, "image.E*").Length} segments)";
        Assert.Equal([(by, "MD5", Computed("MD5", content), true), (by, "SHA1", Computed("SHA1", content), true)],
            gateway.Service.Signed().Recorded.OrderBy(r => r.Algorithm, StringComparer.Ordinal).Select(r => (r.By, r.Algorithm, r.Value, r.Compared)));
        Assert.All(gateway.Service.Signed().Recorded, r => Assert.Equal(DigestScope.MEDIUM, r.Scope));
        Assert.Equal(Directory.GetFiles(set).Length, FolderTests.Entries(await EvidenceTests.OpenAsync(gateway), gateway.Service.Signed()).Count);
    }

    [Ewf]
    public async Task A_whole_image_in_one_file_goes_through_with_what_its_tool_recorded()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, 1 << 20);
        var image = await AcquireAsync(gateway.Folder["image"], source);
        var said = await EvidenceTests.AttachAsync(gateway, image);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal([("image.E01 (E01)", "MD5", Computed("MD5", content), true), ("image.E01 (E01)", "SHA1", Computed("SHA1", content), true)],
            gateway.Service.Signed().Recorded.OrderBy(r => r.Algorithm, StringComparer.Ordinal).Select(r => (r.By, r.Algorithm, r.Value, r.Compared)));
    }

    [Ewf]
    public async Task One_segment_of_several_is_refused_because_its_digests_are_of_the_whole_medium()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, (3 << 20) + 512);
        var set = await AcquireSetAsync(gateway, source);
        foreach (var segment in (string[])["image.E01", "image.E02", Directory.GetFiles(set).Order(StringComparer.Ordinal).Last()])
        {
            var path = Path.Combine(set, segment);
            string[][] commands = [EvidenceTests.Attach(gateway, path), PackTests.Pack(gateway, path), ["evidence", "intake", "--from", path]];
            foreach (var command in commands)
            {
                var said = await gateway.RunAsync(command);
                Assert.Equal(2, said.Exit);
                Assert.Contains("name the folder", said.Error, StringComparison.Ordinal);
            }
        }
        Assert.Empty(gateway.Service.Arrived);
        Assert.False(Directory.Exists(gateway.Folder["config/pack"]));
    }

    [Ewf]
    public async Task A_folder_that_lacks_a_segment_or_holds_a_link_to_one_is_taken_and_said_not_to_be_compared()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, (3 << 20) + 512);
        var set = await AcquireSetAsync(gateway, source);
        File.Move(Path.Combine(set, "image.E02"), gateway.Folder["elsewhere.E02"]);
        var lacking = await EvidenceTests.AttachAsync(gateway, set);
        Assert.Equal(0, lacking.Exit);
        Assert.Contains("segment 2 (image.E02) is not there", lacking.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Service.Signed().Recorded);

        File.CreateSymbolicLink(Path.Combine(set, "image.E02"), gateway.Folder["elsewhere.E02"]);
        var folder = await PackTests.PackedAsync(gateway, set);
        var packed = Manifest.Read(SignedDocument.Open(File.ReadAllBytes(Path.Combine(folder, "manifest.cms"))).Value.Content).Value;
        Assert.Empty(packed.Recorded);
    }

    [Ewf]
    public async Task Segments_in_a_folder_whose_medium_is_not_what_they_record_are_refused()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, (3 << 20) + 512);
        var set = await AcquireSetAsync(gateway, source);
        Falsify(Directory.GetFiles(set).Order(StringComparer.Ordinal).Last(), content);
        var said = await EvidenceTests.AttachAsync(gateway, set);
        Assert.Equal(1, said.Exit);
        Assert.Contains("T710", said.Error, StringComparison.Ordinal);
        Assert.Null(gateway.Service.Committed);
    }

    [Ewf]
    public async Task An_image_whose_medium_is_not_what_it_records_is_refused()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, 1 << 20);
        var image = await AcquireAsync(gateway.Folder["image"], source);
        Falsify(image, content);
        var said = await EvidenceTests.AttachAsync(gateway, image);
        Assert.Equal(1, said.Exit);
        Assert.Contains("T710", said.Error, StringComparison.Ordinal);
        Assert.Null(gateway.Service.Committed);
    }

    [Ewf]
    public async Task A_damaged_image_is_taken_as_it_is_and_said_not_to_be_compared()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, _) = EvidenceTests.MakeSource(gateway, 1 << 20);
        var image = await AcquireAsync(gateway.Folder["image"], source);
        var bytes = File.ReadAllBytes(image);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(image, bytes);
        var said = await EvidenceTests.AttachAsync(gateway, image);
        Assert.Equal(0, said.Exit);
        Assert.Contains("was not compared", said.Error, StringComparison.Ordinal);
        // What the tool recorded is not lost with it, and nobody takes it for compared.
        Assert.Equal([("MD5", false), ("SHA1", false)], gateway.Service.Signed().Recorded.Select(r => (r.Algorithm, r.Compared)).Order());
    }

    [Ewf]
    public async Task A_SHA256_that_the_tool_recorded_is_compared_and_refused_when_it_is_of_something_else()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (source, content) = EvidenceTests.MakeSource(gateway, 1 << 20);
        var image = await AcquireAsync(gateway.Folder["image"], source, "-d", "sha256", "-f", "ewfx");
        Assert.Equal(0, (await EvidenceTests.AttachAsync(gateway, image)).Exit);
        Assert.Contains(gateway.Service.Signed().Recorded, r => r is { Algorithm: "SHA256", Scope: DigestScope.MEDIUM, Compared: true } && r.Value == Computed("SHA256", content));

        // A digest by SHA-256 of another medium in a sound image.
        await using var other = await LoopbackGateway.StartAsync();
        var bytes = File.ReadAllBytes(image);
        File.WriteAllBytes(image, WithExtendedHash(bytes, new string('a', 64)));
        var said = await EvidenceTests.AttachAsync(other, image);
        Assert.Equal(1, said.Exit);
        Assert.Contains("T710", said.Error, StringComparison.Ordinal);
        Assert.Contains("SHA256", said.Error, StringComparison.Ordinal);
    }

    [Ewf]
    public async Task No_spoilt_image_ends_in_more_than_a_sentence()
    {
        File.WriteAllBytes(_folder["source"], RandomNumberGenerator.GetBytes(200_000 / 512 * 512));
        var image = await AcquireAsync(_folder["image"], _folder["source"]);
        var sound = File.ReadAllBytes(image);
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            var bytes = sound.ToArray();
            for (var change = 0; change < 3; change++)
                bytes[random.Next(i % 2 == 0 ? 4096 : bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(image, i % 5 == 0 ? bytes[..random.Next(bytes.Length)] : Mended(bytes));
            try
            {
                using var opened = EwfImage.Open(image);
                Assert.True(opened.Medium().Sum(chunk => (long)chunk.Length) <= opened.MediumBytes);
            }
            catch (InvalidDataException)
            {
                // said what is wrong
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private static string Computed(string algorithm, byte[] content)
    {
        using var set = DigestSet.Create(algorithm).Value;
        set.Append(content);
        return set.Finish().Single(d => d.Algorithm == algorithm).Value;
    }

    // Checksums of section descriptors made anew, so that the readers behind them are reached.
    private static byte[] Mended(byte[] bytes)
    {
        for (long at = 13; at >= 13 && at + 76 <= bytes.Length;)
        {
            var descriptor = bytes.AsSpan((int)at, 76);
            BinaryPrimitives.WriteUInt32LittleEndian(descriptor[72..], EwfSegment.Adler32(descriptor[..72]));
            var next = BinaryPrimitives.ReadInt64LittleEndian(descriptor[16..]);
            if (next <= at)
                break;
            at = next;
        }
        return bytes;
    }

    // The digest itself is falsified, not the medium: the image is sound and lies.
    internal static void Falsify(string segment, byte[] content)
    {
        var bytes = File.ReadAllBytes(segment);
        foreach (var digest in ((string[])["MD5", "SHA1"]).Select(algorithm => Convert.FromHexString(Computed(algorithm, content))))
        {
            for (var at = bytes.AsSpan().IndexOf(digest); at >= 0; at = bytes.AsSpan().IndexOf(digest))
                bytes[at] ^= 1;
        }
        File.WriteAllBytes(segment, bytes);
    }

    // The section as the tool wrote it, with another SHA-256, of the same length: what follows moves with it.
    private static byte[] WithExtendedHash(byte[] image, string sha256)
    {
        for (long at = 13; ;)
        {
            var next = BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan((int)at + 16));
            Assert.True(next > at, "there is no section xhash");
            if (System.Text.Encoding.ASCII.GetString(image, (int)at, 5) != "xhash")
            {
                at = next;
                continue;
            }
            var packed = new MemoryStream();
            using (var deflate = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
                deflate.Write(System.Text.Encoding.UTF8.GetBytes($"<?xml version=\"1.0\"?><xhash><SHA256>{sha256}</SHA256></xhash>"));
            byte[] made = [.. image.AsSpan(0, (int)at + 76), .. packed.ToArray(), .. image.AsSpan((int)next)];
            var after = at + 76 + packed.Length;
            BinaryPrimitives.WriteInt64LittleEndian(made.AsSpan((int)at + 16), after);
            BinaryPrimitives.WriteInt64LittleEndian(made.AsSpan((int)at + 24), after - at);
            // Behind it stands only the end, which leads to itself.
            BinaryPrimitives.WriteInt64LittleEndian(made.AsSpan((int)after + 16), after);
            return Mended(made);
        }
    }

    private static async Task<string> AcquireSetAsync(LoopbackGateway gateway, string source)
    {
        var set = Directory.CreateDirectory(gateway.Folder["set"]).FullName;
        await AcquireAsync(Path.Combine(set, "image"), source, "-S", "1MiB");
        Assert.True(Directory.GetFiles(set).Length >= 3);
        return set;
    }

    internal static async Task<string> AcquireAsync(string target, string source, params string[] more)
    {
        var start = new ProcessStartInfo("ewfacquire",
            ["-u", "-q", "-t", target, "-C", "CASE-7", "-D", "disk of a server", "-E", "EX-9", "-e", "Kim Sample", "-N", "no remarks", "-d", "sha1", "-f", "encase6", "-c", "fast", .. more, source])
        { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output + await error);
        return File.Exists(target + ".E01") ? target + ".E01" : target + ".e01";
    }
}

/// <summary>Needs Debian's ewf-tools.</summary>
public sealed class EwfAttribute : FactAttribute
{
    public EwfAttribute()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "ewfacquire"))))
            Skip = "ewfacquire is not installed (Debian: ewf-tools)";
    }
}

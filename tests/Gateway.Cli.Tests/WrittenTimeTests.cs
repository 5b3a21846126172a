using System.Globalization;
using Gateway.Cli.Evidence;
using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class WrittenTimeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("00:00:02", true, true)]
    [InlineData("00:00:03", false, false)]
    [InlineData("01:00:00", true, false)]
    [InlineData("-01:00:01", true, false)]
    [InlineData("05:30:00", true, false)]
    [InlineData("05:45:02", true, false)]
    [InlineData("05:44:59", true, false)]
    [InlineData("1.02:00:00", true, false)]
    [InlineData("1.03:00:00", false, false)]
    [InlineData("01:00:03", false, false)]
    [InlineData("00:07:00", false, false)]
    public void A_time_that_moved_by_the_offset_of_a_zone_is_the_same_where_local_time_is_kept_and_nowhere_else(string moved, bool onFat, bool elsewhere)
    {
        var then = new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);
        var now = then + TimeSpan.Parse(moved, CultureInfo.InvariantCulture);
        Assert.Equal(onFat, WrittenTime.Same(then, now, local: true));
        Assert.Equal(elsewhere, WrittenTime.Same(then, now, local: false));
    }

    [Theory]
    [InlineData("00:00:02", "00:00:00")]
    [InlineData("05:45:02", "05:45:00")]
    [InlineData("-01:00:01", "-01:00:00")]
    [InlineData("00:07:00", "00:00:00")]
    [InlineData("1.03:00:00", "00:00:00")]
    public void What_all_times_moved_by_is_whole_quarters_of_an_hour(string moved, string shift)
    {
        var then = new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);
        Assert.Equal(TimeSpan.Parse(shift, CultureInfo.InvariantCulture), WrittenTime.Shift(then, then + TimeSpan.Parse(moved, CultureInfo.InvariantCulture)));
    }

    /// <summary>A camera's card, begun in one zone and gone on with in another.</summary>
    [Theory]
    [InlineData(true, "05:30:00", null, true)]
    [InlineData(true, "-01:00:00", null, true)]
    [InlineData(true, "00:00:00", null, true)]
    [InlineData(true, "00:07:00", null, false)]
    [InlineData(false, "05:30:00", null, false)]
    [InlineData(true, "05:30:00", "other content of one length", false)]
    [InlineData(true, "05:30:00", "later", false)]
    public async Task A_folder_whose_times_all_moved_with_the_zone_gives_the_same_bytes_and_one_that_was_changed_does_not(bool local, string moved, string? changed, bool same)
    {
        var root = Directory.CreateDirectory(_folder["DCIM"]).FullName;
        Directory.CreateDirectory(Path.Combine(root, "100"));
        string[] files = [Path.Combine(root, "100", "1.jpg"), Path.Combine(root, "100", "2.jpg"), Path.Combine(root, "3.txt")];
        var then = new DateTime(2026, 3, 1, 10, 0, 0, DateTimeKind.Utc);
        foreach (var file in files)
            File.WriteAllText(file, "the content is of one length"[..27]);
        Times(TimeSpan.Zero);
        var begun = SourceReader.At(root, null) with { KeepsLocalTime = local };
        var item = new AttachedItem(new string('a', 32), "", "", root, begun.Measure(), [], begun.ItemName, true, [], begun.Modified());
        using var key = ItemKey.New();
        var first = await Bytes(begun);

        if (changed is not null && changed != "later")
            File.WriteAllText(files[1], changed[..27]);
        Times(TimeSpan.Parse(moved, CultureInfo.InvariantCulture));
        if (changed == "later")
            File.SetLastWriteTimeUtc(files[1], then.AddHours(9));
        Assert.Equal(same, (await Bytes(item.RequireSame(SourceReader.At(root, null) with { KeepsLocalTime = local }))).AsSpan().SequenceEqual(first));

        void Times(TimeSpan by)
        {
            foreach (var file in files)
                File.SetLastWriteTimeUtc(file, then + by);
            Directory.SetLastWriteTimeUtc(Path.Combine(root, "100"), then + by);
        }

        async Task<byte[]> Bytes(SourceReader source)
        {
            using var open = source.Open(new UnreadLog(null), _folder[Path.GetRandomFileName()], item.ItemId, key);
            var all = new MemoryStream();
            await open.Content.CopyToAsync(all);
            open.Complete();
            return all.ToArray();
        }
    }

    [Theory]
    [InlineData(true, "05:30:00", true)]
    [InlineData(true, "00:00:03", false)]
    [InlineData(false, "00:00:01", false)]
    public void What_stands_in_a_folder_is_known_again_in_another_zone(bool local, string moved, bool same)
    {
        var root = Directory.CreateDirectory(_folder["DCIM"]).FullName;
        File.WriteAllText(Path.Combine(root, "1.jpg"), "content");
        var then = new DateTime(2026, 3, 1, 10, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Path.Combine(root, "1.jpg"), then.AddSeconds(local ? 1 : 0));
        var begun = SourceReader.At(root, null) with { KeepsLocalTime = local };
        var item = new AttachedItem(new string('a', 32), "", "", root, begun.Measure(), [], begun.ItemName, true, [], begun.Modified(), Walk: begun.Fingerprint());
        File.SetLastWriteTimeUtc(Path.Combine(root, "1.jpg"), then + TimeSpan.Parse(moved, CultureInfo.InvariantCulture));
        if (same)
            Assert.NotNull(item.RequireSame(begun).Walk);
        else
            Assert.Contains("T709", Assert.Throws<Gateway.Cli.Output.StopException>(() => item.RequireSame(begun)).Refusals.Select(r => r.Code));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("vfat", true)]
    [InlineData("msdos", true)]
    [InlineData("FAT32", true)]
    [InlineData("exfat", false)]
    [InlineData("exFAT", false)]
    [InlineData("ext4", false)]
    [InlineData("NTFS", false)]
    public void Which_file_systems_keep_local_time(string format, bool local) => Assert.Equal(local, WrittenTime.KeepsLocalTime(format));

    [Fact]
    public void A_place_that_nobody_can_tell_is_taken_as_one_that_keeps_its_times()
        => Assert.False(WrittenTime.IsLocalAt(Path.Combine(Path.GetTempPath(), "is-not-there", "x")));
}

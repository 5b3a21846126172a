using System.Globalization;
using Gateway.Cli.Sources;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class WrittenTimeTests
{
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

using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Cli.Output;
using Xunit;

namespace Gateway.Cli.Tests;

public class SafeTextTests
{
    [Theory]
    [InlineData("\u001b[2J\u001b[31mred\u001b[0m", "red")]
    [InlineData("\u001b]0;title\u0007text", "text")]
    [InlineData("\u001b]8;;https://x.example\u001b\\link", "link")]
    [InlineData("a\u009b31mb", "ab")]
    [InlineData("a\u001bPq#0\u001b\\b", "ab")]
    [InlineData("bell\u0007 back\u0008 null\u0000 del\u007f", "bell back null del")]
    [InlineData("invoice\u202efdp.exe", "invoicefdp.exe")]
    [InlineData("zero\u200bwidth\ufeff", "zerowidth")]
    [InlineData("two\nlines\r\n\tthree", "two lines   three")]
    [InlineData("[red]markup[/] stays text", "[red]markup[/] stays text")]
    [InlineData("Müller 東京 😀", "Müller 東京 😀")]
    [InlineData("\u001b", "")]
    [InlineData("\u001b[", "")]
    [InlineData(null, "")]
    public void Shows_text_of_others_as_text(string? hostile, string shown) => Assert.Equal(shown, SafeText.Line(hostile));

    // A lone surrogate cannot stand in test data: it would be replaced on the way to the runner.
    [Fact]
    public void Leaves_out_half_a_character() => Assert.Equal("ab", SafeText.Line(new string(['a', '\ud800', 'b', '\udc00'])));

    [Fact]
    public void Keeps_line_feeds_in_a_block_only()
    {
        Assert.Equal("a\nb", SafeText.Block("a\n\u001b[1mb"));
        Assert.Equal("a b", SafeText.Line("a\nb"));
    }

    [Fact]
    public void Nothing_that_steers_a_terminal_ever_passes()
        => Prop.ForAll<string>(text => SafeText.Line(text).All(c => char.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator))).QuickCheckThrowOnFailure();

    // Letters of three bytes each: what counts to a file system are bytes.
    [Fact]
    public void A_long_name_of_others_keeps_its_end_and_fits_a_file_system_with_what_is_put_around_it()
    {
        Assert.Equal($"{new string('\u10d0', 59)}.dd", SafeText.FileName($"{new string('\u10d0', 80)}.dd"));
        Assert.Equal($"{new string('a', 97)}.dd", SafeText.FileName($"{new string('a', 300)}.dd"));
        Assert.Equal($"{new string('a', 97)}.dd", SafeText.FileName($"{new string('a', 97)}.dd"));
    }

    [Theory]
    [InlineData("../../etc/passwd", "_.._etc_passwd")]
    [InlineData("..", "unnamed")]
    [InlineData(".bashrc", "bashrc")]
    [InlineData("C:\\temp\\x.exe", "C__temp_x.exe")]
    [InlineData("a b?.pdf", "a_b_.pdf")]
    [InlineData("", "unnamed")]
    [InlineData("scan-1_é.pdf", "scan-1_é.pdf")]
    public void A_name_of_others_stays_in_the_folder(string name, string safe) => Assert.Equal(safe, SafeText.FileName(name));
}

using Gateway.Cli.Output;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>What is redirected is read by programs and copied by people: a word of it is one word.</summary>
public sealed class TerminalTests
{
    [Fact]
    public void A_redirected_table_breaks_no_identifier_however_long_the_other_cells_are()
    {
        var output = new StringWriter();
        string[] row = ["ff640beae3acb4b76337784671115982", string.Join(", ", Enumerable.Repeat("First Prosecutor for Cybercrime (COMPETENT_AUTHORITY)", 6)), "COMPLETE", "XA-49d4f5ac45cc4ad7a55225bbdef0f719"];
        new Terminal(output, TextWriter.Null, json: false, interactive: false).Table("", ["item", "approved by", "state", "case"], [row, ["1", "2", "3", "4"]]);
        var line = Assert.Single(output.ToString().Split('\n'), l => l.Contains(row[0], StringComparison.Ordinal));
        Assert.All(row, cell => Assert.Contains(cell, line, StringComparison.Ordinal));
    }
}

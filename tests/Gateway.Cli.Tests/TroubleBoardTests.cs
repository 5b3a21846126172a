using Gateway.Cli.Connection;
using Gateway.Protocol.Wording;
using Gateway.V1;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>The banner says what is wrong, in the officer's language, and is loud only when nobody would hear an emergency.</summary>
public sealed class TroubleBoardTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 3, 7, 0, TimeSpan.Zero);

    public static TheoryData<string> All => [.. Labels.Languages];

    [Theory]
    [MemberData(nameof(All))]
    public void Each_trouble_has_words_of_its_own(string language)
    {
        var labels = Labels.Of(language);
        var said = new[] { "DEVICES", "FIRST", "ROSTER", "TEST", "WEBHOOK", "MAIL", "COMMAND", "ROSTER_NOT_VALID" }
            .Select(what => TroubleBoard.Words(labels, new AlarmTrouble { What = what, Target = "pager.xb.example", Text = "line 3" }, "first-officer")).ToList();
        Assert.Equal(said.Count, said.Distinct().Count());
        Assert.All(said, text => Assert.DoesNotContain('{', text));
        Assert.Contains("first-officer", said[1], StringComparison.Ordinal);
        Assert.Contains("pager.xb.example", said[4], StringComparison.Ordinal);
        Assert.Contains("line 3", said[7], StringComparison.Ordinal);
    }

    [Fact]
    public void A_roster_that_needs_a_hand_is_said_quietly_and_once_and_that_nobody_hears_loudly_and_again()
    {
        var board = new TroubleBoard(Labels.Of("en"));
        var notice = new AlertNotice { Troubles = { new AlarmTrouble { What = "ROSTER_NOT_VALID", Text = "line 3" }, new AlarmTrouble { What = "DEVICES", Text = "nobody" } } };
        var first = board.Take(notice, Now);
        Assert.Equal([true, false], first.Select(t => t.Loud));
        Assert.StartsWith("NOBODY HEARS", first[0].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("NOBODY", first[1].Text, StringComparison.Ordinal);
        Assert.Empty(board.Take(notice, Now.AddSeconds(15)));
        Assert.True(Assert.Single(board.Take(notice, Now.AddMinutes(1))).Loud);
        // What ended and comes again is said at once.
        Assert.Empty(board.Take(new AlertNotice(), Now.AddMinutes(2)));
        Assert.Equal(2, board.Take(notice, Now.AddMinutes(2)).Count);
    }

    [Fact]
    public void What_only_a_newer_gateway_knows_is_said_in_its_own_words()
        => Assert.Equal(("the moon is out", true), Assert.Single(new TroubleBoard(Labels.Of("fr")).Take(new AlertNotice { Troubles = { new AlarmTrouble { What = "MOON", Text = "the moon is out" } } }, Now)));
}

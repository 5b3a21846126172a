using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Refusals;

public class RefusalTests
{
    private static readonly RefusalCode[] All = Enum.GetValues<RefusalCode>();

    [Fact]
    public void Every_code_has_a_remedy_that_is_a_sentence()
        => Assert.All(All, code => Assert.Matches(@"^[A-Z'].{10,}\.$", code.Remedy()));

    [Theory]
    [InlineData(RefusalCode.AuthorisationMissing, "for the whole period asked")]
    [InlineData(RefusalCode.ClockSkew, "Correct the time")]
    public void A_remedy_covers_every_reason_for_which_the_code_is_given(RefusalCode code, string remedy)
        => Assert.Contains(remedy, code.Remedy(), StringComparison.Ordinal);

    [Fact]
    public void Every_code_has_a_text_of_its_own_that_reads_back()
    {
        Assert.Equal(All.Length, All.Select(code => code.Text()).Distinct().Count());
        Assert.All(All, code =>
        {
            Assert.Matches("^[VT][0-9]{3}$", code.Text());
            Assert.Equal(code, RefusalFacts.Parse(code.Text()));
        });
    }

    [Fact]
    public void Numbers_stay_in_their_ranges_and_are_never_shared()
    {
        Assert.Equal(All.Length, Enum.GetNames<RefusalCode>().Length);
        Assert.Equal(All.Length, All.Distinct().Count());
        Assert.All(All, code => Assert.True((int)code is (>= 1 and <= 999) or (>= 1001 and <= 1999)));
    }

    [Fact]
    public void Every_code_says_what_follows() => Assert.All(All, code => Assert.True(Enum.IsDefined(code.After())));

    [Theory]
    [InlineData("")]
    [InlineData("V1")]
    [InlineData("V000")]
    [InlineData("V999")]
    [InlineData("T029")]
    [InlineData("v029")]
    [InlineData("V+29")]
    [InlineData("V 29")]
    [InlineData("X029")]
    [InlineData("V0290")]
    public void Texts_that_are_no_code_read_as_none(string text) => Assert.Null(RefusalFacts.Parse(text));

    [Fact]
    public void Wire_values_stay_what_they_are()
    {
        Assert.Equal((1, 29, 43, 50), ((int)RefusalCode.RequiredFieldEmpty, (int)RefusalCode.SealNotOfConnection, (int)RefusalCode.TransitionNotAllowed, (int)RefusalCode.CallBackMissing));
        Assert.Equal(("V029", "T501"), (RefusalCode.SealNotOfConnection.Text(), RefusalCode.ReceiptDoesNotFit.Text()));
    }

    [Fact]
    public void An_outcome_is_a_value_or_a_refusal()
    {
        Outcome<int> good = 7;
        Outcome<int> bad = new Refusal(RefusalCode.NotFound, "no such case", "case");
        Assert.True(good.TryGet(out var value, out _));
        Assert.Equal(7, value);
        Assert.False(bad.TryGet(out _, out var refusal));
        Assert.Equal("T804 case: no such case", refusal!.ToString());
        Assert.Throws<InvalidOperationException>(() => bad.Value);
        Assert.Equal("7", good.Then<string>(v => v.ToString(System.Globalization.CultureInfo.InvariantCulture)).Value);
        Assert.Same(bad.Refusal, bad.Then<string>(_ => "never").Refusal);
    }
}

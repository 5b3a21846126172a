using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>The reader of test names passes over none.</summary>
public sealed class NamedTestTests
{
    [Theory]
    [InlineData("`FlushOrderTest.There_is_no_such_test`", "FlushOrderTest.There_is_no_such_test")]
    [InlineData("words, `RuleTableTests.There_is_no_such_test`, words", "RuleTableTests.There_is_no_such_test")]
    public void A_test_that_is_not_there_is_found_out(string line, string name)
        => Assert.Equal([($"`{name}`", false)], NamedTests.In(line));

    [Fact]
    public void Classes_of_one_test_and_of_many_are_both_read()
        => Assert.Equal([true, true], NamedTests.In("`EvidenceDiskTest.A_disk_full_at_nine_tenths_of_an_item_costs_nothing_but_time`, `NamedTestTests.Classes_of_one_test_and_of_many_are_both_read`").Select(t => t.Exists));
}

using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Documents;

public class StrictJsonTests
{
    private const string Good = """{"v":1,"type":"probe","text":"a b\n\"c\" é","list":[1,-9007199254740991,{"x":true}],"none":null}""" + "\n";

    [Fact]
    public void Accepts_a_well_formed_document() => Assert.Null(StrictJson.Check(Encoding.UTF8.GetBytes(Good)));

    [Theory]
    [InlineData("", RefusalCode.DocumentWhitespace)]
    [InlineData("{}", RefusalCode.DocumentWhitespace)]
    [InlineData("{}\r\n", RefusalCode.DocumentWhitespace)]
    [InlineData("{}\n\n", RefusalCode.DocumentWhitespace)]
    [InlineData("{} \n", RefusalCode.DocumentWhitespace)]
    [InlineData(" {}\n", RefusalCode.DocumentWhitespace)]
    [InlineData("{\"a\": 1}\n", RefusalCode.DocumentWhitespace)]
    [InlineData("{\"a\":1,\t\"b\":2}\n", RefusalCode.DocumentWhitespace)]
    [InlineData("\uFEFF{}\n", RefusalCode.DocumentNotUtf8)]
    [InlineData("{\"a\":\"\\ud800\"}\n", RefusalCode.DocumentNotUtf8)]
    [InlineData("{\"\\udc00\":1}\n", RefusalCode.DocumentNotUtf8)]
    [InlineData("{\"a\":\"\\udc00\\ud800\"}\n", RefusalCode.DocumentNotUtf8)]
    [InlineData("[]\n", RefusalCode.DocumentNotJson)]
    [InlineData("\"a\"\n", RefusalCode.DocumentNotJson)]
    [InlineData("1\n", RefusalCode.DocumentNotJson)]
    [InlineData("null\n", RefusalCode.DocumentNotJson)]
    [InlineData("{\"a\":1}{\"b\":2}\n", RefusalCode.DocumentNotJson)]
    [InlineData("{\"a\":1\n", RefusalCode.DocumentNotJson)]
    [InlineData("{\"a\":\"x\n", RefusalCode.DocumentNotJson)]
    [InlineData("{'a':1}\n", RefusalCode.DocumentNotJson)]
    [InlineData("{\"a\":1,}\n", RefusalCode.DocumentNotJson)]
    [InlineData("{\"a\":01}\n", RefusalCode.DocumentNotJson)]
    [InlineData("{\"a\":+1}\n", RefusalCode.DocumentNotJson)]
    [InlineData("{\"a\":NaN}\n", RefusalCode.DocumentNotJson)]
    [InlineData("{\"a\":1}//x\n", RefusalCode.DocumentNotJson)]
    [InlineData("{\"a\":\"\\x\"}\n", RefusalCode.DocumentNotJson)]
    [InlineData("{\"a\":\"\u0001\"}\n", RefusalCode.DocumentNotJson)]
    [InlineData("\n\n\n", RefusalCode.DocumentWhitespace)]
    [InlineData("{\"a\":1,\"a\":1}\n", RefusalCode.DocumentDuplicateMember)]
    [InlineData("{\"a\":1,\"\\u0061\":1}\n", RefusalCode.DocumentDuplicateMember)]
    [InlineData("{\"o\":{\"b\":[{\"a\":1,\"a\":2}]}}\n", RefusalCode.DocumentDuplicateMember)]
    [InlineData("{\"a\":1.0}\n", RefusalCode.DocumentNumber)]
    [InlineData("{\"a\":1e2}\n", RefusalCode.DocumentNumber)]
    [InlineData("{\"a\":1E2}\n", RefusalCode.DocumentNumber)]
    [InlineData("{\"a\":-0}\n", RefusalCode.DocumentNumber)]
    [InlineData("{\"a\":9007199254740992}\n", RefusalCode.DocumentNumber)]
    [InlineData("{\"a\":-9007199254740992}\n", RefusalCode.DocumentNumber)]
    [InlineData("{\"a\":99999999999999999999999999}\n", RefusalCode.DocumentNumber)]
    [InlineData("{\"a\":\"\\u0000\"}\n", RefusalCode.DocumentValue)]
    [InlineData("{\"a\\u0000\":1}\n", RefusalCode.DocumentValue)]
    public void Refuses_each_violation_with_its_own_code(string text, RefusalCode code)
        => Assert.Equal(code, StrictJson.Check(Encoding.UTF8.GetBytes(text))?.Code);

    [Theory]
    [InlineData(new byte[] { 0x7b, 0xff, 0x7d, 0x0a })]
    [InlineData(new byte[] { 0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d, 0x0a })]
    [InlineData(new byte[] { 0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d, 0x0a })]
    public void Refuses_bytes_that_are_not_utf8(byte[] bytes) => Assert.Equal(RefusalCode.DocumentNotUtf8, StrictJson.Check(bytes)?.Code);

    [Fact]
    public void A_member_that_stands_twice_is_found_wherever_it_stands()
    {
        // Few names are compared one by one, many are hashed; an escape may spell any of them.
        foreach (var count in (int[])[2, 16, 17, 18, 40])
        {
            for (var first = 0; first < count; first++)
            {
                foreach (var spelling in (string[])["m", "\\u006d"])
                {
                    var members = string.Join(',', Enumerable.Range(0, count).Select(i => $"\"m{i}\":{{\"m{i}\":1}}"));
                    Assert.Null(StrictJson.Check(Encoding.UTF8.GetBytes($"{{{members},\"{spelling}{count}\":1}}\n")));
                    var twice = StrictJson.Check(Encoding.UTF8.GetBytes($"{{{members},\"{spelling}{first}\":1}}\n"));
                    Assert.Equal((RefusalCode.DocumentDuplicateMember, $"m{first}"), (twice?.Code, twice?.Path));
                    Assert.Equal(RefusalCode.DocumentDuplicateMember, StrictJson.Check(Encoding.UTF8.GetBytes($"{{\"{spelling}{first}\":1,{members}}}\n"))?.Code);
                }
            }
        }
    }

    [Fact]
    public void Limits_are_exact()
    {
        var bytes = Encoding.UTF8.GetBytes("{\"a\":[[1,2]]}\n");
        Assert.Null(StrictJson.Check(bytes, new JsonLimits(bytes.Length, 3, 5)));
        Assert.Equal(RefusalCode.DocumentLimit, StrictJson.Check(bytes, new JsonLimits(bytes.Length - 1, 3, 5))?.Code);
        Assert.Equal(RefusalCode.DocumentLimit, StrictJson.Check(bytes, new JsonLimits(bytes.Length, 2, 5))?.Code);
        Assert.Equal(RefusalCode.DocumentLimit, StrictJson.Check(bytes, new JsonLimits(bytes.Length, 3, 4))?.Code);
    }

    [Theory]
    [InlineData(31, null)]
    [InlineData(32, RefusalCode.DocumentLimit)]
    [InlineData(100_000, RefusalCode.DocumentLimit)]
    public void Nesting_is_bounded_at_32(int arrays, RefusalCode? code)
        => Assert.Equal(code, StrictJson.Check(Encoding.UTF8.GetBytes("{\"a\":" + new string('[', arrays) + new string(']', arrays) + "}\n"))?.Code);

    [Fact]
    public void Never_throws_on_any_bytes()
        => Prop.ForAll<byte[]>(bytes => Record.Exception(() => StrictJson.Check(bytes)) is null).QuickCheckThrowOnFailure();

    [Fact]
    public void Never_throws_on_a_document_with_bytes_changed()
    {
        var good = Encoding.UTF8.GetBytes(Good);
        for (var at = 0; at < good.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var changed = (byte[])good.Clone();
                changed[at] = (byte)value;
                var refusal = StrictJson.Check(changed);
                // What passes is still one object with one line feed at its end.
                Assert.True(refusal is not null || (changed[0] == '{' && changed[^1] == '\n'));
            }
        }
    }

    [Fact]
    public void Never_throws_on_a_document_cut_short()
    {
        var good = Encoding.UTF8.GetBytes(Good);
        for (var length = 0; length < good.Length - 1; length++)
        {
            Assert.NotNull(StrictJson.Check(good.AsSpan(0, length)));
            Assert.NotNull(StrictJson.Check([.. good.AsSpan(0, length), (byte)'\n']));
        }
    }

    [Fact]
    public void White_space_between_any_two_tokens_is_refused()
    {
        // The compact text without strings that hold white space, so that every insertion outside a string is between tokens.
        const string Compact = """{"v":1,"list":[true,{"x":"y"},null]}""";
        var inString = false;
        for (var at = 0; at < Compact.Length; at++)
        {
            foreach (var space in " \t\r\n")
            {
                var refusal = StrictJson.Check(Encoding.UTF8.GetBytes(Compact.Insert(at, space.ToString()) + "\n"));
                if (!inString)
                    Assert.Equal(RefusalCode.DocumentWhitespace, refusal?.Code);
                else
                    Assert.Equal(space != ' ', refusal is not null);
            }
            if (Compact[at] == '"')
                inString = !inString;
        }
    }
}

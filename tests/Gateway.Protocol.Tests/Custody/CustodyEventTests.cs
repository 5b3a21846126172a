using System.Text;
using System.Text.Json.Nodes;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Custody;

public class CustodyEventTests
{
    private static readonly string[] s_acquired = ["sourceHashBefore", "sourceHashAfter", "copyHash"];

    public static TheoryData<CustodyKind> Kinds => [.. Enum.GetValues<CustodyKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_names_all_that_is_missing_at_once(CustodyKind kind)
    {
        var rule = CustodyRules.Of(kind);
        var composed = CustodySamples.Compose(new JsonObject { ["event"] = kind.ToString(), ["item"] = CustodySamples.Context.Item });
        Assert.Null(composed.Document);
        // The time, the actor and the basis are filled from what is known.
        string[] expected = [.. rule.Needs, .. rule.Fields.Where(f => f.Need != Need.Optional).Select(f => f.Name), "place", "reason", "hashNotApplicable", .. kind == CustodyKind.ACQUIRED ? s_acquired : []];
        Assert.Equal(expected.Order(), composed.Problems.Select(p => p.Path!).Order());
        Assert.All(composed.Problems, problem => Assert.Equal(RefusalCode.RequiredFieldEmpty, problem.Code));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_is_composed_and_reads_back(CustodyKind kind)
    {
        var custody = CustodyEvent.Read(CustodySamples.Document(kind)).Value;
        Assert.Equal((kind, 1L, CustodySamples.Manifest, "XB"), (custody.Event, custody.Seq, custody.Previous, custody.State));
        Assert.Equal(new Actor("B. Technician", "XB-LAB"), custody.RecordedBy);
    }

    public static TheoryData<CustodyKind> EarlierKinds => [.. EarlierCustody.Kinds];

    [Theory]
    [MemberData(nameof(EarlierKinds))]
    public void Before_the_attachment_every_kind_needs_the_same_and_shows_it_in_the_table(CustodyKind kind)
    {
        var whole = CustodySamples.Earlier(kind, CustodySamples.Context.Now, "Birk", new Actor("B. Technician", "XB-LAB"), "order 3/2026");
        Assert.Empty(EarlierCustody.Check([whole]));
        var (rule, line) = (CustodyRules.Of(kind), CustodyLine.Of(whole));
        Assert.All(rule.Fields.Where(f => f.Need == Need.Required && f.Name != "sealNumber"), field => Assert.Contains($"{field.Name}: ", line.Detail, StringComparison.Ordinal));
        if (rule.Fields.Any(f => f.Name == "sealNumber"))
            Assert.Equal("something", kind == CustodyKind.UNSEALED ? line.SealBefore : line.SealAfter);
        foreach (var name in rule.Fields.Where(f => f.Need == Need.Required).Select(f => f.Name).Concat(rule.Needs))
        {
            var less = JsonNode.Parse(whole.Members!.Value.GetRawText())!.AsObject();
            less.Remove(name);
            var refusal = Assert.Single(EarlierCustody.Check([whole with { Members = System.Text.Json.JsonSerializer.SerializeToElement(less) }]));
            Assert.Equal((RefusalCode.RequiredFieldEmpty, $"{kind} (custody[0]) lacks {name}"), (refusal.Code, refusal.Detail));
        }
    }

    [Fact]
    public void Two_events_that_say_the_same_have_different_digests()
        => Assert.NotEqual(Digest.Of(CustodySamples.Document(CustodyKind.STORED)), Digest.Of(CustodySamples.Document(CustodyKind.STORED)));

    [Fact]
    public void An_unknown_kind_is_refused_with_the_list()
        => Assert.Contains("SEIZED", Assert.Single(CustodySamples.Compose(new JsonObject { ["event"] = "MISLAID" }).Problems).Detail, StringComparison.Ordinal);

    [Theory]
    [InlineData("seq", "1")]
    [InlineData("previous", "00")]
    [InlineData("salt", "00")]
    [InlineData("recordedBy", "me")]
    [InlineData("copyItem", "another kind's member")]
    public void What_the_gateway_fills_and_what_belongs_to_another_kind_is_refused(string member, string value)
    {
        var form = CustodySamples.Form(CustodyKind.STORED);
        form[member] = value;
        Assert.Equal(RefusalCode.DocumentUnknownMember, Assert.Single(CustodySamples.Compose(form).Problems).Code);
    }

    [Fact]
    public void A_time_that_is_still_to_come_is_refused()
    {
        var form = CustodySamples.Form(CustodyKind.STORED);
        form["time"] = DocumentWriter.FormatLocalTime(CustodySamples.Context.Now.AddMinutes(6));
        Assert.Equal(RefusalCode.ClockSkew, Assert.Single(CustodySamples.Compose(form).Problems).Code);
        form["time"] = "2026-03-01T09:00:00";
        Assert.Equal(RefusalCode.TimeWithoutZone, Assert.Single(CustodySamples.Compose(form).Problems).Code);
    }

    [Fact]
    public void A_return_before_the_item_was_taken_out_is_refused_to_who_writes_it_and_read_from_who_wrote_it_before()
    {
        var form = CustodySamples.Form(CustodyKind.CHECKED_OUT);
        var good = form["expectedReturn"]!.GetValue<string>();
        var early = DocumentWriter.FormatLocalTime(CustodySamples.Context.Now.AddDays(-3));
        form["expectedReturn"] = early;
        var refusal = Assert.Single(CustodySamples.Compose(form).Problems);
        Assert.Equal((RefusalCode.WindowOrder, "expectedReturn"), (refusal.Code, refusal.Path));
        Assert.True(CustodyEvent.Read(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(CustodySamples.Document(CustodyKind.CHECKED_OUT)).Replace(good, early, StringComparison.Ordinal))).Succeeded);

        // The same of what a manifest says of the time before.
        var entry = CustodySamples.Earlier(CustodyKind.CHECKED_OUT, CustodySamples.Context.Now, "Birk", new Actor("B. Technician", "XB-LAB"), "order 3/2026");
        Assert.Equal("custody[0].expectedReturn", Assert.Single(EarlierCustody.Returns([entry])).Path);
        Assert.Empty(EarlierCustody.Check([entry]));
        Assert.Empty(EarlierCustody.Returns([entry with { Time = new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero) }]));
    }

    [Fact]
    public void Source_before_source_after_and_copy_agree_or_the_change_is_explained()
    {
        var form = CustodySamples.Form(CustodyKind.ACQUIRED);
        form["sourceHashAfter"] = Digest.Of("changed"u8).ToString();
        Assert.Equal((RefusalCode.ItemDigestMismatch, "copyHash"), (CustodySamples.Compose(form).Problems[0].Code, CustodySamples.Compose(form).Problems[0].Path));
        form["change"] = new JsonObject { ["description"] = "the device was running", ["justification"] = "no power without the battery", ["responsible"] = "B. Technician" };
        Assert.NotNull(CustodySamples.Compose(form).Document);
    }

    [Fact]
    public void What_cannot_be_read_twice_is_acquired_without_digests_of_its_source_and_says_why()
    {
        var form = CustodySamples.Form(CustodyKind.ACQUIRED);
        form.Remove("sourceHashBefore");
        Assert.Equal((RefusalCode.RequiredFieldEmpty, "sourceHashBefore"), (CustodySamples.Compose(form).Problems[0].Code, Assert.Single(CustodySamples.Compose(form).Problems).Path));
        form["hashNotApplicable"] = "memory of a running device: it changes while it is read";
        Assert.NotNull(CustodySamples.Compose(form).Document);
    }

    [Theory]
    [InlineData("hashBefore")]
    [InlineData("hashAfter")]
    public void One_digest_alone_says_nothing_of_a_change_and_needs_the_reason_why_there_is_no_other(string missing)
    {
        var form = CustodySamples.Form(CustodyKind.EXAMINED);
        form["hashBefore"] = form["hashAfter"]!.DeepClone();
        form.Remove("hashNotApplicable");
        var both = Encoding.UTF8.GetString(CustodySamples.Compose(form).Document!);
        form.Remove(missing);
        Assert.Equal((RefusalCode.RequiredFieldEmpty, missing), (CustodySamples.Compose(form).Problems[0].Code, Assert.Single(CustodySamples.Compose(form).Problems).Path));
        form["hashNotApplicable"] = "the working copy was written anew from the image";
        Assert.NotNull(CustodySamples.Compose(form).Document);
        // What was signed without a reason before is still read.
        var one = both.Replace($",\"{missing}\":\"{Digest.Of("content"u8)}\"", "", StringComparison.Ordinal);
        Assert.NotEqual(both, one);
        Assert.Null(CustodyEvent.Read(Encoding.UTF8.GetBytes(one)).Refusal);
    }

    [Fact]
    public void What_must_come_before_is_a_warning_when_it_was_not_recorded()
    {
        var form = CustodySamples.Form(CustodyKind.HOLD_LIFTED);
        Assert.Equal(RefusalCode.CustodyOrder, Assert.Single(CustodySamples.Compose(form, CustodySamples.Context with { Before = [CustodyKind.ATTACHED] }).Warnings).Code);
        Assert.Empty(CustodySamples.Compose(form, CustodySamples.Context with { Before = [CustodyKind.LEGAL_HOLD] }).Warnings);
        Assert.Equal(RefusalCode.CustodyOrder, Assert.Single(CustodySamples.Compose(CustodySamples.Form(CustodyKind.STORED), CustodySamples.Context with { Before = [CustodyKind.DESTROYED] }).Warnings).Code);
    }

    [Theory]
    [InlineData("\"event\":\"STORED\"", "\"event\":\"MISLAID\"", "event")]
    [InlineData("\"place\":\"something\",", "", "place")]
    [InlineData("\"storagePlace\":\"something\",", "", "storagePlace")]
    [InlineData("\"seq\":1", "\"seq\":0", "seq")]
    public void What_is_read_is_judged_by_the_same_table(string good, string bad, string path)
    {
        var text = Encoding.UTF8.GetString(CustodySamples.Document(CustodyKind.STORED));
        Assert.Contains(good, text, StringComparison.Ordinal);
        Assert.Equal(path, CustodyEvent.Read(Encoding.UTF8.GetBytes(text.Replace(good, bad, StringComparison.Ordinal))).Refusal?.Path);
    }
}

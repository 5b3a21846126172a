using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Acts;

public class GroundsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-11-20T10:00:00Z", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("REFUSED", RequestKind.STORED_CONTENT_DATA, "RF-POLITICAL", false, "")]
    [InlineData("REFUSED", RequestKind.STORED_CONTENT_DATA, "RF-POLITICAL", true, "V041 grounds")]
    [InlineData("REFUSED", RequestKind.STORED_CONTENT_DATA, "RF-POLITICAL RF-NEBIS", true, "")]
    [InlineData("REFUSED", RequestKind.STORED_CONTENT_DATA, "", false, "V040 grounds")]
    [InlineData("REFUSED", RequestKind.STORED_CONTENT_DATA, "EX-DEATH", false, "V040 grounds[0].code")]
    [InlineData("REFUSED", RequestKind.STORED_CONTENT_DATA, "PP-OWNCASE", false, "V040 grounds[0].code")]
    [InlineData("REFUSED", RequestKind.STORED_CONTENT_DATA, "RF-PERSDATA", false, "V040 grounds")]
    [InlineData("REFUSED", RequestKind.STORED_CONTENT_DATA, "RF-PERSDATA PD-HEALTH", false, "")]
    [InlineData("REFUSED", RequestKind.STORED_CONTENT_DATA, "RF-DUAL", false, "")]
    [InlineData("REFUSED", RequestKind.LEGAL_INFORMATION, "RF-DUAL", false, "V040 grounds[0].code")]
    [InlineData("REFUSED", RequestKind.PRESERVE_DATA, "RF-DUAL", false, "V040 grounds[0].code")]
    [InlineData("REFUSED", RequestKind.PRESERVE_DATA, "RF-NEBIS", false, "V040 grounds[0].code")]
    [InlineData("REFUSED", RequestKind.PRESERVE_DATA, "RF-ESSENTIAL-SECURITY", false, "")]
    [InlineData("REFUSED", RequestKind.EXTRADITION, "EX-NATIONAL", false, "")]
    [InlineData("REFUSED", RequestKind.EXTRADITION, "RF-NEBIS", false, "V040 grounds[0].code")]
    [InlineData("POSTPONED", RequestKind.STORED_CONTENT_DATA, "PP-OWNCASE", false, "")]
    [InlineData("POSTPONED", RequestKind.STORED_CONTENT_DATA, "RF-NEBIS", false, "V040 grounds[0].code")]
    [InlineData("POSTPONED", RequestKind.PRESERVE_DATA, "PP-OWNCASE", false, "V040 grounds[0].code")]
    [InlineData("POSTPONED", RequestKind.PRESERVE_EXTENSION, "PP-OWNCASE", false, "V040 grounds[0].code")]
    [InlineData("POSTPONED", RequestKind.DISCLOSE_PRESERVED_TRAFFIC, "PP-OWNCASE", false, "")]
    public void A_refusal_has_grounds_that_are_open_against_the_kind(string act, RequestKind kind, string codes, bool convention, string problems)
        => Assert.Equal(problems, string.Join(",", Compose(act, kind, codes, convention).Select(p => $"{p.Code.Text()} {p.Path}")));

    [Theory]
    [InlineData("PARTIAL", "", "V040 grounds")]
    [InlineData("PARTIAL", "RF-IMMUNITY", "")]
    [InlineData("PARTIAL", "EX-DEATH", "V040 grounds[0].code")]
    [InlineData("PARTIAL", "PP-OWNCASE", "V040 grounds[0].code")]
    [InlineData("FULL", "", "")]
    [InlineData("FULL", "RF-IMMUNITY", "T110 grounds")]
    [InlineData("NO_DATA_FOUND", "", "")]
    public void The_last_answer_has_grounds_exactly_when_it_refuses_a_part(string outcome, string codes, string problems)
    {
        var grounds = string.Join(',', codes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(code => $$"""{"code":"{{code}}","provision":"Art. 17","reasons":"It stands against it."}"""));
        using var fields = JsonDocument.Parse($$"""{"kind":"EXECUTED","outcome":"{{outcome}}","text":"One of the two accounts."{{(grounds.Length > 0 ? $",\"grounds\":[{grounds}]" : "")}}}""");
        var executing = CaseHistory.Continue(Standing.Delivered with { State = CaseState.IN_EXECUTION });
        Assert.Equal(problems, string.Join(",", ActComposer.Compose(fields.RootElement, new ActContext(Now, "XA-0123456789abcdef0123456789abcdef", "00112233445566778899aabbccddeeff", "XB-CA", CaseSide.Requested, executing, RequestKind.STORED_CONTENT_DATA)).Problems.Select(p => $"{p.Code.Text()} {p.Path}")));
    }

    [Fact]
    public void A_State_that_reserved_it_may_refuse_a_preservation_for_want_of_dual_criminality()
    {
        Assert.Contains(Grounds.For(RequestKind.PRESERVE_DATA, DualCriminality.ALWAYS), row => row.Code == "RF-DUAL");
        Assert.DoesNotContain(Grounds.For(RequestKind.PRESERVE_DATA, DualCriminality.COERCIVE_ONLY), row => row.Code == "RF-DUAL");
        Assert.DoesNotContain(Grounds.For(RequestKind.STORED_CONTENT_DATA, DualCriminality.NOT_REQUIRED), row => row.Code == "RF-DUAL");
    }

    [Fact]
    public void Nothing_is_open_on_which_a_preservation_could_be_postponed_and_it_is_not_offered()
    {
        var acknowledged = new Standing(CaseState.ACKNOWLEDGED);
        Assert.DoesNotContain(ActKind.POSTPONED, Transitions.Allowed(acknowledged, CaseSide.Requested, RequestKind.PRESERVE_DATA));
        Assert.DoesNotContain(ActKind.POSTPONED, Transitions.Allowed(acknowledged, CaseSide.Requested, RequestKind.PRESERVE_EXTENSION));
        Assert.Contains(ActKind.POSTPONED, Transitions.Allowed(acknowledged, CaseSide.Requested, RequestKind.SEARCH_SEIZE));
        // What a State on paper writes is recorded as it wrote it.
        Assert.NotEmpty(Gateway.Protocol.Paper.ReplyPath.To(acknowledged, ActKind.POSTPONED, RequestKind.PRESERVE_DATA));
    }

    [Fact]
    public void Extradition_has_seven_grounds_of_its_own_and_personal_data_ten()
    {
        Assert.Equal(7, Grounds.All.Count(row => row.Code.StartsWith("EX-", StringComparison.Ordinal)));
        Assert.Equal(10, Grounds.All.Count(row => row.Code.StartsWith("PD-", StringComparison.Ordinal)));
        Assert.All(Grounds.All, row => Assert.NotNull(Treaties.Find(row.Source)));
        Assert.Equal(Grounds.All.Count, Grounds.All.Select(row => row.Code).Distinct().Count());
    }

    [Theory]
    [InlineData("EX-DUAL")]
    [InlineData("EX-NEBIS")]
    [InlineData("EX-DISCRIM")]
    [InlineData("EX-ESSENTIAL")]
    [InlineData("EX-DEATH")]
    [InlineData("EX-TERRITORY")]
    [InlineData("EX-NATIONAL")]
    public void Each_ground_against_extradition_refuses_one_and_no_other_request(string code)
    {
        Assert.Empty(Compose("REFUSED", RequestKind.EXTRADITION, code, false));
        Assert.Equal(["V040 grounds[0].code"], Compose("REFUSED", RequestKind.STORED_CONTENT_DATA, code, false).Select(p => $"{p.Code.Text()} {p.Path}"));
    }

    [Theory]
    [InlineData("provision")]
    [InlineData("reasons")]
    public void A_ground_names_the_provision_and_the_reasons(string missing)
    {
        var ground = new Dictionary<string, string> { ["code"] = "RF-NEBIS", ["provision"] = "Code of XB, section 9", ["reasons"] = "Tried in Birk." };
        ground.Remove(missing);
        Assert.Equal(["V040"], Composed("REFUSED", RequestKind.SEARCH_SEIZE, [ground], false).Select(p => p.Code.Text()));
    }

    [Fact]
    public void Only_what_refuses_or_postpones_has_grounds()
        => Assert.Equal("T110 grounds: ACKNOWLEDGED has no grounds", Assert.Single(Composed("ACKNOWLEDGED", RequestKind.SEARCH_SEIZE,
            [new() { ["code"] = "RF-NEBIS", ["provision"] = "x", ["reasons"] = "y" }], false, CaseHistory.New, new() { ["reference"] = "7", ["dueAt"] = "2026-11-21T10:00:00Z" })).ToString());

    private static IReadOnlyList<Refusal> Compose(string act, RequestKind kind, string codes, bool convention) => Composed(act, kind,
        [.. codes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(code => new Dictionary<string, string> { ["code"] = code, ["provision"] = "Code of XB, section 9", ["reasons"] = "As set out." })], convention);

    private static IReadOnlyList<Refusal> Composed(string act, RequestKind kind, List<Dictionary<string, string>> grounds, bool convention, CaseHistory? history = null, Dictionary<string, object>? more = null)
    {
        var fields = more ?? new Dictionary<string, object> { ["consultationWaivedReason"] = "The time does not allow it." };
        fields["kind"] = act;
        fields["grounds"] = grounds;
        if (act == "REFUSED")
            fields["finality"] = "FINAL";
        if (act == "POSTPONED")
            fields["reviewOn"] = "2026-12-20";
        var acknowledged = CaseHistory.New.Take(new ActEntry("00000000000000000000000000000001", CaseSide.Requested, ActKind.ACKNOWLEDGED, null)).Value;
        var context = new ActContext(Now, "XA-0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210", "XB-CA", CaseSide.Requested, history ?? acknowledged, kind) { ConventionOffence = convention };
        return ActComposer.Compose(JsonSerializer.SerializeToElement(fields), context).Problems;
    }
}

using Gateway.Recognition.Agreements;
using Gateway.Recognition.Reports;
using Gateway.Recognition.Validation;
using Xunit;

namespace Gateway.Recognition.Tests.Reports;

public class ReportTextsTests
{
    private static readonly string[] Reasons =
    [
        "RECOGNITION_BY_RULE", "RECOGNITION_CONDITIONAL", "RECOGNITION_BY_CARD", "RECOGNITION_REFUSED_BY_RULE", "RECOGNITION_NOT_COVERED", "RECOGNITION_NO_AGREEMENT",
        "RECOGNITION_SIGNER_NOT_NAMED", "RECOGNITION_OTHER_STATE", "RECOGNITION_FAILED", "RECOGNITION_OPEN", "RECOGNITION_NOT_ASKED",
    ];

    public static TheoryData<string> Languages => [.. ReportTexts.Languages];

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_finding_indication_and_decision_has_a_sentence_in_every_language(string language)
    {
        var texts = ReportTexts.In(language);
        var keys = Enum.GetValues<FindingKey>().Select(k => k.Text())
            .Concat(Enum.GetValues<Indication>().Select(i => i.Text()))
            .Concat(Enum.GetNames<RecognitionAnswer>())
            .Concat(Enum.GetValues<Severity>().Select(s => $"WORD_{s.Text()}"))
            .Concat(Reasons);
        Assert.Empty(keys.Except(texts.Keys));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void The_languages_have_the_same_keys_and_each_sentence_is_one(string language)
    {
        var texts = ReportTexts.In(language);
        Assert.Equal(ReportTexts.In("en").Keys.Order(StringComparer.Ordinal), texts.Keys.Order(StringComparer.Ordinal));
        Assert.All(texts.Keys.Where(k => k.StartsWith("RECOGNITION_", StringComparison.Ordinal) || Enum.GetValues<FindingKey>().Any(f => f.Text() == k)), key =>
        {
            Assert.EndsWith(".", texts.Text(key), StringComparison.Ordinal);
            Assert.Equal(ReportTexts.In("en").Next(key).Length == 0, texts.Next(key).Length == 0);
            Assert.True(texts.Next(key).Length == 0 || texts.Next(key).EndsWith('.'), key);
        });
    }

    [Fact]
    public void Languages_differ_and_an_unknown_one_is_English()
    {
        Assert.NotEqual(ReportTexts.In("fr").Text("CONTENT_CHANGED"), ReportTexts.In("en").Text("CONTENT_CHANGED"));
        Assert.NotEqual(ReportTexts.In("fr").Text("CONTENT_CHANGED"), ReportTexts.In("ru").Text("CONTENT_CHANGED"));
        Assert.Equal("fr", ReportTexts.In("fr-CA").Language);
        Assert.Equal("en", ReportTexts.In("xx").Language);
        Assert.Equal("en", ReportTexts.In(null).Language);
        Assert.Equal("NEVER_HEARD_OF", ReportTexts.In("en").Text("NEVER_HEARD_OF"));
    }
}

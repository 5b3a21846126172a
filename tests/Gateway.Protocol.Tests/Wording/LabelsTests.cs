using System.Text.RegularExpressions;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Wording;
using Xunit;

namespace Gateway.Protocol.Tests.Wording;

/// <summary>Words for people: every language has them all, and no value can turn the line around it.</summary>
public partial class LabelsTests
{
    [Fact]
    public void Every_language_has_the_same_keys_with_the_same_places_to_fill_in()
    {
        Assert.Superset(new HashSet<string> { "en", "fr", "ru" }, Labels.Languages.ToHashSet());
        var english = Labels.Of("en");
        Assert.All(Labels.Languages, language =>
        {
            var labels = Labels.Of(language);
            Assert.Equal(english.Keys, labels.Keys);
            Assert.All(english.Keys, key => Assert.Equal(Places(english[key]), Places(labels[key])));
        });
    }

    [Fact]
    public void Every_word_that_travels_has_a_label()
        => Assert.All(Labels.Languages.Select(Labels.Of), labels =>
        {
            Assert.All(Enum.GetValues<RequestKind>(), kind => Assert.NotEqual(kind.ToString(), labels.Word("kind", kind)));
            Assert.All(Enum.GetValues<Urgency>(), urgency => Assert.True(labels.Keys.Contains($"urgency.{urgency}"), urgency.ToString()));
            Assert.All(Enum.GetValues<DeadlineRule>(), rule => Assert.NotEqual(rule.ToString(), labels.Word("rule", rule)));
            Assert.All(Enum.GetValues<DeadlineState>(), state => Assert.NotEqual(state.ToString(), labels.Word("deadline", state)));
            Every<CaseState>(labels, "state");
            Every<CaseTrack>(labels, "track");
            Every<DeliveryState>(labels, "delivery");
            Every<PreservationState>(labels, "preservation");
            Every<OriginalState>(labels, "original");
            Every<ActKind>(labels, "act");
            Every<ActOutcome>(labels, "outcome");
            Every<CustodyKind>(labels, "custody");
            Every<CoverAbout>(labels, "about");
            Every<Role>(labels, "role");
            Assert.All(Enum.GetValues<CaseSide>(), side => Assert.Contains($"side.{side.ToString().ToUpperInvariant()}", labels.Keys));
            Assert.All(Grounds.All, row => Assert.Contains($"ground.{row.Code}", labels.Keys));
        });

    [Fact]
    public void Every_member_of_an_act_and_every_code_in_it_has_a_label()
    {
        var fields = ActFields.All.SelectMany(field => field.Fields.Prepend(field)).ToList();
        var keys = fields.Select(f => $"field.{f.Name}").Concat(fields.SelectMany(f => f.Words.Select(word => $"{GroupOf(f, word)}.{word}"))).ToHashSet(StringComparer.Ordinal);
        Assert.All(Labels.Languages.Select(Labels.Of), labels => Assert.Empty(keys.Except(labels.Keys)));
        Assert.Contains("ground.RF-NEBIS", keys);

        static string GroupOf(Field field, string word) => field.Name switch
        {
            "kind" => "act",
            "outcome" or "finality" => field.Name,
            "deadlineRule" => "rule",
            _ => Grounds.Of(word) is null ? "word" : "ground",
        };
    }

    [Fact]
    public void A_ground_says_the_same_on_a_letter_as_in_the_table()
        => Assert.All(Grounds.All, row => Assert.Equal(row.Text, Labels.Of("en").Word("ground", row.Code)));

    [Fact]
    public void No_word_of_one_language_was_left_in_another_by_copying_it()
        => Assert.All(Labels.Languages.Where(language => language != "en").Select(Labels.Of), labels
            => Assert.All(labels.Keys.Where(key => Moving().IsMatch(key)), key => Assert.NotEqual(Labels.Of("en")[key], labels[key])));

    [Fact]
    public void Every_member_of_every_kind_of_request_and_every_code_in_it_has_a_label()
    {
        static IEnumerable<Field> All(Field field) => field.Fields.SelectMany(All).Prepend(field);
        var fields = RequestKinds.All.SelectMany(row => row.AllFields).SelectMany(All).ToList();
        var keys = fields.Select(f => $"field.{f.Name}").Concat(fields.Where(f => f.Name is not ("kind" or "urgency")).SelectMany(f => f.Words).Select(word => $"word.{word}")).ToHashSet(StringComparer.Ordinal);
        Assert.All(Labels.Languages.Select(Labels.Of), labels => Assert.Empty(keys.Except(labels.Keys)));
    }

    [Fact]
    public void A_region_and_an_unknown_language_find_their_words()
    {
        Assert.Equal("fr", Labels.Of("fr-CH").Language);
        Assert.Equal("en", Labels.Of("xx").Language);
        Assert.Null(Labels.Find("xx"));
        Assert.Equal("NEW_KIND", Labels.Of("ru").Word("kind", "NEW_KIND"));
    }

    [Theory]
    [InlineData("\u202egro.live\u202c", "gro.live")]
    [InlineData("\u2067a\u2069b", "ab")]
    [InlineData("plain", "plain")]
    [InlineData("שלום", "\u2068שלום\u2069")]
    public void A_value_cannot_turn_the_line_around_it(string value, string shown)
        => Assert.Equal(shown, Labels.Of("en").Set(value));

    [Theory]
    [InlineData("en", 7 * 60 + 52, "7 h 52 min")]
    [InlineData("fr", -15, "en retard de 15 min")]
    [InlineData("ru", 60 * 24 * 3 + 61, "3 д 1 ч")]
    public void Time_left_is_said_in_words(string language, int minutes, string words)
        => Assert.Equal(words, Labels.Of(language).Left(TimeSpan.FromMinutes(minutes)));

    private static void Every<TEnum>(Labels labels, string group) where TEnum : struct, Enum
        => Assert.All(Enum.GetNames<TEnum>(), name => Assert.True(labels.Keys.Contains($"{group}.{name}") && !string.IsNullOrWhiteSpace(labels.Word(group, name)), $"{labels.Language} {group}.{name}"));

    private static IEnumerable<string> Places(string text) => Place().Matches(text).Select(m => m.Value).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"^(state|ground|finality|message)\.")]
    private static partial Regex Moving();

    [GeneratedRegex(@"\{[a-z]+\}")]
    private static partial Regex Place();
}

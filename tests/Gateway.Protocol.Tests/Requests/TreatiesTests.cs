using Gateway.Protocol.Requests;
using Xunit;

namespace Gateway.Protocol.Tests.Requests;

public class TreatiesTests
{
    [Theory]
    [InlineData("UNCC 42", "UNCC 42", "UNCC 42, unconfirmed")]
    [InlineData("UNCC 40(15)(f)", "UNCC 40(15)", "UNCC 40(15)(f), unconfirmed")]
    [InlineData("BUDAPEST 29(2)(e)", "BUDAPEST 29", "BUDAPEST 29(2)(e)")]
    [InlineData("UNCC 4", null, "UNCC 4")]
    [InlineData("UNCC 421", null, "UNCC 421")]
    [InlineData("UNCC 40(15), unconfirmed; or another", null, "UNCC 40(15), unconfirmed; or another")]
    [InlineData("the deadline is shorter than the default", null, "the deadline is shorter than the default")]
    public void A_citation_falls_under_the_closest_entry(string citation, string? entry, string cited)
    {
        Assert.Equal(entry, Treaties.Find(citation)?.Id);
        Assert.Equal(cited, Treaties.Cite(citation));
    }

    [Theory]
    [InlineData("UNCC", "42", "", true)]
    [InlineData("UNCC", "42", "UNCC 42", false)]
    [InlineData("UNCC", "art. 42, 44", "UNCC 42", true)]
    [InlineData("UNCC", "Article 40(15)(f)", "UNCC 40(15)", false)]
    [InlineData("UNCC", "99", "", true)]
    [InlineData("UNCC", "the whole", "", true)]
    [InlineData("CETS224", "9", "", true)]
    [InlineData("BUDAPEST", "29(2), 31", "", false)]
    [InlineData("BUDAPEST", "99", "", true)]
    [InlineData("BILATERAL", "4", "", false)]
    [InlineData("RECIPROCITY", "none", "", false)]
    public void A_legal_basis_is_confirmed_when_every_provision_that_it_names_is(string instrument, string article, string approved, bool unconfirmed)
        => Assert.Equal(unconfirmed, Treaties.IsUnconfirmed(instrument, article, new HashSet<string> { approved }));

    [Fact]
    public void Nothing_of_the_new_convention_counts_as_confirmed()
        => Assert.DoesNotContain(Treaties.All, entry => entry.Id.StartsWith("UNCC ", StringComparison.Ordinal) && entry.Status == TreatyStatus.CONFIRMED);

    [Fact]
    public void What_is_confirmed_names_the_text_and_nothing_stands_twice()
    {
        Assert.Equal(Treaties.All.Count, Treaties.All.Select(entry => entry.Id).Distinct().Count());
        Assert.All(Treaties.All, entry => Assert.Equal(entry.Status == TreatyStatus.CONFIRMED, entry.CheckedAgainst is not null));
    }

    [Fact]
    public void Every_source_that_a_field_names_is_in_the_table()
        => Assert.All(RequestKinds.All.SelectMany(row => row.AllFields).SelectMany(Flatten).Select(field => field.Source).OfType<string>(), source => Assert.NotNull(Treaties.Find(source)));

    [Fact]
    public void An_approval_takes_the_warning_away_from_what_it_covers_only()
    {
        var approved = new HashSet<string> { "UNCC 40(15)" };
        Assert.Equal("UNCC 40(15)(f)", Treaties.Cite("UNCC 40(15)(f)", approved));
        Assert.Equal("UNCC 40(17), unconfirmed", Treaties.Cite("UNCC 40(17)", approved));
    }

    [Fact]
    public void A_deadline_is_always_called_a_default_of_this_installation()
    {
        Assert.Equal("default of this installation, after CETS224 8, unconfirmed", Treaties.DeadlineBasis(RequestKinds.Of(RequestKind.SUBSCRIBER_INFO)));
        Assert.Equal("default of this installation", Treaties.DeadlineBasis(RequestKinds.Of(RequestKind.TECHNICAL_ADVICE)));
        Assert.All(RequestKinds.All, row => Assert.StartsWith("default of this installation", Treaties.DeadlineBasis(row), StringComparison.Ordinal));
    }

    private static IEnumerable<Field> Flatten(Field field) => field.Fields.SelectMany(Flatten).Prepend(field);
}

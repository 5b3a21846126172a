using Gateway.Protocol.Wording;

namespace Gateway.Cli.Requests;

/// <summary>The languages of a letter: that of the own State and the one that the other State asks for, as far as there are words in them.</summary>
/// <param name="All">One, when both are the same; the own one first.</param>
/// <param name="Notes">What was asked for and could not be, in the own language.</param>
internal sealed record LetterLanguages(IReadOnlyList<Labels> All, IReadOnlyList<string> Notes)
{
    /// <summary>The first language of each State's profile, else the next one that it accepts, else English.</summary>
    /// <param name="ownState">The State that writes.</param>
    /// <param name="own">Languages of its profile, in its order; empty: it names none.</param>
    /// <param name="otherState">The State that reads.</param>
    /// <param name="other">Languages of its profile.</param>
    /// <param name="chosen">The language that the officer chose for the own copy; null: that of the own State.</param>
    public static LetterLanguages Of(string ownState, IReadOnlyList<string> own, string otherState, IReadOnlyList<string> other, Labels? chosen = null)
    {
        var ours = chosen ?? First(own);
        // Who names no language takes any: then one copy does.
        var theirs = other.Count == 0 ? ours : First(other);
        string?[] notes = [chosen is null ? Note(ours, ownState, own, ours) : null, otherState == ownState ? null : Note(ours, otherState, other, theirs)];
        return new(theirs.Language == ours.Language ? [ours] : [ours, theirs], [.. notes.OfType<string>().Distinct(StringComparer.Ordinal)]);
    }

    private static Labels First(IReadOnlyList<string> asked) => asked.Select(Labels.Find).FirstOrDefault(labels => labels is not null) ?? Labels.Of(null);

    private static string? Note(Labels words, string state, IReadOnlyList<string> asked, Labels shown)
        => asked.Count == 0 ? words.Format("letter.anyLanguage", ("state", state), ("shown", words.Word("language", shown.Language)))
            : Labels.Find(asked[0]) is null ? words.Format("letter.fallback", ("state", state), ("asked", words.Word("language", asked[0])), ("shown", words.Word("language", shown.Language)))
            : null;
}

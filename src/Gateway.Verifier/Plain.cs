using System.Globalization;

namespace Gateway.Verifier;

/// <summary>Text of a bundle may come from anyone: nothing in it may move the cursor, reverse the line or hide what follows.</summary>
internal static class Plain
{
    private const char Instead = '\u00b7';

    public static string Text(string text) => string.Create(text.Length, text, static (line, source) =>
    {
        for (var i = 0; i < line.Length; i++)
        {
            // A surrogate pair is one character of its own category; half a pair is none.
            var pair = i + 1 < source.Length && char.IsSurrogatePair(source[i], source[i + 1]);
            var category = CharUnicodeInfo.GetUnicodeCategory(source, i);
            var hidden = category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
            line[i] = hidden ? Instead : source[i];
            if (pair)
            {
                line[i + 1] = hidden ? Instead : source[i + 1];
                i++;
            }
        }
    });
}

namespace Gateway.Cli.Output;

/// <summary>Text for a page: broken at spaces, never within a word.</summary>
internal static class WrappedText
{
    /// <summary>The text in lines of at most so many columns; a word that is longer stands whole, and its line is too.</summary>
    /// <param name="text">One line. Spaces at its beginning stay.</param>
    /// <param name="width">Columns.</param>
    /// <param name="indent">What every line but the first begins with.</param>
    public static IEnumerable<string> Lines(string text, int width, string indent)
    {
        for (var (line, least) = (text.TrimEnd(), text.Length - text.TrimStart().Length); ; least = indent.Length)
        {
            // The last space that fits; without one, the first behind the long word.
            var at = line.Length <= width ? -1 : line.LastIndexOf(' ', width);
            if (line.Length > width && at <= least)
                at = line.IndexOf(' ', least);
            if (at < 0)
            {
                yield return line;
                yield break;
            }
            yield return line[..at].TrimEnd();
            line = indent + line[at..].TrimStart();
        }
    }
}

using System.Text;
using Gateway.Cli.Output;

namespace Gateway.Cli.Records;

/// <summary>A PDF, and what could not be drawn in it. It reaches the disk only together with a word to the person.</summary>
/// <param name="Pdf">The file.</param>
/// <param name="Missing">Characters that no font has, in the order and as often as they were drawn as a box.</param>
internal sealed record PrintedPaper(byte[] Pdf, IReadOnlyList<Rune> Missing)
{
    private const int Named = 8;

    /// <summary>Writes the file, and says which characters it lacks; then it is not whole, and the command ends so.</summary>
    public ExitCode Write(Terminal terminal, string path, bool force = false)
    {
        NewFile.Write(path, Pdf, force);
        if (Missing.Count == 0)
            return ExitCode.Good;
        var different = Missing.Select(Letter).Distinct().ToList();
        var more = different.Count > Named ? $" and {different.Count - Named} more" : "";
        terminal.Note($"gatewayctl: {path} is written, but no font here has {Missing.Count} {(Missing.Count == 1 ? "character" : "characters")} in it, and boxes stand there: {string.Join(", ", different.Take(Named))}{more}. Name a .ttf font that has them in GATEWAYCTL_FONTS and print it again.");
        return ExitCode.Incomplete;
    }

    // Arabic is drawn in forms by place; the letter is what somebody looks for in a font.
    private static string Letter(Rune drawn)
    {
        var written = drawn.Value is >= 0xfb50 and <= 0xfeff ? drawn.ToString().Normalize(NormalizationForm.FormKC) : drawn.ToString();
        return string.Join(' ', written.EnumerateRunes().Select(rune => $"U+{rune.Value:X4} {rune}"));
    }
}

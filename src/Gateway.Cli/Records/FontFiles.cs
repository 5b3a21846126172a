using Gateway.Cli.Output;

namespace Gateway.Cli.Records;

/// <summary>
/// The fonts of this machine that are free and that a printed record may carry inside it: DejaVu or Liberation, as Debian installs them, or the folder
/// that GATEWAYCTL_FONTS names. Nothing is shipped with this program.
/// </summary>
internal static class FontFiles
{
    public const int Regular = 0;
    public const int Bold = 1;
    public const int Mono = 2;

    private static readonly string[] s_folders = ["/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/truetype/liberation", "/usr/share/fonts/dejavu", "/usr/share/fonts/liberation", "/usr/share/fonts/TTF"];

    // Regular, bold, one width; the first family that is whole is taken.
    private static readonly string[][] s_families =
    [
        ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"],
        ["LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf", "LiberationMono-Regular.ttf"],
    ];

    /// <summary>Finds the fonts; without any there is no PDF, and the person is told what to install.</summary>
    public static IReadOnlyList<TrueTypeFont> Open()
    {
        var named = Environment.GetEnvironmentVariable("GATEWAYCTL_FONTS");
        string[] folders = string.IsNullOrEmpty(named) ? s_folders : [named];
        foreach (var folder in folders)
        {
            foreach (var family in s_families)
            {
                string[] files = [.. family.Select(name => Path.Combine(folder, name))];
                if (files.All(File.Exists))
                    return [.. files.Select(file => new TrueTypeFont(file))];
            }
        }
        throw StopException.Incomplete($"a PDF needs the free fonts DejaVu or Liberation; none are in {string.Join(", ", folders)}. On Debian: apt install fonts-dejavu-core; elsewhere name their folder in GATEWAYCTL_FONTS. The JSON and the signature need no font ('record sign --no-pdf').");
    }
}

using Gateway.Cli.Output;

namespace Gateway.Cli.Records;

/// <summary>
/// The fonts of this machine that a printed record may carry inside it: DejaVu or Liberation, which are free, as Debian installs them or from a folder that GATEWAYCTL_FONTS
/// names; for the characters that they lack, every font that it names, in that order. Nothing is shipped with this program.
/// </summary>
internal static class FontFiles
{
    public const int Regular = 0;
    public const int Bold = 1;
    public const int Mono = 2;

    private const long MaxTogether = 512 * 1024 * 1024;

    /// <summary>Where systems install the free families.</summary>
    internal static readonly string[] Folders = ["/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/truetype/liberation", "/usr/share/fonts/dejavu", "/usr/share/fonts/liberation", "/usr/share/fonts/TTF"];

    // Regular, bold, one width; the first family that is whole is taken.
    private static readonly string[][] s_families =
    [
        ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"],
        ["LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf", "LiberationMono-Regular.ttf"],
    ];

    /// <summary>Regular, bold and one width, then those for what they lack; without any there is no PDF, and the person is told what to install.</summary>
    public static IReadOnlyList<TrueTypeFont> Open() => Open(Environment.GetEnvironmentVariable("GATEWAYCTL_FONTS"), Folders);

    /// <summary>The fonts that are named, beside those of some folders.</summary>
    /// <param name="named">Folders and files, in order, with the separator of PATH between them; may be empty.</param>
    /// <param name="folders">Where a free family may be.</param>
    public static IReadOnlyList<TrueTypeFont> Open(string? named, IReadOnlyList<string> folders)
    {
        var places = (named ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        List<string> files = [.. places.SelectMany(Files).Distinct(StringComparer.Ordinal)];
        if (files.Sum(file => new FileInfo(file).Length) > MaxTogether)
            throw StopException.Incomplete($"the {files.Count} fonts that GATEWAYCTL_FONTS names are larger than {MaxTogether / 1024 / 1024} MiB together: name the files that are needed");
        var family = places.Where(Directory.Exists).Concat(folders).SelectMany(folder => s_families.Select(names => names.Select(name => Path.Combine(folder, name)).ToList())).FirstOrDefault(whole => whole.All(File.Exists));
        if (family is null && files.Count == 0)
            throw StopException.Incomplete($"a PDF needs fonts, the free DejaVu or Liberation; none are in {string.Join(", ", folders)}. On Debian: apt install fonts-dejavu-core; elsewhere name .ttf files or their folder in GATEWAYCTL_FONTS. The JSON and the signature need no font ('record sign --no-pdf').");
        var opened = files.Except(family ?? []).Select(file => Usable(file, mustBe: places.Contains(file))).OfType<TrueTypeFont>().ToList();
        if (family is null && opened.Count == 0)
            throw StopException.Incomplete("none of the fonts in the folders that GATEWAYCTL_FONTS names can be used; name one by itself to be told why");
        return [.. family is null ? Styles(opened) : family.Select(file => new TrueTypeFont(file)), .. opened];
    }

    private static IEnumerable<string> Files(string place)
    {
        if (!Directory.Exists(place))
            return File.Exists(place) ? [place] : throw StopException.Incomplete($"GATEWAYCTL_FONTS names {place}, which is not there");
        var found = Directory.GetFiles(place).Where(file => Path.GetExtension(file).Equals(".ttf", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).ToList();
        return found.Count > 0 ? found : throw StopException.Incomplete($"GATEWAYCTL_FONTS names {place}, where no file ends with .ttf (a .ttc or .otf cannot be used). Without fonts: 'record sign --no-pdf'.");
    }

    // A folder may hold others as well (emoji, fonts that must not be embedded); what was named by itself is used, or refused in words.
    private static TrueTypeFont? Usable(string file, bool mustBe)
    {
        try
        {
            return new TrueTypeFont(file);
        }
        catch (StopException) when (!mustBe)
        {
            return null;
        }
    }

    // Among fonts of any name, by what the names say of them; one may have to be all three.
    private static TrueTypeFont[] Styles(List<TrueTypeFont> fonts)
    {
        bool Says(TrueTypeFont font, params string[] words) => words.Any(word => font.Name.Contains(word, StringComparison.OrdinalIgnoreCase));
        var upright = fonts.Where(font => !Says(font, "Italic", "Oblique")).ToList();
        var regular = upright.FirstOrDefault(font => !Says(font, "Bold", "Mono")) ?? fonts[0];
        return [regular, upright.FirstOrDefault(font => Says(font, "Bold") && !Says(font, "Mono")) ?? regular, upright.FirstOrDefault(font => Says(font, "Mono") && !Says(font, "Bold")) ?? regular];
    }
}

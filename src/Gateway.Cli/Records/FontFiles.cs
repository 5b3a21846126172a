using Gateway.Cli.Output;
using PdfSharp.Fonts;

namespace Gateway.Cli.Records;

/// <summary>
/// The fonts of this machine that are free and that a printed record may carry inside it: DejaVu or Liberation, as Debian installs them, or the folder
/// that GATEWAYCTL_FONTS names. Nothing is shipped with this program.
/// </summary>
internal sealed class FontFiles : IFontResolver
{
    public const string Sans = "record-sans";
    public const string Mono = "record-mono";

    private static readonly string[] s_folders = ["/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/truetype/liberation", "/usr/share/fonts/dejavu", "/usr/share/fonts/liberation", "/usr/share/fonts/TTF"];

    // Regular, bold, one width; the first family that is whole is taken.
    private static readonly string[][] s_families =
    [
        ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"],
        ["LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf", "LiberationMono-Regular.ttf"],
    ];

    private readonly string[] _files;

    private FontFiles(string[] files) => _files = files;

    /// <summary>Finds the fonts; without any there is no PDF, and the person is told what to install.</summary>
    public static FontFiles Find()
    {
        var named = Environment.GetEnvironmentVariable("GATEWAYCTL_FONTS");
        string[] folders = string.IsNullOrEmpty(named) ? s_folders : [named];
        foreach (var folder in folders)
        {
            foreach (var family in s_families)
            {
                string[] files = [.. family.Select(name => Path.Combine(folder, name))];
                if (files.All(File.Exists))
                    return new FontFiles(files);
            }
        }
        throw StopException.Incomplete($"a PDF needs the free fonts DejaVu or Liberation; none are in {string.Join(", ", folders)}. On Debian: apt install fonts-dejavu-core; elsewhere name their folder in GATEWAYCTL_FONTS. The JSON and the signature need no font.");
    }

    public FontResolverInfo? ResolveTypeface(string familyName, bool isBold, bool isItalic)
        => familyName == Mono ? new FontResolverInfo("2") : new FontResolverInfo(isBold ? "1" : "0");

    public byte[]? GetFont(string faceName) => File.ReadAllBytes(_files[faceName[0] - '0']);
}

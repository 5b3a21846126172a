using Gateway.Protocol.Wording;

namespace Gateway.Cli.Records;

/// <summary>The words that a page needs beside what stands on it, in one language.</summary>
/// <param name="Labels">The language.</param>
/// <param name="Footer">At the foot of every page.</param>
internal sealed record PageWords(Labels Labels, string Footer)
{
    /// <summary>Whether the electronic signatures are listed at the end.</summary>
    public bool Signatures { get; init; } = true;

    public string Page(int number, int of) => Labels["form.page"].Replace("{n}", $"{number}", StringComparison.Ordinal).Replace("{of}", $"{of}", StringComparison.Ordinal);

    /// <summary>What a page says that could not be printed whole.</summary>
    public string Missing(int count) => Labels["form.missing"].Replace("{n}", $"{count}", StringComparison.Ordinal);
}

using System.Globalization;

namespace Gateway.Cli.Parts;

/// <summary>The folder in which a disclosed part is handed over: what it is of, what proves it, the part itself.</summary>
internal static class PartFiles
{
    /// <summary>The manifest that the laboratory signed.</summary>
    public const string Manifest = "manifest.cms";

    /// <summary>The proof.</summary>
    public const string Proof = "part.json";

    /// <summary>The custody event DISCLOSED, signed by who disclosed it.</summary>
    public const string Event = "disclosed.cms";

    /// <summary>The part in clear.</summary>
    public const string Content = "content";

    /// <summary>Conditions of use of the item, when there are any: they bind whoever has a part of it, too.</summary>
    public const string Conditions = "conditions.txt";

    /// <summary>A disclosed chunk as it is stored everywhere, encrypted.</summary>
    public static string Chunk(long index) => string.Create(CultureInfo.InvariantCulture, $"{index:00000000}.chunk");
}

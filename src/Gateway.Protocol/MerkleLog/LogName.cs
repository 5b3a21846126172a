using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Gateway.Protocol.Documents;

namespace Gateway.Protocol.MerkleLog;

/// <summary>
/// Which log of which State: <c>gateway-log/XA/2026</c> is the origin line of its checkpoints and the name of its keys. An epoch is a
/// year; <c>2026-2</c> is a second log of that year, begun because the first one could not be continued.
/// </summary>
/// <param name="State">ISO 3166-1 alpha-2.</param>
/// <param name="Year">2020 to 9999.</param>
/// <param name="Number">1 for the first log of the year.</param>
public sealed record LogName(string State, int Year, int Number = 1)
{
    private const string Prefix = "gateway-log/";
    private const string WitnessPrefix = "gateway-witness/";
    private const int MaxNumber = 99;

    /// <summary><c>2026</c> or <c>2026-2</c>.</summary>
    public string Epoch => Number == 1 ? Year.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Year}-{Number}");

    /// <summary>The origin line.</summary>
    public string Origin => $"{Prefix}{State}/{Epoch}";

    /// <summary>The name under which a State cosigns: <c>gateway-witness/XC</c>.</summary>
    public static string Witness(string state) => WitnessPrefix + state;

    /// <summary>Reads <see cref="Epoch"/> of a State's log back; only the exact text is one.</summary>
    public static bool TryParse(string state, string epoch, [NotNullWhen(true)] out LogName? name) => TryParse($"{Prefix}{state}/{epoch}", out name);

    /// <summary>Reads <see cref="Origin"/> back; only the exact text is one.</summary>
    public static bool TryParse(string origin, [NotNullWhen(true)] out LogName? name)
    {
        name = null;
        var parts = origin.StartsWith(Prefix, StringComparison.Ordinal) ? origin[Prefix.Length..].Split('/') : [];
        if (parts.Length != 2 || !Ids.IsState(parts[0]))
            return false;
        var epoch = parts[1].Split('-');
        var number = 1;
        if (epoch.Length > 2 || !IsNumber(epoch[0], 2020, 9999, out var year) || (epoch.Length == 2 && !IsNumber(epoch[1], 2, MaxNumber, out number)))
            return false;
        name = new LogName(parts[0], year, number);
        return name.Origin == origin;
    }

    /// <inheritdoc/>
    public override string ToString() => Origin;

    private static bool IsNumber(string text, int min, int max, out int number)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min && number <= max;
}

using System.Globalization;

namespace Gateway.Benchmarks.Harness;

/// <summary>Options as <c>--name value</c>; a name alone is a switch.</summary>
internal sealed class Arguments
{
    private static readonly string[] Known = ["seconds", "clients", "warmup", "size-mb", "size-gb", "receipts", "leaves", "items", "cases", "calls", "messages", "folder", "keep", "kill"];

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public string? Folder => _values.GetValueOrDefault("folder");

    public bool Kill => _values.ContainsKey("kill");

    public bool Given(string name) => _values.ContainsKey(name);

    public bool Keep => _values.ContainsKey("keep");

    /// <exception cref="FormatException">An option is unknown or has no value.</exception>
    public static Arguments Parse(string[] args)
    {
        var parsed = new Arguments();
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i][2..] : "";
            if (!Known.Contains(name))
                throw new FormatException($"unknown option {args[i]}");
            if (name is "keep" or "kill")
                parsed._values[name] = "";
            else if (++i < args.Length)
                parsed._values[name] = args[i];
            else
                throw new FormatException($"--{name} needs a value");
        }
        return parsed;
    }

    /// <exception cref="FormatException">The value is not a number from 1 on.</exception>
    public int Number(string name, int otherwise)
        => !_values.TryGetValue(name, out var text) ? otherwise
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
            : throw new FormatException($"--{name} {text} is not a number from 1 on");
}

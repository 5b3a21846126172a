namespace Gateway.Rpc.Interop;

/// <summary>"--name value" and "--flag", after the verb.</summary>
internal sealed class Arguments
{
    private static readonly HashSet<string> Flags = ["tls"];
    private static readonly HashSet<string> Names = ["host", "port", "case", "cert", "key", "ca", "host-override"];
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);

    private Arguments()
    {
    }

    public bool Tls => values.ContainsKey("tls");

    public int Port => int.Parse(values.GetValueOrDefault("port") ?? throw new FormatException("--port is missing"), System.Globalization.CultureInfo.InvariantCulture);

    public string? this[string name] => values.GetValueOrDefault(name);

    public static Arguments Parse(IReadOnlyList<string> args)
    {
        var parsed = new Arguments();
        for (var i = 0; i < args.Count; i++)
        {
            var (name, inline) = args[i].StartsWith("--", StringComparison.Ordinal) ? Split(args[i][2..]) : throw new FormatException($"What is '{args[i]}'?");
            if (Flags.Contains(name)) parsed.values[name] = "true";
            else if (!Names.Contains(name)) throw new FormatException($"Unknown option --{name}");
            else if (inline is not null) parsed.values[name] = inline;
            else parsed.values[name] = ++i < args.Count ? args[i] : throw new FormatException($"--{name} needs a value");
        }
        return parsed;
    }

    private static (string Name, string? Value) Split(string argument)
    {
        var at = argument.IndexOf('=', StringComparison.Ordinal);
        return at < 0 ? (argument, null) : (argument[..at], argument[(at + 1)..]);
    }
}

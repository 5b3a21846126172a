using System.Globalization;
using System.Text.Json.Nodes;

namespace Gateway.Benchmarks.Harness;

/// <summary>A table for people as it grows, then one line of JSON.</summary>
internal sealed class Report(string benchmark)
{
    private const string Alone = "";

    private readonly List<(string Name, string Value, string Note)> _rows = [];
    private readonly JsonObject _figures = new() { ["benchmark"] = benchmark, ["cores"] = Environment.ProcessorCount, ["time"] = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) };

    /// <summary>What is being done, for people who wait; on standard error.</summary>
    public static void Step(string text) => Console.Error.WriteLine($"… {text}");

    public void Row(string name, string value, string note = "") => _rows.Add((name, value, note));

    /// <summary>A line of its own above the rows that belong to it.</summary>
    public void Heading(string text) => _rows.Add((text, Alone, ""));

    public void Figure(string name, JsonNode? value) => _figures[name] = value;

    /// <summary>A row and a figure of the same number.</summary>
    public void Row(string name, double value, string unit, string figure, string note = "")
    {
        Row(name, $"{Text(value)} {unit}", note);
        Figure(figure, Round(value));
    }

    /// <summary>The rows so far: what a later run that fails does not take away.</summary>
    public void PrintRows()
    {
        var (name, value) = (_rows.Where(r => r.Value != Alone).Max(r => r.Name.Length), _rows.Max(r => r.Value.Length));
        foreach (var row in _rows)
            Console.WriteLine($"{row.Name.PadRight(name)}  {row.Value.PadLeft(value)}  {row.Note}".TrimEnd());
        _rows.Clear();
    }

    public void Print()
    {
        if (_rows.Count > 0)
            PrintRows();
        Console.WriteLine(_figures.ToJsonString());
    }

    public static string Text(double value)
        => value.ToString(Math.Abs(value) >= 100 ? "#,0" : Math.Abs(value) >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    public static JsonNode Round(double value) => Math.Round(value, Math.Abs(value) >= 100 ? 0 : 3);
}

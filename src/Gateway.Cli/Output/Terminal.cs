using System.Text.Json;
using Google.Protobuf;
using Spectre.Console;

namespace Gateway.Cli.Output;

/// <summary>Where a command's results go: tables and lines for people, or one JSON value for programs. Problems go to standard error.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error, bool json, bool interactive)
{
    // Around each cell, and between two.
    private const int Margin = 4;

    private readonly IAnsiConsole _people = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(output),
        Ansi = interactive ? AnsiSupport.Detect : AnsiSupport.No,
        Interactive = interactive ? InteractionSupport.Detect : InteractionSupport.No,
    });

    /// <summary>Programs are reading: nothing but JSON on standard output.</summary>
    public bool Json => json;

    /// <summary>A person is watching: progress bars make sense.</summary>
    public bool Interactive => interactive && !json;

    public IAnsiConsole People => _people;

    /// <summary>A line for people; nothing with --json.</summary>
    public void Line(string text = "")
    {
        if (!json)
            output.WriteLine(SafeText.Line(text));
    }

    /// <summary>Several lines for people; nothing with --json.</summary>
    public void Block(string text)
    {
        if (!json)
            output.WriteLine(SafeText.Block(text).TrimEnd());
    }

    /// <summary>Text of our own, as it is, with --json too: for commands whose result is itself a file.</summary>
    public void Raw(string text) => output.Write(text);

    /// <summary>A line on standard error, with --json too.</summary>
    public void Note(string text) => error.WriteLine(SafeText.Line(text));

    /// <summary>The result for programs; nothing without --json.</summary>
    public void Write(Action<Utf8JsonWriter> write)
    {
        if (json)
            output.WriteLine(ProtoJson.Text(write));
    }

    public void Write(IMessage message) => Write(w => ProtoJson.Write(w, message));

    /// <summary>One event or step of progress for programs, on a line of its own, at once.</summary>
    public void WriteLine(Action<Utf8JsonWriter> write)
    {
        if (!json)
            return;
        output.WriteLine(ProtoJson.Text(write, indented: false));
        output.Flush();
    }

    /// <summary>Names and values, one pair a line; empty values are left out.</summary>
    public void Facts(params IEnumerable<(string Name, string? Value)> facts)
    {
        var shown = facts.Where(f => !string.IsNullOrEmpty(f.Value)).ToList();
        if (json || shown.Count == 0)
            return;
        var width = shown.Max(f => f.Name.Length);
        foreach (var (name, value) in shown)
            output.WriteLine($"{name.PadRight(width)}  {SafeText.Line(value)}");
    }

    /// <summary>A table; <paramref name="empty"/> when there is nothing to show.</summary>
    public void Table(string empty, string[] columns, IEnumerable<string?[]> rows)
    {
        if (json)
            return;
        var all = rows.ToList();
        if (all.Count == 0)
        {
            output.WriteLine(empty);
            return;
        }
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column)).NoWrap());
        foreach (var row in all)
            table.AddRow(row.Select(cell => new Text(SafeText.Line(cell))));
        if (!interactive)
            _people.Profile.Width = Widest([columns, .. all]); // a pipe has no width: do not break identifiers
        _people.Write(table);
    }

    // Room for every cell on one line; no character takes more than two places.
    private static int Widest(IReadOnlyList<string?[]> rows)
        => rows[0].Select((_, column) => Margin + (2 * rows.Max(row => column < row.Length ? SafeText.Line(row[column]).Length : 0))).Sum();

    /// <summary>Says why the command ends as it does. With --json also as one object on standard output.</summary>
    public void Stopped(StopException stop)
    {
        foreach (var refusal in stop.Refusals)
            Note(Refused(refusal, "refused"));
        if (stop.Refusals.Count == 0)
            Note($"gatewayctl: {stop.Message}");
        Write(w =>
        {
            w.WriteStartObject();
            if (stop.Refusals.Count == 0)
                w.WriteString("failed", stop.Message);
            w.WritePropertyName("refused");
            ProtoJson.WriteList(w, stop.Refusals);
            w.WriteEndObject();
        });
    }

    /// <summary><c>refused V010 judicialAuthorisation: what is wrong → what to do</c>.</summary>
    public static string Refused(V1.Refusal refusal, string word)
    {
        var place = refusal.Path.Length == 0 ? "" : $" {refusal.Path}";
        var remedy = refusal.Remedy.Length == 0 ? "" : $" → {refusal.Remedy}";
        return $"{word} {refusal.Code}{place}: {refusal.Detail}{remedy}";
    }
}

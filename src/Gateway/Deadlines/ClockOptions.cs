using Gateway.Runtime;

namespace Gateway.Deadlines;

/// <summary>Section <c>Clock</c>: the legal clock.</summary>
internal sealed class ClockOptions : ICheckedOptions
{
    /// <summary>Folder with one table of holidays per State (<c>XA.json</c>); read again when a file changes. Empty: none, every day counts.</summary>
    [FilePath]
    public string Calendars { get; init; } = "";

    /// <summary>How often the clock is looked at, in seconds.</summary>
    public int TickSeconds { get; init; } = 1;

    /// <summary>Tell the other side by a sealed act when a deadline of the own side has passed.</summary>
    public bool AnnounceMissed { get; init; } = true;

    public void Check(string path, Mistakes mistakes)
    {
        if (Calendars.Length > 0 && !Directory.Exists(Calendars))
            mistakes.Add($"{path}:Calendars", $"there is no folder {Calendars}", "Name the folder with the tables of holidays, or leave it out.");
        if (TickSeconds is < 1 or > 3600)
            mistakes.Add($"{path}:TickSeconds", $"{TickSeconds} is out of range", "Write 1 to 3600.");
    }
}

using System.Globalization;

namespace Gateway.Benchmarks.Harness;

/// <summary>What the kernel counts about a process (Linux, /proc). Elsewhere nothing is known, and the figures are left out.</summary>
internal sealed record ProcessFigures(double CpuSeconds, double WrittenBytes)
{
    // USER_HZ: the same on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    public static ProcessFigures Of(int processId)
    {
        var fields = Stat(processId);
        return new ProcessFigures((Number(fields[11]) + Number(fields[12])) / TicksPerSecond, Number(Line($"/proc/{processId}/io", "write_bytes:")));
    }

    /// <summary>CPU seconds of all programs that this process ran to their end.</summary>
    public static double OfFinishedPrograms()
    {
        var fields = Stat(Environment.ProcessId);
        return (Number(fields[13]) + Number(fields[14])) / TicksPerSecond;
    }

    /// <summary>Largest resident size so far, in MB of 10^6 bytes.</summary>
    public static double PeakMegabytes(int processId) => Kibibytes(processId, "VmHWM:");

    /// <summary>Resident size now, in MB of 10^6 bytes.</summary>
    public static double ResidentMegabytes(int processId) => Kibibytes(processId, "VmRSS:");

    public ProcessFigures Since(ProcessFigures before) => new(CpuSeconds - before.CpuSeconds, WrittenBytes - before.WrittenBytes);

    // From the third field on: the second is the program's name in parentheses and may hold blanks.
    private static string[] Stat(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static double Kibibytes(int processId, string name) => Number(Line($"/proc/{processId}/status", name).Split(' ')[0]) * 1024 / 1e6;

    private static string Line(string file, string name)
        => File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Trim();

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

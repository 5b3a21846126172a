using System.Globalization;
using Spectre.Console;

namespace Gateway.Cli.Output;

/// <summary>Progress of long work over bytes: a bar with rate and time left for people, a JSON line a second for programs.</summary>
internal sealed class ByteProgress
{
    private readonly Terminal _terminal;
    private readonly TimeProvider _clock;
    private readonly string _name;
    private readonly long _started;
    private readonly ProgressTask? _bar;
    private long _total;
    private long _lastLine;
    private long _first = -1;

    private ByteProgress(Terminal terminal, TimeProvider clock, string name, long total, ProgressTask? bar)
    {
        (_terminal, _clock, _name, _total, _bar) = (terminal, clock, name, total, bar);
        _started = clock.GetTimestamp();
    }

    public static async Task<T> RunAsync<T>(Terminal terminal, TimeProvider clock, string name, long total, Func<ByteProgress, Task<T>> work)
    {
        if (!terminal.Interactive)
            return await work(new ByteProgress(terminal, clock, name, total, null));
        return await terminal.People.Progress().AutoClear(false).HideCompleted(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(async context => await work(new ByteProgress(terminal, clock, name, total, context.AddTask(Markup.Escape(name), maxValue: Math.Max(1, total)))));
    }

    /// <summary>For work whose size is known only later.</summary>
    public void Expect(long total)
    {
        _total = total;
        if (_bar is not null)
            _bar.MaxValue = Math.Max(1, total);
    }

    /// <summary>What was reported last.</summary>
    public long Last { get; private set; }

    /// <summary>So many bytes are done.</summary>
    public void Report(long bytes)
    {
        Last = bytes;
        if (_first < 0)
            _first = bytes; // what was there before is not this run's speed
        if (_bar is not null)
        {
            _bar.Value = bytes;
            return;
        }
        if (_terminal.Json)
            WriteLine(bytes);
    }

    private void WriteLine(long bytes)
    {
        var now = _clock.GetTimestamp();
        if (_lastLine != 0 && _clock.GetElapsedTime(_lastLine, now) < TimeSpan.FromSeconds(1))
            return;
        _lastLine = now;
        var seconds = _clock.GetElapsedTime(_started, now).TotalSeconds;
        var rate = seconds > 0 ? (bytes - _first) / seconds : 0;
        _terminal.WriteLine(json =>
        {
            json.WriteStartObject();
            json.WriteString("progress", _name);
            json.WriteNumber("bytes", bytes);
            json.WriteNumber("totalBytes", _total);
            json.WriteNumber("bytesPerSecond", (long)rate);
            if (rate > 0)
                json.WriteNumber("secondsLeft", (long)(Math.Max(0, _total - bytes) / rate));
            json.WriteEndObject();
        });
    }

    public static string Size(long bytes) => bytes < 1024 ? $"{bytes} bytes"
        : bytes < 1 << 20 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB")
        : bytes < 1 << 30 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.00} GiB");
}

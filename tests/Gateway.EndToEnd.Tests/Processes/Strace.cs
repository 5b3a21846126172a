using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Gateway.EndToEnd.Tests.Processes;

/// <summary>strace attached to all threads of a gateway that runs. It lets go of it when disposed.</summary>
internal sealed class Strace : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _file;
    private readonly StringBuilder _said = new();

    private Strace(Process process, string file) => (_process, _file) = (process, file);

    /// <summary>What was traced; complete after <see cref="DisposeAsync"/>, or when the gateway has ended.</summary>
    public IReadOnlyList<string> Lines { get; private set; } = [];

    public static async Task<Strace> Attach(GatewayProcess gateway, params string[] arguments)
    {
        var file = Path.GetTempFileName();
        var start = new ProcessStartInfo("strace", ["-f", "-o", file, .. arguments, "-p", gateway.Id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true };
        var strace = new Strace(Process.Start(start) ?? throw new InvalidOperationException("strace did not start"), file);
        var attached = new TaskCompletionSource();
        strace._process.ErrorDataReceived += (_, e) =>
        {
            lock (strace._said)
                strace._said.AppendLine(e.Data);
            if (e.Data is null || e.Data.Contains("attached", StringComparison.Ordinal))
                attached.TrySetResult();
        };
        strace._process.BeginErrorReadLine();
        await attached.Task.WaitAsync(TimeSpan.FromMinutes(1));
        if (strace._process.HasExited)
            throw new InvalidOperationException($"strace ended: {strace._said}");
        return strace;
    }

    public async ValueTask DisposeAsync()
    {
        // SIGTERM: strace detaches and leaves the process running. SIGINT may be ignored where the tests run in the background of a shell.
        if (!_process.HasExited)
            Repository.Run("kill", "-TERM", _process.Id.ToString(CultureInfo.InvariantCulture));
        await _process.WaitForExitAsync();
        Lines = await File.ReadAllLinesAsync(_file);
        File.Delete(_file);
        _process.Dispose();
    }
}

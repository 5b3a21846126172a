namespace Gateway.Runtime;

/// <summary>What must never be false is false: the process stops with exit code 3, and start-up checks again. Going on could destroy evidence.</summary>
internal sealed class Halt(IHostApplicationLifetime lifetime, ILogger<Halt> log)
{
    public void Now(Exception cause, string where)
    {
        log.LogCritical(cause, "{Where}: what must never be false is false; the gateway stops", where);
        Environment.ExitCode = 3;
        lifetime.StopApplication();
    }
}

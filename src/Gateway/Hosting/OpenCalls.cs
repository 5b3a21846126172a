using System.Collections.Concurrent;

namespace Gateway.Hosting;

/// <summary>
/// The calls of each peer and user that are being served now, on all its connections together. Each may hold a whole message in
/// memory: without this one peer that opens calls and never ends them takes the memory of all.
/// </summary>
internal sealed class OpenCalls(ListenOptions options)
{
    private readonly ConcurrentDictionary<(Port Port, string Caller), int> _open = new();

    /// <summary>Calls of one caller that may be open at once.</summary>
    public int Most => options.MaxCallsPerCaller;

    /// <summary>False when the caller has too many; else <see cref="End"/> must follow.</summary>
    /// <param name="port">The port of the call.</param>
    /// <param name="caller">State or user.</param>
    /// <param name="urgent">It may carry an emergency: a quarter is kept for such calls, so that others of the same caller never keep them out.</param>
    public bool Begin(Port port, string caller, bool urgent)
    {
        if (_open.AddOrUpdate((port, caller), 1, (_, open) => open + 1) <= (urgent ? Most : Most - (Most / 4)))
            return true;
        End(port, caller);
        return false;
    }

    public void End(Port port, string caller) => _open.AddOrUpdate((port, caller), 0, (_, open) => open - 1);
}

using System.Collections.Concurrent;
using Gateway.Protocol.Refusals;

namespace Gateway.Runtime;

/// <summary>
/// Why the gateway takes no new act now, if it does not: an administrator has configured that nothing is exchanged without witnesses,
/// or without time-stamps. What was taken before goes on its way; reading and administering work. In memory only: the loops that
/// hold it find the reason again after a start.
/// </summary>
internal sealed class Standstill
{
    private readonly ConcurrentDictionary<RefusalCode, string> _reasons = new();

    /// <summary>The refusal that every new act meets, or null when acts are taken.</summary>
    public Refusal? Refusal => _reasons.IsEmpty ? null : _reasons.OrderBy(r => r.Key).Select(r => new Refusal(r.Key, r.Value)).FirstOrDefault();

    /// <summary>From now on acts are refused with this code, until <see cref="Release"/>.</summary>
    public void Hold(RefusalCode code, string why) => _reasons[code] = why;

    public void Release(RefusalCode code) => _reasons.TryRemove(code, out _);
}

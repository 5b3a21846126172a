using System.Globalization;
using Gateway.Runtime;
using Gateway.Storage;

namespace Gateway.Delivery;

/// <summary>
/// The alarm about messages that were given up: one for each State, since what keeps one of them keeps most. Looked at when a message
/// is given up or queued again, and every minute: so it stands again after a restart, and goes when nothing is dead any more.
/// </summary>
internal sealed class DeadLetters(Database database, Alarms alarms)
{
    private readonly Lock _looking = new();
    private readonly HashSet<string> _raised = new(StringComparer.Ordinal);

    public void Look()
    {
        lock (_looking)
        {
            var dead = database.Read(Outbox.Dead);
            // Without their number, as of missed deadlines.
            foreach (var peer in dead)
                alarms.Raise(AlarmCode.DELIVERY_DEAD, peer, $"messages to {peer} were given up ('gatewayctl delivery list --dead')");
            _raised.UnionWith(dead);
            foreach (var peer in _raised.Except(dead).ToList())
            {
                alarms.Clear(AlarmCode.DELIVERY_DEAD, peer);
                _raised.Remove(peer);
            }
        }
    }
}

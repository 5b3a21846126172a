namespace Gateway.Runtime;

/// <summary>What happens when witnesses, or time-stamps, stay away for too long.</summary>
internal enum Lateness
{
    /// <summary>An alarm, and the exchange goes on.</summary>
    GO_ON,

    /// <summary>An alarm, and no new act is taken (<see cref="Standstill"/>).</summary>
    STOP,
}

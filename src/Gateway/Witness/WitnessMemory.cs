namespace Gateway.Witness;

/// <summary>
/// Whether this witness may trust what it remembers. After a start it first looks at what peers hold of its own cosignatures: a
/// database that came back from a backup has forgotten some, and would cosign a fork of what it cosigned before.
/// </summary>
internal sealed class WitnessMemory
{
    private volatile string? _notYet = "this witness was just started and first compares what it remembers with its peers";

    /// <summary>Why nothing is cosigned now; null when all is well.</summary>
    public string? NotYet => _notYet;

    /// <summary>Every peer that answers was asked, and what was forgotten is known again.</summary>
    public void Confirmed() => _notYet = null;

    /// <summary>Nothing is cosigned until <see cref="Confirmed"/>.</summary>
    public void Doubt(string why) => _notYet = why;
}

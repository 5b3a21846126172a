namespace Gateway.Witness;

/// <summary>
/// Whether this witness may trust what it remembers. After a start it first looks at what peers hold of its own cosignatures: a
/// database that came back from a backup has forgotten some, and would cosign a fork of what it cosigned before.
/// </summary>
internal sealed class WitnessMemory
{
    private readonly TaskCompletionSource _once = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _notYet = "this witness was just started and first compares what it remembers with its peers";
    private volatile IReadOnlyCollection<string> _claims = [];
    private volatile IReadOnlySet<string> _compared = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Why nothing is cosigned now; null when all is well.</summary>
    public string? NotYet => _notYet;

    /// <summary>Ends when every peer that answers was asked once.</summary>
    public Task Once => _once.Task;

    /// <summary>Peers that have shown all they hold since it is known that this database is older than what was signed.</summary>
    public IReadOnlySet<string> Compared => _compared;

    /// <summary>Every peer that answers was asked, and what was forgotten is known again.</summary>
    /// <param name="peers">Those that answered to all.</param>
    /// <param name="older">Whether it was known when they were asked that this database is older than what was signed, and for which logs to ask.</param>
    public void Confirmed(IEnumerable<string> peers, bool older)
    {
        _compared = older ? _compared.Concat(peers).ToHashSet(StringComparer.Ordinal) : new HashSet<string>(StringComparer.Ordinal);
        _notYet = null;
        _once.TrySetResult();
    }

    /// <summary>Peers that show a checkpoint of our own log that is not here, under keys that this database does not know or that were exchanged: they claim that it is older, and cannot prove it.</summary>
    public IReadOnlyCollection<string> Claims => _claims;

    public void Claimed(IReadOnlyCollection<string> peers) => _claims = peers;

    /// <summary>Nothing is cosigned until <see cref="Confirmed"/>.</summary>
    public void Doubt(string why) => _notYet = why;
}

using Gateway.Protocol.Refusals;

namespace Gateway.Receipts;

/// <summary>Whether our chains may grow.</summary>
internal enum LedgerStanding
{
    /// <summary>After a start: our heads are being compared with what peers hold of us.</summary>
    COMPARING,

    /// <summary>Receipts are issued.</summary>
    OPEN,

    /// <summary>A peer has shown receipts of ours that we do not hold, or others than we hold: this database is older than what was signed.</summary>
    ROLLBACK,
}

/// <summary>
/// The one place that decides whether anything may be signed into a chain, a checkpoint or a cosignature. Shut at every start until the heads were
/// compared; shut in ROLLBACK until an administrator decides. Where a receipt would be signed while it is shut, <see cref="LedgerShutException"/> is thrown.
/// </summary>
internal sealed class LedgerGate
{
    private readonly Lock _setting = new();
    private volatile State _state = new(LedgerStanding.COMPARING, "the heads of the chains are being compared with those that peers hold");

    /// <summary>Raised after every change.</summary>
    public event Action? Changed;

    public LedgerStanding Standing => _state.Standing;

    /// <summary>Why it is shut, in words.</summary>
    public string Why => _state.Why;

    /// <summary>Null when chains may grow.</summary>
    public Refusal? Shut
    {
        get
        {
            var state = _state;
            return state.Standing switch
            {
                LedgerStanding.OPEN => null,
                // These go to peers too, and why it is shut may name cases of others: 'ledger status' tells our own people.
                LedgerStanding.COMPARING => new Refusal(RefusalCode.LedgerBeingCompared, "the heads of its chains are being compared with those that peers hold"),
                LedgerStanding.ROLLBACK => new Refusal(RefusalCode.LedgerBehind, "its database holds less than its peers do; the administrator sees what with 'gatewayctl ledger status'"),
            };
        }
    }

    /// <summary>Ends COMPARING; a rollback that was proved meanwhile stays.</summary>
    public void Open() => Set(LedgerStanding.OPEN, "", fromRollback: false);

    /// <summary>Goes on comparing; a rollback that was proved meanwhile stays.</summary>
    public void Compare(string why) => Set(LedgerStanding.COMPARING, why, fromRollback: false);

    public void Rollback(string why) => Set(LedgerStanding.ROLLBACK, why, fromRollback: true);

    /// <summary>Opens also out of ROLLBACK: somebody decided it, and it is recorded.</summary>
    public void Reopen() => Set(LedgerStanding.OPEN, "", fromRollback: true);

    /// <summary>Throws when it is shut.</summary>
    public void Require()
    {
        if (Shut is { } refusal)
            throw new LedgerShutException(refusal);
    }

    private void Set(LedgerStanding standing, string why, bool fromRollback)
    {
        lock (_setting)
        {
            var next = new State(standing, why);
            if (_state == next || (_state.Standing == LedgerStanding.ROLLBACK && !fromRollback))
                return;
            _state = next;
        }
        Changed?.Invoke();
    }

    private sealed record State(LedgerStanding Standing, string Why);
}

/// <summary>Nothing may be signed now. Not a fault: the caller hears the refusal and comes again.</summary>
internal class LedgerShutException(Refusal refusal) : Exception(refusal.Detail)
{
    public Refusal Refusal { get; } = refusal;
}

/// <summary>Nothing may be signed in one chain, whose other side has to bring back what our last receipt names; all others go on.</summary>
internal sealed class ChainBehindException(Refusal refusal) : LedgerShutException(refusal);

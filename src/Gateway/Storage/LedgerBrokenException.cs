namespace Gateway.Storage;

/// <summary>What must never be false is false. The process stops: continuing could destroy evidence. Start-up checks again.</summary>
public sealed class LedgerBrokenException : Exception
{
    public LedgerBrokenException()
    {
    }

    public LedgerBrokenException(string message)
        : base(message)
    {
    }

    public LedgerBrokenException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>The database cannot be used as it is: absent, older, newer, or open elsewhere. The message says what to do.</summary>
public sealed class DatabaseNotUsableException : Exception
{
    public DatabaseNotUsableException()
    {
    }

    public DatabaseNotUsableException(string message)
        : base(message)
    {
    }

    public DatabaseNotUsableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

using Gateway.Storage;

namespace Gateway.Integrity;

/// <summary>
/// What a check reads: the database as of one moment, and, where a folder or the keys differ from it, as it is now. Those are not of that moment: beside a serving
/// gateway items begin, end and are erased meanwhile.
/// </summary>
internal sealed class LedgerSnapshot : IDisposable
{
    private readonly Session _now;
    private bool _pinned;

    private LedgerSnapshot(string dataFolder)
    {
        Session = Database.OpenReader(dataFolder);
        _now = Database.OpenReader(dataFolder);
        Keys = CaseKeys.OpenReader(dataFolder);
        ItemsFolder = Path.Combine(dataFolder, "items");
    }

    /// <summary>As of the moment of <see cref="Pin"/>.</summary>
    public Session Session { get; }

    public CaseKeys Keys { get; }

    public string ItemsFolder { get; }

    public static LedgerSnapshot Open(string dataFolder) => new(dataFolder);

    /// <summary>From here on the session sees nothing that is committed later.</summary>
    public void Pin()
    {
        if (_pinned)
            return;
        Session.Run("BEGIN");
        _pinned = true;
        // The moment is that of the first page read.
        Session.Number("SELECT count(*) FROM sqlite_schema");
    }

    /// <summary>Lets the write-ahead log move on, which otherwise grows with every commit of the gateway.</summary>
    public void Release()
    {
        if (!_pinned)
            return;
        _pinned = false;
        Session.Run("COMMIT");
    }

    /// <summary>What is so now.</summary>
    public T Now<T>(Func<Session, T> read)
    {
        _now.Run("BEGIN");
        try
        {
            return read(_now);
        }
        finally
        {
            _now.Run("COMMIT");
        }
    }

    public void Dispose()
    {
        Session.Dispose();
        _now.Dispose();
        Keys.Dispose();
    }
}

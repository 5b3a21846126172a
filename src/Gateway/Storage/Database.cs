using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Gateway.Storage;

/// <summary>
/// The gateway's SQLite file: WAL, every commit flushed (<c>synchronous=FULL</c>), deleted content overwritten. Reads take
/// snapshots from a pool; all writes go through <see cref="GroupWriter"/>. A lock file keeps a second process out.
/// </summary>
internal sealed class Database : IAsyncDisposable
{
    public const string FileName = "gateway.db";

    /// <summary>The fact that <c>gateway restore</c> leaves: the time of the backup. Until it is taken away nothing is signed.</summary>
    public const string RestoredFact = "ledger.restored";

    /// <summary>The fact that the ledger leaves when it is open again after a loss: when. What peers have not brought back some time later is recorded as lost.</summary>
    public const string ReopenedFact = "ledger.reopened";

    private const string LockName = "gateway.lock";

    private readonly string _path;
    private readonly FileStream _lock;
    private readonly ConcurrentBag<Session> _readers = [];
    private readonly Folded _folded = new();
    private readonly GroupWriter _writer;
    private readonly PageGaps _gaps;

    private Database(string path, FileStream held, GroupWriter writer, PageGaps gaps)
    {
        _gaps = gaps;
        _path = path;
        _lock = held;
        _writer = writer;
    }

    /// <summary>Opens an existing, migrated database. Throws <see cref="DatabaseNotUsableException"/> with what to do.</summary>
    public static Database Open(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path))
            throw new DatabaseNotUsableException($"there is no database at {path}: run 'gateway init' once, or correct Gateway:DataFolder");
        var held = Lock(dataFolder);
        try
        {
            var session = Connect(path, SqliteOpenMode.ReadWrite);
            var schema = Migrations.Current(session);
            if (schema != Migrations.Newest)
            {
                session.Dispose();
                throw new DatabaseNotUsableException(WrongSchema(schema));
            }
            return new Database(path, held, new GroupWriter(session), PageGaps.Open(path));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>A connection that only reads, beside a gateway that may be serving. Throws as <see cref="Open"/> does.</summary>
    public static Session OpenReader(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path))
            throw new DatabaseNotUsableException($"there is no database at {path}: run 'gateway init' once, or correct Gateway:DataFolder");
        var session = Connect(path, SqliteOpenMode.ReadOnly);
        var schema = Migrations.Current(session);
        if (schema == Migrations.Newest)
            return session;
        session.Dispose();
        throw new DatabaseNotUsableException(WrongSchema(schema));
    }

    /// <summary>Creates the file. Refuses when there is one: a ledger is never created over another.</summary>
    public static void Create(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (File.Exists(path))
            throw new DatabaseNotUsableException($"there is a database at {path} already; it is not touched");
        using var held = Lock(dataFolder);
        using var session = Connect(path, SqliteOpenMode.ReadWriteCreate);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Migrations.Apply(session);
    }

    /// <summary>Applies the migrations that are missing; returns their numbers.</summary>
    public static IReadOnlyList<int> Migrate(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path))
            throw new DatabaseNotUsableException($"there is no database at {path}: run 'gateway init' once, or correct Gateway:DataFolder");
        using var held = Lock(dataFolder);
        using var session = Connect(path, SqliteOpenMode.ReadWrite);
        return Migrations.Apply(session);
    }

    /// <summary>Runs <paramref name="work"/> in a transaction and returns after the flush. What it throws undoes its own changes only.</summary>
    public Task<T> Write<T>(Lane lane, Func<Session, T> work) => _writer.Write(lane, work);

    /// <inheritdoc cref="Write{T}"/>
    public Task Write(Lane lane, Action<Session> work) => _writer.Write(lane, session =>
    {
        work(session);
        return true;
    });

    /// <inheritdoc cref="GroupWriter.NextCommit"/>
    public Task NextCommit => _writer.NextCommit;

    /// <summary>
    /// Leaves nothing in the files of what was deleted before: empties the write-ahead log and clears the gaps of all pages, some at a time, so that others write in
    /// between. False when a reader kept it from that, in each of some tries within tenths of a second; the same sweep then goes on where it stopped.
    /// </summary>
    public Task<bool> ForgetDeleted(GapSweep sweep, int tries, CancellationToken stop = default) => ForgetDeleted(_writer, _gaps, sweep, tries, stop);

    /// <summary>Whether the file is so large that the gaps of its pages cannot be cleared: <see cref="ForgetDeleted(GapSweep, int, CancellationToken)"/> then only empties the write-ahead log.</summary>
    public bool IsTooLargeToClear => _gaps.Turns == 0;

    internal static async Task<bool> ForgetDeleted(GroupWriter writer, PageGaps gaps, GapSweep sweep, int tries, CancellationToken stop)
    {
        if (gaps.Turns == 0)
        {
            await writer.Checkpoint(() => { });
            return false;
        }
        return await sweep.Run(() => gaps.Turns, async turn =>
        {
            var cleared = 0;
            return await writer.Checkpoint(() => cleared = gaps.Clear(turn)) ? cleared : null;
        }, tries, stop);
    }

    /// <summary>Reads a consistent snapshot.</summary>
    public T Read<T>(Func<Session, T> work)
    {
        if (!_readers.TryTake(out var session))
            session = Connect(_path, SqliteOpenMode.ReadOnly, _folded);
        try
        {
            session.Run("BEGIN");
            try
            {
                return work(session);
            }
            finally
            {
                session.Run("COMMIT");
            }
        }
        finally
        {
            _readers.Add(session);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        foreach (var session in _readers)
            session.Dispose();
        _gaps.Dispose();
        await _lock.DisposeAsync();
    }

    private static string WrongSchema(int schema) => schema < Migrations.Newest
        ? $"the database has schema {schema}, this program needs {Migrations.Newest}: run 'gateway db migrate'"
        : $"the database has schema {schema}, this program knows up to {Migrations.Newest}: install the newer program";

    private static FileStream Lock(string dataFolder)
    {
        try
        {
            // On Unix this is flock: it goes with the process, however it ends.
            return new FileStream(Path.Combine(dataFolder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new DatabaseNotUsableException($"another gateway process uses {dataFolder}: stop it first; two on one database would fork its chains", e);
        }
    }

    internal static Session Connect(string path, SqliteOpenMode mode, Folded? folded = null)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = 30,
        }.ToString());
        connection.Open();
        var session = new Session(connection) { Folded = folded };
        if (mode != SqliteOpenMode.ReadOnly)
        {
            session.Raw("PRAGMA journal_mode = WAL");
            session.Raw("PRAGMA synchronous = FULL");
            session.Raw("PRAGMA secure_delete = ON");
        }
        session.Raw("PRAGMA cell_size_check = ON");
        session.Raw("PRAGMA trusted_schema = OFF");
        return session;
    }
}

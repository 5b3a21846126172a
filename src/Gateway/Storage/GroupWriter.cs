using Microsoft.Data.Sqlite;

namespace Gateway.Storage;

/// <summary>
/// The one writer. Concurrent callers share a transaction and its flush (group commit), each inside a savepoint: one that throws
/// undoes only itself. SQLite has a single write lock, so lanes are queues in front of it rather than connections beside it.
/// A caller hears of its result only after the flush. A process killed before it leaves nothing of the group; after it, all.
/// </summary>
internal sealed class GroupWriter : IAsyncDisposable
{
    private const int MaxGroup = 256;
    private const int MaxBulkPerGroup = 16;
    private const int LeastOrdinaryPerGroup = 48;
    // A page that changes often is copied into the database less often than with SQLite's own 1000; reading back so much at start takes well below a second.
    private const int CheckpointPages = 4096;
    private const int IoErrorFsync = 1034;
    private const int IoErrorDirFsync = 1290;

    private readonly Session _session;
    private readonly Lock _gate = new();
    private readonly Queue<Item>[] _lanes = [new(), new(), new()];
    private readonly SemaphoreSlim _work = new(0);
    private readonly Task _loop;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<(TaskCompletionSource<bool> Done, Action Then)> _checkpoints = new();
    private readonly int _checkpointPages;
    private volatile LedgerBrokenException? _broken;
    private bool _closed;

    /// <param name="session">The only connection that writes.</param>
    /// <param name="checkpointPages">After so many pages in the write-ahead log they are moved into the file.</param>
    public GroupWriter(Session session, int checkpointPages = CheckpointPages)
    {
        _session = session;
        _checkpointPages = checkpointPages;
        // SQLite's own checkpoint follows a commit and tells nobody when a flush failed in it.
        _session.Raw("PRAGMA wal_autocheckpoint = 0");
        // Nor does this connection count the pages that a killed process left in it.
        MoveLog();
        _loop = Task.Run(Loop);
    }

    /// <summary>Whether SQLite says that a flush failed, as against a write that was never made.</summary>
    internal static bool FlushFailed(SqliteException e) => e.SqliteExtendedErrorCode is IoErrorFsync or IoErrorDirFsync;

    public Task<T> Write<T>(Lane lane, Func<Session, T> work)
    {
        if (_broken is { } broken)
            return Task.FromException<T>(broken);
        var item = new Item<T>(work);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _lanes[(int)lane].Enqueue(item);
        }
        _work.Release();
        return item.Result;
    }

    /// <summary>Ends with the next group that is flushed. Who takes it before reading misses nothing that is committed afterwards.</summary>
    public Task NextCommit => Volatile.Read(ref _next).Task;

    /// <summary>
    /// Moves the write-ahead log into the file and empties it, so that no old page is left in it; then, before anything else is written, runs <paramref name="then"/>
    /// and forgets the pages that it may have changed. False, and nothing was run, while a reader still needs the log, or after a flush that failed.
    /// </summary>
    public Task<bool> Checkpoint(Action then)
    {
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _checkpoints.Enqueue((done, then));
        }
        _work.Release();
        return done.Task;
    }

    /// <summary>Finishes what was queued, then closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
            _closed = true;
        _work.Release();
        await _loop;
        _session.Dispose();
        _work.Dispose();
    }

    private async Task Loop()
    {
        var group = new List<Item>(MaxGroup);
        while (true)
        {
            bool closed;
            bool checkpoint;
            (TaskCompletionSource<bool> Done, Action Then) asked;
            lock (_gate)
            {
                Take(group);
                checkpoint = _checkpoints.TryDequeue(out asked);
                closed = _closed;
            }
            if (checkpoint)
                RunCheckpoint(asked.Done, asked.Then);
            if (group.Count > 0)
            {
                Commit(group);
                group.Clear();
            }
            else if (checkpoint)
                continue;
            else if (closed)
                return;
            else
                await _work.WaitAsync();
        }
    }

    private void Take(List<Item> group)
    {
        foreach (var lane in Enum.GetValues<Lane>())
        {
            var queue = _lanes[(int)lane];
            var room = lane switch
            {
                // An emergency goes first, but a flood of them (a peer says itself what is one) leaves room for the others.
                Lane.Emergency => MaxGroup - MaxBulkPerGroup - LeastOrdinaryPerGroup,
                Lane.Ordinary => MaxGroup - MaxBulkPerGroup - group.Count,
                Lane.Bulk => MaxBulkPerGroup,
            };
            for (; room > 0 && queue.Count > 0; room--)
                group.Add(queue.Dequeue());
        }
    }

    private void Commit(List<Item> group)
    {
        if (_broken is { } known)
        {
            foreach (var item in group)
                item.Fail(known);
            return;
        }
        try
        {
            _session.Run("BEGIN IMMEDIATE");
            foreach (var item in group)
                RunInSavepoint(item);
            _session.Run("COMMIT");
        }
        catch (SqliteException e) when (FlushFailed(e))
        {
            Rollback();
            var broken = Break(e);
            foreach (var item in group)
                item.Fail(broken);
            return;
        }
        catch (Exception e) when (e is SqliteException or IOException or InvalidOperationException)
        {
            // Disk full, I/O error, or a savepoint that could not be undone: nothing of the group was kept.
            Rollback();
            foreach (var item in group)
                item.Fail(e);
            return;
        }
        foreach (var item in group)
            item.Publish();
        Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        // What was answered lies flushed in the log; moving it is for later, and must be heard when it fails.
        if (_session.PagesInLog() >= _checkpointPages)
            MoveLog();
    }

    // While a reader holds an older page, or where there is no space, the rest waits for the next commit: nothing is lost of what the log holds.
    private void MoveLog()
    {
        try
        {
            if (_session.Query("PRAGMA wal_checkpoint(PASSIVE)", row => (Busy: row.GetInt64(0), Log: row.GetInt64(1), Moved: row.GetInt64(2))) is [(0, var pages, var moved)] && pages == moved)
                _session.ForgetPagesInLog();
        }
        catch (SqliteException e) when (FlushFailed(e))
        {
            Break(e);
        }
        catch (SqliteException)
        {
            // A write that was never made.
        }
    }

    // The system may have thrown the pages away and report the next flush as good: what the file holds is not known any more. Whoever writes next hears it.
    private LedgerBrokenException Break(Exception cause)
        => _broken = new LedgerBrokenException("a flush to disk failed, so that what was written is not known; start again when the disk is well", cause);

    private void RunCheckpoint(TaskCompletionSource<bool> done, Action then)
    {
        // After a flush that failed nobody knows what the file holds: nothing is written beside SQLite.
        if (_broken is not null)
        {
            done.SetResult(false);
            return;
        }
        try
        {
            var emptied = _session.Query("PRAGMA wal_checkpoint(TRUNCATE)", row => row.GetInt64(0)) is [0];
            if (emptied)
            {
                _session.ForgetPagesInLog();
                then();
                _session.Run("PRAGMA shrink_memory");
            }
            done.SetResult(emptied);
        }
        // An error of the disk beside SQLite may be that of a flush; nobody can tell.
        catch (Exception e) when (e is SqliteException sqlite ? FlushFailed(sqlite) : e is IOException)
        {
            done.SetException(Break(e));
        }
        catch (Exception e) when (e is SqliteException or InvalidDataException or UnauthorizedAccessException)
        {
            done.SetException(e);
        }
    }

    private void RunInSavepoint(Item item)
    {
        _session.Run("SAVEPOINT item");
        try
        {
            item.Run(_session);
        }
        catch (Exception e) when (e is not SqliteException { SqliteErrorCode: 10 or 11 or 13 or 26 })
        {
            // Everything but I/O error, corruption and disk full concerns this item alone.
            _session.Run("ROLLBACK TO item");
            item.Remember(e);
        }
        _session.Run("RELEASE item");
    }

    private void Rollback()
    {
        try
        {
            _session.Run("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite had rolled back by itself (disk full, I/O error); there is no transaction left.
        }
    }

    private abstract class Item
    {
        public abstract void Run(Session session);

        public abstract void Publish();

        public abstract void Remember(Exception error);

        public abstract void Fail(Exception error);
    }

    private sealed class Item<T>(Func<Session, T> work) : Item
    {
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _value;
        private Exception? _error;

        public Task<T> Result => _result.Task;

        public override void Run(Session session) => _value = work(session);

        public override void Remember(Exception error) => _error = error;

        public override void Publish()
        {
            if (_error is null)
                _result.SetResult(_value!);
            else
                _result.SetException(_error);
        }

        public override void Fail(Exception error) => _result.SetException(_error ?? error);
    }
}

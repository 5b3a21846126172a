using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Gateway.Storage;

/// <summary>
/// A random AES-256 key per case, wrapped by the storage key of an epoch, in a file of its own (<c>keys/case-keys.db</c>) that is
/// not part of the data backups: deleting the row makes every copy of the case's documents unreadable. A key is flushed before
/// anything encrypted under it is written; a crash between leaves a key without a case, which is harmless.
/// </summary>
internal sealed class CaseKeys : IAsyncDisposable, IDisposable
{
    public const string FolderName = "keys";
    public const string FileName = "case-keys.db";

    // Kept beside the keys, so that an older database put beside them learns what was erased.
    private const string ErasedTable = """
        CREATE TABLE IF NOT EXISTS erased_cases (case_id TEXT PRIMARY KEY, erasure BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS erased_decisions (case_id TEXT NOT NULL, seq INTEGER NOT NULL, user TEXT NOT NULL, document BLOB NOT NULL, PRIMARY KEY (case_id, seq)) STRICT, WITHOUT ROWID
        """;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeyBytes = 32;
    private const int CacheLimit = 50_000;

    private readonly StorageKeys _storage;
    private readonly GroupWriter? _writer;
    private readonly PageGaps? _gaps;
    private readonly Session _reader;
    private readonly Lock _reading = new();
    private readonly ConcurrentDictionary<string, byte[]> _cache = new(StringComparer.Ordinal);

    private CaseKeys(StorageKeys storage, GroupWriter? writer, PageGaps? gaps, Session reader)
    {
        _gaps = gaps;
        _storage = storage;
        _writer = writer;
        _reader = reader;
    }

    /// <summary>Opens <c>dataFolder/keys</c>, which <see cref="Create"/> made.</summary>
    public static CaseKeys Open(string dataFolder)
    {
        var (folder, path) = Find(dataFolder);
        var session = Database.Connect(path, SqliteOpenMode.ReadWrite);
        session.Raw(ErasedTable);
        return new CaseKeys(StorageKeys.Load(folder), new GroupWriter(session), PageGaps.Open(path), Database.Connect(path, SqliteOpenMode.ReadOnly));
    }

    /// <summary>Only to read, beside a gateway that may be serving.</summary>
    public static CaseKeys OpenReader(string dataFolder)
    {
        var (folder, path) = Find(dataFolder);
        return new CaseKeys(StorageKeys.Load(folder), null, null, Database.Connect(path, SqliteOpenMode.ReadOnly));
    }

    public static void Create(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, FolderName);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        StorageKeys.Create(folder);
        var path = Path.Combine(folder, FileName);
        using var session = Database.Connect(path, SqliteOpenMode.ReadWriteCreate);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        session.Raw("CREATE TABLE case_keys (case_id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID");
        session.Raw(ErasedTable);
    }

    /// <summary>Makes sure that the case has a key, flushed to disk.</summary>
    public async Task Ensure(string caseId, Lane lane)
    {
        if (_cache.ContainsKey(caseId) || TryRead(caseId) is not null)
            return;
        if (IsErased(caseId))
            throw new InvalidOperationException($"the case {caseId} is erased; it gets no new key");
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        var epoch = _storage.Newest;
        var wrapped = Encrypt(_storage.Of(epoch), caseId, key);
        await Writer.Write(lane, s => s.Run("INSERT INTO case_keys (case_id, epoch, wrapped) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", caseId, epoch, wrapped));
        _ = KeyOf(caseId);
    }

    /// <summary>Encrypts under the case key; <paramref name="purpose"/> (<c>message:ID</c>) is bound and must be given again to open.</summary>
    public byte[] Seal(string caseId, string purpose, ReadOnlySpan<byte> plain) => Encrypt(KeyOf(caseId), purpose, plain);

    /// <summary>Decrypts. A wrong tag is a broken ledger: the file was changed or rotted.</summary>
    public byte[] Open(string caseId, string purpose, ReadOnlySpan<byte> stored) => Decrypt(KeyOf(caseId), purpose, stored);

    /// <summary>The same; null when the key was destroyed with its case. One that is missing otherwise is a broken ledger.</summary>
    public byte[]? OpenUnlessErased(string caseId, string purpose, ReadOnlySpan<byte> stored)
    {
        if (TryRead(caseId) is { } key)
            return Decrypt(key, purpose, stored);
        if (IsErased(caseId))
            return null;
        return Open(caseId, purpose, stored);
    }

    /// <summary>
    /// Destroys the key of a case for good: overwritten in the file, and remembered with the sealed erasure that explains it and what the two persons signed, so that an
    /// older database beside these keys loses neither.
    /// </summary>
    public async Task Destroy(string caseId, ReadOnlyMemory<byte> erasure, IReadOnlyList<(string User, byte[] Document)> decisions)
    {
        await Writer.Write(Lane.Ordinary, s =>
        {
            s.Run("INSERT INTO erased_cases (case_id, erasure) VALUES ($1, $2) ON CONFLICT DO NOTHING", caseId, erasure);
            for (var i = 0; i < decisions.Count; i++)
                s.Run("INSERT INTO erased_decisions (case_id, seq, user, document) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", caseId, i + 1, decisions[i].User, decisions[i].Document);
            return s.Run("DELETE FROM case_keys WHERE case_id = $1", caseId);
        });
        // Not overwritten in memory: somebody may be using it this instant, and zeros would be a key.
        _cache.TryRemove(caseId, out _);
    }

    /// <summary>As <see cref="Seal"/>, for what may be forgotten at any moment, a draft or a case that is being erased; null when its key is gone.</summary>
    public byte[]? TrySeal(string name, string purpose, ReadOnlySpan<byte> plain) => TryRead(name) is { } key ? Encrypt(key, purpose, plain) : null;

    /// <inheritdoc cref="TrySeal"/>
    public byte[]? TryOpen(string name, string purpose, ReadOnlySpan<byte> stored) => TryRead(name) is { } key ? Decrypt(key, purpose, stored) : null;

    /// <summary>Destroys the key of something that was never a case, a draft.</summary>
    public async Task Forget(string name)
    {
        await Writer.Write(Lane.Ordinary, s => s.Run("DELETE FROM case_keys WHERE case_id = $1", name));
        _cache.TryRemove(name, out _);
    }

    /// <summary>The names with a key that begin with <paramref name="prefix"/>, in ASCII.</summary>
    public List<string> Named(string prefix)
    {
        lock (_reading)
            return _reader.Query("SELECT case_id FROM case_keys WHERE case_id >= $1 AND case_id < $2 ORDER BY case_id", row => row.GetString(0), prefix, $"{prefix}\x7f");
    }

    /// <summary>The cases whose keys were destroyed.</summary>
    public List<string> ErasedCases()
    {
        lock (_reading)
            return _reader.Query("SELECT case_id FROM erased_cases ORDER BY case_id", row => row.GetString(0));
    }

    /// <summary>The sealed erasure that explains why the key of a case was destroyed; only of <see cref="ErasedCases"/>.</summary>
    public byte[] Erasure(string caseId)
    {
        lock (_reading)
            return _reader.One("SELECT erasure FROM erased_cases WHERE case_id = $1", row => row.Bytes(0), caseId) ?? throw new LedgerBrokenException($"the case {caseId} is not erased");
    }

    /// <summary>What the persons signed who decided that erasure, with their users, the first first; none for an erasure from before they were kept here.</summary>
    public List<(string User, byte[] Document)> Decisions(string caseId)
    {
        lock (_reading)
            return _reader.Query("SELECT user, document FROM erased_decisions WHERE case_id = $1 ORDER BY seq", row => (row.GetString(0), row.Bytes(1)), caseId);
    }

    /// <summary>Whether the case has a key, which need not unwrap.</summary>
    public bool Has(string caseId)
    {
        lock (_reading)
            return _reader.Number("SELECT count(*) FROM case_keys WHERE case_id = $1", caseId) > 0;
    }

    /// <summary>As <see cref="Database.ForgetDeleted(GapSweep, int, CancellationToken)"/>, and from the beginning each time: the keys are few.</summary>
    public Task<bool> ForgetDeleted(int tries, CancellationToken stop = default) => Database.ForgetDeleted(Writer, _gaps!, new GapSweep(), tries, stop);

    /// <summary>The cases that have a key.</summary>
    public List<string> Cases()
    {
        lock (_reading)
            return _reader.Query("SELECT case_id FROM case_keys ORDER BY case_id", row => row.GetString(0));
    }

    /// <summary>Whether the case has a key that unwraps.</summary>
    public bool Opens(string caseId)
    {
        try
        {
            return TryRead(caseId) is not null;
        }
        catch (Exception e) when (e is LedgerBrokenException or DatabaseNotUsableException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The writer last: whoever closes a file last moves its log into it.
        Dispose();
        if (_writer is not null)
            await _writer.DisposeAsync();
        _gaps?.Dispose();
    }

    /// <summary>Enough where it was opened only to read.</summary>
    public void Dispose()
    {
        _reader.Dispose();
        foreach (var key in _cache.Values)
            CryptographicOperations.ZeroMemory(key);
    }

    private GroupWriter Writer => _writer ?? throw new InvalidOperationException("opened only to read");

    private static (string Folder, string Path) Find(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, FolderName);
        var path = Path.Combine(folder, FileName);
        return File.Exists(path)
            ? (folder, path)
            : throw new DatabaseNotUsableException($"there are no case keys at {path}: run 'gateway init' once, or restore them from their own backup");
    }

    /// <summary>Whether the key of the case was destroyed for good.</summary>
    public bool IsErased(string caseId)
    {
        lock (_reading)
            return _reader.Number("SELECT count(*) FROM erased_cases WHERE case_id = $1", caseId) > 0;
    }

    private byte[] KeyOf(string caseId)
        => TryRead(caseId) ?? throw new LedgerBrokenException($"the case {caseId} has no key: it was erased, or keys and data are of different backups");

    private byte[]? TryRead(string caseId)
    {
        if (_cache.TryGetValue(caseId, out var cached))
            return cached;
        byte[]? key;
        lock (_reading)
        {
            key = _reader.One("SELECT epoch, wrapped FROM case_keys WHERE case_id = $1", row => Decrypt(_storage.Of(row.GetInt32(0)), caseId, row.Bytes(1)), caseId);
        }
        if (key is null)
            return null;
        if (_cache.Count >= CacheLimit)
            _cache.Clear();
        return _cache.GetOrAdd(caseId, key);
    }

    private static byte[] Encrypt(byte[] key, string purpose, ReadOnlySpan<byte> plain)
    {
        var stored = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(stored.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(stored.AsSpan(0, NonceBytes), plain, stored.AsSpan(NonceBytes, plain.Length), stored.AsSpan(NonceBytes + plain.Length), Encoding.UTF8.GetBytes(purpose));
        return stored;
    }

    private static byte[] Decrypt(byte[] key, string purpose, ReadOnlySpan<byte> stored)
    {
        if (stored.Length < NonceBytes + TagBytes)
            throw new LedgerBrokenException($"the stored {purpose} is too short");
        var plain = new byte[stored.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        try
        {
            aes.Decrypt(stored[..NonceBytes], stored.Slice(NonceBytes, plain.Length), stored[^TagBytes..], plain, Encoding.UTF8.GetBytes(purpose));
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new LedgerBrokenException($"the stored {purpose} was changed or rotted; restore it from a backup", e);
        }
        return plain;
    }
}

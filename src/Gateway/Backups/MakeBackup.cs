using System.Formats.Tar;
using System.Security.Cryptography;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Backups;

/// <summary>What was written.</summary>
internal sealed record BackupMade(string File, long Bytes, Digest Sha256);

/// <summary>
/// <c>gateway backup</c>: a snapshot of the database with chains, log and evidence in one encrypted file, and the case keys in a second one, taken
/// after the first, so that every document of the first has its key in the second. Runs beside a gateway that serves. Each file gets its name only
/// when both are whole and flushed.
/// </summary>
internal sealed class MakeBackup(string state, string dataFolder, BackupOptions options, TimeProvider clock)
{
    private const string Part = ".part";

    /// <param name="data">Where the data goes; must not exist.</param>
    /// <param name="keys">Where the case keys go; must not exist.</param>
    /// <param name="evidence">Whether to include the chunks of evidence.</param>
    public IReadOnlyList<BackupMade> Run(string data, string keys, bool evidence)
    {
        if (options.Recipient.Length == 0)
            throw new DatabaseNotUsableException("no recipient of backups is named: set Backup:Recipient to a certificate whose key is kept elsewhere");
        foreach (var existing in new[] { data, keys }.Where(File.Exists))
            throw new IOException($"{existing} exists; it is not overwritten");
        var dataRecipient = KeyRing.ReadCertificate(options.Recipient);
        var keysRecipient = options.KeysRecipient.Length > 0 ? KeyRing.ReadCertificate(options.KeysRecipient) : dataRecipient;
        // Both are checked first: a wrong one must not be found out after an hour.
        if (Protocol.Envelopes.Suites.For(dataRecipient) is null || Protocol.Envelopes.Suites.For(keysRecipient) is null)
            throw new DatabaseNotUsableException("the certificate of Backup:Recipient or Backup:KeysRecipient is not one that can be encrypted to (key agreement, P-256 or P-384)");
        using var spool = BackupSpool.Hold(dataFolder);
        try
        {
            var snapshot = BackupSpool.Copy(dataFolder);
            Snapshot(Path.Combine(dataFolder, Database.FileName), snapshot);
            var now = clock.GetUtcNow();
            Write(data + Part, BackupKind.DATA, dataRecipient, now, tar =>
            {
                Add(tar, snapshot, Database.FileName);
                File.Delete(snapshot);
                if (evidence)
                    AddItems(tar, Path.Combine(dataFolder, "items"));
            });
            var keysFolder = Path.Combine(dataFolder, CaseKeys.FolderName);
            Snapshot(Path.Combine(keysFolder, CaseKeys.FileName), snapshot);
            Write(keys + Part, BackupKind.KEYS, keysRecipient, clock.GetUtcNow(), tar =>
            {
                Add(tar, snapshot, CaseKeys.FileName);
                File.Delete(snapshot);
                foreach (var key in Directory.EnumerateFiles(keysFolder, "storage-????.key").Concat(LogKeys.AllFiles(keysFolder)).Order(StringComparer.Ordinal))
                    Add(tar, key, Path.GetFileName(key));
            });
            File.Move(keys + Part, keys, overwrite: false);
            File.Move(data + Part, data, overwrite: false);
            return [Made(data), Made(keys)];
        }
        finally
        {
            File.Delete(data + Part);
            File.Delete(keys + Part);
        }
    }

    // One transaction of SQLite: what is committed while it runs is not in it, and nothing waits for it.
    private static void Snapshot(string database, string target)
    {
        if (!File.Exists(database))
            throw new DatabaseNotUsableException($"there is no database at {database}: run 'gateway init' once, or correct Gateway:DataFolder");
        PrivateFile.Create(target, "");
        using var session = Database.Connect(database, SqliteOpenMode.ReadOnly);
        session.Run("VACUUM INTO $1", target);
    }

    private void Write(string file, BackupKind kind, Protocol.Marks.Certificate recipient, DateTimeOffset now, Action<TarWriter> content)
    {
        var streamOptions = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 256 * 1024 };
        if (!OperatingSystem.IsWindows())
            streamOptions.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(file, streamOptions);
        var header = new BackupHeader(kind, state, now, RandomNumberGenerator.GetBytes(BackupHeader.KeyBytes));
        using (var writer = new BackupWriter(stream, header, recipient))
        {
            using (var tar = new TarWriter(writer, TarEntryFormat.Pax, leaveOpen: true))
                content(tar);
            writer.Complete();
        }
        CryptographicOperations.ZeroMemory(header.Key);
        stream.Flush(flushToDisk: true);
    }

    // Chunks are only ever appended and recorded after their flush, so a copy made after the snapshot holds all that it records.
    private static void AddItems(TarWriter tar, string items)
    {
        if (!Directory.Exists(items))
            return;
        foreach (var file in Directory.EnumerateFiles(items, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Path.GetExtension(file) == Part)
                continue;
            try
            {
                Add(tar, file, "items/" + Path.GetRelativePath(items, file).Replace('\\', '/'));
            }
            catch (FileNotFoundException)
            {
                // Erased or expired since the folder was read.
            }
        }
    }

    private static void Add(TarWriter tar, string file, string name)
    {
        using var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 256 * 1024);
        using var fixedLength = new FirstBytes(content, content.Length);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = fixedLength, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
    }

    private static BackupMade Made(string file)
    {
        using var stream = File.OpenRead(file);
        return new BackupMade(file, stream.Length, new Digest(SHA256.HashData(stream)));
    }
}

/// <summary>The bytes that a file had when it was opened, even while it grows. A file that shrank meanwhile is an error, not a hole.</summary>
internal sealed class FirstBytes(Stream inner, long length) : Stream
{
    private long _given;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _given;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_given == length)
            return 0;
        var read = inner.Read(buffer[..(int)Math.Min(buffer.Length, length - _given)]);
        if (read == 0)
            throw new IOException("a file shrank while it was copied; make the backup again");
        _given += read;
        return read;
    }

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

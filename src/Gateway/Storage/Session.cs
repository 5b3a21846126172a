using System.Globalization;
using Gateway.Protocol.Documents;
using Microsoft.Data.Sqlite;

namespace Gateway.Storage;

/// <summary>
/// One connection inside a transaction: SQL with <c>$1…$n</c>, prepared once per connection. Digests are blobs, times are text,
/// enums are their names, so that an auditor can read the tables with the sqlite3 shell.
/// </summary>
internal sealed class Session(SqliteConnection connection) : IDisposable
{
    private const int CacheWrites = 9;

    /// <summary>What the readers of this database folded before; null in a session that writes.</summary>
    public Folded? Folded { get; init; }

    private long _pagesInLog;

    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    /// <summary>Runs a statement; returns the rows changed.</summary>
    public int Run(string sql, params ReadOnlySpan<object?> args) => Prepare(sql, args).ExecuteNonQuery();

    /// <summary>Runs a statement that must change exactly one row; anything else is a broken invariant.</summary>
    public void RunOne(string sql, params ReadOnlySpan<object?> args)
    {
        var rows = Run(sql, args);
        if (rows != 1)
            throw new LedgerBrokenException($"expected one row to change, not {rows}: {sql}");
    }

    /// <summary>All rows.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> row, params ReadOnlySpan<object?> args)
    {
        var list = new List<T>();
        using var reader = Prepare(sql, args).ExecuteReader();
        while (reader.Read())
            list.Add(row(reader));
        return list;
    }

    /// <summary>Every row in turn; only one is in memory. The same text of SQL must not be run again inside.</summary>
    public void Each(string sql, Action<SqliteDataReader> row, params ReadOnlySpan<object?> args)
    {
        using var reader = Prepare(sql, args).ExecuteReader();
        while (reader.Read())
            row(reader);
    }

    /// <summary>The first row, or null.</summary>
    public T? One<T>(string sql, Func<SqliteDataReader, T> row, params ReadOnlySpan<object?> args) where T : class
    {
        using var reader = Prepare(sql, args).ExecuteReader();
        return reader.Read() ? row(reader) : null;
    }

    /// <summary>One whole number; null becomes 0.</summary>
    public long Number(string sql, params ReadOnlySpan<object?> args)
        => Prepare(sql, args).ExecuteScalar() is long value ? value : 0;

    /// <summary>The rowid of the last insert.</summary>
    public long LastRow() => SQLitePCL.raw.sqlite3_last_insert_rowid(connection.Handle);

    /// <summary>How many pages this connection has written into the write-ahead log since <see cref="ForgetPagesInLog"/>.</summary>
    public long PagesInLog()
    {
        SQLitePCL.raw.sqlite3_db_status(connection.Handle, CacheWrites, out var written, out _, 1);
        return _pagesInLog += written;
    }

    /// <summary>They have been moved into the file.</summary>
    public void ForgetPagesInLog() => _pagesInLog = 0;

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
            command.Dispose();
        connection.Dispose();
    }

    /// <summary>Statements that are not kept prepared: pragmas and migration files.</summary>
    public void Raw(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object?> args)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= args.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
            _prepared.Add(sql, command);
        }
        for (var i = 0; i < args.Length; i++)
            command.Parameters[i].Value = Convert(args[i]);
        return command;
    }

    private static object Convert(object? value) => value switch
    {
        null => DBNull.Value,
        Digest digest => digest.ToArray(),
        DateTimeOffset time => DocumentWriter.FormatTime(time),
        ReadOnlyMemory<byte> bytes => bytes.ToArray(),
        Enum word => word.ToString(),
        bool flag => flag ? 1L : 0L,
        _ => value,
    };
}

/// <summary>Reading columns back in the product's types.</summary>
internal static class Columns
{
    // A digest is read as often as a row: without an array of its own.
    public static Digest Digest(this SqliteDataReader row, int column) => new(SQLitePCL.raw.sqlite3_column_blob(row.Handle, column));

    /// <summary>The octets of a text, until the next row.</summary>
    public static ReadOnlySpan<byte> Utf8(this SqliteDataReader row, int column) => SQLitePCL.raw.sqlite3_column_blob(row.Handle, column);

    public static byte[] Bytes(this SqliteDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    public static byte[]? BytesOrNull(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);

    public static string? TextOrNull(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static DateTimeOffset Time(this SqliteDataReader row, int column)
        => DateTimeOffset.Parse(row.GetString(column), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static T Word<T>(this SqliteDataReader row, int column) where T : struct, Enum => Enum.Parse<T>(row.GetString(column));
}

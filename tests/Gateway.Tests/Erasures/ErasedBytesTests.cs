using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Erasures;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Xunit;

namespace Gateway.Tests.Erasures;

/// <summary>
/// Rows of a case in every table, as the schema of this program has them, with words in every column that can hold any: after the erasure none of these words is
/// left in the database, its write-ahead log or its free pages, but those that <see cref="KeptColumns"/> excuses.
/// </summary>
public sealed partial class ErasedBytesTests : IDisposable
{
    private const int Rows = 150;
    private const string Ours = "\u00a7erased:";

    // By what a row is of a case: these columns hold identifiers, or lead to a row that has one.
    private static readonly string[] s_links = ["case_id", "chain", "item", "message", "draft", "alert"];
    private static readonly string[] s_linkedById = ["cases", "items", "messages", "drafts", "alerts"];

    private readonly string _folder = Directory.CreateTempSubdirectory("erased-bytes-").FullName;
    private readonly string _case = Ids.NewCase("XB");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_that_any_column_of_any_table_held_of_a_case_is_left_after_its_erasure(bool read)
    {
        Database.Create(_folder);
        var columns = Plant();
        Nothing(columns.Except(Found()), "planted and not found, so that the search proves nothing");
        await using (var database = Database.Open(_folder))
        {
            var (reading, ended) = (new TaskCompletionSource(), new ManualResetEventSlim());
            var reader = !read ? Task.CompletedTask : Task.Factory.StartNew(() => database.Read(s =>
            {
                s.Number("SELECT count(*) FROM messages");
                reading.SetResult();
                ended.Wait(TimeSpan.FromMinutes(5));
                return 0;
            }), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            if (read)
                await reading.Task;
            await database.Write(Lane.Ordinary, s => EraseRecords.Run(s, _case));
            var sweep = new GapSweep();
            Assert.Equal(!read, await database.ForgetDeleted(sweep, 1));
            if (read)
                Assert.NotEmpty(Found().Except(KeptColumns.Columns.Keys));
            ended.Set();
            await reader;
            Assert.True(await database.ForgetDeleted(sweep, 50));
            Explained(columns);
            // What was read before must not be written back.
            await database.Write(Lane.Ordinary, s => s.Run("UPDATE messages SET refusal = 'other' WHERE case_id <> $1", _case));
            Assert.True(await database.ForgetDeleted(new GapSweep(), 50));
        }
        Explained(columns);
        using var session = Database.OpenReader(_folder);
        Assert.Equal(["ok"], session.Query("PRAGMA integrity_check", r => r.GetString(0)));
    }

    [Fact]
    public async Task No_copy_of_a_destroyed_case_key_is_left_and_every_other_key_still_opens()
    {
        CaseKeys.Create(_folder);
        var cases = Enumerable.Range(0, 600).Select(_ => Ids.NewCase("XB")).ToList();
        await using var keys = CaseKeys.Open(_folder);
        await Task.WhenAll(cases.Select(c => keys.Ensure(c, Lane.Ordinary)));
        Dictionary<string, byte[]> wrapped;
        using (var session = Database.Connect(Path.Combine(_folder, CaseKeys.FolderName, CaseKeys.FileName), Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly))
            wrapped = session.Query("SELECT case_id, wrapped FROM case_keys", r => (r.GetString(0), r.Bytes(1))).ToDictionary(r => r.Item1, r => r.Item2, StringComparer.Ordinal);
        // Some while pages still split, as in years.
        await keys.Destroy(cases[0], "erasure"u8.ToArray(), []);
        for (var i = 0; i < cases.Count; i += 2)
            await keys.Destroy(cases[i], "erasure"u8.ToArray(), []);
        Assert.True(await keys.ForgetDeleted(50));
        var files = Files().ToList();
        for (var i = 0; i < cases.Count; i++)
        {
            var left = files.Exists(f => f.AsSpan().IndexOf(wrapped[cases[i]].AsSpan(20, 24)) >= 0);
            Assert.Equal(i % 2 == 1, left);
            Assert.Equal(i % 2 == 1, keys.Opens(cases[i]));
        }
    }

    [Fact]
    public async Task A_turn_that_a_reader_held_up_is_made_again_and_not_those_before_it()
    {
        var (sweep, turns, busy) = (new GapSweep(), new List<int>(), true);
        Task<bool> Run() => sweep.Run(() => 4, turn =>
        {
            turns.Add(turn);
            return Task.FromResult(turn == 2 && busy ? (int?)null : 1);
        }, 1);
        Assert.False(await Run());
        Assert.False(await Run());
        busy = false;
        Assert.True(await Run());
        Assert.Equal([0, 1, 2, 2, 2, 3, 0, 1, 2, 3], turns);
        Assert.True(await Run());
        Assert.Equal(10, turns.Count);
        Assert.False(await new GapSweep().Run(() => 0, _ => Task.FromResult<int?>(0), 1));
    }

    [Fact]
    public async Task Nothing_is_written_beside_the_ledger_when_a_flush_has_failed()
    {
        Database.Create(_folder);
        Plant();
        await using var database = Database.Open(_folder);
        await database.Write(Lane.Ordinary, s => EraseRecords.Run(s, _case));
        await Assert.ThrowsAsync<LedgerBrokenException>(() => database.Write<int>(Lane.Ordinary, _ => throw new Microsoft.Data.Sqlite.SqliteException("disk I/O error", 10, 1034)));
        var before = Files().ToList();
        Assert.False(await database.ForgetDeleted(new GapSweep(), 1));
        Assert.Equal(before, Files().ToList());
    }

    // A flush that fails while the log is moved into the file, by SQLite or beside it, is one that failed.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_more_is_answered_when_a_flush_of_the_file_has_failed(bool bySqlite)
    {
        Database.Create(_folder);
        using (var session = Database.Connect(Path.Combine(_folder, Database.FileName), Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite))
        {
            await using var writer = new GroupWriter(session);
            await writer.Write(Lane.Ordinary, s => s.Run("INSERT INTO facts (name, value) VALUES ('a', '1')"));
            await Assert.ThrowsAsync<LedgerBrokenException>(() => writer.Checkpoint(() => throw (bySqlite ? new Microsoft.Data.Sqlite.SqliteException("disk I/O error", 10, 1034) : new IOException("I/O error"))));
            await Assert.ThrowsAsync<LedgerBrokenException>(() => writer.Write(Lane.Ordinary, s => s.Run("INSERT INTO facts (name, value) VALUES ('b', '1')")));
            Assert.False(await writer.Checkpoint(() => { }));
        }
    }

    // SQLite's own checkpoint swallows such an error; ours follows the commit, and empties the log as that did.
    [Fact]
    public async Task The_log_is_moved_into_the_file_by_the_writer_after_so_many_pages()
    {
        Database.Create(_folder);
        using var session = Database.Connect(Path.Combine(_folder, Database.FileName), Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite);
        await using var writer = new GroupWriter(session, checkpointPages: 20);
        Assert.Equal(0, await writer.Write(Lane.Ordinary, s => s.Number("PRAGMA wal_autocheckpoint")));
        var log = Path.Combine(_folder, Database.FileName + "-wal");
        for (var i = 0; i < 200; i++)
            await writer.Write(Lane.Ordinary, s => s.Run("INSERT INTO facts (name, value) VALUES ($1, $2)", $"fact {i}", new string('x', 3000)));
        Assert.InRange(new FileInfo(log).Length, 1, 100 * 4200);
        // What was moved is read back without the log.
        var copy = Directory.CreateDirectory(Path.Combine(_folder, "copy")).FullName;
        File.Copy(Path.Combine(_folder, Database.FileName), Path.Combine(copy, Database.FileName));
        using var moved = Database.Connect(Path.Combine(copy, Database.FileName), Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite);
        Assert.InRange(moved.Number("SELECT count(*) FROM facts WHERE name LIKE 'fact %'"), 150, 200);
    }

    private void Explained(IReadOnlyCollection<string> planted)
    {
        var left = Found();
        Nothing(left.Except(KeptColumns.Columns.Keys), "still on the disk after the erasure");
        // An excuse that nothing needs would excuse something one day.
        Nothing(KeptColumns.Columns.Keys.Where(k => !planted.Contains(k) || !left.Contains(k)), "excused, and not kept");
    }

    private static void Nothing(IEnumerable<string> columns, string what)
    {
        var list = string.Join(", ", columns.Order(StringComparer.Ordinal));
        Assert.True(list.Length == 0, $"{what}: {list}");
    }

    /// <summary>Plants rows of this case among those of others, in an order that makes pages split; gives the columns.</summary>
    private HashSet<string> Plant()
    {
        using var session = Database.Connect(Path.Combine(_folder, Database.FileName), Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite);
        session.Raw("PRAGMA foreign_keys = OFF");
        session.Raw("BEGIN");
        var planted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (table, sql) in session.Query("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name", r => (r.GetString(0), r.GetString(1))))
        {
            if (KeptColumns.Tables.ContainsKey(table))
                continue;
            var columns = session.Query("SELECT name, type FROM pragma_table_info($1)", r => (Name: r.GetString(0), Type: r.GetString(1)), table);
            var isLinked = table == "idempotency" || columns.Any(c => IsLink(table, c.Name));
            Assert.True(isLinked, $"by what does a row of '{table}' belong to a case? If by nothing, say so in KeptColumns.Tables");
            var words = Enumeration().Matches(sql).ToDictionary(m => m.Groups["column"].Value, m => m.Groups["word"].Value, StringComparer.Ordinal);
            var order = Enumerable.Range(0, Rows).ToArray();
            RandomNumberGenerator.Shuffle(order.AsSpan());
            foreach (var row in order)
            {
                // Of the case itself there is one row.
                var ours = table == "cases" ? row == 0 : row % 2 == 0;
                var values = columns.Select(c => Value(table, c.Name, c.Type, words.GetValueOrDefault(c.Name), row, ours)).ToArray();
                session.Run($"INSERT OR IGNORE INTO {table} ({string.Join(", ", columns.Select(c => c.Name))}) VALUES ({string.Join(", ", Enumerable.Range(1, values.Length).Select(i => $"${i}"))})", values);
            }
            planted.UnionWith(columns.Where(c => c.Type is "TEXT" or "BLOB" or "ANY" && !IsLink(table, c.Name) && !words.ContainsKey(c.Name)).Select(c => $"{table}.{c.Name}"));
        }
        session.Raw("COMMIT");
        return planted;
    }

    private object Value(string table, string column, string type, string? word, int row, bool ours)
    {
        if (type == "INTEGER")
            return row + 1;
        if (word is not null)
            return word;
        if (IsLink(table, column))
        {
            // Every row of a case leads to it over the first rows of the tables between.
            var first = column == "id" ? row : 0;
            return !ours ? $"other{row}" : column is "case_id" or "chain" || table == "cases" ? _case : $"ours{first}";
        }
        var text = ours ? string.Concat(Enumerable.Repeat($"{Ours}{table}.{column};", RandomNumberGenerator.GetInt32(1, 4))) : new string('o', RandomNumberGenerator.GetInt32(1, 90));
        text = string.Create(CultureInfo.InvariantCulture, $"{row} {text}");
        if (table == "idempotency" && column == "reply" && ours)
            text = $"message\n{_case}\n{text}";
        return type == "BLOB" ? Encoding.UTF8.GetBytes(text) : text;
    }

    private static bool IsLink(string table, string column) => s_links.Contains(column) || (column == "id" && s_linkedById.Contains(table));

    /// <summary>The columns whose words stand anywhere in the files.</summary>
    private HashSet<string> Found()
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var content in Files())
            found.UnionWith(Planted().Matches(Encoding.Latin1.GetString(content)).Select(m => m.Groups["column"].Value));
        return found;
    }

    private IEnumerable<byte[]> Files()
    {
        foreach (var file in Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith("gateway.lock", StringComparison.Ordinal)))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            yield return content;
        }
    }

    // In UTF-8 the paragraph sign is two bytes; the second is enough.
    [GeneratedRegex("\u00a7erased:(?<column>[a-z_0-9]+\\.[a-z_0-9]+);")]
    private static partial Regex Planted();

    [GeneratedRegex(@"CHECK \((?<column>\w+) IN \('(?<word>[^']+)'")]
    private static partial Regex Enumeration();
}

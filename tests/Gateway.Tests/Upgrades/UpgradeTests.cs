using Gateway.Hosting;
using Gateway.Integrity;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Tests.Upgrades;

/// <summary>
/// Databases as older programs left them. The rows beside this file are those of XB after a request was delivered to it, as schema 1 stored them, and what a later
/// schema added, under its number. No key is kept here, and so no content of a message: everything else is real and is recomputed.
/// </summary>
public sealed class UpgradeTests(UpgradeTests.Configured configured) : IClassFixture<UpgradeTests.Configured>
{
    /// <summary>The configuration of XB; each test makes the data folder anew.</summary>
    public sealed class Configured : IAsyncLifetime
    {
        internal TestState State { get; } = TestState.Configured("XB");

        public Task InitializeAsync() => Task.CompletedTask;

        public Task DisposeAsync() => State.DisposeAsync().AsTask();
    }

    public static TheoryData<int> Older => [.. Migrations.All.SkipLast(1)];

    [Theory]
    [MemberData(nameof(Older))]
    public async Task Serve_refuses_an_older_database_and_migrate_brings_everything_in_it_along(int schema)
    {
        Make(schema);
        var before = Rows();
        Assert.Equal((1, 3, 9, 6, 2), (Count("cases"), Count("receipts"), Count("log_leaves"), Count("audit_records"), Count("peer_cards")));

        foreach (var verb in new[] { "serve", "fsck" })
        {
            var (refused, _, why) = await Run(verb, "--config", configured.State.ConfigurationFile);
            Assert.NotEqual(0, refused);
            Assert.Contains($"the database has schema {schema}, this program needs {Migrations.Newest}: run 'gateway db migrate'", why, StringComparison.Ordinal);
        }
        Assert.Equal(schema, Schema());

        var (code, said, error) = await Run("db", "migrate", "--config", configured.State.ConfigurationFile);
        Assert.True(code == 0, error);
        Assert.Equal($"applied {string.Join(", ", Migrations.All.Where(n => n > schema))}", said.Trim());
        Assert.Equal(Migrations.Newest, Schema());

        // Nothing is lost and nothing reads otherwise.
        foreach (var (table, (columns, was)) in before)
            Assert.Equal(was, table is "facts" or "events" ? [.. Read(table, columns).Where(was.Contains)] : Read(table, columns)); // a later schema may note where it begins, and have the clock look again
        // What later schemas derive from older rows.
        Assert.Equal(0, Number("SELECT count(*) FROM receipts WHERE leaf IS NULL"));
        Assert.Equal(0, Number("SELECT count(*) FROM cases WHERE base_state <> state AND state NOT IN ('SENT', 'DELIVERED', 'REJECTED_TECHNICAL')"));
        Assert.Equal(Count("cases"), Number("SELECT count(*) FROM case_desks d JOIN cases c ON c.id = d.case_id AND c.own_authority = d.authority"));

        // Every stored record is recomputed; only the key of the case is not there.
        var report = CheckLedger.Run(configured.State.DataFolder, chunks: true);
        Assert.Equal([(LedgerFault.CASE_KEY_MISSING, Text("SELECT id FROM cases"))], report.Findings.Select(f => (f.Fault, f.Case!)));
        foreach (var (what, table) in new[] { ("receipts", "receipts"), ("leaves", "log_leaves"), ("records", "audit_records"), ("messages", "messages"), ("cards", "peer_cards") })
            Assert.Equal(Count(table), report.Checked[what]);
    }

    [Fact]
    public async Task A_newer_database_is_refused_by_every_verb_and_left_alone()
    {
        Make(Migrations.Newest);
        Do($"PRAGMA user_version = {Migrations.Newest + 1}");
        var before = await File.ReadAllBytesAsync(Path.Combine(configured.State.DataFolder, Database.FileName));
        foreach (var args in new[] { new[] { "serve" }, ["db", "migrate"], ["fsck"] })
        {
            var (code, _, error) = await Run([.. args, "--config", configured.State.ConfigurationFile]);
            Assert.NotEqual(0, code);
            Assert.Contains($"the database has schema {Migrations.Newest + 1}, this program knows up to {Migrations.Newest}: install the newer program", error, StringComparison.Ordinal);
        }
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(configured.State.DataFolder, Database.FileName)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_came_back_or_was_answered_before_an_upgrade_rings_for_nobody_and_an_emergency_that_just_came_does(bool emergency)
    {
        Make(41);
        Do("""
            INSERT INTO facts (name, value) VALUES ('alerts.cursor', '1') ON CONFLICT (name) DO UPDATE SET value = excluded.value;
            DELETE FROM events;
            INSERT INTO events (cursor, time, kind, case_id, subject, text) SELECT 10, created, 'message.rejected', case_id, id, 'of months ago' FROM messages;
            INSERT INTO events (cursor, time, kind, case_id, subject, text) SELECT 12, created, 'case.changed', case_id, case_id, 'of months ago' FROM messages;
            """);
        if (emergency)
        {
            Do("""
                UPDATE messages SET urgency = 'EMERGENCY';
                INSERT INTO events (cursor, time, kind, case_id, subject, text) SELECT 11, created, 'message.received', case_id, id, 'just before the stop' FROM messages;
                """);
        }
        using (var session = Connect(SqliteOpenMode.ReadWrite))
            Migrations.Apply(session, 42);
        Assert.Equal(emergency ? "10" : "12", Text("SELECT value FROM facts WHERE name = 'alerts.cursor'"));
    }

    private void Make(int schema)
    {
        var folder = configured.State.DataFolder;
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        CaseKeys.Create(folder);
        using var session = Connect(SqliteOpenMode.ReadWriteCreate);
        foreach (var number in Migrations.All.Where(n => n <= schema))
        {
            Assert.Equal([number], Migrations.Apply(session, number));
            using var rows = typeof(UpgradeTests).Assembly.GetManifestResourceStream($"Gateway.Tests.Upgrades.{number:0000}.sql");
            if (rows is not null)
                session.Raw(new StreamReader(rows).ReadToEnd());
        }
    }

    // Of every table the columns that it had, and its rows in the order of what they say.
    private Dictionary<string, (string Columns, List<string> Rows)> Rows()
    {
        List<(string Table, string Columns)> tables;
        using (var session = Connect(SqliteOpenMode.ReadOnly))
        {
            tables = session.Query("""
                SELECT m.name, group_concat('quote(' || c.name || ')', ' || '','' || ') FROM sqlite_master m, pragma_table_info(m.name) c
                WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' GROUP BY m.name
                """, row => (row.GetString(0), row.GetString(1)));
        }
        return tables.ToDictionary(t => t.Table, t => (t.Columns, Read(t.Table, t.Columns)));
    }

    private List<string> Read(string table, string columns)
    {
        using var session = Connect(SqliteOpenMode.ReadOnly);
        return session.Query($"SELECT {columns} AS line FROM {table} ORDER BY line", row => row.GetString(0));
    }

    private long Count(string table) => Number($"SELECT count(*) FROM {table}");

    private int Schema() => (int)Number("SELECT user_version FROM pragma_user_version");

    private long Number(string sql)
    {
        using var session = Connect(SqliteOpenMode.ReadOnly);
        return session.Number(sql);
    }

    private string Text(string sql)
    {
        using var session = Connect(SqliteOpenMode.ReadOnly);
        return session.One(sql, row => row.GetString(0))!;
    }

    private void Do(string sql)
    {
        using var session = Connect(SqliteOpenMode.ReadWrite);
        session.Raw(sql);
    }

    private Session Connect(SqliteOpenMode mode) => Database.Connect(Path.Combine(configured.State.DataFolder, Database.FileName), mode);

    private static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await new Commands(output, error, TimeProvider.System).Run(args);
        return (code, output.ToString(), error.ToString());
    }
}

using System.Security.Cryptography;
using Gateway.AuditLog;
using Gateway.Benchmarks.Harness;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Benchmarks.Start;

/// <summary>
/// How long <c>gateway serve</c> takes until it says that it is ready, with nothing stored and with as many receipts as an authority has after years: warm, with none of the database
/// in the cache of the system, and after kill -9.
/// </summary>
internal static class StartBenchmark
{
    private const int ReceiptsOfACase = 6;
    private const int CasesAtOnce = 2000;
    private const int Starts = 5;

    // As large as a receipt is. At start none is opened, so that none is signed: what counts are rows, pages and indexes.
    private const int ReceiptBytes = 1300;

    public static async Task<int> Run(Arguments arguments)
    {
        var receipts = arguments.Number("receipts", 1_000_000);
        using var workspace = new Workspace(arguments);
        Report.Step("making keys and certificates");
        var pki = workspace.File("pki");
        await Programs.Must("/bin/bash", [Path.Combine(Programs.Repository, "certs-dev", "make.sh"), pki, "XA"]);
        await using var gateway = await GatewayProcess.Start("XA", workspace.File("XA"), Path.Combine(pki, "XA"));
        var report = new Report("start");
        var empty = await Times(gateway, Starts, () => Task.CompletedTask);
        report.Row("ready, nothing stored", empty.Min(), "s", "empty_start_seconds", $"{Report.Text(empty.Max())} s at most, of {Starts}");

        await gateway.Stop();
        var data = Path.Combine(workspace.File("XA"), "data");
        var database = Path.Combine(data, Database.FileName);
        Report.Step($"storing {receipts} receipts");
        Fill(database, Path.Combine(data, CaseKeys.FolderName, CaseKeys.FileName), receipts / ReceiptsOfACase);
        var size = await Sign(data);
        Report.Step($"a log of {size} leaves, a database of {new FileInfo(database).Length >> 20} MiB");
        report.Figure("database_mb", new FileInfo(database).Length >> 20);
        report.Figure("receipts", receipts / ReceiptsOfACase * ReceiptsOfACase);

        await gateway.Serve();
        var warm = await Times(gateway, Starts, () => Task.CompletedTask);
        var cold = await Times(gateway, Starts, () => Programs.Must("dd", [$"if={database}", "iflag=nocache", "count=0", "status=none"]));
        await gateway.KillAndServe();
        report.Row($"ready, {receipts:#,0} receipts", warm.Min(), "s", "start_seconds", $"{Report.Text(warm.Max())} s at most, of {Starts}");
        report.Row("ready, the same and nothing of it cached", cold.Min(), "s", "cold_start_seconds", $"{Report.Text(cold.Max())} s at most, of {Starts}");
        report.Row("ready, the same after kill -9", gateway.LastStart.TotalSeconds, "s", "start_after_kill_seconds");
        report.Print();
        return 0;
    }

    private static async Task<List<double>> Times(GatewayProcess gateway, int count, Func<Task> before)
    {
        var times = new List<double>();
        for (var i = 0; i < count; i++)
        {
            await gateway.Stop();
            await before();
            await gateway.Serve();
            times.Add(gateway.LastStart.TotalSeconds);
        }
        return times;
    }

    // Straight into the database, which is what cases, their messages and receipts of both sides leave there; every tenth case is open.
    private static void Fill(string path, string keysPath, int cases)
    {
        using var session = Database.Connect(path, SqliteOpenMode.ReadWrite);
        using var keys = Database.Connect(keysPath, SqliteOpenMode.ReadWrite);
        var now = TimeProvider.System.GetUtcNow();
        var (leaf, position) = (session.Number("SELECT coalesce(max(idx), -1) + 1 FROM log_leaves"), session.Number("SELECT coalesce(max(position), 0) + 1 FROM messages"));
        for (var first = 0; first < cases; first += CasesAtOnce)
        {
            session.Run("BEGIN IMMEDIATE");
            keys.Run("BEGIN IMMEDIATE");
            for (var i = first; i < Math.Min(cases, first + CasesAtOnce); i++)
                leaf = Case(session, keys, i, now.AddDays(-400 + (i % 399)), leaf, position + (2L * i));
            keys.Run("COMMIT");
            session.Run("COMMIT");
        }
        session.Run("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    private static long Case(Session session, Session keys, int number, DateTimeOffset opened, long leaf, long position)
    {
        var (id, open) = (Ids.NewCase("XA"), number % 10 == 0);
        session.RunOne("""
            INSERT INTO cases (id, side, peer, own_authority, peer_authority, kind, urgency, state, reference, request_message, opened, closed)
            VALUES ($1, 'Requesting', 'XB', 'XA-CA', 'XB-CA', 'STORED_CONTENT_DATA', 'ORDINARY', $2, $3, $4, $5, $6)
            """, id, open ? "DELIVERED" : "COMPLETED", $"RQ-XA-2026-{number:000000}", Ids.New(), opened, open ? null : opened.AddDays(1));
        session.RunOne("INSERT INTO case_desks (case_id, authority, part, since, by) VALUES ($1, 'XA-CA', 'DESK', $2, 'gateway')", id, opened);
        if (open)
            session.RunOne("INSERT INTO deadlines (case_id, rule, number, side, began, due, state, basis) VALUES ($1, 'DECIDE', 1, 'Requested', $2, $3, 'RUNNING', 'default of this installation')", id, opened, opened.AddDays(1000));
        keys.RunOne("INSERT INTO case_keys (case_id, epoch, wrapped) VALUES ($1, 1, $2)", id, RandomNumberGenerator.GetBytes(60));
        string[] messages = [Ids.New(), Ids.New()];
        for (var i = 0; i < messages.Length; i++)
        {
            session.RunOne("""
                INSERT INTO messages (position, id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'ORDINARY', $9, $10, $11, $12)
                """, position + i, messages[i], i == 0 ? "OUT" : "IN", i == 0 ? "XA-CA" : "XB-CA", i == 0 ? "XB-CA" : "XA-CA", id, i == 0 ? "REQUEST" : "ACT", i == 0 ? "STORED_CONTENT_DATA" : "COMPLETED",
                new Digest(RandomNumberGenerator.GetBytes(Digest.Length)), "DELIVERED", opened, RandomNumberGenerator.GetBytes(2000));
        }
        foreach (var issuer in new[] { "XA", "XB" })
        {
            var head = default(Digest);
            for (var seq = 1L; seq <= ReceiptsOfACase / 2; seq++)
            {
                var der = RandomNumberGenerator.GetBytes(ReceiptBytes);
                head = Digest.Of(der);
                session.RunOne("INSERT INTO log_leaves (idx, kind, sha256) VALUES ($1, $2, $3)", leaf, issuer == "XA" ? LeafKind.receipt : LeafKind.received, head);
                session.RunOne("INSERT INTO receipts (chain, issuer, seq, sha256, event, message, time, der, leaf) VALUES ($1, $2, $3, $4, 'RelayAcceptance', $5, $6, $7, $8)",
                    id, issuer, seq, head, messages[seq == 1 ? 0 : 1], opened, der, leaf++);
            }
            session.RunOne("INSERT INTO chains (chain, issuer, seq, sha256, time, peer, acked) VALUES ($1, $2, $3, $4, $5, 'XB', $3)", id, issuer, ReceiptsOfACase / 2, head, opened);
        }
        return leaf;
    }

    // The tree over the leaves, and its checkpoint, as a gateway makes them.
    private static async Task<long> Sign(string data)
    {
        using var keys = LogKeys.Load(data);
        await using var database = Database.Open(data);
        using var sequencer = new Sequencer(database, keys, "XA", TimeProvider.System);
        while (await sequencer.Advance() is not null)
        {
            // 65,536 leaves at a time.
        }
        return database.Read(AuditLog.Leaves.Count);
    }
}

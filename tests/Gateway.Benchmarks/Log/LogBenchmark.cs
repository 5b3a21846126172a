using System.Diagnostics;
using System.Security.Cryptography;
using Gateway.AuditLog;
using Gateway.Benchmarks.Harness;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Benchmarks.Log;

/// <summary>
/// Leaves per second through the writer of the product while the sequencer signs them, beside inserts of the same row into a table of
/// the same database by bare SQL with the same number of rows in each flush; then proofs of a large log.
/// </summary>
internal static class LogBenchmark
{
    private const int Proofs = 2000;

    // What is logged was hashed by whoever made it; both sides insert the same.
    private static readonly Digest[] s_digests = [.. Enumerable.Range(0, 4096).Select(i => Digest.Of(BitConverter.GetBytes(i)))];

    public static async Task<int> Run(Arguments arguments)
    {
        var time = TimeSpan.FromSeconds(arguments.Number("seconds", 5));
        var most = arguments.Number("leaves", 10_000_000);
        var folder = arguments.Folder is { } named ? Directory.CreateDirectory(named).FullName : Directory.CreateTempSubdirectory("log-benchmark-").FullName;
        var report = new Report("log");
        try
        {
            Database.Create(folder);
            Directory.CreateDirectory(Path.Combine(folder, CaseKeys.FolderName));
            LogKeys.CreateMissing(folder, "XA", TimeProvider.System.GetUtcNow());
            using var keys = LogKeys.Load(folder);
            report.Heading("appending, every flush on disk, a checkpoint each second");
            foreach (var batch in new[] { 1, 16, 256 })
            {
                Report.Step($"batch {batch}, {time.TotalSeconds:0} s each");
                // Alternately, so that both see the same disk; the better of two of each.
                double raw = 0, leaves = 0;
                for (var round = 0; round < 2; round++)
                {
                    raw = Math.Max(raw, Raw(folder, batch, time));
                    leaves = Math.Max(leaves, await Leaves(folder, keys, batch, time));
                }
                report.Row($"raw inserts, {batch} in each flush", raw, "/s", batch == 256 ? "raw_inserts_per_second" : $"raw_inserts_per_second_{batch}");
                report.Row($"leaves, {batch} in each flush", leaves, "/s", batch == 256 ? "leaves_per_second" : $"leaves_per_second_{batch}", $"{Report.Text(100 * leaves / raw)} % of the raw inserts");
            }
            report.Heading("proofs, tree read from the database each time");
            foreach (var size in new[] { 1_000_000, 10_000_000 }.Where(s => s <= most))
            {
                Report.Step($"a log of {size} leaves");
                var (p50, p99) = await ProofTimes(folder, keys, size);
                report.Row($"inclusion proof at {size:#,0} leaves, p50", p50, "ms", $"proof_p50_ms_{size}");
                report.Row($"inclusion proof at {size:#,0} leaves, p99", p99, "ms", size == 10_000_000 || size * 2 > most ? "proof_p99_ms" : $"proof_p99_ms_{size}");
            }
            report.Print();
            return 0;
        }
        finally
        {
            if (!arguments.Keep && arguments.Folder is null)
                Directory.Delete(folder, recursive: true);
        }
    }

    private static double Raw(string folder, int batch, TimeSpan time)
    {
        using var session = Database.Connect(Path.Combine(folder, Database.FileName), SqliteOpenMode.ReadWrite);
        session.Raw("CREATE TABLE IF NOT EXISTS raw_rows (idx INTEGER PRIMARY KEY, kind TEXT NOT NULL, sha256 BLOB NOT NULL) STRICT");
        var (rows, watch) = (0L, Stopwatch.StartNew());
        while (watch.Elapsed < time)
        {
            session.Run("BEGIN IMMEDIATE");
            for (var i = 0; i < batch; i++)
                session.Run("INSERT INTO raw_rows (kind, sha256) VALUES ($1, $2)", LeafKind.receipt, s_digests[rows++ % s_digests.Length]);
            session.Run("COMMIT");
        }
        return rows / watch.Elapsed.TotalSeconds;
    }

    private static async Task<double> Leaves(string folder, LogKeys keys, int batch, TimeSpan time)
    {
        await using var database = Database.Open(folder);
        using var sequencer = new Sequencer(database, keys, "XA", TimeProvider.System);
        while (await sequencer.Advance() is not null)
        {
            // What the run before left.
        }
        using var stop = new CancellationTokenSource();
        var signing = Sign(sequencer, stop.Token);
        var (leaves, watch) = (0L, Stopwatch.StartNew());
        while (watch.Elapsed < time)
        {
            var first = leaves;
            // One flush for the batch, as concurrent acts share one.
            await database.Write(Lane.Ordinary, s =>
            {
                for (var i = 0; i < batch; i++)
                    AuditLog.Leaves.Append(s, LeafKind.receipt, s_digests[(first + i) % s_digests.Length]);
            });
            leaves += batch;
        }
        var rate = leaves / watch.Elapsed.TotalSeconds;
        await stop.CancelAsync();
        await signing;
        return rate;
    }

    private static async Task Sign(Sequencer sequencer, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            while (await sequencer.Advance() is not null && !stop.IsCancellationRequested)
            {
                // Until nothing is new.
            }
            await Task.Delay(TimeSpan.FromSeconds(1), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<(double P50, double P99)> ProofTimes(string folder, LogKeys keys, int size)
    {
        await using var database = Database.Open(folder);
        using var sequencer = new Sequencer(database, keys, "XA", TimeProvider.System);
        await database.Write(Lane.Ordinary, s => s.Run("""
            WITH RECURSIVE n (i) AS (SELECT (SELECT coalesce(max(idx), -1) + 1 FROM log_leaves) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
            INSERT INTO log_leaves (idx, kind, sha256) SELECT i, 'receipt', randomblob(32) FROM n WHERE i < $1
            """, (long)size));
        while (await sequencer.Advance() is not null)
        {
            // 65,536 leaves at a time.
        }
        var policy = keys.Card.LogKeys(database.Read(LogEpoch.Current)!.Name);
        var times = new double[Proofs];
        for (var i = -50; i < times.Length; i++)
        {
            var leaf = (long)RandomNumberGenerator.GetInt32(size);
            var started = Stopwatch.GetTimestamp();
            var proof = database.Read(s => LogProofs.For(s, leaf)).Value.File.Write();
            if (i >= 0)
                times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            else if (!TlogProof.Read(proof).Value.VerifyUnwitnessed(database.Read(s => AuditLog.Leaves.Read(s, leaf, leaf + 1))[0], policy).Succeeded)
                throw new MeasurementFailedException("a proof does not verify");
        }
        Array.Sort(times);
        return (times[times.Length / 2], times[times.Length * 99 / 100]);
    }
}

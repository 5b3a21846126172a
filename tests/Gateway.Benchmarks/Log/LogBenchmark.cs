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
                var (raw, leaves) = (Rate.None, Rate.None);
                for (var round = 0; round < 2; round++)
                {
                    raw = Rate.Best(raw, Raw(folder, batch, time));
                    leaves = Rate.Best(leaves, await Leaves(folder, keys, batch, time));
                }
                var suffix = batch == 256 ? "" : $"_{batch}";
                report.Row($"raw inserts, {batch} in each flush", raw.PerSecond, "/s", $"raw_inserts_per_second{suffix}", $"{Report.Text(raw.CpuMicroseconds)} µs of CPU time each");
                report.Row($"leaves, {batch} in each flush", leaves.PerSecond, "/s", $"leaves_per_second{suffix}", $"{Report.Text(100 * leaves.PerSecond / raw.PerSecond)} % of the raw inserts; {Report.Text(leaves.CpuMicroseconds)} µs of CPU time each, hashes and checkpoints included");
            }
            report.Heading("proofs, tree read from the database each time");
            // What was appended before may be more than the first of these sizes: a log of its own.
            var proofs = Directory.CreateDirectory(Path.Combine(folder, "proofs")).FullName;
            Database.Create(proofs);
            Directory.CreateDirectory(Path.Combine(proofs, CaseKeys.FolderName));
            foreach (var size in new[] { 1_000_000, 10_000_000 }.Where(s => s <= most))
            {
                Report.Step($"a log of {size} leaves");
                var (p50, p99, leaves, sequencing) = await ProofTimes(proofs, keys, size);
                if (sequencing is { } each)
                    report.Row($"CPU time of a leaf in the sequencer, to {size:#,0}", each, "µs", $"sequencer_cpu_microseconds_{size}", "read back, hashed, put under checkpoints");
                report.Row($"inclusion proof at {leaves:#,0} leaves, p50", p50, "ms", $"proof_p50_ms_{size}");
                report.Row($"inclusion proof at {leaves:#,0} leaves, p99", p99, "ms", size == 10_000_000 || size * 2 > most ? "proof_p99_ms" : $"proof_p99_ms_{size}");
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

    /// <summary>Rows in a second, and the CPU time of the process for each, which varies less with what else runs on the machine.</summary>
    private sealed record Rate(double PerSecond, double CpuMicroseconds)
    {
        public static Rate None { get; } = new(0, double.MaxValue);

        public static Rate Best(Rate one, Rate other) => new(Math.Max(one.PerSecond, other.PerSecond), Math.Min(one.CpuMicroseconds, other.CpuMicroseconds));

        public static Rate Of(long rows, Stopwatch watch, TimeSpan cpuBefore) => new(rows / watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpuBefore).TotalMicroseconds / rows);
    }

    private static Rate Raw(string folder, int batch, TimeSpan time)
    {
        using var session = Database.Connect(Path.Combine(folder, Database.FileName), SqliteOpenMode.ReadWrite);
        session.Raw("CREATE TABLE IF NOT EXISTS raw_rows (idx INTEGER PRIMARY KEY, kind TEXT NOT NULL, sha256 BLOB NOT NULL) STRICT");
        var (rows, watch, cpu) = (0L, Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        while (watch.Elapsed < time)
        {
            session.Run("BEGIN IMMEDIATE");
            for (var i = 0; i < batch; i++)
                session.Run("INSERT INTO raw_rows (kind, sha256) VALUES ($1, $2)", LeafKind.receipt, s_digests[rows++ % s_digests.Length]);
            session.Run("COMMIT");
        }
        return Rate.Of(rows, watch, cpu);
    }

    private static async Task<Rate> Leaves(string folder, LogKeys keys, int batch, TimeSpan time)
    {
        await using var database = Database.Open(folder);
        using var sequencer = new Sequencer(database, keys, "XA", TimeProvider.System);
        while (await sequencer.Advance() is not null)
        {
            // What the run before left.
        }
        using var stop = new CancellationTokenSource();
        var signing = Sign(sequencer, stop.Token);
        var (leaves, watch, cpu) = (0L, Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
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
        var rate = Rate.Of(leaves, watch, cpu);
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

    private static async Task<(double P50, double P99, long Leaves, double? Sequencing)> ProofTimes(string folder, LogKeys keys, int size)
    {
        await using var database = Database.Open(folder);
        using var sequencer = new Sequencer(database, keys, "XA", TimeProvider.System);
        await database.Write(Lane.Ordinary, s => s.Run("""
            WITH RECURSIVE n (i) AS (SELECT (SELECT coalesce(max(idx), -1) + 1 FROM log_leaves) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
            INSERT INTO log_leaves (idx, kind, sha256) SELECT i, 'receipt', randomblob(32) FROM n WHERE i < $1
            """, (long)size));
        var (before, cpu) = (database.Read(s => LogEpoch.Current(s) is { } epoch ? Checkpoints.Latest(s, epoch)?.Size : null) ?? 0, Environment.CpuUsage.TotalTime);
        while (await sequencer.Advance() is not null)
        {
            // 65,536 leaves at a time.
        }
        var (spent, held) = ((Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds, database.Read(AuditLog.Leaves.Count));
        double? sequencing = held - before >= size / 10 ? spent / (held - before) : null;
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
        return (times[times.Length / 2], times[times.Length * 99 / 100], held, sequencing);
    }
}

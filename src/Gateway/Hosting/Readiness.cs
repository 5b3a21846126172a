using Gateway.Judging;
using Gateway.Keys;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Hosting;

/// <summary>Whether the gateway can do its work now, and if not, why not.</summary>
internal sealed class Readiness(Database database, KeyRing keys, GatewayOptions options, LedgerGate gate, TrustStore trust, Drain drain, TimeProvider clock)
{
    /// <summary>Empty when ready.</summary>
    public IReadOnlyList<string> Reasons()
    {
        var reasons = new List<string>();
        if (drain.Draining)
            reasons.Add("shutting down");
        if (gate.Shut is { } shut)
            reasons.Add($"{gate.Standing}: {shut.Detail}");
        if (!DatabaseAnswers())
            reasons.Add("the database does not answer");
        if (FreeMiB() < options.MinFreeMiB)
            reasons.Add($"less than {options.MinFreeMiB} MiB are free in the data folder");
        var now = clock.GetUtcNow();
        reasons.AddRange(keys.Certificates.Where(c => !c.Certificate.ValidAt(now)).Select(c => $"the certificate of {c.Name} is not valid now"));
        reasons.AddRange(trust.Problems());
        return reasons;
    }

    /// <summary>Free space of the data folder's file system.</summary>
    public long FreeMiB() => new DriveInfo(options.DataFolder).AvailableFreeSpace / (1024 * 1024);

    private bool DatabaseAnswers()
    {
        try
        {
            return database.Read(s => s.Number("SELECT count(*) FROM peers")) > 0;
        }
        catch (Exception e) when (e is SqliteException or IOException or ObjectDisposedException)
        {
            return false;
        }
    }
}

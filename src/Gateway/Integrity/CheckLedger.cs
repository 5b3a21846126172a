using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Integrity;

/// <summary>
/// Recomputes everything from the stored records: no stored digest is believed, not even to find what it belongs to without checking it there. It
/// reads one snapshot, changes nothing, and can run beside a gateway that serves.
/// </summary>
internal static class CheckLedger
{
    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    /// <param name="dataFolder">The folder of the gateway.</param>
    /// <param name="chunks">Whether to read every chunk of evidence.</param>
    public static LedgerReport Run(string dataFolder, bool chunks)
    {
        using var session = Database.OpenReader(dataFolder);
        using var keys = CaseKeys.OpenReader(dataFolder);
        return Run(session, keys, Path.Combine(dataFolder, "items"), chunks);
    }

    /// <summary>The same over an open connection.</summary>
    public static LedgerReport Run(Session session, CaseKeys keys, string itemsFolder, bool chunks)
    {
        var report = new LedgerReport();
        try
        {
            foreach (var line in session.Query("SELECT integrity_check FROM pragma_integrity_check LIMIT 20", row => row.GetString(0)).Where(line => line != "ok"))
                report.Add(LedgerFault.DATABASE_DAMAGED, Database.FileName, null, null, line);
            // Pages that do not hang together cannot be read in order; what is inside them is for a backup.
            if (report.Good)
                Records(session, keys, itemsFolder, chunks, report);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is Corrupt or NotADatabase)
        {
            report.Add(LedgerFault.DATABASE_DAMAGED, Database.FileName, null, null, e.Message);
        }
        return report;
    }

    private static void Records(Session session, CaseKeys keys, string itemsFolder, bool chunks, LedgerReport report)
    {
        session.Run("BEGIN");
        try
        {
            var view = new LedgerView(session, keys, itemsFolder, report);
            var messages = new CheckMessages(view);
            messages.Run();
            new CheckRecords(view).Run();
            new CheckReceipts(view).Run();
            messages.AgainstReceipts();
            messages.AgainstDigests();
            new CheckItems(view).Run(chunks);
            new CheckCustody(view).Run();
            new CheckLog(view).Run();
            new CheckProofs(view).Run();
            foreach (var index in view.Leaves.Missing)
                report.Add(LedgerFault.LEAF_MISSING, $"leaf {index}", null, index, "the log has no leaf there");
        }
        finally
        {
            session.Run("COMMIT");
        }
    }
}

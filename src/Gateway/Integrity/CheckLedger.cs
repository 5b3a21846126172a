using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Integrity;

/// <summary>
/// Recomputes everything from the stored records: no stored digest is believed, not even to find what it belongs to without checking it there. It
/// reads one snapshot, then what lies on the disk, changes nothing, and can run beside a gateway that serves.
/// </summary>
internal sealed class CheckLedger(LedgerSnapshot ledger, bool chunks)
{
    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    private CheckMessages? _messages;
    private CheckItems? _items;

    public LedgerReport Report { get; } = new();

    /// <param name="dataFolder">The folder of the gateway.</param>
    /// <param name="chunks">Whether to read every chunk of evidence.</param>
    public static LedgerReport Run(string dataFolder, bool chunks)
    {
        using var ledger = LedgerSnapshot.Open(dataFolder);
        var check = new CheckLedger(ledger, chunks);
        check.Records();
        check.Files();
        return check.Report;
    }

    /// <summary>What the database says of one moment.</summary>
    public void Records() => Readable(() =>
    {
        foreach (var line in ledger.Session.Query("SELECT integrity_check FROM pragma_integrity_check LIMIT 20", row => row.GetString(0)).Where(line => line != "ok"))
            Report.Add(LedgerFault.DATABASE_DAMAGED, Database.FileName, null, null, line);
        // Pages that do not hang together cannot be read in order; what is inside them is for a backup.
        if (!Report.Good)
            return;
        ledger.Pin();
        try
        {
            var view = new LedgerView(ledger, Report);
            var (messages, items) = (new CheckMessages(view), new CheckItems(view));
            messages.Run();
            new CheckRecords(view).Run();
            new CheckReceipts(view).Run();
            messages.AgainstReceipts();
            messages.AgainstDigests();
            items.Run(chunks);
            new CheckCustody(view).Run();
            new CheckLog(view).Run();
            new CheckProofs(view).Run();
            foreach (var index in view.Leaves.Missing)
                Report.Add(LedgerFault.LEAF_MISSING, $"leaf {index}", null, index, "the log has no leaf there");
            (_messages, _items) = (messages, items);
        }
        finally
        {
            ledger.Release();
        }
    });

    /// <summary>What lies beside it, after that moment: evidence takes hours to read, and the database holds no moment for so long without its write-ahead log growing.</summary>
    public void Files() => Readable(() =>
    {
        _messages?.Keys();
        _items?.Files();
    });

    private void Readable(Action check)
    {
        try
        {
            check();
        }
        catch (SqliteException e) when (e.SqliteErrorCode is Corrupt or NotADatabase)
        {
            Report.Add(LedgerFault.DATABASE_DAMAGED, Database.FileName, null, null, e.Message);
        }
    }
}

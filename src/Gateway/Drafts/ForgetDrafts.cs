using Gateway.Storage;

namespace Gateway.Drafts;

/// <summary>
/// Destroys the keys of drafts that were sent or dropped and whose keys are still there: a stop came between the transaction and the key.
/// A key of a draft that the database does not know is left alone: nothing was encrypted under it, or the database is older than the keys.
/// </summary>
internal sealed class ForgetDrafts(Database database, CaseKeys caseKeys, ILogger<ForgetDrafts> log)
{
    /// <summary>At a start, before the ports open.</summary>
    public async Task Run()
    {
        foreach (var name in caseKeys.Named(DraftRow.KeyPrefix).Where(name => database.Read(s => DraftRow.IsClosed(s, name[DraftRow.KeyPrefix.Length..]))))
        {
            await caseKeys.Forget(name);
            log.LogWarning("forgot the key of {Draft}, which is closed", name);
        }
    }
}

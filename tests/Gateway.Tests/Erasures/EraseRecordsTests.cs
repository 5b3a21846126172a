using Gateway.Backups;
using Gateway.Erasures;
using Gateway.Protocol.Documents;
using Gateway.Reception;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Erasures;

/// <summary>What an erasure leaves behind may not go on acting.</summary>
public sealed class EraseRecordsTests
{
    [Fact]
    public async Task What_waits_in_an_erased_case_waits_no_more_and_what_was_decided_before_stays_decided_by_the_same()
    {
        await using var state = await TestState.Running();
        var (database, now) = (state.Get<Database>(), state.Clock.GetUtcNow());
        var (erased, other) = (Ids.NewCase("XB"), Ids.NewCase("XB"));
        await database.Write(Lane.Ordinary, s =>
        {
            Hold(s, "open", erased, now, by: null);
            Hold(s, "decided", erased, now, by: "lawyer");
            Hold(s, "elsewhere", other, now, by: null);
            EraseRecords.Run(s, erased);
        });
        Assert.Equal((false, true), database.Read(s => (HeldMessage.Waits(s, erased), HeldMessage.Waits(s, other))));
        Assert.Equal([("decided", "lawyer", ""), ("open", "erasure", "")],
            database.Read(s => s.Query("SELECT message, by, detail FROM recognition_holds WHERE case_id = $1 ORDER BY message", r => (r.GetString(0), r.GetString(1), r.GetString(2)), erased)));
    }

    [Fact]
    public async Task A_backup_that_is_being_made_keeps_the_wish_and_what_a_killed_one_left_goes()
    {
        await using var state = await TestState.Running();
        var (database, empty) = (state.Get<Database>(), state.Get<EmptyLogs>());
        string copy;
        using (BackupSpool.Hold(state.DataFolder))
        {
            copy = BackupSpool.Copy(state.DataFolder);
            await File.WriteAllTextAsync(copy, "in clear");
            await database.Write(Lane.Ordinary, s => EmptyLogs.Ask(s, state.Clock.GetUtcNow()));
            await empty.Now();
            Assert.True(File.Exists(copy), "it is still being written");
            Assert.Equal(1, Asked(database));
            Assert.Throws<IOException>(() => BackupSpool.Hold(state.DataFolder));
        }
        Assert.False(File.Exists(copy));
        await File.WriteAllTextAsync(copy, "left by a kill");
        await database.Write(Lane.Ordinary, s => EmptyLogs.Ask(s, state.Clock.GetUtcNow()));
        await empty.Now();
        await Eventually.Holds(() => !File.Exists(copy) && Asked(database) == 0);

        await state.Stop();
        await File.WriteAllTextAsync(copy, "left by a kill");
        await state.Start();
        Assert.False(File.Exists(copy), "the next start deletes it, erasure or not");
    }

    private static long Asked(Database database) => database.Read(s => s.Number("SELECT count(*) FROM facts WHERE name = 'erasure.pages'"));

    private static void Hold(Session s, string message, string caseId, DateTimeOffset now, string? by)
        => s.RunOne("INSERT INTO recognition_holds (message, case_id, refusal, detail, since, decided, by) VALUES ($1, $2, 'V027', 'signed by somebody', $3, $4, $5)", message, caseId, now, by is null ? null : now, by);
}

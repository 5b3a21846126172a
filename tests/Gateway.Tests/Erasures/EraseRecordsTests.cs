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

    private static void Hold(Session s, string message, string caseId, DateTimeOffset now, string? by)
        => s.RunOne("INSERT INTO recognition_holds (message, case_id, refusal, detail, since, decided, by) VALUES ($1, $2, 'V027', 'signed by somebody', $3, $4, $5)", message, caseId, now, by is null ? null : now, by);
}

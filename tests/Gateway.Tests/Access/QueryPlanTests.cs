using Gateway.Access;
using Gateway.Cases;
using Gateway.Custody;
using Gateway.Deadlines;
using Gateway.Evidence;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Reception;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.Users;
using Xunit;

namespace Gateway.Tests.Access;

/// <summary>How SQLite finds what lists show: from the person or from the date, by an index, never through everything that there is.</summary>
public sealed class QueryPlanTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-plan-").FullName;
    private Database _database = null!;

    public Task InitializeAsync()
    {
        Database.Create(_folder);
        _database = Database.Open(_folder);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void Deadlines_of_a_user_with_few_cases_are_found_from_those_cases(bool few, bool missed)
    {
        var plan = Plan(DeadlineRows.RunningSql(few, missed, goesOn: false), 14);
        Assert.Contains("SEARCH case_desks USING COVERING INDEX case_desks_by_authority (authority=?)", plan);
        Assert.Contains("SEARCH case_readers USING COVERING INDEX case_readers_by_reader (reader=?)", plan);
        Assert.Contains("SEARCH items USING COVERING INDEX items_by_person (uploader=?)", plan);
        Assert.Contains(plan, step => step.StartsWith("SEARCH d USING", StringComparison.Ordinal) && step.Contains("case_id=?", StringComparison.Ordinal));
        Assert.Equal(["SCAN k"], Walked(plan));
    }

    [Fact]
    public void What_was_missed_is_sought_from_the_earliest_date_up_to_now()
    {
        var plan = Plan(DeadlineRows.RunningSql(few: false, missed: true, goesOn: false), 14);
        Assert.Contains("SEARCH d USING INDEX deadlines_running (due<?)", plan);
        Assert.Empty(Walked(plan));
        Assert.Equal(["SCAN d USING INDEX deadlines_running"], Walked(Plan(DeadlineRows.RunningSql(few: false, missed: false, goesOn: false), 14)));
        // The next page begins where the one before ended, in the order of the index.
        foreach (var missed in new[] { false, true })
        {
            var next = Plan(DeadlineRows.RunningSql(few: false, missed, goesOn: true), 14);
            Assert.Contains(next, step => step.StartsWith("SEARCH d USING INDEX deadlines_running ((due,case_id,rule,number)>", StringComparison.Ordinal));
            Assert.DoesNotContain(next, step => step.Contains("TEMP B-TREE", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Items_are_found_from_the_cases_of_the_user_or_in_the_order_of_the_list()
    {
        var few = Plan(ItemRow.SeenSql(few: true), 8);
        // Two indexes begin with the case; which of them is taken depends on the width of the table.
        Assert.Contains(few, step => step is "SEARCH t USING INDEX items_by_case (case_id=?)" or "SEARCH t USING INDEX items_by_uploader (case_id=?)");
        Assert.Equal(["SCAN k"], Walked(few));
        var many = Plan(ItemRow.SeenSql(few: false), 8);
        Assert.Equal(["SCAN t USING INDEX items_by_time"], Walked(many));
        Assert.DoesNotContain("USE TEMP B-TREE FOR ORDER BY", many);
        Assert.Equal(["SEARCH receipts USING COVERING INDEX receipts_by_item (item=? AND event=? AND chain=?)"], Plan("SELECT count(*) FROM receipts WHERE chain = $1 AND item = $2 AND event = $3", 3));
    }

    [Fact]
    public void Messages_are_found_from_the_case_named_from_the_cases_of_the_user_or_in_the_order_of_the_list()
    {
        var few = Plan(ShowMessages.ListSql(ofCase: false, few: true), 11);
        Assert.Contains("SEARCH m USING INDEX messages_by_case (case_id=? AND position<?)", few);
        Assert.Equal(["SCAN k"], Walked(few));
        Assert.Contains("SEARCH m USING INDEX messages_by_case (case_id=? AND position<?)", Plan(ShowMessages.ListSql(ofCase: true, few: false), 11));
        var many = Plan(ShowMessages.ListSql(ofCase: false, few: false), 11);
        Assert.Contains("SEARCH m USING INTEGER PRIMARY KEY (rowid<?)", many);
        Assert.DoesNotContain("USE TEMP B-TREE FOR ORDER BY", many);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cases_are_found_from_those_of_the_user_or_from_the_newest_on(bool openOnly)
    {
        var few = Plan(CaseRow.NewestSql(few: true, openOnly), 10);
        Assert.Contains(few, step => step.StartsWith("SEARCH c USING", StringComparison.Ordinal) && step.Contains("(id=?)", StringComparison.Ordinal));
        Assert.Equal(["SCAN k"], Walked(few));
        var many = Plan(CaseRow.NewestSql(few: false, openOnly), 10);
        Assert.Empty(Walked(many));
        Assert.DoesNotContain("USE TEMP B-TREE FOR ORDER BY", many);
        var held = Plan(CaseRow.NewestSql(few: false, openOnly, heldOnly: true), 10);
        Assert.Contains("SEARCH h USING PRIMARY KEY (case_id=?)", held);
        Assert.Empty(Walked(held));
    }

    [Fact]
    public async Task What_rests_with_a_closed_case_is_not_walked_and_waits_again_when_the_case_opens_anew()
    {
        foreach (var sql in (string[])[TellCustody.WaitingSql, TellCustody.AnyOfClosedSql, .. TellCustody.RestSql])
            Assert.All(Walked(Plan(sql, 0)), step => Assert.True(step is "SCAN w" or "SCAN CONSTANT ROW" || step.Contains("_to_tell", StringComparison.Ordinal), step));
        await _database.Write(Lane.Ordinary, s =>
        {
            foreach (var (id, state) in new[] { ("XA-open", CaseState.ACCEPTED), ("XA-closed", CaseState.COMPLETED) })
            {
                Case(s, id, state);
                var item = Ids.New();
                s.RunOne("INSERT INTO items (id, case_id, direction, state, message, created) VALUES ($1, $2, 'OUT', 'SENT', $3, '2026-11-20T10:00:00.000Z')", item, id, Ids.New());
                s.RunOne("INSERT INTO custody_events (item, state, seq, case_id, kind, sha256, leaf, tell, document) VALUES ($1, 'XA', 1, $2, 'SEIZED', $3, 1, 1, $4)", item, id, Digest.Of("e"u8), new byte[] { 1 });
                s.RunOne("INSERT INTO item_records (item, sha256, record, case_id, leaf, tell, document) VALUES ($1, $2, $2, $3, 2, 1, $4)", item, Digest.Of("r"u8), id, new byte[] { 1 });
            }
        });
        Assert.True(_database.Read(TellCustody.AnyOfClosed));
        await _database.Write(Lane.Bulk, TellCustody.Rest);
        Assert.False(_database.Read(TellCustody.AnyOfClosed));
        Assert.Equal(["XA-open"], _database.Read(TellCustody.Waiting).Select(row => row.Id));
        Assert.Equal((1L, 1L), Marks("XA-open"));
        Assert.Equal((2L, 2L), Marks("XA-closed"));

        // The act that closed it was rejected.
        var act = Ids.New();
        await _database.Write(Lane.Ordinary, s =>
        {
            s.RunOne("INSERT INTO case_acts (case_id, id, message, side, kind, waived, original_agrees) VALUES ('XA-closed', $1, $1, 'Requesting', 'COMPLETED', 0, 0)", act);
            CaseRow.Find(s, "XA-closed")!.Answered(s, act, rejected: true, DateTimeOffset.UnixEpoch);
        });
        Assert.Equal((1L, 1L), Marks("XA-closed"));
        Assert.Equal(["XA-closed", "XA-open"], _database.Read(TellCustody.Waiting).Select(row => row.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_user_sees_the_same_from_few_cases_and_from_many()
    {
        var client = new TestPki("XA").Issue("officer", TestPki.Sign).Certificate;
        var officer = new User("officer", [Role.COMPETENT_AUTHORITY], "XA-PO", client, null, SystemAccount: false, null);
        var reach = Reach.Of(["XA-PO"], officer, Permission.ReadReceipts);
        await _database.Write(Lane.Ordinary, s =>
        {
            for (var i = 0; i < 60; i++)
            {
                var id = $"XA-{i:x4}";
                Case(s, id, CaseState.ACCEPTED);
                s.RunOne("INSERT INTO case_desks (case_id, authority, part, since, by) VALUES ($1, $2, 'DESK', '2026-11-20T10:00:00.000Z', 'gateway')", id, i % 20 == 0 ? "XA-PO" : "XA-CA");
                s.RunOne("INSERT INTO deadlines (case_id, rule, number, side, began, due, state, basis) VALUES ($1, 'DECIDE', 0, 'Requested', '2026-11-20T10:00:00.000Z', $2, 'RUNNING', 'card')", id, $"2026-11-{21 + (i % 5):00}T10:00:00.000Z");
                s.RunOne("INSERT INTO items (id, case_id, direction, state, uploader, created) VALUES ($1, $2, 'OUT', 'ATTACHED', $3, $4)", Ids.New(), id, i == 7 ? "officer" : "lab", $"2026-11-20T10:00:{i:00}.000Z");
                s.RunOne("""
                    INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created)
                    VALUES ($1, 'IN', 'XA-CP', 'XB-CA', $2, 'REQUEST', 'PRESERVE_DATA', 'ORDINARY', $3, 'RECEIVED', '2026-11-20T10:00:00.000Z')
                    """, Ids.New(), id, Digest.Of("m"u8));
                if (i == 33)
                    Desks.Restrict(s, id, [Desks.Reader("XA-PO", officer.PersonName)]);
                if (i == 40)
                    Desks.Restrict(s, id, [Desks.Reader("XA-CA", "lawyer")]);
            }
        });
        _database.Read(s =>
        {
            Assert.True(reach.HasFew(s));
            List<string> Dates(bool few, DateTimeOffset? at) => s.Query(DeadlineRows.RunningSql(few, at is not null, goesOn: false), row => row.GetString(8), reach.With(false, at, "", 1000, "", "", "", 0));
            Assert.Equal(["XA-0000", "XA-0007", "XA-0014", "XA-0021"], Dates(few: true, null).Order(StringComparer.Ordinal));
            var at = DateTimeOffset.Parse("2026-11-23T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
            foreach (var missed in new[] { default(DateTimeOffset?), at })
                Assert.Equal(Dates(few: false, missed).Order(StringComparer.Ordinal), Dates(few: true, missed).Order(StringComparer.Ordinal));
            List<string> Items(bool few) => s.Query(ItemRow.SeenSql(few), row => row.GetString(1), reach.With("", 1000));
            Assert.Equal(["XA-0000", "XA-0007", "XA-0014", "XA-0021"], Items(few: true));
            Assert.Equal(Items(few: false), Items(few: true));
            List<string> Messages(bool few) => s.Query(ShowMessages.ListSql(ofCase: false, few), row => row.GetString(2), reach.With(long.MaxValue, "", "", 1000, ""));
            Assert.Equal(["XA-0021", "XA-0014", "XA-0007", "XA-0000"], Messages(few: true));
            Assert.Equal(Messages(few: false), Messages(few: true));
            List<string> Cases(bool few) => s.Query(CaseRow.NewestSql(few, openOnly: false), row => row.GetString(0), reach.With(1000, "~", "", ""));
            Assert.Equal(["XA-0021", "XA-0014", "XA-0007", "XA-0000"], Cases(few: true));
            Assert.Equal(Cases(few: false), Cases(few: true));
            return 0;
        });
    }

    private (long, long) Marks(string id) => _database.Read(s => (s.Number("SELECT tell FROM custody_events WHERE case_id = $1", id), s.Number("SELECT tell FROM item_records WHERE case_id = $1", id)));

    private List<string> Plan(string sql, int parameters) => _database.Read(s => s.Query($"EXPLAIN QUERY PLAN {sql}", row => row.GetString(3), new object?[parameters]));

    // What is read from its beginning to its end; lists of words that a parameter brings are not meant.
    private static IEnumerable<string> Walked(IEnumerable<string> plan) => plan.Where(step => step.StartsWith("SCAN ", StringComparison.Ordinal) && !step.Contains("json_each", StringComparison.Ordinal));

    private static void Case(Session s, string id, CaseState state) => s.RunOne("""
        INSERT INTO cases (id, side, peer, own_authority, peer_authority, kind, urgency, state, reference, request_message, opened)
        VALUES ($1, 'Requested', 'XA', 'XB-CA', 'XA-CP', 'PRESERVE_DATA', 'ORDINARY', $2, '', $3, '2026-11-20T10:00:00.000Z')
        """, id, state, Ids.New());
}

using Gateway.Cases;
using Gateway.Deadlines;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Receipts;
using Gateway.Receipts;
using Gateway.Storage;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Tests.Cases;

/// <summary>What a further message costs in a case that grew long, counted in the instructions that SQLite runs: as much as in a short one.</summary>
public sealed class LongCaseTests : IDisposable
{
    private const string Id = "XA-11112222333344445555666677778888";

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-long-").FullName;
    private readonly SqliteConnection _connection;
    private readonly Session _session;
    private int _acts;

    public LongCaseTests()
    {
        Database.Create(_folder);
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(_folder, Database.FileName), Pooling = false }.ToString());
        _connection.Open();
        _session = new Session(_connection) { Folded = new Folded() };
        _session.RunOne("""
            INSERT INTO cases (id, side, peer, own_authority, peer_authority, kind, urgency, state, reference, request_message, opened)
            VALUES ($1, 'Requesting', 'XB', 'XA-CA', 'XB-CA', 'STORED_CONTENT_DATA', 'ORDINARY', 'DELIVERED', 'r', 'request', '2026-11-20T10:00:00.000Z')
            """, Id);
    }

    public void Dispose()
    {
        _session.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public static TheoryData<string> Looks => ["what was done, and one act more", "the next act added", "an act of a message", "whether it is closed", "whether the other side closed its chain", "whether content is gone"];

    [Theory]
    [MemberData(nameof(Looks))]
    public void The_next_act_costs_as_much_in_a_long_case_as_in_a_short_one(string look)
    {
        Grow(20);
        var few = Cost(look);
        Grow(2000);
        var many = Cost(look);
        Assert.InRange(many, 1, few + 60); // indexes are some pages deeper
    }

    [Fact]
    public void What_is_folded_in_act_by_act_is_what_is_read_as_a_whole_whoever_rejects_what()
    {
        var random = new Random(1);
        using var fresh = Database.Connect(Path.Combine(_folder, Database.FileName), SqliteOpenMode.ReadOnly);
        for (var i = 0; i < 300; i++)
        {
            switch (random.Next(6))
            {
                case 0:
                    _session.Run("UPDATE case_acts SET rejected = 1 WHERE case_id = $1 AND position = (SELECT position FROM case_acts WHERE case_id = $1 ORDER BY random() LIMIT 1)", Id);
                    break;
                case 1:
                    // Added and rejected before anybody looked.
                    Grow(1);
                    _session.Run("UPDATE case_acts SET rejected = 1 WHERE case_id = $1 AND position = (SELECT max(position) FROM case_acts WHERE case_id = $1)", Id);
                    break;
                default:
                    Grow(random.Next(4));
                    break;
            }
            var (folded, whole) = (Row(_session).Acts(_session), Row(fresh).Acts(fresh));
            Assert.Equal(whole.All, folded.All);
            Assert.Equal(whole.History.Standing, folded.History.Standing);
            Assert.True(whole.History.Void.SetEquals(folded.History.Void));
            Assert.Equal(whole.All.Count, fresh.Number("SELECT acts FROM cases WHERE id = $1", Id));
        }
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 1, true)]
    [InlineData(1, 0, true)]
    [InlineData(1, 1, true)]
    [InlineData(2, 2, true)]
    public void What_was_rejected_and_added_between_judging_and_writing_is_found_out_also_when_as_many_are_left(int rejected, int added, bool moved)
    {
        Grow(3);
        var row = Row(_session);
        var judged = row.History(_session);
        for (var i = 0; i < rejected; i++)
            _session.RunOne("UPDATE case_acts SET rejected = 1 WHERE case_id = $1 AND id = $2", Id, $"{i}");
        Grow(added);
        var act = new ActEntry("next", CaseSide.Requesting, ActKind.REMINDER, null);
        void Write() => row.Add(_session, judged, judged.Take(act).Value, act, "next", DateTimeOffset.UnixEpoch);
        if (moved)
            Assert.Throws<CaseMovedException>(Write);
        else
            Write();
    }

    [Fact]
    public void What_a_transaction_read_that_was_undone_is_remembered_by_nobody()
    {
        Grow(3);
        Assert.Equal(3, Row(_session).Acts(_session).All.Count);
        using (var writer = Database.Connect(Path.Combine(_folder, Database.FileName), SqliteOpenMode.ReadWrite))
        {
            Assert.Null(writer.Folded);
            writer.Run("BEGIN IMMEDIATE");
            Insert(writer, "undone");
            Assert.Equal(4, Row(writer).Acts(writer).All.Count);
            writer.Run("ROLLBACK");
        }
        Insert(_session, "done");
        Assert.Equal("done", Row(_session).Acts(_session).All[^1].Entry.Id);
    }

    [Fact]
    public void An_upgrade_counts_the_acts_that_are_there()
    {
        using var old = Database.Connect(Path.Combine(_folder, "old.db"), SqliteOpenMode.ReadWriteCreate);
        Migrations.Apply(old, 38);
        old.RunOne("""
            INSERT INTO cases (id, side, peer, own_authority, peer_authority, kind, urgency, state, reference, request_message, opened)
            VALUES ($1, 'Requesting', 'XB', 'XA-CA', 'XB-CA', 'STORED_CONTENT_DATA', 'ORDINARY', 'DELIVERED', 'r', 'request', '2026-11-20T10:00:00.000Z')
            """, Id);
        for (var i = 0; i < 5; i++)
            Insert(old, $"{i}");
        old.Run("UPDATE case_acts SET rejected = 1 WHERE id IN ('1', '3')");
        Migrations.Apply(old);
        Assert.Equal("3 5", old.One("SELECT acts || ' ' || act_changes FROM cases", r => r.GetString(0)));
        Insert(old, "5");
        old.Run("UPDATE case_acts SET rejected = 1 WHERE id = '0'");
        Assert.Equal("3 7", old.One("SELECT acts || ' ' || act_changes FROM cases", r => r.GetString(0)));
    }

    private long Cost(string look)
    {
        // What was read before is known; then one more comes.
        Look(look);
        Grow(1);
        var steps = 0L;
        SQLitePCL.raw.sqlite3_progress_handler(_connection.Handle, 1, _ =>
        {
            steps++;
            return 0;
        }, null);
        Look(look);
        SQLitePCL.raw.sqlite3_progress_handler(_connection.Handle, 0, null, null);
        return steps;
    }

    private void Look(string look)
    {
        switch (look)
        {
            case "what was done, and one act more":
                Assert.Equal(_acts, Row(_session).History(_session).Acts.Count);
                break;
            case "the next act added":
                _session.Run("SAVEPOINT act");
                var history = CaseHistory.Of(CaseState.DELIVERED, Enumerable.Range(0, _acts).Select(i => new ActEntry($"{i}", CaseSide.Requesting, ActKind.REMINDER, null)));
                var next = new ActEntry("next", CaseSide.Requesting, ActKind.REMINDER, null);
                Row(_session).Add(_session, history, history.Take(next).Value, next, "next", DateTimeOffset.UnixEpoch);
                _session.Run("ROLLBACK TO act");
                _session.Run("RELEASE act");
                break;
            case "an act of a message":
                Assert.Equal(1, _session.Number("SELECT count(*) FROM case_acts WHERE case_id = $1 AND message = $2", Id, "m3"));
                break;
            case "whether it is closed":
                Assert.False(Chains.IsClosed(_session, Id));
                break;
            case "whether the other side closed its chain":
                Assert.False(Chains.IsClosed(_session, Id, "XB"));
                break;
            case "whether content is gone":
                Assert.Empty(_session.Query(CaseClock.LostSql, r => r.GetString(0), Id, "XA"));
                break;
        }
    }

    private void Grow(int acts)
    {
        _session.Run("SAVEPOINT grow");
        for (var i = 0; i < acts; i++, _acts++)
            Insert(_session, $"{_acts}");
        _session.Run("RELEASE grow");
    }

    private static void Insert(Session s, string id)
    {
        s.RunOne("INSERT INTO case_acts (case_id, id, message, side, kind, waived, original_agrees) VALUES ($1, $2, $3, 'Requesting', 'REMINDER', 0, 0)", Id, id, $"m{id}");
        s.RunOne("""
            INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created, body)
            VALUES ($1, 'OUT', 'XA-CA', 'XB-CA', $2, 'ACT', 'REMINDER', 'ORDINARY', $3, 'DELIVERED', '2026-11-20T10:00:00.000Z', $3)
            """, $"m{id}", Id, Digest.Of([]));
        var seq = s.Number("SELECT coalesce(max(seq), 0) + 1 FROM receipts WHERE chain = $1 AND issuer = 'XB'", Id);
        s.RunOne("INSERT INTO receipts (chain, issuer, seq, sha256, event, message, time, der) VALUES ($1, 'XB', $2, $3, $4, $5, '2026-11-20T10:00:00.000Z', $3)", Id, seq, Digest.Of([]), ReceiptEvent.RelayAcceptance, $"m{id}");
    }

    private static CaseRow Row(Session s) => CaseRow.Find(s, Id)!;
}

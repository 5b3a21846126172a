using Gateway.Deadlines;
using Gateway.Hosting;
using Gateway.Peers;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Paper;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Tests.Upgrades;

/// <summary>Cases on paper, and the descriptions of States without a gateway, as the programs before left them: rows of schema 23, each as it could be at that time.</summary>
public sealed class PaperUpgradeTests
{
    private const int Before = 23;

    private static readonly byte[] Description = System.Text.Encoding.UTF8.GetBytes(OnPaper.Description());

    [Fact]
    public async Task Descriptions_and_cases_on_paper_are_brought_along_and_what_is_not_known_stays_empty()
    {
        await using var state = TestState.Configured("XA");
        Directory.CreateDirectory(state.DataFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        CaseKeys.Create(state.DataFolder);
        using (var s = Connect(state, SqliteOpenMode.ReadWriteCreate))
        {
            Migrations.Apply(s, Before);
            // In force as it was approved; in force while a newer one waits, so that since when is not known; brought by one person only.
            PaperState(s, "XC", "deputy", "2026-03-01T08:00:00.000Z", inForce: true);
            PaperState(s, "XD", null, "2026-03-01T08:00:00.000Z", inForce: true);
            PaperState(s, "XE", null, "2026-03-01T08:00:00.000Z", inForce: false);
            Case(s, "XA-before", "XC", "2026-02-01T08:00:00.000Z");
            Case(s, "XA-same", "XC", "2026-03-01T08:00:00.000Z");
            Case(s, "XA-after", "XC", "2026-04-01T08:00:00.000Z");
            Case(s, "XA-closed", "XC", "2026-04-02T08:00:00.000Z", closed: true);
            Case(s, "XA-unknown", "XD", "2026-04-01T08:00:00.000Z");
            // Opened before the State had a gateway, and one that runs between gateways.
            Case(s, "XA-gone", "XF", "2026-04-01T08:00:00.000Z");
            Case(s, "XA-wire", "XB", "2026-04-01T08:00:00.000Z", onPaper: false);
            s.Run("INSERT INTO paper_files (case_id, way, sha256, message) VALUES ('XA-after', 'SENT', $1, 'm1')", Protocol.Documents.Digest.Of("a file"u8));
        }

        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.True(await new Commands(output, error, TimeProvider.System).Run(["db", "migrate", "--config", state.ConfigurationFile]) == 0, error.ToString());

        using var after = Connect(state, SqliteOpenMode.ReadOnly);
        Assert.Equal([("XC", 1, "2026-03-01T08:00:00.000Z"), ("XD", 1, "")], after.Query("SELECT state, number, since FROM paper_descriptions ORDER BY state", r => (r.GetString(0), r.GetInt32(1), r.GetString(2))));
        Assert.All(after.Query("SELECT document FROM paper_descriptions", r => r.Bytes(0)), document => Assert.Equal(Description, document));
        // Which description held is filled in only where it is certain.
        Assert.Equal([("XA-after", 1), ("XA-before", null), ("XA-closed", 1), ("XA-gone", null), ("XA-same", 1), ("XA-unknown", null)],
            after.Query("SELECT case_id, description FROM paper_cases ORDER BY case_id", r => (r.GetString(0), r.IsDBNull(1) ? null : (int?)r.GetInt32(1))));
        Assert.Equal("XC", PaperStates.Find(after, "XC", 1)!.Options.State);
        Assert.Equal([1], PaperStates.Numbers(after, "XD"));
        Assert.Null(PaperStates.Find(after, "XE", 0));
        Assert.Equal(1, after.Number("SELECT count(*) FROM paper_files WHERE case_id = 'XA-after' AND way = 'SENT'"));
        // The clock looks at each of them, at the open ones again, and for what it reckons since then once more at those whose request is there: none here has its content.
        Assert.Equal([("XA-after", 3), ("XA-before", 3), ("XA-closed", 2), ("XA-gone", 3), ("XA-same", 3), ("XA-unknown", 3), ("XA-wire", 1)],
            after.Query("SELECT case_id, count(*) FROM events WHERE kind = 'case.clocked' GROUP BY case_id ORDER BY case_id", r => (r.GetString(0), r.GetInt32(1))));
        Assert.All(after.Query("SELECT time FROM events WHERE kind = 'case.clocked'", r => r.Time(0)), time => Assert.Equal(TimeSpan.Zero, time.Offset));
    }

    [Fact]
    public async Task A_gateway_on_such_a_database_finds_the_States_in_force_and_goes_on_with_its_cases()
    {
        await using var paper = await OnPaper.Start();
        var sent = await paper.Send();
        await paper.Record(OnPaper.Left(sent, "an envelope"u8.ToArray(), Protocol.Documents.Digest.Of("a certificate"u8)));
        await paper.State.Get<ClockLoop>().LookAtAll();
        var expected = await Dates(paper, sent.CaseId);
        await paper.State.Stop();
        // As schema 23 had it: no descriptions, no numbers of them, no dates on paper; the real rows of the case stay.
        using (var s = Connect(paper.State, SqliteOpenMode.ReadWrite))
        {
            s.Raw("DROP TABLE paper_descriptions; ALTER TABLE paper_cases DROP COLUMN description; DELETE FROM deadlines;");
            foreach (var number in new[] { 24, 25, 30 })
                s.Raw(Text(number));
            Assert.Equal(1, s.Number("SELECT description FROM paper_cases WHERE case_id = $1", sent.CaseId));
        }
        await paper.State.Start();
        await paper.State.Get<ClockLoop>().LookAtAll();
        Assert.Equal(expected, await Dates(paper, sent.CaseId));
        Assert.Equal("XC", Assert.Single((await paper.State.Client(paper.State.Administrator).ListPaperStatesAsync(new V1.ListPaperStatesRequest())).States).State);
        Assert.Equal("SENT", await paper.CaseState(sent.CaseId));
        await paper.Send();
    }

    private static async Task<List<(string, string)>> Dates(OnPaper paper, string caseId)
        => [.. (await paper.Client.ListDeadlinesAsync(new V1.ListDeadlinesRequest { CaseId = caseId })).Deadlines.Select(d => (d.Rule, d.Due))];

    private static void PaperState(Session s, string state, string? approvedBy, string changed, bool inForce)
        => s.RunOne("INSERT INTO paper_states (state, document, proposed_by, approved_by, changed, in_force) VALUES ($1, $2, 'administrator', $3, $4, $5)",
            state, Description, approvedBy, changed, inForce ? Description : null);

    private static void Case(Session s, string id, string peer, string opened, bool closed = false, bool onPaper = true)
    {
        s.RunOne("""
            INSERT INTO cases (id, side, peer, own_authority, peer_authority, kind, urgency, state, reference, request_message, opened, closed)
            VALUES ($1, 'Requesting', $2, 'XA-CP', $2 || '-CA', 'PRESERVE_DATA', 'ORDINARY', 'SENT', $1, $1, $3, $4)
            """, id, peer, opened, closed ? opened : null);
        if (onPaper)
            s.RunOne("INSERT INTO paper_cases (case_id) VALUES ($1)", id);
    }

    private static string Text(int number)
    {
        var name = typeof(Database).Assembly.GetManifestResourceNames().Single(n => n.EndsWith($".{number:0000}.sql", StringComparison.Ordinal));
        using var reader = new StreamReader(typeof(Database).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private static Session Connect(TestState state, SqliteOpenMode mode) => Database.Connect(Path.Combine(state.DataFolder, Database.FileName), mode);
}

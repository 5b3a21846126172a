using System.Diagnostics;
using Gateway.Benchmarks.Harness;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Gateway.V1;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace Gateway.Benchmarks.Cases;

/// <summary>
/// A gateway with many open cases: how long a page of the list takes, and whether the time of an answer tells a case that is hidden from
/// one that does not exist.
/// </summary>
internal static class CasesBenchmark
{
    private const int Pages = 100;
    private const int MessagesOfCase = 10;

    // Of the duty officer, among all that lie with the central authority.
    private const int OwnCases = 20;
    private const double AllowedMs = 200;

    public static async Task<int> Run(Arguments arguments)
    {
        var (count, calls) = (arguments.Number("cases", 10_000), arguments.Number("calls", 10_000));
        using var workspace = new Workspace(arguments);
        Report.Step("making keys and certificates");
        var pki = workspace.File("pki");
        await Programs.Must("/bin/bash", [Path.Combine(Programs.Repository, "certs-dev", "make.sh"), pki, "XA"]);
        await using var gateway = await GatewayProcess.Start("XA", workspace.File("XA"), Path.Combine(pki, "XA"));
        await gateway.AddUser("lawyer", "XA-CA", "CENTRAL_AUTHORITY_MLA");
        await gateway.AddUser("duty-officer", "XA-CP", "CONTACT_POINT_24_7");
        Report.Step($"writing {count} open cases");
        var hidden = Fill(Path.Combine(workspace.File("XA"), "data", Database.FileName), count);

        var (report, slow) = (new Report("cases"), new List<string>());
        var client = gateway.Client("lawyer");
        // Until the code of a list is compiled for good.
        for (var i = 0; i < Pages / 2; i++)
            await client.ListCasesAsync(new ListCasesRequest { OpenOnly = true, Limit = 1000 });
        foreach (var limit in new uint[] { 100, 1000 })
        {
            var times = new List<double>();
            var before = "";
            for (var i = 0; i < Pages; i++)
            {
                var started = Stopwatch.GetTimestamp();
                var page = await client.ListCasesAsync(new ListCasesRequest { OpenOnly = true, Limit = limit, Before = before });
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                before = page.Next;
            }
            Row($"a page of {limit} of {count} open cases", times, $"page{limit}Ms");
        }

        var officer = gateway.Client("duty-officer");
        foreach (var (words, person, few, figure) in new[] { ("everybody's", client, false, "inboxMs"), ($"one's who has {OwnCases} cases", officer, true, "fewInboxMs") })
        {
            var (messages, requests) = (new List<double>(), new List<double>());
            for (var i = 0; i < Pages; i++)
            {
                var started = Stopwatch.GetTimestamp();
                var inbox = await person.ListMessagesAsync(new ListMessagesRequest { Direction = "IN" });
                messages.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                started = Stopwatch.GetTimestamp();
                var list = await person.ListCasesAsync(new ListCasesRequest { OpenOnly = true });
                requests.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                if (inbox.Messages.Count == 0 || list.Cases.Count == 0 || (few && (inbox.Messages.Count != OwnCases * MessagesOfCase || list.Cases.Count != OwnCases)))
                    throw new MeasurementFailedException($"{inbox.Messages.Count} messages and {list.Cases.Count} cases were listed: {words}");
            }
            Row($"the inbox of {count * MessagesOfCase} messages, {words}", messages, figure);
            Row($"the list of requests, {words}", requests, few ? "fewCasesMs" : "casesMs");
        }

        foreach (var (words, request, figure) in new[]
        {
            ("what is due, the first 1000", new ListDeadlinesRequest(), "deadlinesMs"),
            ("what is due and is ours, the first 1000", new ListDeadlinesRequest { OwnOnly = true }, "ownDeadlinesMs"),
            ("what was missed, the first 1000", new ListDeadlinesRequest { MissedOnly = true }, "missedDeadlinesMs"),
        })
        {
            var times = new List<double>();
            for (var i = 0; i < Pages; i++)
            {
                var started = Stopwatch.GetTimestamp();
                var reply = await client.ListDeadlinesAsync(request);
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                if (reply.Deadlines.Count == 0)
                    throw new MeasurementFailedException($"nothing was listed: {words}");
            }
            Row(words, times, figure);
        }

        var told = new List<string>();
        foreach (var (words, figure, call) in new (string, string, Func<string, string, Task>)[]
        {
            ("a refusal of case show", "", async (id, _) => await client.ShowCaseAsync(new ShowCaseRequest { CaseId = id })),
            ("the messages of a case", "messages", async (id, _) => await client.ListMessagesAsync(new ListMessagesRequest { CaseId = id })),
            ("the receipts of a case", "receipts", async (id, _) => await client.ListReceiptsAsync(new ListReceiptsRequest { CaseId = id })),
            ("the receipts of a message", "messageReceipts", async (_, id) => await client.ListReceiptsAsync(new ListReceiptsRequest { Message = id })),
            ("the deadlines of a case", "deadlines", async (id, _) => await client.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = id })),
            ("a refusal of request show", "open", async (_, id) => await client.OpenMessageAsync(new OpenMessageRequest { Message = id })),
        })
        {
            Report.Step($"{calls} calls for what is hidden and for what does not exist, in turn: {words}");
            var (there, absent) = (new List<double>(calls), new List<double>(calls));
            // One id each, and either first every other time: what lies near in a cache must not decide.
            var (none, noMessage) = (Ids.NewCase("XA"), Ids.New());
            // Until the code of the call is compiled for good.
            for (var i = 0; i < Pages; i++)
                await Answered(() => call(none, noMessage));
            for (var i = 0; i < calls; i++)
            {
                if (i % 2 == 0)
                    there.Add(await Answered(() => call(hidden.Case, hidden.Message)));
                absent.Add(await Answered(() => call(none, noMessage)));
                if (i % 2 == 1)
                    there.Add(await Answered(() => call(hidden.Case, hidden.Message)));
            }
            if (Compare(words, figure, there, absent))
                told.Add(words);
        }
        report.Print();
        foreach (var words in slow)
            Console.Error.WriteLine($"over {Report.Text(AllowedMs)} ms: {words}");
        foreach (var words in told)
            Console.Error.WriteLine($"the time of {words} tells what is hidden from what does not exist");
        return slow.Count > 0 || told.Count > 0 ? 1 : 0;

        bool Compare(string words, string figure, List<double> there, List<double> absent)
        {
            string Figure(string name) => figure.Length == 0 ? name : $"{figure}{char.ToUpperInvariant(name[0])}{name[1..]}";
            report.Row($"{words}, hidden", Median(there) * 1000, "µs", Figure("hiddenMicroseconds"), $"p95 {Report.Text(Percentile(there, 0.95) * 1000)} µs");
            report.Row($"{words}, not there", Median(absent) * 1000, "µs", Figure("absentMicroseconds"), $"p95 {Report.Text(Percentile(absent, 0.95) * 1000)} µs");
            // Half of the absent ones against the other half: what chance alone makes of it.
            var noise = Math.Abs(Median([.. absent.Where((_, i) => i % 2 == 0)]) - Median([.. absent.Where((_, i) => i % 2 == 1)]));
            report.Row("noise: halves of the latter apart", noise * 1000, "µs", Figure("noiseMicroseconds"));
            // A machine that is shared makes halves alike by chance: a fiftieth of the call is beyond what anybody could tell from outside.
            var (apart, chance) = (Math.Abs(Median(there) - Median(absent)), Math.Max(3 * noise, Median(absent) / 50));
            report.Row("hidden and absent apart, and what chance explains", apart * 1000, "µs", Figure("apartMicroseconds"), $"up to {Report.Text(chance * 1000)} µs");
            return apart > chance;
        }

        void Row(string words, List<double> times, string figure)
        {
            var (median, p95) = (Median(times), Percentile(times, 0.95));
            report.Row($"{words}, median", median, "ms", figure, $"limit {Report.Text(AllowedMs)} ms");
            report.Row($"{words}, p95", p95, "ms", $"{figure}P95", $"limit {Report.Text(AllowedMs)} ms");
            if (median > AllowedMs)
                slow.Add(words);
            else if (p95 > AllowedMs)
                Console.Error.WriteLine($"over {Report.Text(AllowedMs)} ms for one in twenty: {words}");
        }
    }

    // A refusal, or a list with nothing in it: which of them is told by a test.
    private static async Task<double> Answered(Func<Task> call)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await call();
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            // That is the answer.
        }
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    // Straight into the database: what is measured is reading.
    private static (string Case, string Message) Fill(string path, int count)
    {
        using var session = Database.Connect(path, SqliteOpenMode.ReadWrite);
        var opened = TimeProvider.System.GetUtcNow().AddDays(-30);
        string? hidden = null;
        string? last = null;
        session.Run("BEGIN IMMEDIATE");
        for (var i = 0; i <= count; i++)
        {
            var id = Ids.NewCase("XA");
            var covert = i == count / 2;
            hidden = covert ? id : hidden;
            session.RunOne("""
                INSERT INTO cases (id, side, peer, own_authority, peer_authority, kind, urgency, state, reference, request_message, opened)
                VALUES ($1, 'Requesting', 'XB', 'XA-CA', 'XB-CA', $2, 'ORDINARY', 'DELIVERED', $3, $4, $5)
                """, id, covert ? "COVERT_MEASURE" : "STORED_CONTENT_DATA", $"RQ-XA-2026-{i:000000}", Ids.New(), opened.AddSeconds(i));
            session.RunOne("INSERT INTO case_desks (case_id, authority, part, since, by) VALUES ($1, 'XA-CA', 'DESK', $2, 'gateway')", id, opened);
            // Spread among the oldest: whoever goes through everything meets them last.
            if (i < OwnCases)
                session.RunOne("INSERT INTO case_desks (case_id, authority, part, since, by) VALUES ($1, 'XA-CP', 'TASK', $2, 'gateway')", id, opened);
            for (var m = 0; m < MessagesOfCase; m++)
                session.RunOne("""
                    INSERT INTO messages (id, direction, sender, recipient, case_id, about, kind, urgency, cover_sha256, state, created)
                    VALUES ($1, 'IN', 'XB-CA', 'XA-CA', $2, 'ACT', 'STATUS_REPORT', 'ORDINARY', $3, 'RECEIVED', $4)
                    """, Ids.New(), id, Digest.Of([]), opened.AddSeconds(i));
            if (covert)
                session.RunOne("INSERT INTO case_readers (case_id, reader) VALUES ($1, $2)", id, Digest.Of([]));
            foreach (var issuer in new[] { "XA", "XB" })
                session.RunOne("INSERT INTO chains (chain, issuer, seq, sha256, time, peer, acked) VALUES ($1, $2, 2, $3, $4, 'XB', 2)", id, issuer, Digest.Of([]), opened);
            // Every tenth follows the one before it; each has a date of the other side that passed or not, and one of ours.
            if (i % 10 == 9)
                session.RunOne("INSERT INTO case_links (case_id, linked, relation) VALUES ($1, $2, 'SUPPLEMENTS')", id, last);
            last = id;
            session.RunOne("INSERT INTO deadlines (case_id, rule, number, side, began, due, state, basis) VALUES ($1, 'DECIDE', 1, 'Requested', $2, $3, 'RUNNING', 'default of this installation')", id, opened, opened.AddDays(i % 2 == 0 ? 20 : 60));
            session.RunOne("INSERT INTO deadlines (case_id, rule, number, side, began, due, state, basis) VALUES ($1, 'RETENTION', 1, 'Requesting', $2, $3, 'RUNNING', 'date of the request')", id, opened, opened.AddYears(1));
            session.RunOne("INSERT INTO case_acts (case_id, id, message, side, kind, waived, original_agrees) VALUES ($1, $2, $3, 'Requested', 'ACKNOWLEDGED', 0, 0)", id, Ids.New(), Ids.New());
        }
        session.Run("COMMIT");
        return (hidden!, session.One("SELECT id FROM messages WHERE case_id = $1 ORDER BY position LIMIT 1", row => row.GetString(0), hidden)!);
    }

    private static double Median(List<double> values) => Percentile(values, 0.5);

    private static double Percentile(List<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[(int)((sorted.Count - 1) * share)];
    }
}

using System.CommandLine;
using System.Globalization;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Cases;

/// <summary>The yearly report without personal data, as tables, CSV or JSON.</summary>
internal static class Stats
{
    private static readonly string[] Columns =
        ["peer", "we are", "kind", "requests", "emergencies", "acknowledged", "hours median", "hours p90", "answered", "days median", "returned", "refused", "by ground", "lapsed"];

    public static Command Create()
    {
        var year = new Option<uint>("--year") { Description = "The year, UTC: by the day on which a case was opened", Required = true, HelpName = "YEAR" };
        var csv = new Option<bool>("--csv") { Description = "The counts by kind as CSV (RFC 4180)" };
        return new Command("stats", "Counts of a year by State and kind: times to answer, refusals, technical failures; no personal data") { year, csv }.Runs(async run =>
        {
            var reply = await run.Gateway.StatisticsAsync(new StatisticsRequest { Year = run.Value(year) }, cancellationToken: run.Cancel);
            if (run.Value(csv))
            {
                run.Terminal.Raw(Csv([Columns, .. reply.Kinds.Select(Row)]));
                return ExitCode.Good;
            }
            run.Terminal.Table($"no cases were opened in {reply.Year}", Columns, reply.Kinds.Select(Row));
            run.Terminal.Table("no evidence and no technical failure", ["peer", "bytes sent", "bytes received", "mismatches", "technical rejections"],
                reply.Peers.Select(p => new[] { p.Peer, $"{p.BytesSent}", $"{p.BytesReceived}", $"{p.Mismatches}", Codes(p.Rejections) }));
            run.Terminal.Write(reply);
            return ExitCode.Good;
        });
    }

    private static string[] Row(KindStatistics k) =>
    [
        k.Peer, k.Side, k.Kind, $"{k.Requests}", $"{k.Emergencies}", $"{k.Acknowledged}", Number(k.HasHoursToAcknowledgeMedian, k.HoursToAcknowledgeMedian),
        Number(k.HasHoursToAcknowledgeP90, k.HoursToAcknowledgeP90), $"{k.Answered}", Number(k.HasDaysToAnswerMedian, k.DaysToAnswerMedian), $"{k.Returned}", $"{k.Refused}", Codes(k.Grounds), $"{k.Lapsed}",
    ];

    private static string Number(bool known, double value) => known ? value.ToString("0.##", CultureInfo.InvariantCulture) : "";

    private static string Codes(IEnumerable<CodeCount> codes) => string.Join(", ", codes.Select(c => $"{c.Code} {c.Count}"));

    private static string Csv(IEnumerable<string[]> rows) => string.Concat(rows.Select(row => string.Join(',', row.Select(Cell)) + "\r\n"));

    private static string Cell(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

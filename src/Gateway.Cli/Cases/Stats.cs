using System.CommandLine;
using System.Globalization;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Cases;

/// <summary>The yearly report without personal data, as tables, CSV or JSON.</summary>
internal static class Stats
{
    private static readonly string[] Columns =
        ["peer", "we are", "kind", "requests", "emergencies", "confirmed", "no emergency", "abused", "acknowledged", "in time", "hours median", "hours p90", "answered", "days median", "days p90", "returned", "missing", "refused", "by ground", "in part by ground", "lapsed"];

    private static readonly string[] PeerColumns = ["peer", "bytes sent", "bytes received", "mismatches", "we rejected", "they rejected"];

    public static Command Create()
    {
        var year = new Option<uint>("--year") { Description = "The year, UTC: by the day on which a case was opened", Required = true, HelpName = "YEAR" };
        var csv = new Option<bool>("--csv") { Description = "Both tables as CSV (RFC 4180); the first column names the table: kinds, peers" };
        return new Command("stats", "Counts of a year by State and kind: times to answer, refusals, technical failures; no personal data") { year, csv }.Runs(async run =>
        {
            var reply = await run.Gateway.StatisticsAsync(new StatisticsRequest { Year = run.Value(year) }, cancellationToken: run.Cancel);
            if (run.Value(csv))
            {
                // One file; each table begins with its own heading.
                run.Terminal.Raw(Csv([["table", .. Columns], .. reply.Kinds.Select(k => (string[])["kinds", .. Row(k)]), ["table", .. PeerColumns], .. reply.Peers.Select(p => (string[])["peers", .. Row(p)])]));
                return ExitCode.Good;
            }
            run.Terminal.Table($"no cases were opened in {reply.Year}", Columns, reply.Kinds.Select(Row));
            run.Terminal.Table("no evidence and no technical failure", PeerColumns, reply.Peers.Select(Row));
            run.Terminal.Write(reply);
            return ExitCode.Good;
        });
    }

    private static string[] Row(KindStatistics k) =>
    [
        k.Peer, k.Side, k.Kind, $"{k.Requests}", $"{k.Emergencies}", $"{k.EmergenciesConfirmed}", $"{k.NotEmergencies}", $"{k.EmergenciesAbused}", $"{k.Acknowledged}", $"{k.AcknowledgedInTime}", Number(k.HasHoursToAcknowledgeMedian, k.HoursToAcknowledgeMedian),
        Number(k.HasHoursToAcknowledgeP90, k.HoursToAcknowledgeP90), $"{k.Answered}", Number(k.HasDaysToAnswerMedian, k.DaysToAnswerMedian), Number(k.HasDaysToAnswerP90, k.DaysToAnswerP90), $"{k.Returned}", Codes(k.MissingFields), $"{k.Refused}", Codes(k.Grounds), Codes(k.PartialGrounds), $"{k.Lapsed}",
    ];

    private static string[] Row(PeerStatistics p) => [p.Peer, $"{p.BytesSent}", $"{p.BytesReceived}", $"{p.Mismatches}", Codes(p.Rejections), Codes(p.RejectedByPeer)];

    private static string Number(bool known, double value) => known ? value.ToString("0.##", CultureInfo.InvariantCulture) : "";

    private static string Codes(IEnumerable<CodeCount> codes) => string.Join(", ", codes.Select(c => $"{c.Code} {c.Count}"));

    private static string Csv(IEnumerable<string[]> rows) => string.Concat(rows.Select(row => string.Join(',', row.Select(Cell)) + "\r\n"));

    private static string Cell(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

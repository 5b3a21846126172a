using System.Globalization;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Verification;

namespace Gateway.Verifier;

/// <summary>The report for people: verdict first, then what it rests on.</summary>
internal static class TextReport
{
    public static void Write(BundleReport report, string path, ExitCode code, TextWriter output)
    {
        void Line(string text = "") => output.WriteLine(Plain.Text(text));

        var (word, sentence) = Headline(report);
        Line($"{word}: {sentence}");
        Line();
        Line($"Bundle    {path}, {report.Files} files");
        Line($"Case      {report.Case ?? "not readable"}");
        if (report.Exporter is { } exporter && report.Exported is { } exported)
            Line($"Exported  by {exporter.Authority} at {Time(exported)}");
        Line();
        Line("States and the keys of their cards");
        foreach (var state in report.States)
            Line($"  {state.State}  {SignedCard.Group(state.CardKey)}  {(state.Confirmed ? "confirmed by what you trust" : "NOT CONFIRMED")}");
        foreach (var anchor in report.Anchors)
            Line($"  {Anchor(anchor)}");
        if (report.Verdict == Verdict.CONSISTENT && !Identified(report))
            Line("  Ask each State for the fingerprint of its card key in another way (telephone, official journal) and pass it with --trust STATE=FINGERPRINT.");
        Line();
        Line("Chains of receipts");
        Table(Line, [["case", "State", "receipts", "first", "last", "confirmed by the other side", "seen in the log"],
            .. report.Chains.Select(c => (string[])[c.Case, c.State, Number(c.Receipts), Time(c.First), Time(c.Last), $"up to {Number(c.ConfirmedByPeer)}", Seen(c)])]);
        if (report.Scope.Count > 0)
        {
            Line();
            Line("Asked, authorised, delivered");
            foreach (var row in report.Scope)
            {
                Line($"  {row.Case}");
                foreach (var (what, lines) in ((string, IReadOnlyList<string>)[])[("asked", row.Asked), ("authorised", row.Authorised), ("delivered", row.Delivered)])
                {
                    for (var i = 0; i < lines.Count; i++)
                        Line($"    {(i == 0 ? what : ""),-10}  {lines[i]}");
                }
            }
        }
        if (report.Deadlines.Count > 0)
        {
            Line();
            Line("Dates that were due");
            Table(Line, [["what", "from", "due", "came", "set by"], .. report.Deadlines.Select(d => (string[])[d.What, d.By, Time(d.Due), d.Late ? $"{Time(d.Met)} LATE" : Time(d.Met), d.Basis])]);
        }
        if (report.Story.Count > 0)
        {
            Line();
            Line("The documents in order of time");
            foreach (var group in report.Story.GroupBy(s => s.Case))
            {
                Line($"  {group.Key}");
                foreach (var story in group)
                    Line($"    {Time(story.Time)}  {story.Step,-10} {story.By,-10} {story.Text}");
            }
        }
        if (report.Items.Count > 0)
        {
            Line();
            Line("Evidence");
            foreach (var item in report.Items)
                Line($"  {item.Item}  '{item.FileName}', {Number(item.SizeBytes)} bytes, SHA-256 {item.Sha256}{(item.HandedOver ? ", handed over" : "")}{(item.Disclosed ? ", content in the bundle" : "")}");
            foreach (var record in report.Items.SelectMany(item => ((IEnumerable<string?>)[.. item.Records, item.Stated]).OfType<string>().Select(text => $"  {item.Item}  {text}")))
                Line(record);
            Line();
            Line("Custody");
            Table(Line, [["time", "event", "by", "for", "signed by", "where, why"],
                .. report.Custody.Select(c => (string[])[Time(c.Time), c.Event, c.Actor, c.Authority, c.SignedBy?.ToString() ?? "", string.Join("; ", ((string[])[c.Place, c.Reason, c.Hands, c.Detail ?? "", .. c.Remarks]).Where(t => t.Length > 0))])]);
        }
        if (report.Logs.Count > 0)
        {
            Line();
            Line("Logs");
            foreach (var log in report.Logs)
            {
                Line($"  {log.Origin ?? $"log of {log.State}: not readable"}, {(log.Size is { } size ? Number(size) : "?")} leaves, {Number(log.Proved)} of {Number(log.Receipts)} receipts proved");
                foreach (var cosigner in log.Cosigners)
                    Line($"    cosigned by {cosigner.State} at {Time(cosigner.Time)}, {(cosigner.Party ? "a party to the case" : cosigner.Confirmed ? "from outside the case" : "from outside the case, not confirmed")}");
                foreach (var stamp in log.Stamps)
                    Line($"    {Stamp(stamp)}");
            }
        }
        foreach (var erasure in report.Erasures)
        {
            Line();
            Line($"Erased by {erasure.By} at {Time(erasure.Time)}: {Number(erasure.Messages)} messages, {Number(erasure.Items)} items of {erasure.Case}; {erasure.Reason}, {erasure.LegalBasis}; in no backup from {Time(erasure.BackupsUntil)}");
        }
        Line();
        Line($"Findings ({string.Join(", ", Enum.GetValues<Severity>().Reverse().Select(s => $"{report.Findings.Count(f => f.Severity == s)} {Word(s)}"))})");
        foreach (var finding in report.Findings)
        {
            Line($"  {finding.Id} {Word(finding.Severity),-11} {finding.Text}");
            if (finding.File is { } file)
                Line($"                   {file}{(finding.Seq is { } seq ? $", receipt {Number(seq)}" : "")}");
        }
        Line();
        Line("What this does not prove");
        foreach (var text in report.NotProved)
            Line($"  - {text}");
        if (code == ExitCode.Broken && report.Verdict == Verdict.VALID)
        {
            Line();
            Line("--strict: there are warnings, so this ends with 1.");
        }
    }

    internal static (string Word, string Sentence) Headline(BundleReport report) => report.Verdict switch
    {
        Verdict.VALID => ("VALID", "nothing contradicts, and every State is confirmed by what you trust."),
        Verdict.CONSISTENT when report.States.All(s => !s.Confirmed) => ("CONSISTENT, identities not confirmed", "nothing contradicts, but anybody could have made this bundle."),
        Verdict.CONSISTENT when !Identified(report) => ("CONSISTENT, identities not confirmed", "nothing contradicts, but not everybody who signed is confirmed by what you trust."),
        Verdict.CONSISTENT => ("CONSISTENT, not confirmed", $"nothing contradicts, but {Unconfirmed(report)}"),
        Verdict.BROKEN => ("BROKEN", $"{report.Findings[0].Text}{(report.Findings[0].File is { } file ? $" ({file})" : "")}"),
    };

    private static bool Identified(BundleReport report) => report.States.Count > 0 && report.States.All(s => s.Confirmed || !s.Party);

    private static string Unconfirmed(BundleReport report)
    {
        var open = report.Findings.Where(f => f.Severity == Severity.Unconfirmed).ToList();
        return $"{(open.Count > 1 ? $"{Number(open.Count)} things are" : "one thing is")} not confirmed{(open.Count > 1 ? ", first of all" : "")}: {open[0].Text} ({open[0].Id}{(open[0].File is { } file ? $", {file}" : "")})";
    }

    private static void Table(Action<string> line, IReadOnlyList<string[]> rows)
    {
        var widths = rows[0].Select((_, column) => rows.Max(r => r[column].Length)).ToArray();
        foreach (var row in rows)
            line("  " + string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    // Its key stands beside the State for which it was used.
    internal static string Anchor(AnchorReport anchor)
        => $"'{anchor.Source}', {(anchor.Named is { } named ? $"of {named}" : "which names no State")}: {(anchor.UsedFor.Count > 0 ? $"used for {string.Join(" and ", anchor.UsedFor)}" : $"confirms nothing here, key {SignedCard.Group(anchor.CardKey)}")}";

    // A time bounds from above: what was seen then had been recorded.
    internal static string Seen(ChainReport chain) => chain.Seen is not { } seen ? "by nobody outside whose word counts"
        : $"{(seen.Receipts == chain.Receipts ? "all" : $"{Number(seen.Receipts)} of {Number(chain.Receipts)}")}, the first by {seen.FirstBy} at {Time(seen.First)}, the last by {seen.LastBy} at {Time(seen.Last)}; within {Span(seen.Longest)} of its date each";

    private static string Span(TimeSpan span) => span < TimeSpan.FromMinutes(1) ? "a minute" : span < TimeSpan.FromHours(2) ? $"{Number((long)Math.Ceiling(span.TotalMinutes))} minutes"
        : span < TimeSpan.FromHours(73) ? $"{Number((long)Math.Ceiling(span.TotalHours))} hours" : $"{Number((long)Math.Ceiling(span.TotalDays))} days";

    internal static string Stamp(LogStamp stamp)
        => $"{Number(stamp.Size)} leaves of {stamp.Origin} stamped by {stamp.Authority} at {Time(stamp.Time)}{(stamp.Confirmed ? "" : ", not confirmed")}; {Number(stamp.Receipts)} receipts of this bundle are below";

    internal static string Word(Severity severity) => severity switch
    {
        Severity.Info => "info",
        Severity.Warning => "warning",
        Severity.Unconfirmed => "unconfirmed",
        Severity.Broken => "broken",
    };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset? time) => time is { } value ? DocumentWriter.FormatTime(value) : "-";
}

using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Verification;

namespace Gateway.Verifier;

/// <summary>
/// The report for paper: one HTML file with everything inside it, light, for A4. No script, no font, no picture and no link from anywhere
/// else, so that it says tomorrow what it says today; every text is escaped, for the bundle may come from anyone.
/// </summary>
internal sealed class HtmlReport
{
    private readonly StringBuilder _html = new();

    private HtmlReport(BundleReport report, string path, DateTimeOffset judged, Digest bundle)
    {
        var title = $"Verification of the case {report.Case ?? "(not readable)"}";
        Raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        // Even a mistake in the escaping could load or run nothing.
        Raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        Raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        Raw($"<title>{Escape(title)}</title>\n<style>\n{HtmlStyle.Css}</style>\n</head>\n<body>\n");
        Head(report, path, judged, bundle);
        Findings(report);
        Pictures(report);
        ScopeTable(report);
        Deadlines(report);
        Evidence(report);
        Trust(report);
        Logs(report);
        NotProved(report);
        Files(report);
        Raw("</body>\n</html>\n");
    }

    /// <summary>The whole file.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="path">The bundle, as it was named.</param>
    /// <param name="judged">As of when it was judged.</param>
    /// <param name="bundle">SHA-256 of the bundle.</param>
    public static string Write(BundleReport report, string path, DateTimeOffset judged, Digest bundle) => new HtmlReport(report, path, judged, bundle)._html.ToString();

    private void Head(BundleReport report, string path, DateTimeOffset judged, Digest bundle)
    {
        var (word, sentence) = TextReport.Headline(report);
        Raw($"<header>\n<p class=\"kind\">Verification report</p>\n<h1>Case <span class=\"mono\">{Escape(report.Case ?? "not readable")}</span></h1>\n");
        Raw($"<div class=\"verdict {report.Verdict.ToString().ToLowerInvariant()}\"><strong>{Escape(word)}</strong><span>{Escape(sentence)}</span></div>\n</header>\n");
        Raw("<table class=\"facts\"><tbody>\n");
        Fact("Bundle", Path.GetFileName(path));
        Fact("SHA-256 of the bundle", bundle.ToString(), mono: true);
        if (report.Exporter is { } exporter)
            Fact("Exported", $"by {exporter.Authority}, {Time(report.Exported)}");
        Fact("Judged", $"as of {Time(judged)}, {Number(report.Files)} files, with gateway-verify {Version}");
        Fact("Cases", string.Join(", ", report.Chains.Select(c => c.Case).Distinct()), mono: true);
        foreach (var state in report.States)
            Fact($"Card key of {state.State}", $"{SignedCard.Group(state.CardKey)} {(state.Confirmed ? "— confirmed by what was trusted" : "— NOT CONFIRMED")}", mono: true);
        foreach (var anchor in report.Anchors)
            Fact("Trusted", TextReport.Anchor(anchor), mono: true);
        Raw("</tbody></table>\n");
    }

    private void Findings(BundleReport report)
    {
        Section("What was found");
        Raw("<p>");
        foreach (var severity in Enum.GetValues<Severity>().Reverse())
            Raw($"<span class=\"count {TextReport.Word(severity)}\">{Number(report.Findings.Count(f => f.Severity == severity))} {TextReport.Word(severity)}</span> ");
        Raw("</p>\n");
        Table("findings", ["code", "weight", "what it says", "where"], report.Findings.Select(f => (string[])
        [
            Code(f.Id), $"<span class=\"tag {TextReport.Word(f.Severity)}\">{TextReport.Word(f.Severity)}</span>", Escape(f.Text),
            f.File is { } file ? Code($"{file}{(f.Seq is { } seq ? $", receipt {Number(seq)}" : "")}") : "",
        ]));
    }

    private void Pictures(BundleReport report)
    {
        var pictures = report.Timeline.GroupBy(e => e.Case).ToList();
        if (pictures.Count == 0)
            return;
        Section("The case in a picture", newPage: true);
        Raw("<p class=\"note\">Time runs downwards. An arrow is a sealed message from one State to the other, full when a receipt shows that it was taken; marks stand on the side where something happened. Times are UTC, as the signers state them.</p>\n");
        foreach (var group in pictures)
        {
            Raw($"<h3>Case <span class=\"mono\">{Escape(group.Key)}</span></h3>\n");
            foreach (var svg in TimelinePicture.Of([.. group]))
                Raw($"<figure>{svg}</figure>\n");
        }
    }

    private void ScopeTable(BundleReport report)
    {
        if (report.Scope.Count == 0)
            return;
        Section("Asked, authorised, delivered");
        Table("scope", ["case", "asked", "authorised", "delivered"], report.Scope.Select(s => (string[])[Case(s.Case), Lines(s.Asked), Lines(s.Authorised), Lines(s.Delivered)]));
    }

    private void Deadlines(BundleReport report)
    {
        if (report.Deadlines.Count == 0)
            return;
        Section("Dates that were due");
        Table("due", ["case", "what", "from", "due", "came", "set by"], report.Deadlines.Select(d => (string[])
        [
            Case(d.Case), Escape(d.What), Escape(d.By), Time(d.Due),
            d.Met is { } met ? d.Late ? $"<span class=\"tag warning\">late</span> {Time(met)}" : Time(met) : "—", Escape(d.Basis),
        ]));
    }

    private void Evidence(BundleReport report)
    {
        if (report.Items.Count == 0)
            return;
        Section("Evidence and its custody");
        foreach (var item in report.Items)
        {
            Raw($"<h3>Exhibit {Escape(item.Exhibit)}</h3>\n<table class=\"facts\"><tbody>\n");
            Fact("Item", item.Item, mono: true);
            Fact("File", $"{item.FileName}, {Number(item.SizeBytes)} bytes");
            Fact("SHA-256", item.Sha256.ToString(), mono: true);
            Fact("Handed over", item.HandedOver ? "yes: the recipient's receipt says that it was decrypted and all digests agree" : "no receipt says so");
            Fact("Content", item.Disclosed ? "in the bundle; compared with the manifest" : "not in the bundle");
            foreach (var record in item.Records)
                Fact("Record", record);
            if (item.Stated is { } stated)
                Fact("Certificate", stated);
            Raw("</tbody></table>\n");
            Table("custody", ["time, as stated", "event", "who, for which authority", "where, why", "SHA-256 before, after", "physical seal"], report.Custody.Where(c => c.Item == item.Item).Select(c => (string[])
            [
                $"{c.Time.ToString("yyyy-MM-dd\u00a0HH:mm:ss zzz", CultureInfo.InvariantCulture)}{(c.Zone is { } zone ? $"<br>{Escape(zone)}" : "")}", Escape(c.Event).Replace("_", "_<wbr>", StringComparison.Ordinal), $"{Escape(c.Actor)}<br>{Escape(c.Authority)}{(c.SignedBy is { } signer ? $"<br>signed by {Escape(signer.ToString())}" : "")}",
                string.Join("<br>", ((string[])[c.Place, c.Reason, c.Hands, c.Detail ?? "", c.Recorded, .. c.Remarks]).Where(t => t.Length > 0).Select(Escape)), Hashes(c),
                string.Join("<br>", ((string?[])[c.SealBefore is { } opened ? $"before: {opened}" : null, c.SealAfter is { } closed ? $"after: {closed}" : null]).OfType<string>().Select(Escape)),
            ]));
        }
    }

    private static string Hashes(CustodyRow row)
        => string.Join("<br>", ((string?[])[row.HashBefore, row.HashAfter]).OfType<string>().Distinct().Select(Whole));

    private void Trust(BundleReport report)
    {
        Section("Chains of receipts");
        Table("chains", ["case", "State", "receipts", "first", "last", "confirmed by the other side", "seen in the log", "head"], report.Chains.Select(c => (string[])
        [
            Case(c.Case), Escape(c.State), Number(c.Receipts), Time(c.First), Time(c.Last), $"up to {Number(c.ConfirmedByPeer)}", Escape(TextReport.Seen(c)), c.Head is { } head ? Whole(head.ToString()) : "",
        ]));
    }

    private void Logs(BundleReport report)
    {
        if (report.Logs.Count > 0)
        {
            Section("Logs, and who witnessed and stamped them");
            Table("logs", ["log", "leaves", "receipts proved", "root", "cosigned by"], report.Logs.Select(l => (string[])
            [
                Escape(l.Origin ?? $"log of {l.State}: not readable"), l.Size is { } size ? Number(size) : "—", $"{Number(l.Proved)} of {Number(l.Receipts)}", l.Root is { } root ? Whole(root.ToString()) : "",
                l.Cosigners.Count == 0 ? "nobody" : string.Join("<br>", l.Cosigners.Select(c => Escape($"{c.State}, {Time(c.Time)}, {(c.Party ? "a party to the case" : c.Confirmed ? "from outside the case" : "from outside the case, not confirmed")}"))),
            ]));
            var stamps = report.Logs.SelectMany(l => l.Stamps).ToList();
            if (stamps.Count > 0)
                Table("stamps", ["time-stamp", "by", "log", "leaves", "receipts below"], stamps.Select(t => (string[])
                    [Time(t.Time), $"{Escape(t.Authority)}{(t.Confirmed ? "" : "<br><span class=\"tag warning\">not confirmed</span>")}", Escape(t.Origin), Number(t.Size), Number(t.Receipts)]));
        }
        if (report.Erasures.Count > 0)
        {
            Section("What was erased");
            Table("erasures", ["time", "by", "case", "why", "messages, items", "in no backup from"], report.Erasures.Select(e => (string[])
                [Time(e.Time), Escape(e.By), Case(e.Case), $"{Escape(e.Reason)}<br>{Escape(e.LegalBasis)}", $"{Number(e.Messages)}, {Number(e.Items)}", Time(e.BackupsUntil)]));
        }
    }

    private void NotProved(BundleReport report)
    {
        Section("What this does not prove");
        Raw("<ul>\n");
        foreach (var text in report.NotProved)
            Raw($"<li>{Escape(text)}</li>\n");
        Raw("</ul>\n");
    }

    private void Files(BundleReport report)
    {
        if (report.Story.Count == 0)
            return;
        Section("The documents in order of time");
        Table("story", ["time", "step", "by", "what", "file"], report.Story.Select(s => (string[])[Time(s.Time), Escape(s.Step.ToString()), Escape(s.By), Escape(s.Text), Code(s.File)]));
    }

    private void Section(string title, bool newPage = false) => Raw($"<h2{(newPage ? " class=\"page\"" : "")}>{Escape(title)}</h2>\n");

    private void Fact(string name, string value, bool mono = false)
        => Raw($"<tr><th scope=\"row\">{Escape(name)}</th><td{(mono ? " class=\"mono\"" : "")}>{Escape(value)}</td></tr>\n");

    // Cells are markup; whoever makes one has escaped it.
    private void Table(string kind, string[] heads, IEnumerable<string[]> rows)
    {
        Raw($"<table class=\"{kind}\"><thead><tr>{string.Concat(heads.Select(h => $"<th scope=\"col\">{Escape(h)}</th>"))}</tr></thead><tbody>\n");
        foreach (var row in rows)
            Raw($"<tr>{string.Concat(row.Select(cell => $"<td>{cell}</td>"))}</tr>\n");
        Raw("</tbody></table>\n");
    }

    private void Raw(string markup) => _html.Append(markup);

    // Long names break after a slash, a digest in them in four lines alike, and anywhere when they must.
    private static string Code(string text) => $"<span class=\"mono\">{s_digest.Replace(Escape(text).Replace("/", "/<wbr>", StringComparison.Ordinal), m => Broken(m.Value))}</span>";

    // The whole ids stand above; in a column their beginning tells cases apart.
    private static string Case(string id) => id.Length > 14 ? $"<span class=\"mono short\" title=\"{Escape(id)}\">{Escape(id[..11])}…</span>" : Code(id);

    // On paper nothing can be looked up: a digest that can be compared stands there whole.
    private static string Whole(string digest) => $"<span class=\"mono\">{Broken(Escape(digest))}</span>";

    private static string Broken(string digest) => string.Join("<wbr>", digest.Chunk(16).Select(part => new string(part)));

    private static readonly Regex s_digest = new("[0-9a-f]{64}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    private static string Lines(IReadOnlyList<string> lines) => string.Join("<br>", lines.Select(Escape));

    /// <summary>Text of strangers as text in HTML and SVG, also inside quoted attributes.</summary>
    internal static string Escape(string text) => Plain.Text(text)
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&quot;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal);

    private static string Version => typeof(HtmlReport).Assembly.GetName().Version?.ToString(3) ?? "";

    private static string Number(long value) => value.ToString("#,0", s_numbers);

    // Groups of three with a narrow space: the same for every reader, whatever the machine.
    private static readonly NumberFormatInfo s_numbers = new() { NumberGroupSeparator = "\u202f" };

    private static string Time(DateTimeOffset? time) => time is { } value ? value.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + "\u00a0UTC" : "—";
}

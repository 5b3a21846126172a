using System.Globalization;

namespace Gateway.Recognition.Reports;

/// <summary>A report as plain lines for a person, the answer first.</summary>
public static class ReportText
{
    /// <summary>The lines, in the language of the report.</summary>
    public static IEnumerable<string> Lines(RecognitionReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var texts = ReportTexts.In(report.Language);
        var document = report.Document;
        yield return $"{document.Name}: {Bare(document.Indication)} — {texts.Text(Bare(document.Indication))} ({document.Container}, {document.Valid}/{document.Signatures})";
        foreach (var line in report.Messages.SelectMany(m => Message(m, texts, "  ")))
            yield return line;
        foreach (var line in report.TimeStamps.SelectMany(t => TimeStamp(t, texts, "  ")))
            yield return line;
        foreach (var file in document.NotCovered)
            yield return $"  ! {file}: {texts.Text("WORD_NOT_COVERED")}";
        for (var i = 0; i < report.Signatures.Count; i++)
        {
            foreach (var line in Signature(report.Signatures[i], i + 1, texts))
                yield return line;
        }
    }

    private static IEnumerable<string> Signature(ReportedSignature s, int number, ReportTexts texts)
    {
        yield return $"  {texts.Text("WORD_SIGNATURE")} {number}: {Bare(s.Indication)} — {texts.Text(Bare(s.Indication))}{(s.SubIndications.Count == 0 ? "" : $" ({string.Join(", ", s.SubIndications)})")}";
        yield return $"    {s.Signer?.Subject ?? texts.Text("WORD_SIGNER_UNKNOWN")}";
        if (s.Anchor is { } anchor)
            yield return $"    {texts.Text("WORD_ANCHOR")} {anchor}{(s.TrustService is { Status: { Length: > 0 } status } ? $" ({Tail(status)})" : "")}";
        if (s.ClaimedSigningTime is { } claimed)
            yield return $"    {texts.Text("WORD_CLAIMED")} {Time(claimed)}";
        if (s.BestSignatureTime is { } best)
            yield return $"    {texts.Text("WORD_PROVED")} {Time(best)} ({s.BestSignatureTimeSource})";
        if (s.Recognition.Reason != "RECOGNITION_NOT_ASKED")
        {
            yield return $"    {texts.Text("WORD_RECOGNITION")}: {texts.Text(s.Recognition.Decision)}. {s.Recognition.Text}{(s.Recognition.Instrument is { } law ? $" [{law}]" : "")}";
            if (s.Recognition.Condition is { } condition)
                yield return $"      {texts.Text("WORD_CONDITION")}: {condition}";
            if (s.Recognition.Next.Length > 0)
                yield return $"      {texts.Text("WORD_NEXT")}: {s.Recognition.Next}";
        }
        foreach (var line in s.Messages.SelectMany(m => Message(m, texts, "    ")).Concat(s.TimeStamps.SelectMany(t => TimeStamp(t, texts, "    "))))
            yield return line;
        foreach (var counter in s.CounterSignatures)
            yield return $"    {texts.Text("WORD_COUNTER_SIGNATURE")}: {Bare(counter.Indication)} — {counter.Signer ?? texts.Text("WORD_SIGNER_UNKNOWN")}";
    }

    private static IEnumerable<string> TimeStamp(ReportedTimeStamp t, ReportTexts texts, string indent)
    {
        yield return $"{indent}{texts.Text("WORD_TIME_STAMP")} {t.Kind}: {Bare(t.Indication)} — {texts.Text(t.Indication)}{(t.GenTime is { } time ? $", {Time(time)}" : "")}{(t.Tsa is { } tsa ? $", {tsa}" : "")}";
        foreach (var line in t.Messages.SelectMany(m => Message(m, texts, indent + "  ")))
            yield return line;
    }

    private static IEnumerable<string> Message(ReportedMessage m, ReportTexts texts, string indent)
    {
        var sign = m.Severity switch { "ERROR" => "✗", "WARNING" => "!", _ => "·" };
        yield return $"{indent}{sign} {texts.Text($"WORD_{m.Severity}")} {m.Key}: {m.Text}{(m.Detail.Length > 0 ? $" [{m.Detail}]" : "")}";
        if (m.Next.Length > 0 && m.Severity != "INFORMATION")
            yield return $"{indent}  {texts.Text("WORD_NEXT")}: {m.Next}";
    }

    private static string Bare(string indication) => indication[(indication.StartsWith("TOTAL_", StringComparison.Ordinal) ? "TOTAL_".Length : indication.StartsWith("TIMESTAMP_", StringComparison.Ordinal) ? "TIMESTAMP_".Length : 0)..];

    private static string Tail(string status) => status[(status.LastIndexOf('/') + 1)..];

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}

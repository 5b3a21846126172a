using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Integrity;

/// <summary>A report for people, one line each, or as one JSON object for programs.</summary>
internal static class ReportText
{
    public static async Task Write(LedgerReport report, TextWriter output, bool json)
    {
        if (json)
        {
            await output.WriteLineAsync(Json(report));
            return;
        }
        foreach (var finding in report.Findings)
            await output.WriteLineAsync(finding.ToString());
        if (report.Further > 0)
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"and {report.Further} more"));
        await output.WriteLineAsync($"checked {string.Join(", ", report.Checked.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Value} {c.Key}")))}");
        await output.WriteLineAsync(report.Good ? "GOOD: everything is as it was recorded" : string.Create(CultureInfo.InvariantCulture, $"BROKEN: {report.Findings.Count + report.Further} findings"));
    }

    private static string Json(LedgerReport report)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("verdict", report.Good ? "GOOD" : "BROKEN");
            json.WriteNumber("findings_total", report.Findings.Count + report.Further);
            json.WriteStartArray("findings");
            foreach (var finding in report.Findings)
            {
                json.WriteStartObject();
                json.WriteString("fault", finding.Fault.ToString());
                json.WriteString("record", finding.Record);
                json.WriteString("case", finding.Case);
                if (finding.Index is { } index)
                    json.WriteNumber("index", index);
                else
                    json.WriteNull("index");
                json.WriteString("text", finding.Text);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartObject("checked");
            foreach (var (what, count) in report.Checked)
                json.WriteNumber(what, count);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}

using System.Text;
using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Verification;

namespace Gateway.Verifier;

/// <summary>The report for programs. Members are added, never renamed.</summary>
internal static class JsonReport
{
    public static void Write(BundleReport report, string path, ExitCode code, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            Write(json, report, path, code);
        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private static void Write(Utf8JsonWriter json, BundleReport report, string path, ExitCode code)
    {
        json.WriteStartObject();
        json.WriteNumber("v", 1);
        json.WriteString("verdict", report.Verdict.ToString());
        json.WriteNumber("exitCode", (int)code);
        json.WriteString("reason", TextReport.Headline(report).Sentence);
        json.WriteString("bundle", path);
        json.WriteString("case", report.Case);
        json.WriteString("exporter", report.Exporter?.Authority);
        Time(json, "exported", report.Exported);
        json.WriteNumber("files", report.Files);
        List(json, "states", report.States, s =>
        {
            json.WriteString("state", s.State);
            json.WriteString("cardKey", s.CardKey.ToString());
            json.WriteBoolean("confirmed", s.Confirmed);
        });
        List(json, "anchors", report.Anchors, a =>
        {
            json.WriteString("source", a.Source);
            json.WriteString("cardKey", a.CardKey.ToString());
            json.WriteString("named", a.Named);
            json.WriteStartArray("usedFor");
            foreach (var state in a.UsedFor)
                json.WriteStringValue(state);
            json.WriteEndArray();
        });
        List(json, "chains", report.Chains, c =>
        {
            json.WriteString("case", c.Case);
            json.WriteString("state", c.State);
            json.WriteNumber("receipts", c.Receipts);
            Time(json, "first", c.First);
            Time(json, "last", c.Last);
            json.WriteString("head", c.Head?.ToString());
            json.WriteNumber("confirmedByPeer", c.ConfirmedByPeer);
            if (c.Seen is { } seen)
            {
                json.WriteStartObject("seen");
                json.WriteNumber("receipts", seen.Receipts);
                json.WriteString("firstBy", seen.FirstBy);
                Time(json, "first", seen.First);
                json.WriteString("lastBy", seen.LastBy);
                Time(json, "last", seen.Last);
                json.WriteNumber("longestSeconds", (long)Math.Ceiling(seen.Longest.TotalSeconds));
                json.WriteEndObject();
            }
            else
                json.WriteNull("seen");
        });
        List(json, "story", report.Story, s =>
        {
            Time(json, "time", s.Time);
            json.WriteString("case", s.Case);
            json.WriteString("step", JsonNamingPolicy.CamelCase.ConvertName(s.Step.ToString()));
            json.WriteString("by", s.By);
            json.WriteString("text", s.Text);
            json.WriteString("file", s.File);
        });
        List(json, "items", report.Items, i =>
        {
            json.WriteString("item", i.Item);
            json.WriteString("case", i.Case);
            json.WriteString("exhibit", i.Exhibit);
            json.WriteString("fileName", i.FileName);
            json.WriteNumber("sizeBytes", i.SizeBytes);
            json.WriteString("sha256", i.Sha256.ToString());
            json.WriteBoolean("disclosed", i.Disclosed);
            json.WriteBoolean("handedOver", i.HandedOver);
            json.WriteStartArray("records");
            foreach (var record in i.Records)
                json.WriteStringValue(record);
            json.WriteEndArray();
            json.WriteString("certificate", i.Stated);
        });
        List(json, "scope", report.Scope, s =>
        {
            json.WriteString("case", s.Case);
            foreach (var (name, lines) in ((string, IReadOnlyList<string>)[])[("asked", s.Asked), ("authorised", s.Authorised), ("delivered", s.Delivered)])
            {
                json.WriteStartArray(name);
                foreach (var line in lines)
                    json.WriteStringValue(line);
                json.WriteEndArray();
            }
            json.WriteString("file", s.File);
        });
        List(json, "deadlines", report.Deadlines, d =>
        {
            json.WriteString("case", d.Case);
            json.WriteString("what", d.What);
            json.WriteString("by", d.By);
            Time(json, "due", d.Due);
            Time(json, "met", d.Met);
            json.WriteBoolean("onPaper", d.OnPaper);
            json.WriteBoolean("isEnd", d.IsEnd);
            json.WriteString("basis", d.Basis);
            json.WriteString("file", d.File);
        });
        List(json, "custody", report.Custody, c =>
        {
            json.WriteString("item", c.Item);
            Time(json, "time", c.Time);
            json.WriteString("event", c.Event);
            json.WriteString("place", c.Place);
            json.WriteString("actor", c.Actor);
            json.WriteString("authority", c.Authority);
            json.WriteString("reason", c.Reason);
            json.WriteString("sha256", c.Sha256);
            json.WriteString("zone", c.Zone);
            json.WriteString("hashBefore", c.HashBefore);
            json.WriteString("hashAfter", c.HashAfter);
            json.WriteString("sealBefore", c.SealBefore);
            json.WriteString("sealAfter", c.SealAfter);
            json.WriteString("detail", c.Detail);
            json.WriteString("from", c.From);
            json.WriteString("to", c.To);
            if (c.SignedBy is { } signer)
            {
                json.WriteStartObject("signedBy");
                json.WriteString("name", signer.Name);
                json.WriteString("authority", signer.Authority);
                json.WriteString("certificate", signer.Certificate);
                json.WriteEndObject();
            }
            else
                json.WriteNull("signedBy");
            Time(json, "recordedAt", c.RecordedAt);
            json.WriteString("state", c.State);
            if (c.Seq is { } seq)
                json.WriteNumber("seq", seq);
            else
                json.WriteNull("seq");
            json.WriteString("file", c.File);
        });
        List(json, "logs", report.Logs, l =>
        {
            json.WriteString("state", l.State);
            json.WriteString("origin", l.Origin);
            if (l.Size is { } size)
                json.WriteNumber("size", size);
            else
                json.WriteNull("size");
            json.WriteString("root", l.Root?.ToString());
            json.WriteNumber("proved", l.Proved);
            json.WriteNumber("receipts", l.Receipts);
            List(json, "cosigners", l.Cosigners, c =>
            {
                json.WriteString("state", c.State);
                Time(json, "time", c.Time);
                json.WriteBoolean("confirmed", c.Confirmed);
                json.WriteBoolean("party", c.Party);
            });
            List(json, "timeStamps", l.Stamps, t =>
            {
                json.WriteString("authority", t.Authority);
                Time(json, "time", t.Time);
                json.WriteString("origin", t.Origin);
                json.WriteNumber("size", t.Size);
                json.WriteNumber("receipts", t.Receipts);
                json.WriteBoolean("confirmed", t.Confirmed);
            });
        });
        List(json, "erasures", report.Erasures, e =>
        {
            json.WriteString("case", e.Case);
            json.WriteString("by", e.By);
            Time(json, "time", e.Time);
            json.WriteString("reason", e.Reason);
            json.WriteString("legalBasis", e.LegalBasis);
            Time(json, "backupsUntil", e.BackupsUntil);
            json.WriteNumber("messages", e.Messages);
            json.WriteNumber("items", e.Items);
            json.WriteString("file", e.File);
        });
        List(json, "findings", report.Findings, f =>
        {
            json.WriteString("code", f.Id);
            json.WriteString("name", JsonNamingPolicy.CamelCase.ConvertName(f.Code.ToString()));
            json.WriteString("severity", TextReport.Word(f.Severity));
            json.WriteString("text", f.Text);
            json.WriteString("file", f.File);
            if (f.Seq is { } seq)
                json.WriteNumber("seq", seq);
            else
                json.WriteNull("seq");
        });
        json.WriteStartArray("notProved");
        foreach (var text in report.NotProved)
            json.WriteStringValue(text);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void List<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<T> members)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            members(item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Time(Utf8JsonWriter json, string name, DateTimeOffset? time)
        => json.WriteString(name, time is { } value ? DocumentWriter.FormatTime(value) : null);
}

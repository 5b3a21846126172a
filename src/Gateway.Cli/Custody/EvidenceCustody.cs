using System.CommandLine;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Custody;

/// <summary>The table that a court wants: who had the item when, where, why, with which digest before and after, under which physical seal.</summary>
internal static class EvidenceCustody
{
    public static Command Create()
    {
        var item = new Argument<string>("item") { Description = "Id of the item" };
        var format = new Option<string?>("--format") { Description = "case: CASE/UCO as JSON-LD instead of a table", HelpName = "NAME" };
        var file = new Option<string?>("--out") { Description = "With --format: write to this file; left out: standard output", HelpName = "FILE" };
        var lang = Language.Option();
        var command = new Command("custody", "Who had an item when, where and why, and what nothing explains") { item, format, file, lang }.Runs(async run =>
        {
            if (run.Value(format) is not (null or "case"))
                throw StopException.Usage($"'{run.Value(format)}' is no format; known: case");
            var (manifest, lines, certified, parent, missing) = await FetchAsync(run, run.Value(item));
            var table = CustodyTable.Of(manifest.ExhibitNumber, lines, run.Clock.GetUtcNow());
            if (run.Value(format) == "case")
            {
                foreach (var hole in missing)
                    run.Terminal.Note(SafeText.Line(hole.ToString()));
                var graph = CaseExport.Write(manifest, table.Lines, parent);
                if (run.Value(file) is { } path)
                {
                    NewFile.Write(path, graph);
                    run.Terminal.Line(path);
                }
                else
                    run.Terminal.Raw(System.Text.Encoding.UTF8.GetString(graph));
                return ExitCode.Good;
            }
            Show(run.Terminal, manifest, parent, certified ? null : manifest.Certificate?.Unsigned, table, missing, Language.Of(run, lang));
            return ExitCode.Good;
        });
        command.Add(CustodyAdd.Create());
        command.Add(CustodyKinds.Create());
        return command;
    }

    // The manifest and every event, as the gateway keeps them, whether a custodian signed a certificate, and the exhibit number of the parent; each signature is checked here.
    // Another State keeps for itself what concerns it alone; of the own State's chain nothing may be absent.
    private static async Task<(Manifest Manifest, IReadOnlyList<CustodyLine> Lines, bool Certified, string? ParentExhibit, IReadOnlyList<MissingEvents> Missing)> FetchAsync(Invocation run, string item)
    {
        var own = (await run.Gateway.WhoAmIAsync(new WhoAmIRequest(), cancellationToken: run.Cancel)).State;
        var reply = await run.Gateway.FetchCustodyAsync(new FetchCustodyRequest { Item = item }, cancellationToken: run.Cancel);
        var signed = SignedDocument.Open(reply.Manifest.Memory).OrStop();
        var manifest = Manifest.Read(signed.Content).OrStop();
        if (manifest.ItemId != item)
            throw StopException.No($"the gateway gave the custody of item {manifest.ItemId}");
        var lines = manifest.Custody.Select(entry => CustodyLine.Of(entry, signed.Signer)).ToList();
        var heads = new Dictionary<string, (long Seq, Digest Sha256)>(StringComparer.Ordinal);
        var missing = new List<MissingEvents>();
        foreach (var der in reply.Events)
        {
            var kept = SignedDocument.Open(der.Memory).OrStop();
            var custody = CustodyEvent.Read(kept.Content).OrStop();
            var (seq, head) = heads.GetValueOrDefault(custody.State, (0, signed.Sha256));
            if (custody.Item != item || custody.Seq <= seq || (custody.Seq == seq + 1 && custody.Previous != head))
                throw StopException.No($"event {custody.Seq} of {custody.State} does not follow event {seq}: the gateway's chain of custody is broken");
            if (custody.Seq > seq + 1)
            {
                var hole = new MissingEvents(custody.State, seq + 1, custody.Seq - 1);
                if (custody.State == own)
                    throw StopException.No($"{hole}, and should be: the gateway's chain of custody is broken");
                missing.Add(hole);
            }
            heads[custody.State] = (custody.Seq, kept.Sha256);
            lines.Add(CustodyLine.Of(custody, kept.Sha256, kept.SigningTime, kept.Signer));
        }
        var records = reply.Records.Select(der => SignedDocument.Open(der.Memory).OrStop()).GroupBy(copy => Digest.Of(copy.Content.Span));
        var certified = records.Any(copies => RecordDocument.Read(copies.First().Content).TryGet(out var record, out _) && record.Form == RecordForms.CustodianCertificate && record.Item == item
            && RecordSignatures.Unsigned(record, [.. copies.Select(copy => copy.Signer)]).Count == 0);
        return (manifest, lines, certified, reply.ParentExhibit is { Length: > 0 } parent ? parent : null, missing);
    }

    private static void Show(Terminal terminal, Manifest manifest, string? parent, string? uncertified, CustodyTable table, IReadOnlyList<MissingEvents> missing, Labels labels)
    {
        var remarks = table.Remarks.ToLookup(remark => remark.Line);
        foreach (var line in CustodyPage.Of(manifest, table, labels, parent))
            terminal.Line(line);
        foreach (var hole in missing)
            terminal.Line(SafeText.Line($"{hole}: kept by {hole.State}"));
        if (uncertified is not null)
            terminal.Line(SafeText.Line(uncertified));
        terminal.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("item", manifest.ItemId);
            json.WriteString("caseId", manifest.Case);
            json.WriteString("exhibit", manifest.ExhibitNumber);
            json.WriteString("rootExhibit", manifest.RootExhibitNumber);
            json.WriteString("derivation", manifest.Derivation.ToString());
            json.WriteString("parentItem", manifest.ParentItem);
            json.WriteString("parentExhibit", parent);
            json.WriteString("sha256", manifest.Sha256.ToString());
            json.WriteString("certificate", uncertified);
            json.WriteStartArray("missing");
            foreach (var hole in missing)
            {
                json.WriteStartObject();
                json.WriteString("state", hole.State);
                json.WriteNumber("from", hole.From);
                json.WriteNumber("to", hole.To);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("lines");
            for (var i = 0; i < table.Lines.Count; i++)
            {
                var line = table.Lines[i];
                json.WriteStartObject();
                json.WriteString("time", DocumentWriter.FormatLocalTime(line.Time));
                json.WriteString("zone", line.Zone);
                json.WriteString("event", line.Kind.ToString());
                json.WriteString("who", line.Who);
                json.WriteString("authority", line.Authority);
                Signer(json, line.SignedBy);
                json.WriteString("recordedAt", line.RecordedAt is { } recorded ? DocumentWriter.FormatLocalTime(recorded) : null);
                json.WriteString("place", line.Place);
                json.WriteString("reason", line.Reason);
                json.WriteString("hashBefore", line.HashBefore?.ToString());
                json.WriteString("hashAfter", line.HashAfter?.ToString());
                json.WriteString("sealBefore", line.SealBefore);
                json.WriteString("sealAfter", line.SealAfter);
                json.WriteString("from", line.From);
                json.WriteString("to", line.To);
                json.WriteString("detail", line.Detail);
                json.WriteString("state", line.State);
                if (line.Seq is { } seq)
                    json.WriteNumber("seq", seq);
                else
                    json.WriteNull("seq");
                json.WriteString("sha256", line.Sha256?.ToString());
                json.WriteString("corrects", line.Corrects?.ToString());
                json.WriteStartArray("flags");
                foreach (var remark in remarks[i])
                {
                    json.WriteStartObject();
                    json.WriteString("flag", remark.Flag.ToString());
                    json.WriteString("text", remark.Text);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>Numbers that a State's chain of the item passes over.</summary>
    private sealed record MissingEvents(string State, long From, long To)
    {
        public override string ToString() => $"{(From == To ? $"event {From} of {State} is" : $"events {From} to {To} of {State} are")} not here";
    }

    private static void Signer(Utf8JsonWriter json, CustodySigner? signer)
    {
        if (signer is null)
        {
            json.WriteNull("signedBy");
            return;
        }
        json.WriteStartObject("signedBy");
        json.WriteString("name", signer.Name);
        json.WriteString("authority", signer.Authority);
        json.WriteString("certificate", signer.Certificate);
        json.WriteEndObject();
    }
}

using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Custody;
using Gateway.Cli.Evidence;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;

namespace Gateway.Cli.Records;

/// <summary>The custodian's certificate, the copying record and the laboratory's report: from form to signed document and paper, without a gateway; then with the item.</summary>
internal static class RecordCommands
{
    public static Command Create() => new("record", "Custodian's certificate, copying record, laboratory report: fill in, sign, print, send with the item")
    {
        New(),
        Make(),
        Sign(),
        Show(),
        RecordTravel.Add(),
        RecordTravel.Fetch(),
    };

    private static Command New()
    {
        var type = new Argument<string>("type") { Description = string.Join(" | ", RecordForms.All.Select(f => f.Type)) };
        var item = new Option<string?>("--item") { Description = "Fill in what the manifest of this item says (asks the gateway)", HelpName = "ID" };
        var rendering = new Option<string?>("--rendering") { Description = $"Layout of a certificate: {string.Join(", ", Enum.GetNames<CertificateRendering>())}", HelpName = "NAME" };
        var file = new Option<string?>("--out") { Description = "Write to this file; left out: standard output", HelpName = "FILE" };
        return new Command("new", "A form to fill in") { type, item, rendering, file }.Runs(async run =>
        {
            var form = FormOf(run.Value(type));
            var known = run.Value(item) is { } id ? Known(form, (await SignedManifest.FetchAsync(run, id)).Manifest) : [];
            if (run.Value(rendering) is { } layout)
                known["rendering"] = layout;
            var text = RequestTemplate.Write($"{form.Title}. Make it with: gatewayctl evidence record make {form.Type} --form FILE --to FOLDER", form.Fields, known);
            if (run.Value(file) is { } path)
            {
                NewFile.Write(path, Encoding.UTF8.GetBytes(text));
                run.Terminal.Line($"{path}: fill it in, then: gatewayctl evidence record make {form.Type} --form {path} --to FOLDER");
            }
            else
                run.Terminal.Raw(text);
            return ExitCode.Good;
        });
    }

    private static Command Make()
    {
        var type = new Argument<string>("type") { Description = string.Join(" | ", RecordForms.All.Select(f => f.Type)) };
        var file = new Option<string?>("--form") { Description = "The filled form, JSON or YAML; --field replaces its members", HelpName = "FILE" };
        var field = new Option<string[]>("--field") { Description = "A member: place='Room 4'; with a dot into an object; again for a list (repeat)", HelpName = "NAME=VALUE" };
        var to = new Option<string>("--to") { Description = "Folder for the document", Required = true, HelpName = "DIR" };
        return new Command("make", "Makes the document to sign, or names every problem at once") { type, file, field, to }.Runs(run =>
        {
            var form = FormOf(run.Value(type));
            var fields = run.Value(file) is { } path ? FieldsFile.Read(path, form.Fields) : [];
            GivenMembers.Add(fields, form.Fields, run.Value(field) ?? []);
            using var given = JsonDocument.Parse(fields.ToJsonString());
            var composed = RecordDocument.Compose(form, given.RootElement);
            if (composed.Document is not { } document)
                throw StopException.Refused([.. composed.Problems.Select(StopException.ToWire)]);
            var folder = Directory.CreateDirectory(run.Value(to)!).FullName;
            var name = Path.Combine(folder, $"{form.Type}-{SafeText.FileName(fields["exhibitNumber"]!.GetValue<string>())}.json");
            var record = SignedRecord.Create(name, document);
            run.Terminal.Line($"{name}: SHA-256 {Digest.Of(document)}");
            run.Terminal.Line($"each person signs it with: gatewayctl evidence record sign {name}");
            Report(run.Terminal, record, name);
            return Task.FromResult(ExitCode.Good);
        });
    }

    private static Command Sign()
    {
        var file = new Argument<string>("record") { Description = "The .json file" };
        var noPdf = new Option<bool>("--no-pdf") { Description = "Only sign: on a machine without fonts; 'record show --pdf' prints it elsewhere" };
        return new Command("sign", "Signs it with your own key, and prints it as PDF") { file, PersonKeys.Certificate, PersonKeys.Key, PersonKeys.Password, Force, noPdf }.Runs(run =>
        {
            var path = run.Value(file);
            var record = SignedRecord.Open(path);
            // Before anything is signed: a command that ends with an error has not done half of its work.
            if (!run.Value(noPdf))
                FontFiles.Open();
            using var signer = PersonKeys.Chosen(run);
            run.Terminal.Line($"signing as {signer.Certificate.Subject}:");
            run.Terminal.Block(ReadableJson.Text(record.Document));
            var cms = record.Sign(signer, run.Clock.GetUtcNow());
            run.Terminal.Line(cms);
            var exit = run.Value(noPdf) ? ExitCode.Good : Print(run, record, record.PdfPath, force: true);
            Report(run.Terminal, record, path);
            return Task.FromResult(exit);
        });
    }

    private static readonly Option<bool> Force = new("--force") { Description = "Replace a PDF that is there" };

    private static Command Show()
    {
        var file = new Argument<string>("record") { Description = "The .json file" };
        var pdf = new Option<string?>("--pdf") { Description = "Print it to this file", HelpName = "FILE" };
        return new Command("show", "Checks the signatures on a record, prints it as PDF") { file, pdf, Force }.Runs(run =>
        {
            var record = SignedRecord.Open(run.Value(file));
            run.Terminal.Block(ReadableJson.Text(record.Document));
            foreach (var signature in record.Signatures())
                run.Terminal.Line($"signed by {signature.Signer.Subject}, {DocumentWriter.FormatTime(signature.SigningTime)}");
            SayUnsigned(run.Terminal, record);
            var exit = run.Value(pdf) is { } path ? Print(run, record, path, run.Value(Force)) : ExitCode.Good;
            Report(run.Terminal, record, run.Value(file));
            return Task.FromResult(exit);
        });
    }

    /// <summary>Names those who should sign by what the record says, and did not.</summary>
    public static void SayUnsigned(Terminal terminal, SignedRecord record)
    {
        foreach (var part in record.Lacking)
            terminal.Line($"not signed by {part}");
    }

    private static ExitCode Print(Invocation run, SignedRecord record, string path, bool force)
    {
        if (File.Exists(path) && !force)
            throw StopException.Usage($"{path} is there already; --force replaces it");
        var exit = record.Pdf().Write(run.Terminal, path, force);
        run.Terminal.Line(path);
        return exit;
    }

    public static void Report(Terminal terminal, SignedRecord record, string path) => terminal.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", record.Record.Form.Type);
        json.WriteString("file", Path.GetFullPath(path));
        json.WriteString("sha256", Digest.Of(record.Document).ToString());
        json.WriteStartArray("signatures");
        foreach (var signature in record.Signatures())
        {
            json.WriteStartObject();
            json.WriteString("signer", signature.Signer.Subject);
            json.WriteString("time", DocumentWriter.FormatTime(signature.SigningTime));
            json.WriteString("sha256", signature.Sha256.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("unsigned");
        foreach (var part in record.Lacking)
            json.WriteStringValue(part);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static RecordForm FormOf(string type)
        => RecordForms.Find(type) ?? throw StopException.Usage($"'{type}' is not one of {string.Join(", ", RecordForms.All.Select(f => f.Type))}");

    // What the laboratory has said once it does not say again.
    private static JsonObject Known(RecordForm form, Manifest manifest)
    {
        JsonArray Digests() => [.. manifest.Digests.Select(d => (JsonNode)new JsonObject { ["algorithm"] = d.Algorithm, ["value"] = d.Value })];
        var known = new JsonObject
        {
            ["item"] = manifest.ItemId, ["case"] = manifest.Case, ["exhibitNumber"] = manifest.ExhibitNumber, ["sourceType"] = manifest.SourceType.ToString(),
            ["makeModel"] = manifest.Device?.MakeModel, ["serialNumber"] = manifest.Device?.SerialNumber,
            ["deviceIds"] = manifest.Device is { DeviceIds.Count: > 0 } device ? new JsonArray([.. device.DeviceIds.Select(id => (JsonNode)id)]) : null,
            ["digests"] = Digests(), ["place"] = manifest.AcquiredPlace,
            ["from"] = DocumentWriter.FormatLocalTime(manifest.AcquiredFrom), ["to"] = DocumentWriter.FormatLocalTime(manifest.AcquiredTo),
            ["method"] = manifest.MethodDescription, ["sopReference"] = manifest.SopReference, ["copying"] = manifest.MethodDescription,
            ["tools"] = new JsonArray([.. manifest.Tools.Select(t => (JsonNode)new JsonObject { ["name"] = t.Name, ["vendor"] = t.Vendor, ["version"] = t.Version, ["purpose"] = t.Purpose })]),
            ["examiner"] = new JsonObject { ["name"] = manifest.Examiner.Name, ["post"] = manifest.Examiner.Post, ["organisation"] = manifest.Examiner.Organisation },
        };
        foreach (var (name, value) in known.ToArray())
        {
            if (value is null || form.Fields.All(f => f.Name != name))
                known.Remove(name);
        }
        return known;
    }
}

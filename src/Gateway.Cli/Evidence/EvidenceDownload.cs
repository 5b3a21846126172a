using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Parts;
using Gateway.Cli.Requests;
using Gateway.Protocol.Evidence;
using Gateway.V1;

namespace Gateway.Cli.Evidence;

internal static class EvidenceDownload
{
    public static Command Create()
    {
        var item = new Argument<string>("item") { Description = "Id of the item" };
        var to = new Option<string>("--to") { Description = "Folder for the file", Required = true, HelpName = "DIR" };
        var purpose = Purposes.Option();
        var force = new Option<bool>("--force") { Description = "Replace a file of the same name" };
        return new Command("download", "Fetches and decrypts an item, compares every digest, signs the hand-over; or discloses and proves a part of it") { item, to, purpose, force }.WithParts().Runs(async run =>
        {
            var asked = PartOptions.Asked(run);
            var why = Purposes.Of(run, purpose);
            if (asked is { } part)
                return await PartDownload.RunAsync(run, run.Value(item), run.Value(to)!, why, part);
            var manifest = await SignedManifest.FetchAsync(run, run.Value(item));
            manifest.Show(run.Terminal);
            var view = await EvidenceStatus.FindAsync(run, manifest.Manifest.ItemId, manifest.Manifest.Case);
            if (view is { Conditions.Length: > 0 })
                run.Terminal.Note($"conditions of use, which bind whoever has the item or a copy: {view.Conditions}");
            var folder = Directory.CreateDirectory(run.Value(to)!).FullName;
            var path = Path.Combine(folder, SafeText.FileName(manifest.Manifest.FileName));
            FreeRoom.Require(folder, manifest.Manifest.SizeBytes - PartialFile.Length(path, manifest.Manifest.ItemId));
            NewFile.Temporary(path, run.Value(force)); // say now that the place is taken, before a key is asked for
            var download = new ItemDownload(run.Gateway, manifest, run.Signer, run.Clock);
            using var key = await download.KeyAsync(why, run.Cancel);
            var found = await ByteProgress.RunAsync(run.Terminal, run.Clock, "download", manifest.Manifest.SizeBytes,
                progress => download.FetchAsync(key, path, run.Value(force), progress, run.Cancel));
            run.Terminal.Line();
            run.Terminal.Line(found.Outcome == HandOverOutcome.AGREED
                ? $"{path}: {manifest.Manifest.Chunks} of {manifest.Manifest.Chunks} chunks, tree root equal, {string.Join(", ", found.Digests.Select(d => d.Algorithm))} equal"
                : $"{found.Outcome}: {found.Remark}. No file was kept.");
            if (found is { Outcome: HandOverOutcome.AGREED, Remark: { } remark })
                run.Terminal.Note(remark);
            if (found.Outcome == HandOverOutcome.AGREED && view is { Conditions.Length: > 0 })
                KeepConditions(run, path, manifest, view.Conditions);
            var reply = await HandOverAsync(run, manifest, found);
            Report(run, manifest, path, found, reply);
            return found.Outcome == HandOverOutcome.AGREED ? ExitCode.Good : ExitCode.No;
        });
    }

    // Conditions travel with every copy: who copies the file finds them beside it.
    private static void KeepConditions(Invocation run, string path, SignedManifest manifest, string conditions)
    {
        var beside = $"{path}.conditions.txt";
        NewFile.Write(beside, Encoding.UTF8.GetBytes($"Conditions of use for item {manifest.Manifest.ItemId} (exhibit {manifest.Manifest.ExhibitNumber}, SHA-256 {manifest.Manifest.Sha256}):\n{conditions}\nThey go with every copy and extract.\n"), force: true);
        run.Terminal.Note($"the conditions are in {beside}");
    }

    // Only what a peer sent is handed over; an own item is merely read.
    private static async Task<SubmitReply?> HandOverAsync(Invocation run, SignedManifest manifest, Found found)
    {
        var item = manifest.Manifest;
        if (await EvidenceStatus.FindAsync(run, item.ItemId, item.Case) is not { Direction: "IN" })
            return null;
        var statement = new HandOver(item.ItemId, manifest.Sha256, item.Case, found.Outcome, found.Digests, run.Clock.GetUtcNow());
        var fields = (JsonObject)JsonNode.Parse(statement.Write())!;
        foreach (var filled in (string[])["v", "type", "time"])
            fields.Remove(filled);
        FieldsFile.Prune(fields);
        return await SignAndSubmit.ComposeSignSubmitAsync(run, "handOver", fields);
    }

    private static void Report(Invocation run, SignedManifest manifest, string path, Found found, SubmitReply? reply)
    {
        foreach (var receipt in reply?.Receipts ?? [])
            run.Terminal.Line(ReceiptText.OneLine(receipt.ToByteArray()));
        run.Terminal.WriteLine(json =>
        {
            json.WriteStartObject();
            json.WriteString("item", manifest.Manifest.ItemId);
            json.WriteString("caseId", manifest.Manifest.Case);
            json.WriteString("outcome", found.Outcome.ToString());
            json.WriteString("remark", found.Remark);
            json.WriteString("file", found.Outcome == HandOverOutcome.AGREED ? path : null);
            json.WriteNumber("sizeBytes", manifest.Manifest.SizeBytes);
            json.WriteNumber("chunks", manifest.Manifest.Chunks);
            json.WriteString("manifestSha256", manifest.Sha256.ToString());
            json.WriteStartObject("digests");
            foreach (var digest in found.Digests)
                json.WriteString(digest.Algorithm, digest.Value);
            json.WriteEndObject();
            json.WriteStartArray("receipts");
            foreach (var receipt in reply?.Receipts ?? [])
                ReceiptText.Write(json, receipt.ToByteArray());
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }
}

using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Parts;
using Gateway.Cli.Requests;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Receipts;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Evidence;

internal static class EvidenceDownload
{
    public static Command Create()
    {
        var item = new Argument<string>("item") { Description = "Id of the item" };
        var to = new Option<string>("--to") { Description = "Folder for the file", Required = true, HelpName = "DIR" };
        var purpose = Purposes.Option();
        var force = new Option<bool>("--force") { Description = "Replace a file of the same name" };
        var acknowledge = new Option<string?>("--acknowledge") { Description = "What the laboratory says the content is, by name, when it is sensitive: CSAM,MINOR", HelpName = "WORDS" };
        return new Command("download", "Fetches and decrypts an item, compares every digest, signs the hand-over; or discloses and proves a part of it") { item, to, purpose, force, acknowledge }.WithParts().Runs(async run =>
        {
            var asked = PartOptions.Asked(run);
            var why = Purposes.Of(run, purpose);
            var acknowledged = Acknowledged(run.Value(acknowledge));
            if (asked is { } part)
                return await PartDownload.RunAsync(run, run.Value(item), run.Value(to)!, why, acknowledged, part);
            var manifest = await SignedManifest.FetchAsync(run, run.Value(item));
            manifest.Show(run.Terminal);
            manifest.Warn(run.Terminal);
            var view = await EvidenceStatus.FindAsync(run, manifest.Manifest.ItemId, manifest.Manifest.Case);
            if (view is { Conditions.Length: > 0 })
                run.Terminal.Note($"conditions of use, which bind whoever has the item or a copy: {view.Conditions}");
            var folder = Directory.CreateDirectory(run.Value(to)!).FullName;
            var path = Path.Combine(folder, SafeText.FileName(manifest.Manifest.FileName));
            var handedOver = view is { Direction: "IN", State: "HANDED_OVER" };
            var found = !run.Value(force) && (handedOver || view is { Direction: "IN", State: "COMPLETE" }) ? await FinishedFile.FindAsync(run, manifest.Manifest, path) : null;
            if (found is not null)
                run.Terminal.Line($"{path}: fetched before and {(handedOver ? "handed over" : "not handed over")}; {Names(found)} equal");
            else
                (found, handedOver) = (await FetchAsync(run, manifest, path, run.Value(force), why, acknowledged), false);
            if (found is { Outcome: HandOverOutcome.AGREED, Remark: { } remark })
                run.Terminal.Note(remark);
            if (found.Outcome == HandOverOutcome.AGREED && view is { Conditions.Length: > 0 })
                KeepConditions(run, path, manifest, view.Conditions);
            // The answer to the hand-over may have been lost: what is certified is shown, and not stated a second time.
            var receipts = handedOver ? await HandedOverAsync(run, manifest.Manifest) : [.. (await HandOverAsync(run, manifest, found))?.Receipts ?? []];
            var incomplete = found.Outcome == HandOverOutcome.AGREED ? await CheckFolderAsync(run, manifest, path) : null;
            Report(run, manifest, path, found, incomplete, receipts);
            return found.Outcome == HandOverOutcome.AGREED && incomplete is null ? ExitCode.Good : ExitCode.No;
        });
    }

    private static async Task<Found> FetchAsync(Invocation run, SignedManifest manifest, string path, bool force, string why, IReadOnlyList<Sensitivity> acknowledged)
    {
        var item = manifest.Manifest;
        // Said now, before a key is asked for, which is recorded: the place is taken, nothing can be written there, or not all of it.
        NewFile.Temporary(path, force);
        using var partial = PartialFile.Open(path, item.ItemId);
        FreeRoom.Require(Path.GetDirectoryName(path)!, item.SizeBytes - partial.Bytes);
        var download = new ItemDownload(run, manifest);
        if (!(await download.AskKeyAsync(why, acknowledged)).TryGet(out var given, out var closed))
        {
            run.Terminal.Line($"{HandOverOutcome.UNREADABLE}: {closed.Detail}. No file was kept.");
            return new Found(HandOverOutcome.UNREADABLE, [], closed.ToString());
        }
        using var key = given;
        var found = await ByteProgress.RunAsync(run.Terminal, run.Clock, "download", item.SizeBytes, progress => Stoppable.RunAsync(
            run, () => $"{ByteProgress.Size(progress.Last)} of item {item.ItemId}", () => download.FetchAsync(key, partial, path, force, progress)));
        run.Terminal.Line();
        run.Terminal.Line(found.Outcome == HandOverOutcome.AGREED
            ? $"{path}: {item.Chunks} of {item.Chunks} chunks, tree root equal, {Names(found)} equal"
            : $"{found.Outcome}: {found.Remark}. No file was kept.");
        return found;
    }

    private static IReadOnlyList<Sensitivity> Acknowledged(string? words) => words is null ? [] : [.. words.Split(',', StringSplitOptions.TrimEntries).Select(word =>
        Enum.TryParse<Sensitivity>(word, ignoreCase: true, out var known) && !char.IsAsciiDigit(word[0]) ? known : throw StopException.Usage($"--acknowledge {word}: expected {string.Join(", ", Enum.GetNames<Sensitivity>())}"))];

    private static string Names(Found found) => string.Join(", ", found.Digests.Select(d => d.Algorithm));

    // The digests say that the item is what the laboratory signed; the hand-over has stated that, and a stop here takes nothing from it.
    // Whether its list and its files agree is another question: the file stays, as evidence of what came.
    private static async Task<V1.Refusal?> CheckFolderAsync(Invocation run, SignedManifest manifest, string path)
    {
        if (manifest.Manifest.Files is null)
            return null;
        var refusal = await ByteProgress.RunAsync(run.Terminal, run.Clock, "compare the files", manifest.Manifest.SizeBytes,
            progress => FolderCheck.RunAsync(manifest.Manifest, path, progress.Report, run.Cancel));
        if (refusal is null)
        {
            run.Terminal.Line($"{manifest.Manifest.Files.Entries - manifest.Manifest.Files.NotTaken} files, folders and links listed, all there and equal");
            return null;
        }
        var told = StopException.ToWire(refusal);
        run.Terminal.Note(Terminal.Refused(told, "refused"));
        run.Terminal.Note($"{path} is what the laboratory signed, and was kept; ask the other side for an item whose list and files agree");
        return told;
    }

    // Conditions travel with every copy: who copies the file finds them beside it.
    private static void KeepConditions(Invocation run, string path, SignedManifest manifest, string conditions)
    {
        var beside = $"{path}.conditions.txt";
        NewFile.Write(beside, Encoding.UTF8.GetBytes($"Conditions of use for item {manifest.Manifest.ItemId} (exhibit {manifest.Manifest.ExhibitNumber}, SHA-256 {manifest.Manifest.Sha256}):\n{conditions}\nThey go with every copy and extract.\n"), force: true, ownerOnly: true);
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
        try
        {
            return await SignAndSubmit.ComposeSignSubmitAsync(run, "handOver", fields);
        }
        catch (StopException e) when (found.Outcome == HandOverOutcome.AGREED && e.Refusals is [{ Code: "T802" }])
        {
            // Who has a copy of the case reads what came; what became of it they state who work on it.
            run.Terminal.Note($"the file is kept; nothing was handed over: {e.Refusals[0].Detail}");
            return null;
        }
    }

    private static async Task<IReadOnlyList<ByteString>> HandedOverAsync(Invocation run, Manifest item)
        => [.. (await run.Gateway.ListReceiptsAsync(new ListReceiptsRequest { CaseId = item.Case }, cancellationToken: run.Cancel)).Receipts
            .Where(r => r.Item == item.ItemId && r.Event == nameof(ReceiptEvent.ContentHandover)).Select(r => r.Der)];

    private static void Report(Invocation run, SignedManifest manifest, string path, Found found, V1.Refusal? incomplete, IReadOnlyList<ByteString> receipts)
    {
        foreach (var receipt in receipts)
            run.Terminal.Line(ReceiptText.OneLine(receipt.ToByteArray()));
        run.Terminal.WriteLine(json =>
        {
            json.WriteStartObject();
            json.WriteString("item", manifest.Manifest.ItemId);
            json.WriteString("caseId", manifest.Manifest.Case);
            json.WriteString("outcome", found.Outcome.ToString());
            json.WriteString("remark", found.Remark);
            if (incomplete is not null)
            {
                json.WritePropertyName("refused");
                ProtoJson.WriteList(json, [incomplete]);
            }
            json.WriteString("file", found.Outcome == HandOverOutcome.AGREED ? path : null);
            json.WriteNumber("sizeBytes", manifest.Manifest.SizeBytes);
            json.WriteNumber("chunks", manifest.Manifest.Chunks);
            json.WriteString("manifestSha256", manifest.Sha256.ToString());
            json.WriteStartObject("digests");
            foreach (var digest in found.Digests)
                json.WriteString(digest.Algorithm, digest.Value);
            json.WriteEndObject();
            json.WriteStartArray("receipts");
            foreach (var receipt in receipts)
                ReceiptText.Write(json, receipt.ToByteArray());
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }
}

using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

/// <summary>The block that a technician copies into the notebook: what, which digests, how many chunks, when in local time and UTC.</summary>
internal static class Notebook
{
    public static void ShowAttached(Invocation run, AttachedResult attached)
    {
        var manifest = Manifest.Read(attached.Manifest.Content).OrStop();
        if (manifest.ParentItem is { } parent && attached.Item.ParentExhibit.Length == 0)
            run.Terminal.Note($"item {parent}, from which it is derived, is not attached whole in this case; attach it too if it is to be released, and look whether its id is right");
        Show(run, manifest, attached.Manifest.Sha256, $"{Grouped((long)attached.Item.ChunksStored)} of {Grouped(manifest.Chunks)} chunks, tree root equal", [("state", attached.Item.State), ("receipt number", attached.Item.Receipt)], attached.Findings.Told,
            json => ProtoJson.WriteMembers(json, attached.Item));
    }

    public static void ShowPacked(Invocation run, PackedItem packed, SignedItem papers, IReadOnlyList<string> told)
    {
        var manifest = Manifest.Read(papers.Manifest.Content).OrStop();
        Show(run, manifest, papers.Manifest.Sha256, $"{Grouped(manifest.Chunks)} of {Grouped(manifest.Chunks)} chunks packed", [("packed in", packed.Folder)], told, json =>
        {
            json.WriteString("folder", packed.Folder);
            json.WriteString("item", manifest.ItemId);
            json.WriteNumber("chunks", manifest.Chunks);
        });
        run.Terminal.Line($"on a machine that reaches the gateway: gatewayctl evidence attach {packed.Folder}");
    }

    private static void Show(Invocation run, Manifest manifest, Digest manifestSha256, string chunks, IReadOnlyList<(string, string?)> last, IReadOnlyList<string> told, Action<System.Text.Json.Utf8JsonWriter> more)
    {
        var local = run.Clock.GetLocalNow();
        run.Terminal.Line();
        run.Terminal.Facts([
            ("exhibit", manifest.ExhibitNumber),
            ("item", manifest.ItemId),
            ("file", manifest.FileName),
            ("bytes", $"{manifest.SizeBytes}"),
            .. manifest.Digests.Select(d => (d.Algorithm, (string?)d.Value)),
            ("files", manifest.Files is { } files ? $"{Grouped(files.Entries)} in the list, {Grouped(files.NotTaken)} not taken; file tree {files.TreeRoot}" : null),
            ("not read", manifest.Unread.Count == 0 ? null : $"{Grouped(manifest.Unread.Sum(r => r.Bytes))} bytes in {manifest.Unread.Count} places, taken as zeros and declared"),
            .. manifest.Recorded.Select(r => ("recorded", (string?)$"{r.Algorithm} {r.Value} by {r.By}: {(r.Compared ? "equal" : "not compared")}")),
            ("chunks", chunks),
            ("tree root", manifest.TreeRoot.ToString()),
            ("manifest", manifestSha256.ToString()),
            .. last,
            ("local time", DocumentWriter.FormatLocalTime(local)),
            ("UTC", DocumentWriter.FormatTime(local))]);
        foreach (var line in told)
            run.Terminal.Note(line);
        run.Terminal.WriteLine(json =>
        {
            json.WriteStartObject();
            json.WriteString("manifestSha256", manifestSha256.ToString());
            json.WriteString("treeRoot", manifest.TreeRoot.ToString());
            json.WriteString("time", DocumentWriter.FormatTime(local));
            json.WriteNumber("bytesNotRead", manifest.Unread.Sum(r => r.Bytes));
            if (manifest.Files is { } tree)
            {
                json.WriteNumber("entries", tree.Entries);
                json.WriteNumber("notTaken", tree.NotTaken);
                json.WriteString("fileTreeRoot", tree.TreeRoot.ToString());
            }
            json.WriteStartObject("digests");
            foreach (var digest in manifest.Digests)
                json.WriteString(digest.Algorithm, digest.Value);
            json.WriteEndObject();
            more(json);
            json.WriteEndObject();
        });
    }

    // 47 684: groups are read aloud and compared more safely.
    private static string Grouped(long number) => number.ToString("#,0", s_groups);

    private static readonly System.Globalization.NumberFormatInfo s_groups = new() { NumberGroupSeparator = " " };
}

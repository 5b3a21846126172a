using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Cli.Evidence;

internal static class EvidenceAttach
{
    private const int AttemptsWithoutProgress = 6;

    private sealed record Arguments(string Source, string Case, string Intake, string? Item, bool Anew, string[] Digests);

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The file: an image, an export, a report" };
        var @case = new Option<string>("--case") { Description = "The case that it answers", Required = true, HelpName = "CASE" };
        var intake = new Option<string>("--intake") { Description = "What the lab says of it (gatewayctl evidence intake)", Required = true, HelpName = "FILE" };
        var item = new Option<string?>("--item") { Description = "Go on with this item; left out: with the one begun for this file and case, if any", HelpName = "ID" };
        var anew = new Option<bool>("--new") { Description = "Begin a new item; forget the one begun for this file and case" };
        return new Command("attach", "Hashes, encrypts and uploads a file in one pass; goes on where it was interrupted") { file, @case, intake, item, anew, EvidenceHash.Digests }
            .Runs(run => AttachAsync(run, new Arguments(run.Value(file), run.Value(@case)!, run.Value(intake)!, run.Value(item), run.Value(anew), run.Value(EvidenceHash.Digests) ?? [])));
    }

    private static async Task<ExitCode> AttachAsync(Invocation run, Arguments asked)
    {
        var intake = Intake.Read(asked.Intake);
        if (!File.Exists(asked.Source))
            throw StopException.Usage($"there is no file {asked.Source}");
        var me = await run.Gateway.WhoAmIAsync(new WhoAmIRequest(), cancellationToken: run.Cancel);
        var technician = new Actor(me.User.Name, me.User.Authority);
        using var key = TechnicianKey.Open(run.Context);
        using var journal = await JournalAsync(run, asked, intake, key);
        intake.Check(journal.Item, technician, run.Clock.GetLocalNow());
        if (journal.Item.SizeBytes != new FileInfo(asked.Source).Length)
            throw SourceFile.Changed(0);
        run.Terminal.Line(journal.Chunks.Count == 0
            ? $"item {journal.Item.ItemId}: {ByteProgress.Size(journal.Item.SizeBytes)}"
            : $"going on with item {journal.Item.ItemId}; {journal.Chunks.Count} chunks were made before");
        var attached = await ByteProgress.RunAsync(run.Terminal, run.Clock, "attach", journal.Item.SizeBytes, progress => UploadAsync(run, journal, asked.Source, intake, technician, progress));
        journal.Wipe();
        Show(run, attached);
        return ExitCode.Good;
    }

    private static async Task<AttachJournal> JournalAsync(Invocation run, Arguments asked, Intake intake, TechnicianKey key)
    {
        var folder = Path.Combine(run.Contexts.Folder, "attach");
        var source = Path.GetFullPath(asked.Source);
        var begun = AttachJournal.Find(folder, asked.Item, asked.Case, source, key);
        if (begun is not null && !asked.Anew)
        {
            // A named item may lie elsewhere by now: every chunk that was sent is compared before anything is added to it.
            if (begun.Item.CaseId == asked.Case)
                return begun;
            using (begun)
                throw StopException.Usage($"item {begun.Item.ItemId} was begun for case {begun.Item.CaseId}");
        }
        if (begun is null && asked.Item is not null)
            throw StopException.Usage($"no item {asked.Item} was begun here; leave --item out to begin one");
        using (begun)
            begun?.Wipe();
        DigestSet.Create(asked.Digests).OrStop().Dispose();
        var request = intake.Request ?? await RequestOfAsync(run, asked.Case);
        return AttachJournal.Begin(folder, new AttachedItem(Ids.New(), asked.Case, request, source, new FileInfo(source).Length, asked.Digests), key);
    }

    // The request that the case answers; a lab that answers a later supplement names it in the intake.
    private static async Task<string> RequestOfAsync(Invocation run, string caseId)
    {
        var messages = await run.Gateway.ListMessagesAsync(new ListMessagesRequest { CaseId = caseId, Direction = "IN", Limit = 100 }, cancellationToken: run.Cancel);
        return messages.Messages.LastOrDefault(m => m.About == "REQUEST")?.Message
            ?? throw StopException.No($"case {caseId} holds no received request; name the message in the intake ('request')");
    }

    private static async Task<AttachedResult> UploadAsync(Invocation run, AttachJournal journal, string source, Intake intake, Actor technician, ByteProgress progress)
    {
        var failures = 0;
        while (true)
        {
            var upload = new AttachUpload(run.Gateway, journal, source, intake, technician, run.Signer, run.Clock);
            var before = journal.Chunks.Count;
            try
            {
                return await upload.RunAsync(progress, run.Cancel);
            }
            catch (RpcException e) when (!run.Cancel.IsCancellationRequested && RefusedCalls.IsInterruption(e))
            {
                failures = journal.Chunks.Count > before ? 1 : failures + 1;
                if (failures == AttemptsWithoutProgress)
                    throw StopException.Incomplete($"{RefusedCalls.Explain(e).Message}; run the same command again, it goes on after chunk {journal.Chunks.Count}", e);
                var pause = TimeSpan.FromSeconds(1 << (failures - 1));
                run.Terminal.Note($"interrupted after chunk {journal.Chunks.Count}: {RefusedCalls.Explain(e).Message}; going on in {pause.TotalSeconds:0} s");
                await Task.Delay(pause, run.Clock, run.Cancel);
            }
        }
    }

    private static void Show(Invocation run, AttachedResult attached)
    {
        var manifest = Manifest.Read(attached.Manifest.Content).OrStop();
        var local = run.Clock.GetLocalNow();
        run.Terminal.Line();
        run.Terminal.Facts([
            ("exhibit", manifest.ExhibitNumber),
            ("item", manifest.ItemId),
            ("file", manifest.FileName),
            ("bytes", $"{manifest.SizeBytes}"),
            .. manifest.Digests.Select(d => (d.Algorithm, (string?)d.Value)),
            ("chunks", $"{attached.Item.ChunksStored} of {manifest.Chunks} chunks, tree root equal"),
            ("tree root", manifest.TreeRoot.ToString()),
            ("manifest", attached.Manifest.Sha256.ToString()),
            ("state", attached.Item.State),
            ("local time", DocumentWriter.FormatLocalTime(local)),
            ("UTC", DocumentWriter.FormatTime(local))]);
        run.Terminal.WriteLine(json =>
        {
            json.WriteStartObject();
            json.WriteString("manifestSha256", attached.Manifest.Sha256.ToString());
            json.WriteString("treeRoot", manifest.TreeRoot.ToString());
            json.WriteString("time", DocumentWriter.FormatTime(local));
            json.WriteStartObject("digests");
            foreach (var digest in manifest.Digests)
                json.WriteString(digest.Algorithm, digest.Value);
            json.WriteEndObject();
            ProtoJson.WriteMembers(json, attached.Item);
            json.WriteEndObject();
        });
    }
}

using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Recorded;
using Gateway.Cli.Requests;
using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;
using Gateway.V1;

namespace Gateway.Cli.Evidence;

internal static class EvidenceAttach
{
    private sealed record Arguments(string Source, string? Case, string? Intake, string? Item, bool Anew, IReadOnlyList<string> Digests, Pace? Pace, bool ByCarrier);

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The file, block device or folder; or the folder of a packed item" };
        var @case = new Option<string?>("--case") { Description = "The case that it answers; a packed item names it itself", HelpName = "CASE" };
        var intake = new Option<string?>("--intake") { Description = "What the lab says of it (gatewayctl evidence intake); of a packed item it was said before", HelpName = "FILE" };
        var item = new Option<string?>("--item") { Description = "Go on with this item; left out: with the one begun for this file and case, if any", HelpName = "ID" };
        var anew = new Option<bool>("--new") { Description = "Begin a new item; forget the one begun for this file and case" };
        var carrier = new Option<bool>("--by-carrier") { Description = "Of a packed item: a carrier brings the disk, because it is larger than the other State takes by wire; once it is released, 'gatewayctl evidence ship'" };
        return new Command("attach", "Hashes, encrypts and uploads a file in one pass, behind one that compares the medium of an E01 with its digests; goes on where it was interrupted") { file, @case, intake, item, anew, carrier, Also.Option, RecordedDigests.Lists, Pace.Limit, Pace.Between }
            .Runs(run => AttachAsync(run, new Arguments(run.Value(file), run.Value(@case), run.Value(intake), run.Value(item), run.Value(anew), Also.Names(run),
                Pace.Read(run.Value(Pace.Limit), run.Value(Pace.Between), run.Clock), run.Value(carrier))));
    }

    private static async Task<ExitCode> AttachAsync(Invocation run, Arguments asked)
    {
        if (PackedItem.IsAt(asked.Source))
            return await AttachPackedAsync(run, asked);
        // What is encrypted on the way to the gateway lies on no disk that a carrier could take.
        if (asked.ByCarrier)
            throw StopException.Usage("--by-carrier is for a packed item, whose disk a carrier can take: 'gatewayctl evidence pack' first, then attach the folder that it made");
        if (asked.Case is not { } caseId || asked.Intake is not { } form)
            throw StopException.Usage($"--case and --intake are needed: {asked.Source} is not a packed item");
        var intake = Intake.Read(form);
        var source = SourceReader.At(asked.Source, asked.Pace);
        var me = await run.Gateway.WhoAmIAsync(new WhoAmIRequest(), cancellationToken: run.Cancel);
        var technician = new Technician(new Actor(me.User.Name, me.User.Authority), run.Signer);
        source = source.IsFolder ? source with { Lists = RecordedDigests.OfFolder(source, run.Value(RecordedDigests.Lists) ?? []) } : source;
        using var key = TechnicianKey.Open(run.Context);
        using var journal = await JournalAsync(run, asked, caseId, source, intake, key);
        foreach (var lacking in intake.Check(journal.Item, technician.Actor, run.Clock.GetLocalNow()))
            run.Terminal.Note($"the intake is taken, but {lacking}");
        source = await journal.Item.RequireComparedAsync(run, journal.Item.RequireSame(source));
        run.Terminal.Line(journal.Chunks.Count == 0
            ? $"item {journal.Item.ItemId}: {ByteProgress.Size(journal.Item.SizeBytes)}"
            : $"going on with item {journal.Item.ItemId}; {journal.Chunks.Count} chunks were made before");
        var attached = await Stoppable.RunAsync(run, journal, () => ByteProgress.RunAsync(run.Terminal, run.Clock, "attach", journal.Item.SizeBytes, progress => Interruption.OutlastAsync(
            run, () => journal.Chunks.Count, () => new AttachUpload(run.Gateway, journal, source, intake, technician, run.Clock) { ByCarrier = asked.ByCarrier }.RunAsync(progress, run.Cancel))));
        // What is wiped is begun anew by the same command: first the person knows that it is done.
        Notebook.ShowAttached(run, attached);
        journal.Wipe();
        return SourceFindings.End(attached.Findings.Whole);
    }

    private static async Task<AttachJournal> JournalAsync(Invocation run, Arguments asked, string caseId, SourceReader source, Intake intake, TechnicianKey key)
    {
        var folder = Path.Combine(run.Contexts.Folder, "attach");
        if (AttachJournal.Begun(folder, asked.Item, asked.Anew, caseId, source, key) is { } begun)
            return begun;
        var request = intake.Request ?? await RequestOfAsync(run, caseId);
        return AttachJournal.Begin(folder, await AttachedItem.BeginAsync(run, caseId, request, source, asked.Digests), key);
    }

    private static async Task<string> RequestOfAsync(Invocation run, string caseId)
        => (await CaseMessages.RequestAsync(run, caseId, "IN"))?.Message ?? throw StopException.No($"case {caseId} holds no received request; name the message in the intake ('request')");

    private static async Task<ExitCode> AttachPackedAsync(Invocation run, Arguments asked)
    {
        using var packed = new PackedItem(asked.Source);
        var (papers, manifest) = packed.Papers();
        if (asked.Case is { } named && named != manifest.Case)
            throw StopException.No($"the item was packed for case {manifest.Case}");
        await packed.CheckLeavesAsync(manifest);
        run.Terminal.Line($"packed item {manifest.ItemId}: {ByteProgress.Size(manifest.SizeBytes)}");
        var attached = await ByteProgress.RunAsync(run.Terminal, run.Clock, "attach", manifest.SizeBytes, progress => Stoppable.RunAsync(
            run, () => $"{ByteProgress.Size(progress.Last)} of item {manifest.ItemId}", () => Interruption.OutlastAsync(
                run, () => progress.Last, () => PackedUpload.RunAsync(run.Gateway, packed, papers, manifest, asked.Pace, asked.ByCarrier, progress, run.Cancel))));
        Notebook.ShowAttached(run, attached);
        // What the manifest declares; what single files of a folder lack, and what a list named besides, was told when it was packed.
        return SourceFindings.End(manifest is { Unread.Count: 0, Files: null or { NotTaken: 0 } });
    }
}

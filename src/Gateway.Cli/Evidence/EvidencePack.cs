using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Recorded;
using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;

namespace Gateway.Cli.Evidence;

internal static class EvidencePack
{
    private sealed record Arguments(string Source, string Disk, string Card, string Authority, string Case, string Intake, string? Item, Actor Technician, Context Keys, bool Anew, IReadOnlyList<string> Digests, Pace? Pace);

    public static Command Create()
    {
        var source = new Argument<string>("source") { Description = "The file, block device or folder" };
        var disk = new Option<string>("--to") { Description = "Folder of a disk; a folder with the item's id is made in it", Required = true, HelpName = "DIR" };
        var card = new Option<string>("--card") { Description = "The own State's card: its evidence certificate is who can open the item", Required = true, HelpName = "FILE" };
        var authority = new Option<string>("--authority") { Description = "The authority to which the request was addressed, as in the card", Required = true, HelpName = "ID" };
        var @case = new Option<string>("--case") { Description = "The case that it answers", Required = true, HelpName = "CASE" };
        var intake = new Option<string>("--intake") { Description = "What the lab says of it (gatewayctl evidence intake); must name the request", Required = true, HelpName = "FILE" };
        var item = new Option<string?>("--item") { Description = "Go on with this item; left out: with the one begun for this source and case, if any", HelpName = "ID" };
        var name = new Option<string>("--as") { Description = "Your user name at the gateway", Required = true, HelpName = "NAME" };
        var lab = new Option<string>("--lab") { Description = "Your authority: XB-LAB", Required = true, HelpName = "ID" };
        var certificate = new Option<string?>("--sign-cert") { Description = "Own signing certificate (PEM); left out: the context's", HelpName = "FILE" };
        var key = new Option<string?>("--sign-key") { Description = "Its key (PEM, mode 0600)", HelpName = "FILE" };
        var anew = new Option<bool>("--new") { Description = "Begin a new item; forget the one begun for this source and case" };
        return new Command("pack", "Digests, encrypts and signs an item onto a disk in one pass, behind one that compares the medium of an E01 with its digests; needs no gateway and no network")
        {
            source, disk, card, authority, @case, intake, item, name, lab, certificate, key, anew, Also.Option, RecordedDigests.Lists, Pace.Limit, Pace.Between,
        }.Runs(run => PackAsync(run, new Arguments(
            Path.GetFullPath(run.Value(source)), run.Value(disk)!, run.Value(card)!, run.Value(authority)!, run.Value(@case)!, run.Value(intake)!, run.Value(item),
            new Actor(run.Value(name)!, run.Value(lab)!),
            run.Value(certificate) is { } own ? new Context("", "", "", "", own, run.Value(key) ?? own) : run.Context,
            run.Value(anew), Also.Names(run), Pace.Read(run.Value(Pace.Limit), run.Value(Pace.Between), run.Clock))));
    }

    private static async Task<ExitCode> PackAsync(Invocation run, Arguments asked)
    {
        var intake = Intake.Read(asked.Intake);
        if (!Ids.IsCase(asked.Case) || intake.Request is not { } request)
            throw StopException.Usage("without a gateway, the case and the request ('request' in the intake) must be named; the task sheet says both");
        using var key = TechnicianKey.Open(asked.Keys);
        if (await TellFinishedAsync(run, asked, key) is { } end)
            return end;
        var source = SourceReader.At(asked.Source, asked.Pace);
        var authority = EvidenceCertificate(run, asked);
        using var signer = PersonKeys.Signing(asked.Keys);
        var technician = new Technician(asked.Technician, signer);
        source = source.IsFolder ? source with { Lists = RecordedDigests.OfFolder(source, run.Value(RecordedDigests.Lists) ?? []) } : source;
        using var journal = await JournalAsync(run, asked, request, source, key);
        foreach (var lacking in intake.Check(journal.Item, technician.Actor, run.Clock.GetLocalNow()))
            run.Terminal.Note($"the intake is taken, but {lacking}");
        source = await journal.Item.RequireComparedAsync(run, journal.Item.RequireSame(source));

        using var packed = new PackedItem(Path.Combine(asked.Disk, journal.Item.ItemId));
        run.Terminal.Line(journal.Chunks.Count == 0
            ? $"item {journal.Item.ItemId}: {ByteProgress.Size(journal.Item.SizeBytes)}"
            : $"going on with item {journal.Item.ItemId}; {journal.Chunks.Count} chunks were made before");
        var (encrypted, findings) = await Stoppable.RunAsync(run, journal, () => ByteProgress.RunAsync(
            run.Terminal, run.Clock, "pack", journal.Item.SizeBytes, progress => WriteAsync(journal, source, packed, progress, run.Cancel)));
        // Whoever is killed behind the manifest tells it when it is run again.
        journal.Keep(findings);
        var papers = SignedItem.Make(journal.Item, journal.Key, intake, encrypted, findings, technician, authority, run.Clock.GetLocalNow());
        packed.Finish(papers);
        return End(run, journal, packed, papers, findings);
    }

    // Nothing is read for a finished item any more: its source may have changed, or be gone, and the disk be full.
    private static async Task<ExitCode?> TellFinishedAsync(Invocation run, Arguments asked, TechnicianKey key)
    {
        using var journal = asked.Anew ? null : AttachJournal.Find(JournalFolder(run), asked.Item, asked.Case, asked.Source, key);
        if (journal is null || journal.Item.CaseId != asked.Case)
            return null;
        using var packed = new PackedItem(Path.Combine(asked.Disk, journal.Item.ItemId));
        return await FinishedAsync(journal, packed) is { } finished ? End(run, journal, packed, finished, journal.Findings) : null;
    }

    private static string JournalFolder(Invocation run) => Path.Combine(run.Contexts.Folder, "pack");

    // What is wiped is begun anew by the same command: first the person knows that it is done.
    private static ExitCode End(Invocation run, AttachJournal journal, PackedItem packed, SignedItem papers, SourceFindings findings)
    {
        Notebook.ShowPacked(run, packed, papers, findings.Told);
        journal.Wipe();
        return SourceFindings.End(findings.Whole);
    }

    // It was killed behind its last byte: what lies there was signed, and may have been written down. Another manifest of it would be another item for a court.
    private static async Task<SignedItem?> FinishedAsync(AttachJournal journal, PackedItem packed)
    {
        if (!PackedItem.IsAt(packed.Folder))
            return null;
        var (papers, manifest) = packed.Papers();
        if (manifest.ItemId != journal.Item.ItemId || manifest.KeyCommitment != journal.Key.Commitment(journal.Item.ItemId))
            throw StopException.No($"{packed.Folder} holds another item than was begun here; name another disk with --to, or begin anew with --new");
        await packed.CheckLeavesAsync(manifest);
        return papers;
    }

    private static Certificate EvidenceCertificate(Invocation run, Arguments asked)
    {
        var card = SignedCard.Open(InputFile.Read(asked.Card)).OrStop();
        if (card.Card.Authorities.FirstOrDefault(a => a.Id == asked.Authority) is not { } authority)
            throw StopException.Usage($"the card of {card.Card.State} names no authority {asked.Authority}: {string.Join(", ", card.Card.Authorities.Select(a => a.Id))}");
        if (authority.Evidence is not [var certificate, ..])
            throw StopException.No($"the card gives {asked.Authority} no evidence certificate");
        if (!certificate.ValidAt(run.Clock.GetUtcNow()))
            throw StopException.No($"the evidence certificate of {asked.Authority} is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}; fetch a newer card, or mend this machine's clock");
        run.Terminal.Line($"encrypted for {authority.Name}; card key of {card.Card.State}: {card.Fingerprint}");
        return certificate;
    }

    private static async Task<AttachJournal> JournalAsync(Invocation run, Arguments asked, string request, SourceReader source, TechnicianKey key)
    {
        var folder = JournalFolder(run);
        if (AttachJournal.Begun(folder, asked.Item, asked.Anew, asked.Case, source, key) is { } begun)
        {
            RequireRoom(asked.Disk, source, PackedItem.BytesIn(Path.Combine(asked.Disk, begun.Item.ItemId)));
            return begun;
        }
        RequireRoom(asked.Disk, source, 0);
        return AttachJournal.Begin(folder, await AttachedItem.BeginAsync(run, asked.Case, request, source, asked.Digests), key);
    }

    // Of a folder at least its files are needed: how long the archive is shows at its end only.
    private static void RequireRoom(string disk, SourceReader source, long there)
    {
        var size = source.Measure();
        FreeRoom.Require(Directory.CreateDirectory(disk).FullName, size + (Chunk.CountFor(size) * (Chunk.Overhead + Digest.Length)) - there);
    }

    internal static async Task<(EncryptedItem Item, SourceFindings Findings)> WriteAsync(AttachJournal journal, SourceReader source, PackedItem packed, ByteProgress progress, CancellationToken cancel)
    {
        var stored = journal.Keep(packed.Recover(journal.Chunks.Leaves(journal.Certain)));
        using var opened = journal.Open(source with { Free = stored.Leaves.Count * Chunk.PlainBytes });
        await using var reading = new SourceFile(opened.Content, journal.Chunks, stored.Leaves.Count, progress.Report);
        using var encryptor = new ItemEncryptor(journal.Key, journal.Item.ItemId, DigestSet.Create(journal.Item.Digests).OrStop());
        await foreach (var chunk in encryptor.EncryptAsync(reading, stored, cancel))
        {
            using (chunk)
            {
                packed.Append(chunk);
                journal.Chunks.Append(chunk.Index, chunk.Leaf, reading.NextPlain());
            }
        }
        return (encryptor.Complete(), opened.Complete());
    }
}

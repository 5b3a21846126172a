using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Cli.Evidence;

/// <summary>Brings an item that came on a disk into the own gateway: what was announced, and nothing else. After a line that broke it goes on by itself, run again where it ended.</summary>
internal static class EvidenceImport
{
    // Chunks that the gateway has not acknowledged as written: so many at most cross the line twice when either end is killed.
    private const int InFlight = 2;
    private const int LeafFrame = 256 * 1024;

    public static Command Create()
    {
        var disk = new Argument<string>("disk") { Description = "Folder of the packed item on the disk that came" };
        var seal = new Option<string?>("--seal") { Description = "Number on the physical seal of the parcel, read from it; 'none' without one", HelpName = "NUMBER" };
        var intact = new Option<string?>("--seal-intact") { Description = "yes or no: whether the physical seal was whole", HelpName = "yes|no" };
        var signedBy = new Option<string?>("--signed-by") { Description = "Who signed for the parcel", HelpName = "NAME" };
        return new Command("import", "Reads an announced item from the disk that a carrier brought; goes on where it was interrupted") { disk, seal, intact, signedBy }.Runs(async run =>
        {
            var folder = run.Value(disk)!;
            if (!PackedItem.IsAt(folder))
                throw StopException.Usage($"there is no packed item in {folder}");
            var arrival = Arrival(run.Value(seal), run.Value(intact), run.Value(signedBy));
            using var packed = new PackedItem(folder);
            var (papers, manifest) = packed.Papers();
            run.Terminal.Line($"item {manifest.ItemId}, exhibit {manifest.ExhibitNumber}: {ByteProgress.Size(manifest.SizeBytes)}");
            await packed.CheckLeavesAsync(manifest);
            var view = await ByteProgress.RunAsync(run.Terminal, run.Clock, "import", manifest.SizeBytes, progress => Stoppable.RunAsync(
                run, () => $"{ByteProgress.Size(progress.Last)} of item {manifest.ItemId}", () => Interruption.OutlastAsync(
                    run, () => progress.Last, () => ImportAsync(run, packed, papers, manifest, arrival, progress))));
            run.Terminal.Facts(
                ("item", view.Item), ("exhibit", view.Exhibit), ("state", view.State), ("sha256", view.Sha256),
                ("chunks", $"{view.ChunksStored} of {view.Chunks} chunks, each as announced"));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }

    // All three or none: the gateway says when it needs them.
    private static FoundOnArrival? Arrival(string? seal, string? intact, string? signedBy)
    {
        if (seal is null && intact is null && signedBy is null)
            return null;
        if (seal is null || signedBy is null || intact is not ("yes" or "no"))
            throw StopException.Usage("what was found on the parcel is --seal NUMBER, --seal-intact yes|no and --signed-by NAME, all three");
        return new FoundOnArrival { SealNumber = seal, SealIntact = intact == "yes", SignedBy = signedBy };
    }

    private static async Task<ItemView> ImportAsync(Invocation run, PackedItem packed, SignedItem papers, Manifest manifest, FoundOnArrival? arrival, ByteProgress progress)
    {
        using var call = run.Gateway.ImportEvidence(cancellationToken: run.Cancel);
        var begin = new AttachBegin { Item = manifest.ItemId, CaseId = manifest.Case, SizeBytes = (ulong)manifest.SizeBytes, ManifestSha256 = ByteString.CopyFrom(papers.Manifest.Sha256.ToArray()), Arrival = arrival };
        await call.RequestStream.WriteAsync(new AttachFrame { Begin = begin }, run.Cancel);
        var ack = await NextAsync(call.ResponseStream, run.Cancel);
        if (ack.Notice.Length > 0)
        {
            run.Terminal.Note(SafeText.Line(ack.Notice));
            ack = await NextAsync(call.ResponseStream, run.Cancel);
        }
        if (ack.Committed is { } done)
            return done;
        var taken = true;
        if (!ack.LeavesComplete)
        {
            await foreach (var leaves in packed.LeavesAsync(LeafFrame, run.Cancel))
            {
                if (!(taken = await WriteAsync(call.RequestStream, new AttachFrame { Leaves = UnsafeByteOperations.UnsafeWrap(leaves) }, run.Cancel)))
                    break;
            }
        }
        var buffers = Enumerable.Range(0, InFlight).Select(_ => new byte[Chunk.StoredBytes]).ToArray();
        var next = StoredOf(ack);
        var stored = next;
        while (true)
        {
            for (; taken && next < manifest.Chunks && next - stored < InFlight; next++)
                taken = await WriteAsync(call.RequestStream, new AttachFrame { Chunk = new EvidenceData { Index = (ulong)next, Data = UnsafeByteOperations.UnsafeWrap(packed.Read(next, buffers[next % buffers.Length])) } }, run.Cancel);
            ack = await NextAsync(call.ResponseStream, run.Cancel);
            if (ack.Committed is { } view)
                return view;
            stored = Math.Max(stored, StoredOf(ack));
            progress.Report(Math.Min(stored * Chunk.PlainBytes, manifest.SizeBytes));
        }
    }

    // False when the call is over: what the gateway said, or the status of the line, is read next and says why.
    private static async Task<bool> WriteAsync(IClientStreamWriter<AttachFrame> frames, AttachFrame frame, CancellationToken cancel)
    {
        try
        {
            await frames.WriteAsync(frame, cancel);
            return true;
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
            return false;
        }
    }

    private static async Task<AttachAck> NextAsync(IAsyncStreamReader<AttachAck> acks, CancellationToken cancel)
        => await acks.MoveNext(cancel) ? acks.Current : throw StopException.Incomplete("the gateway ended the import before the item was complete; run the same command again");

    private static long StoredOf(AttachAck ack) => ack.Stored.FirstOrDefault(r => r.From == 0) is { } range ? (long)Math.Min(range.To, Chunk.MaxCount) : 0;
}

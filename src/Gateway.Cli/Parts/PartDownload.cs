using System.Security.Cryptography;
using Gateway.Cli.Connection;
using Gateway.Cli.Evidence;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Parts;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Cli.Parts;

/// <summary>
/// Discloses one part of an item: fetches only the chunks needed, proves the part against the manifest, has the disclosure recorded as a
/// custody event, and only then puts the folder for the recipient in its place.
/// </summary>
internal sealed class PartDownload(Invocation run, SignedManifest manifest, ItemKey key)
{
    private const string CustodyEvent = "custodyEvent";
    private const string ChainMoved = "T805";
    private const int MostMoved = 10;

    private Manifest Item => manifest.Manifest;

    public static async Task<ExitCode> RunAsync(Invocation run, string item, string to, string purpose, IReadOnlyList<Sensitivity> acknowledged, AskedPart asked)
    {
        var manifest = await SignedManifest.FetchAsync(run, item);
        manifest.Show(run.Terminal);
        manifest.Warn(run.Terminal);
        if (asked.File is not null && manifest.Manifest.Files is null)
            throw StopException.Usage("the item was not made of a folder; disclose a range of it");
        asked.Judge(manifest.Manifest, run.Clock.GetLocalNow());
        var part = asked.Text(manifest.Manifest);
        var target = Path.Combine(Directory.CreateDirectory(to).FullName, $"{manifest.Manifest.ItemId}-{Digest.Of(System.Text.Encoding.UTF8.GetBytes(part)).ToString()[..8]}");
        if (await UnfinishedPart.FinishAsync(run, manifest, target) is { Disclosure: var before })
        {
            Report(run, manifest, target, part, $"its disclosure to {before.To} under {before.Decision} was recorded by the run before, which was interrupted");
            if ((before.To, before.Decision) == (asked.Whom, asked.Decision))
                return ExitCode.Good;
            run.Terminal.Note("that is not the disclosure that was asked for now; name another folder for it (--to)");
            return ExitCode.Incomplete;
        }
        var temporary = NewFile.Temporary(target, force: false);
        // What was decrypted, and the keys of its chunks, are for nobody else on this machine, also when the command is killed.
        OwnerOnly.CreateFolder(temporary);
        try
        {
            using var key = await new ItemDownload(run, manifest).KeyAsync(purpose, acknowledged);
            var download = new PartDownload(run, manifest, key);
            var proof = asked.File is { } path ? await download.FileAsync(path, temporary) : await download.ChunksAsync(asked.Chunks(manifest.Manifest), temporary);
            NewFile.Write(Path.Combine(temporary, PartFiles.Proof), proof, ownerOnly: true);
            NewFile.Write(Path.Combine(temporary, PartFiles.Manifest), manifest.Der.Span);
            if (await EvidenceStatus.FindAsync(run, manifest.Manifest.ItemId, manifest.Manifest.Case) is { Conditions.Length: > 0 } view)
            {
                NewFile.Write(Path.Combine(temporary, PartFiles.Conditions), System.Text.Encoding.UTF8.GetBytes($"{view.Conditions}\n"), ownerOnly: true);
                run.Terminal.Note($"conditions of use, which bind whoever has the part: {view.Conditions}");
            }
            var reply = await download.RecordAsync(asked, Digest.Of(proof), temporary);
            Directory.Move(temporary, target);
            Report(run, manifest, target, part, reply.Outcome);
            return ExitCode.Good;
        }
        finally
        {
            // What was signed, and not refused, may stand in the record: the same command looks, and finishes it.
            if (File.Exists(Path.Combine(temporary, PartFiles.Event)))
                run.Terminal.Note($"whether the disclosure stands in the record is not known here; the same command finishes it (kept: {temporary})");
            else if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }

    private static void Report(Invocation run, SignedManifest manifest, string target, string part, string outcome)
    {
        run.Terminal.Line($"{target}: {part}, proved against the manifest; {outcome}");
        run.Terminal.Line($"whoever receives the folder checks it offline: gatewayctl evidence verify-part {target} --trust CARD");
        run.Terminal.WriteLine(json =>
        {
            json.WriteStartObject();
            json.WriteString("item", manifest.Manifest.ItemId);
            json.WriteString("folder", target);
            json.WriteString("part", part);
            json.WriteString("proofSha256", Digest.Of(InputFile.Read(Path.Combine(target, PartFiles.Proof))).ToString());
            json.WriteString("outcome", outcome);
            json.WriteEndObject();
        });
    }

    private async Task<byte[]> ChunksAsync((long First, long Count) range, string folder)
    {
        var nodes = await NodesAsync(range.First, range.Count);
        var proofs = new List<ChunkProof>();
        await using var content = NewContent(folder);
        var plain = new byte[Chunk.PlainBytes];
        await foreach (var (index, chunk) in FetchAsync(range.First, range.First + range.Count))
        {
            var proof = new ChunkProof(index, key.ChunkKey(Item.ItemId, index, index == Item.Chunks - 1), nodes.Prove(index));
            // The same check that the recipient makes.
            var length = PartProof.OpenChunk(Item, proof, chunk.Span, plain).OrStop();
            await content.WriteAsync(plain.AsMemory(0, length), run.Cancel);
            NewFile.Write(Path.Combine(folder, PartFiles.Chunk(index)), chunk.Span);
            proofs.Add(proof);
        }
        content.Flush(flushToDisk: true);
        return new PartProof(Item.ItemId, manifest.Sha256, proofs, null).Write();
    }

    private async Task<byte[]> FileAsync(string path, string folder)
    {
        var files = Item.Files!;
        var (nodes, found, place) = (new RangeNodes(), (byte[]?)null, -1L);
        await foreach (var line in LinesAsync(files.ListFrom, files.ListBytes))
        {
            if (found is null && FileEntry.Read(line).TryGet(out var candidate, out _) && candidate.Path == path)
            {
                (found, place) = (line, nodes.Count);
                nodes.Mark(1);
            }
            nodes.Add(FileEntry.Leaf(line));
        }
        if (found is null)
            throw StopException.No($"the list of the item names no {path}; paths are spelt as in its files.jsonl");
        var entry = FileEntry.Read(found).OrStop();
        if (entry.Index != place || nodes.Count != files.Entries)
            throw StopException.No($"{path} does not stand at its place in the list, or the list has not {files.Entries} entries: the laboratory's list and its manifest disagree");
        if (entry.Offset is not { } offset)
            throw StopException.No($"{path} is listed as {entry.Kind}{(entry.Problem is { } problem ? $" ({problem})" : "")} and has no content to disclose");
        var proof = new FileProof(found, nodes.Prove(place));
        PartProof.CheckFile(Item, proof).OrStop();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var content = NewContent(folder);
        await foreach (var piece in PlainAsync(offset, entry.Size))
        {
            hash.AppendData(piece.Span);
            await content.WriteAsync(piece, run.Cancel);
        }
        if (new Digest(hash.GetHashAndReset()) != entry.Sha256)
            throw StopException.No($"{path} does not have the digest of its entry: the laboratory's list and its archive disagree");
        content.Flush(flushToDisk: true);
        return new PartProof(Item.ItemId, manifest.Sha256, [], proof).Write();
    }

    // Nothing is handed over that is not on record: the event comes first, and names exactly this proof.
    private async Task<SubmitReply> RecordAsync(AskedPart asked, Digest proof, string folder)
    {
        var fields = asked.Event(Item, proof, run.Clock.GetLocalNow());
        var file = Path.Combine(folder, PartFiles.Event);
        for (var moved = 0; ; moved++)
        {
            var unanswered = false;
            try
            {
                var signed = SignAndSubmit.Sign(run, await UnbrokenAsync(() => SignAndSubmit.ComposeAsync(run, CustodyEvent, fields)));
                NewFile.Write(file, signed, force: true);
                // The same bytes again are the same event.
                return await UnbrokenAsync(async () =>
                {
                    try
                    {
                        return await SignAndSubmit.SubmitAsync(run, signed);
                    }
                    catch (RpcException e) when (RefusedCalls.RefusalOf(e) is null)
                    {
                        unanswered = true;
                        throw;
                    }
                });
            }
            // A refusal says that it is not in the record, unless the answer to an earlier call was lost: only of the chain it says that even then.
            catch (RpcException e) when (RefusedCalls.RefusalOf(e) is { Code: var code } && (!unanswered || code == ChainMoved))
            {
                File.Delete(file);
                if (code != ChainMoved || moved == MostMoved)
                    throw;
                run.Terminal.Note("another event of the item was recorded meanwhile; signing again, behind it");
            }
        }
    }

    // The whole list is checked against the root as it comes; kept is only what proves the range.
    private Task<RangeNodes> NodesAsync(long first, long count) => UnbrokenAsync(() => NodesOnceAsync(first, count));

    private async Task<RangeNodes> NodesOnceAsync(long first, long count)
    {
        var nodes = new RangeNodes();
        using var call = run.Gateway.FetchLeaves(new DownloadEvidenceRequest { Item = Item.ItemId }, cancellationToken: run.Cancel);
        await foreach (var page in call.ResponseStream.ReadAllAsync(run.Cancel))
        {
            if (page.Data.Length % Digest.Length != 0 || nodes.Count + (page.Data.Length / Digest.Length) > Item.Chunks)
                throw StopException.Incomplete("the gateway sent more leaves than the item has chunks");
            for (var at = 0; at < page.Data.Length; at += Digest.Length)
            {
                if (nodes.Count == first)
                    nodes.Mark(count);
                nodes.Add(new Digest(page.Data.Span.Slice(at, Digest.Length)));
            }
        }
        return nodes.Count == Item.Chunks && nodes.Root == Item.TreeRoot ? nodes : throw StopException.No("the leaf list of the gateway does not make the root of the manifest");
    }

    // A line that breaks is made again, and brings what is missing.
    private async IAsyncEnumerable<(long Index, ReadOnlyMemory<byte> Chunk)> FetchAsync(long from, long to)
    {
        for (var failures = 0; from < to;)
        {
            var before = from;
            using var call = run.Gateway.DownloadEvidence(new DownloadEvidenceRequest { Item = Item.ItemId, From = (ulong)from, To = (ulong)to }, cancellationToken: run.Cancel);
            bool broke;
            while (true)
            {
                (var frame, broke) = await NextAsync(call.ResponseStream);
                if (frame is null)
                    break;
                if (frame.Index != (ulong)from || from == to)
                    throw StopException.Incomplete($"the gateway sent chunk {frame.Index} where chunk {from} was due");
                yield return (from++, frame.Data.Memory);
            }
            if (!broke && from < to)
                throw StopException.Incomplete($"the gateway ended before chunk {from}");
            if (broke && from < to)
                await Task.Delay(Interruption.Pause(failures = from > before ? 1 : failures + 1), run.Clock, run.Cancel);
        }
    }

    // Nothing at the end of the stream, and when the line broke.
    private async Task<(DownloadFrame? Frame, bool Broke)> NextAsync(IAsyncStreamReader<DownloadFrame> frames)
    {
        try
        {
            return await frames.MoveNext(run.Cancel) ? (frames.Current, false) : (null, false);
        }
        catch (RpcException e) when (IsInterruption(e))
        {
            Interrupted(e);
            return (null, true);
        }
    }

    private async Task<T> UnbrokenAsync<T>(Func<Task<T>> call)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await call();
            }
            catch (RpcException e) when (IsInterruption(e))
            {
                Interrupted(e);
                await Task.Delay(Interruption.Pause(failures), run.Clock, run.Cancel);
            }
        }
    }

    private void Interrupted(RpcException e) => run.Terminal.Note($"interrupted: {Interruption.Why(e)}; going on");

    private bool IsInterruption(RpcException e) => !run.Cancel.IsCancellationRequested && RefusedCalls.IsInterruption(e) && !RefusedCalls.IsDamaged(e);

    // So many bytes of plaintext from a place on; a piece is valid until the next.
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> PlainAsync(long from, long bytes)
    {
        if (bytes == 0)
            yield break;
        var plain = new byte[Chunk.PlainBytes];
        var end = from + bytes;
        await foreach (var (index, chunk) in FetchAsync(from / Chunk.PlainBytes, ((end - 1) / Chunk.PlainBytes) + 1))
        {
            var length = Chunk.Decrypt(key, Item.ItemId, index, index == Item.Chunks - 1, chunk.Span, plain).OrStop();
            var begin = (int)Math.Max(0, from - (index * Chunk.PlainBytes));
            yield return plain.AsMemory(begin, (int)Math.Min(length, end - (index * Chunk.PlainBytes)) - begin);
        }
    }

    private async IAsyncEnumerable<byte[]> LinesAsync(long from, long bytes)
    {
        var line = new MemoryStream();
        await foreach (var piece in PlainAsync(from, bytes))
        {
            for (var rest = piece; rest.Length > 0;)
            {
                var end = rest.Span.IndexOf((byte)'\n');
                var taken = end < 0 ? rest : rest[..(end + 1)];
                if (line.Length + taken.Length > FileEntry.MaxBytes)
                    throw StopException.No("the list of the item has a line that is too long");
                line.Write(taken.Span);
                rest = rest[taken.Length..];
                if (end < 0)
                    continue;
                yield return line.ToArray();
                line.SetLength(0);
            }
        }
    }

    private static FileStream NewContent(string folder) => OwnerOnly.Anew(Path.Combine(folder, PartFiles.Content));
}

using System.Threading.Channels;
using Gateway.Cli.Output;
using Gateway.Cli.Sources;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Evidence;

/// <summary>
/// One attempt to bring an item to the gateway: read, digest and encrypt in one pass on one thread, send on another, at most eight
/// chunks between them. What the gateway has already is read and digested again, but neither encrypted nor sent.
/// </summary>
internal sealed class AttachUpload(Operator.OperatorClient gateway, AttachJournal journal, SourceReader source, Intake intake, Technician technician, TimeProvider clock)
{
    private const int Window = 8;

    /// <summary>A carrier brings the item.</summary>
    public bool ByCarrier { get; init; }

    public async Task<AttachedResult> RunAsync(ByteProgress progress, CancellationToken cancel)
    {
        await using var stream = await AttachStream.OpenAsync(gateway, new AttachBegin
        {
            Item = journal.Item.ItemId, CaseId = journal.Item.CaseId, SizeBytes = (ulong)journal.Item.SizeBytes, Request = journal.Item.RequestMessage,
            SignerSha256 = ByteString.CopyFrom(technician.Signer.Certificate.Sha256.ToArray()), ByCarrier = ByCarrier, ParentItem = intake.Text("parentItem"), RootExhibit = intake.Text("rootExhibitNumber"),
        }, cancel);
        if (stream.Done is { } done)
            return new AttachedResult(done, await CommittedBeforeAsync(cancel)) { Findings = journal.Findings };
        var stored = journal.Keep(stream.Stored);
        return await stream.Explain(async () =>
        {
            var (encrypted, findings) = await SendAsync(stream, stored, progress);
            // The answer to the commit may be lost, and with it this process.
            journal.Keep(findings);
            var papers = SignedItem.Make(journal.Item, journal.Key, intake, encrypted, findings, technician, stream.Authority!, clock.GetLocalNow());
            return new AttachedResult(await stream.CommitAsync(papers), papers.Manifest) { Findings = findings };
        });
    }

    private async Task<(EncryptedItem Item, SourceFindings Findings)> SendAsync(AttachStream stream, StoredChunks stored, ByteProgress progress)
    {
        using var opened = journal.Open(source with { Free = stored.Leaves.Count * Chunk.PlainBytes });
        await using var reading = new SourceFile(opened.Content, journal.Chunks, stored.Leaves.Count, progress.Report);
        using var encryptor = new ItemEncryptor(journal.Key, journal.Item.ItemId, DigestSet.Create(journal.Item.Digests).OrStop());
        var queue = Channel.CreateBounded<EncryptedChunk>(new BoundedChannelOptions(Window) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stream.Sending);
        var encrypting = Task.Run(() => EncryptAsync(encryptor, reading, stored, queue.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var chunk in queue.Reader.ReadAllAsync(stop.Token))
            {
                using (chunk)
                    await stream.SendAsync(chunk.Index, chunk.Bytes);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await encrypting.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            while (queue.Reader.TryRead(out var unsent))
                unsent.Dispose();
        }
        await encrypting;
        return (encryptor.Complete(), opened.Complete());
    }

    private async Task EncryptAsync(ItemEncryptor encryptor, SourceFile reading, StoredChunks stored, ChannelWriter<EncryptedChunk> queue, CancellationToken cancel)
    {
        Exception? failure = null;
        try
        {
            await foreach (var chunk in encryptor.EncryptAsync(reading, stored, cancel))
            {
                // Recorded before it is sent: what the gateway may have is always known here.
                journal.Chunks.Append(chunk.Index, chunk.Leaf, reading.NextPlain());
                await queue.WriteAsync(chunk, cancel);
            }
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            queue.Complete(failure);
        }
    }

    // The commit arrived but its answer was lost. The manifest that counts is the one the gateway holds, if it is ours.
    private async Task<SignedDocument> CommittedBeforeAsync(CancellationToken cancel)
    {
        var reply = await gateway.FetchManifestAsync(new FetchManifestRequest { Item = journal.Item.ItemId }, cancellationToken: cancel);
        var signed = SignedDocument.Open(reply.Manifest.Memory).OrStop();
        var manifest = Manifest.Read(signed.Content).OrStop();
        if (signed.Signer.Sha256 != technician.Signer.Certificate.Sha256 || manifest.KeyCommitment != journal.Key.Commitment(journal.Item.ItemId))
            throw StopException.No($"the gateway holds another manifest of item {journal.Item.ItemId}; attach the file as a new item with --new");
        return signed;
    }
}

/// <summary>What the lab notes down: the gateway's view of the item and the manifest that it committed.</summary>
internal sealed record AttachedResult(ItemView Item, SignedDocument Manifest)
{
    /// <summary>What the pass over the source found.</summary>
    public SourceFindings Findings { get; init; } = SourceFindings.None;
}

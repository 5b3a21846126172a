using System.Threading.Channels;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Cli.Evidence;

/// <summary>
/// One attempt to bring an item to the gateway: read, digest and encrypt in one pass on one thread, send on another, at most eight
/// chunks between them, and at most two that the gateway has not acknowledged. What the gateway has already is read and digested
/// again, but neither encrypted nor sent.
/// </summary>
internal sealed class AttachUpload(Operator.OperatorClient gateway, AttachJournal journal, string source, Intake intake, Actor technician, Signer signer, TimeProvider clock)
{
    private const int Window = 8;
    private const int InFlight = 2;

    /// <summary>The chunk at which this attempt went on.</summary>
    public long ResumedAt { get; private set; }

    public async Task<AttachedResult> RunAsync(ByteProgress progress, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var call = gateway.AttachEvidence(cancellationToken: stop.Token);
        await call.RequestStream.WriteAsync(new AttachFrame { Begin = new AttachBegin { Item = journal.Item.ItemId, CaseId = journal.Item.CaseId } }, stop.Token);
        if (!await call.ResponseStream.MoveNext(stop.Token))
            throw StopException.Incomplete("the gateway ended the transfer without an answer");
        var first = call.ResponseStream.Current;
        if (first.Committed is { Item.Length: > 0 } done)
            return new AttachedResult(done, await CommittedBeforeAsync(stop.Token));
        var authority = Certificate.Read(first.EvidenceCertificate.Memory).OrStop();
        ResumedAt = Math.Min(StoredFromStart(first), journal.Chunks.Count);
        journal.Chunks.Keep(ResumedAt);

        using var room = new SemaphoreSlim(InFlight);
        using var sending = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        var committed = CommittedAsync(call.ResponseStream, room, sending, stop.Token);
        try
        {
            var signed = await SendAsync(call.RequestStream, room, authority, progress, sending.Token);
            return new AttachedResult(await committed, signed);
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            await committed; // the call is over; its status says why
            throw;
        }
        finally
        {
            await stop.CancelAsync();
            await committed.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task<SignedDocument> SendAsync(IClientStreamWriter<AttachFrame> stream, SemaphoreSlim room, Certificate authority, ByteProgress progress, CancellationToken cancel)
    {
        await using var reading = new SourceFile(EvidenceHash.OpenSource(source), journal.Chunks, ResumedAt, progress.Report);
        using var encryptor = new ItemEncryptor(journal.Key, journal.Item.ItemId, DigestSet.Create(journal.Item.Digests).OrStop());
        var queue = Channel.CreateBounded<EncryptedChunk>(new BoundedChannelOptions(Window) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var encrypting = Task.Run(() => EncryptAsync(encryptor, reading, queue.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var chunk in queue.Reader.ReadAllAsync(stop.Token))
            {
                using (chunk)
                {
                    await room.WaitAsync(stop.Token);
                    await stream.WriteAsync(new AttachFrame { Chunk = new EvidenceData { Index = (ulong)chunk.Index, Data = UnsafeByteOperations.UnsafeWrap(chunk.Bytes) } }, stop.Token);
                }
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
        return await CommitAsync(stream, encryptor.Complete(), authority, cancel);
    }

    private async Task EncryptAsync(ItemEncryptor encryptor, SourceFile source, ChannelWriter<EncryptedChunk> queue, CancellationToken cancel)
    {
        Exception? failure = null;
        try
        {
            await foreach (var chunk in encryptor.EncryptAsync(source, new StoredChunks(journal.Chunks.Leaves(ResumedAt), journal.Item.SizeBytes), cancel))
            {
                // Recorded before it is sent: what the gateway may have is always known here.
                journal.Chunks.Append(chunk.Index, chunk.Leaf, source.NextPlain());
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

    private async Task<SignedDocument> CommitAsync(IClientStreamWriter<AttachFrame> stream, EncryptedItem encrypted, Certificate authority, CancellationToken cancel)
    {
        var now = clock.GetLocalNow();
        var manifest = SignedDocument.Sign(intake.For(journal.Item, encrypted, technician, now).Write(), signer, now);
        var key = journal.Key.ToArray();
        var grant = new KeyGrant(journal.Item.ItemId, Digest.Of(manifest), key, technician.Authority, now).Write();
        var envelope = Envelope.Encrypt(grant, authority);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(key);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(grant);
        await stream.WriteAsync(new AttachFrame { Commit = new AttachCommit { Manifest = ByteString.CopyFrom(manifest), Grant = ByteString.CopyFrom(envelope) } }, cancel);
        await stream.CompleteAsync();
        return SignedDocument.Open(manifest).OrStop();
    }

    // The commit arrived but its answer was lost. The manifest that counts is the one the gateway holds, if it is ours.
    private async Task<SignedDocument> CommittedBeforeAsync(CancellationToken cancel)
    {
        var reply = await gateway.FetchManifestAsync(new FetchManifestRequest { Item = journal.Item.ItemId }, cancellationToken: cancel);
        var signed = SignedDocument.Open(reply.Manifest.Memory).OrStop();
        var manifest = Manifest.Read(signed.Content).OrStop();
        if (signed.Signer.Sha256 != signer.Certificate.Sha256 || manifest.KeyCommitment != journal.Key.Commitment(journal.Item.ItemId))
            throw StopException.No($"the gateway holds another manifest of item {journal.Item.ItemId}; attach the file as a new item with --new");
        return signed;
    }

    // However the answers end, a sender that waits for room must hear of it.
    private async Task<ItemView> CommittedAsync(IAsyncStreamReader<AttachAck> acks, SemaphoreSlim room, CancellationTokenSource sending, CancellationToken cancel)
    {
        var stored = ResumedAt;
        try
        {
            while (await acks.MoveNext(cancel))
            {
                if (acks.Current.Committed is { Item.Length: > 0 } item)
                    return item;
                if (StoredFromStart(acks.Current) - stored is > 0 and <= InFlight and var more)
                {
                    stored += more;
                    room.Release((int)more);
                }
            }
            throw StopException.Incomplete("the gateway ended the transfer without committing the item; run the same command again");
        }
        catch
        {
            await sending.CancelAsync();
            throw;
        }
    }

    private static long StoredFromStart(AttachAck ack)
        => ack.Stored.FirstOrDefault(range => range.From == 0) is { } range ? (long)Math.Min(range.To, Chunk.MaxCount) : 0;
}

/// <summary>What the lab notes down: the gateway's view of the item and the manifest that it committed.</summary>
internal sealed record AttachedResult(ItemView Item, SignedDocument Manifest);

using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Cli.Evidence;

/// <summary>
/// Brings one item here: key, chunks, plaintext, comparison. The file gets its name only when the tree and every digest agree and
/// all of it is on disk; after any doubt there is no file.
/// </summary>
internal sealed class ItemDownload(Invocation run, SignedManifest manifest)
{
    private Manifest Item => manifest.Manifest;

    /// <summary>Asks for the key, for a fresh key pair that lives as long as this object's call. Only the grant of this very manifest will do.</summary>
    /// <param name="purpose">What it is needed for.</param>
    /// <param name="acknowledged">What the person said to know about the content.</param>
    public async Task<ItemKey> KeyAsync(string purpose, IReadOnlyList<Sensitivity> acknowledged)
    {
        var now = run.Clock.GetUtcNow();
        using var receiver = Decryptor.Ephemeral("gatewayctl download", now);
        var request = new GrantRequest(Item.ItemId, purpose, receiver.Certificate.Der.ToArray(), now) { Acknowledged = acknowledged };
        // Said here, before anything is asked for.
        if (request.RefuseFor(Item) is { } unsaid)
            throw StopException.Refused(unsaid);
        var signed = SignedDocument.Sign(request.Write(), run.Signer, now);
        var reply = await run.Gateway.RequestGrantAsync(new RequestGrantRequest { SignedRequest = ByteString.CopyFrom(signed) }, cancellationToken: run.Cancel);
        var bytes = Envelope.Open(reply.Grant.Memory, receiver).OrStop();
        try
        {
            var grant = KeyGrant.Read(bytes).OrStop();
            var key = grant.KeyFor(Item, manifest.Sha256);
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(grant.ItemKey);
            return key.OrStop();
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The key; the refusal when the grant that came with the item does not open at the gateway, which is something to state about the item.</summary>
    public async Task<Outcome<ItemKey>> AskKeyAsync(string purpose, IReadOnlyList<Sensitivity> acknowledged)
    {
        try
        {
            return await KeyAsync(purpose, acknowledged);
        }
        catch (RpcException e) when (RefusedCalls.RefusalOf(e) is { Code: "T706", Path: not "certificate" } refusal)
        {
            return new Protocol.Refusals.Refusal(RefusalCode.GrantNotValid, refusal.Detail, refusal.Path);
        }
    }

    /// <summary>Decrypts into <paramref name="partial"/>, which becomes <paramref name="path"/>. What was found is a value, also when it is a no. Stopped, it leaves what it has for the next run.</summary>
    public async Task<Found> FetchAsync(ItemKey key, PartialFile partial, string path, bool force, ByteProgress progress)
    {
        var resumed = partial.Bytes > 0;
        var found = await FetchOnceAsync(key, partial, path, force, progress);
        if (!resumed || found.Outcome == HandOverOutcome.AGREED)
            return found;
        // What lay here may have been changed since: nothing is stated about the item before it was fetched whole.
        using var anew = PartialFile.Open(path, Item.ItemId);
        return await FetchOnceAsync(key, anew, path, force, progress);
    }

    private async Task<Found> FetchOnceAsync(ItemKey key, PartialFile partial, string path, bool force, ByteProgress progress)
    {
        var item = await DecryptAsync(key, partial, progress);
        if (item.TryGet(out var decrypted, out var refusal) && decrypted.Agrees)
        {
            partial.Keep(path, force);
            return new Found(HandOverOutcome.AGREED, decrypted.Digests, decrypted.NotComputed.Count == 0 ? null : $"not computed here: {string.Join(", ", decrypted.NotComputed)}");
        }
        partial.Discard();
        return refusal is not null
            ? new Found(HandOverOutcome.UNREADABLE, [], refusal.ToString())
            : new Found(HandOverOutcome.DIFFERS, decrypted!.Digests, $"{string.Join(", ", decrypted.Differing)} differs from the manifest");
    }

    private async Task<Outcome<DecryptedItem>> DecryptAsync(ItemKey key, PartialFile partial, ByteProgress progress)
    {
        if (!ItemDecryptor.Begin(Item, key).TryGet(out var decryptor, out var refusal))
            return refusal;
        using (decryptor)
        {
            var failures = 0;
            for (var next = await partial.Resume(decryptor, Item, progress.Report, run.Cancel); next < Item.Chunks;)
            {
                var before = next;
                try
                {
                    using var call = run.Gateway.DownloadEvidence(new DownloadEvidenceRequest { Item = Item.ItemId, From = (ulong)next }, cancellationToken: run.Cancel);
                    await foreach (var frame in call.ResponseStream.ReadAllAsync(run.Cancel))
                    {
                        if (frame.Index != (ulong)next || next == Item.Chunks)
                            throw StopException.Incomplete($"the gateway sent chunk {frame.Index} where chunk {next} was due");
                        if (!(await decryptor.NextAsync(frame.Data.Memory)).TryGet(out var plain, out var unreadable))
                            return unreadable;
                        await partial.Append(plain, decryptor.LastLeaf, run.Cancel);
                        next++;
                        progress.Report(Math.Min(next * Chunk.PlainBytes, Item.SizeBytes));
                    }
                    if (next < Item.Chunks)
                        throw StopException.Incomplete($"the gateway sent {next} of {Item.Chunks} chunks");
                }
                catch (RpcException e) when (RefusedCalls.IsDamaged(e))
                {
                    run.Terminal.Note($"{ByteProgress.Size(partial.Bytes)} were fetched and stay here; the same command goes on behind them when the gateway has the chunks again");
                    throw;
                }
                catch (RpcException e) when (!run.Cancel.IsCancellationRequested && RefusedCalls.IsInterruption(e))
                {
                    failures = next > before ? 1 : failures + 1;
                    await Interruption.WaitAsync(run, e, failures);
                }
            }
            return await decryptor.CompleteAsync();
        }
    }
}

/// <summary>What came of decrypting an item.</summary>
internal sealed record Found(HandOverOutcome Outcome, IReadOnlyList<ItemDigest> Digests, string? Remark);

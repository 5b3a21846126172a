using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

/// <summary>
/// A file that grows under a temporary name, with the leaves of its chunks beside it: whoever is stopped, or killed, goes on behind what lies
/// there. It gets its own name only when everything agrees; after a doubt nothing is left.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private readonly string _path;
    private readonly FileStream _file;
    private readonly FileStream _leaves;

    private PartialFile(string path, FileStream file, FileStream leaves) => (_path, _file, _leaves) = (path, file, leaves);

    private bool _closed;

    /// <summary>Opens what an earlier run left for an item, or begins it. One that is disposed of with nothing in it leaves nothing.</summary>
    public static PartialFile Open(string path, string item)
    {
        var temporary = Temporary(path, item);
        TakeOver(item, temporary);
        try
        {
            // What is decrypted here is for the person who asked, whatever the umask says.
            var file = OwnerOnly.OpenContent(temporary, FileOptions.Asynchronous);
            return new PartialFile(temporary, file, OwnerOnly.OpenContent(LeavesOf(temporary)));
        }
        catch (IOException e) when (File.Exists(temporary))
        {
            throw StopException.Incomplete($"{temporary} is in use: the item is being downloaded by another program", e);
        }
    }

    /// <summary>What lies here now.</summary>
    public long Bytes => _file.Length;

    /// <summary>Gives what lies here to the decryptor; returns the chunk that is due next. What does not fit is cut off.</summary>
    public async Task<long> Resume(ItemDecryptor decryptor, Manifest manifest, Action<long> progress, CancellationToken cancel)
    {
        var whole = Math.Min(_leaves.Length / Digest.Length, Math.Min(_file.Length / Chunk.PlainBytes, manifest.Chunks - 1));
        var (plain, leaf, next) = (new byte[Chunk.PlainBytes], new byte[Digest.Length], 0L);
        _file.Position = _leaves.Position = 0;
        for (; next < whole; next++)
        {
            await _file.ReadExactlyAsync(plain, cancel);
            _leaves.ReadExactly(leaf);
            if (await decryptor.AgainAsync(plain, new Digest(leaf)) is not null)
                break;
            progress(_file.Position);
        }
        _file.SetLength(next * Chunk.PlainBytes);
        _leaves.SetLength(next * Digest.Length);
        _file.Position = _file.Length;
        _leaves.Position = _leaves.Length;
        return next;
    }

    public async Task Append(ReadOnlyMemory<byte> plain, Digest leaf, CancellationToken cancel)
    {
        await _file.WriteAsync(plain, cancel);
        _leaves.Write(leaf.ToArray());
    }

    /// <summary>Everything agrees: on the disk, then under its own name; both hold when this returns, and the hand-over may be signed.</summary>
    public void Keep(string path, bool force)
    {
        _file.Flush(flushToDisk: true);
        Close();
        NewFile.Keep(_path, path, force);
        File.Delete(LeavesOf(_path));
    }

    /// <summary>Nothing of it is left.</summary>
    public void Discard()
    {
        Close();
        File.Delete(_path);
        File.Delete(LeavesOf(_path));
    }

    public void Dispose()
    {
        if (_closed)
            return;
        if (_file.Length == 0)
            Discard();
        else
            Close();
    }

    private void Close()
    {
        _closed = true;
        _file.Dispose();
        _leaves.Dispose();
    }

    // The item alone names it: a name of 255 bytes leaves room for nothing beside it.
    private static string Temporary(string path, string item) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{item}.partial");

    // Earlier versions put the name of the file before that of the item.
    private static void TakeOver(string item, string temporary)
    {
        // Its name was that of the file, cut in another way; the item alone names it.
        if (File.Exists(temporary) || Path.GetDirectoryName(temporary) is not { } folder || !Directory.Exists(folder) || Directory.EnumerateFiles(folder, $".*.{item}.partial").FirstOrDefault() is not { } older)
            return;
        // Last what says that there is something: a stop between is gone on with.
        if (File.Exists(LeavesOf(older)))
            File.Move(LeavesOf(older), LeavesOf(temporary), overwrite: true);
        File.Move(older, temporary);
    }

    private static string LeavesOf(string temporary) => $"{temporary}.leaves";
}

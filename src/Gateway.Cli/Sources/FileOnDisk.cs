using Gateway.Protocol.Evidence;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Cli.Sources;

/// <summary>One file or device, opened for one pass; tells whether anybody wrote to it meanwhile.</summary>
internal sealed class FileOnDisk
{
    private readonly string _path;
    private readonly long _length;
    private readonly DateTime _modified;

    private FileOnDisk(string path, long length, DateTime modified, Stream content) => (_path, _length, _modified, Content) = (path, length, modified, content);

    public Stream Content { get; }

    public static FileOnDisk Open(string path, long length, UnreadRanges unread)
    {
        if (length > Chunk.MaxCount * Chunk.PlainBytes)
            throw Output.StopException.No($"{path} is larger than the largest item, {Chunk.MaxCount} chunks");
        var handle = OpenHandle(path);
        return new FileOnDisk(path, length, File.GetLastWriteTimeUtc(path), new SectorStream(handle, 0, length, unread));
    }

    public static SafeFileHandle OpenHandle(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan | FileOptions.Asynchronous);

    /// <summary>Whether size and time are what they were when it was opened. Of a device they say nothing: its length is told as 0.</summary>
    public bool IsUnchanged() => IsUnchanged(_modified);

    /// <summary>Whether it still is what was found at that time.</summary>
    public bool IsUnchanged(DateTime modified)
    {
        var now = new FileInfo(_path);
        return now.Exists && now.LastWriteTimeUtc == modified && (now.Length == _length || now.Length == 0);
    }
}

using Gateway.Cli.Output;
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

    /// <summary>Opens it.</summary>
    /// <param name="path">The file itself, not a link to it: a link has a length and a time of its own.</param>
    /// <param name="device">The length of a device, which the opened file does not tell; null for a file.</param>
    /// <param name="unread">What could not be read of it.</param>
    public static FileOnDisk Open(string path, long? device, UnreadRanges unread)
    {
        var handle = OpenHandle(path);
        try
        {
            var length = device ?? LengthOf(handle, path);
            if (length > Chunk.MaxCount * Chunk.PlainBytes)
                throw StopException.No($"{path} is larger than the largest item, {Chunk.MaxCount} chunks");
            return new FileOnDisk(path, length, File.GetLastWriteTimeUtc(path), new SectorStream(handle, 0, length, unread));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of a file, asked of what is opened: whatever its name leads to.</summary>
    public static long Measure(string path)
    {
        using var handle = OpenHandle(path);
        return LengthOf(handle, path);
    }

    public static SafeFileHandle OpenHandle(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan | FileOptions.Asynchronous);

    private static long LengthOf(SafeFileHandle handle, string path)
    {
        try
        {
            return RandomAccess.GetLength(handle);
        }
        catch (NotSupportedException)
        {
            throw StopException.No($"{path} has no length, as a pipe has none; write what it gives into a file first");
        }
    }

    /// <summary>Whether size and time are what they were when it was opened. Of a device they say nothing: its length is told as 0.</summary>
    public bool IsUnchanged() => IsUnchanged(_modified);

    /// <summary>Whether it still is what was found at that time.</summary>
    public bool IsUnchanged(DateTime modified)
    {
        var now = new FileInfo(_path);
        return now.Exists && now.LastWriteTimeUtc == modified && (now.Length == _length || now.Length == 0);
    }
}

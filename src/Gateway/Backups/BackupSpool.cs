using Gateway.Keys;
using Gateway.Protocol.Documents;

namespace Gateway.Backups;

/// <summary>
/// The folder in which a backup puts its copies of the databases, in clear until they are encrypted. One backup at a time; what a killed one left goes with the
/// next, with the next start of the gateway, or with the next erasure.
/// </summary>
internal static class BackupSpool
{
    private const string FolderName = "spool";
    private const string LockName = "backup.lock";

    /// <summary>A name for a copy.</summary>
    public static string Copy(string dataFolder) => Path.Combine(dataFolder, FolderName, $"backup-{Ids.New()}.db");

    /// <summary>Keeps other backups out until it is disposed, which deletes the copies.</summary>
    public static Held Hold(string dataFolder)
    {
        PrivateFile.CreateFolder(Path.Combine(dataFolder, FolderName));
        return TryHold(dataFolder) ?? throw new IOException($"another backup of {dataFolder} is being made; wait until it has ended");
    }

    /// <summary>Deletes what was left; false while a backup is being made, which holds what was there when it began.</summary>
    public static bool Clear(string dataFolder)
    {
        if (!Directory.Exists(Path.Combine(dataFolder, FolderName)))
            return true;
        using var held = TryHold(dataFolder);
        return held is not null;
    }

    private static Held? TryHold(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, FolderName);
        try
        {
            var held = new Held(folder, new FileStream(Path.Combine(dataFolder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            held.DeleteCopies();
            return held;
        }
        catch (IOException)
        {
            return null;
        }
    }

    internal sealed class Held(string folder, FileStream held) : IDisposable
    {
        public void DeleteCopies()
        {
            foreach (var left in Directory.EnumerateFiles(folder, "backup-*.db*"))
                File.Delete(left);
        }

        public void Dispose()
        {
            DeleteCopies();
            held.Dispose();
        }
    }
}

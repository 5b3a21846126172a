using System.Formats.Tar;
using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Backups;

/// <summary>The two files of a backup and the keys that open them.</summary>
internal sealed record BackupFiles(string Data, string Keys, Decryptor DataKey, Decryptor KeysKey);

/// <summary>
/// <c>gateway restore</c>: makes a data folder from the two files of a backup. Everything is written beside it first and takes its name in one
/// step, so that a stop leaves either nothing or all. The database is marked: the next start compares its chains with every peer before it signs.
/// </summary>
internal sealed partial class RestoreBackup(string state, string dataFolder)
{
    /// <summary>When the backup was made.</summary>
    public async Task<Outcome<DateTimeOffset>> Run(BackupFiles files)
    {
        if (Directory.Exists(dataFolder) && Directory.EnumerateFileSystemEntries(dataFolder).Any())
            return new Refusal(RefusalCode.StateConflict, $"{dataFolder} is not empty; move it away first, and keep it: it may hold what the backup lacks");
        var work = dataFolder.TrimEnd(Path.DirectorySeparatorChar) + ".restoring";
        // What a stop left behind.
        if (Directory.Exists(work))
            Directory.Delete(work, recursive: true);
        try
        {
            PrivateFile.CreateFolder(work);
            PrivateFile.CreateFolder(Path.Combine(work, CaseKeys.FolderName));
            if (!Extract(files.Data, BackupKind.DATA, files.DataKey, work).TryGet(out var data, out var refusal)
                || !Extract(files.Keys, BackupKind.KEYS, files.KeysKey, Path.Combine(work, CaseKeys.FolderName)).TryGet(out var keys, out refusal))
                return refusal;
            if (keys.Created < data.Created)
                return new Refusal(RefusalCode.BackupNotValid, string.Create(CultureInfo.InvariantCulture,
                    $"the keys are of {keys.Created:u}, older than the data of {data.Created:u}: cases opened between could not be read; take the keys of the same backup or of a later one"));
            if (Complete(work) is { } incomplete)
                return incomplete;
            Database.Migrate(work);
            await using (var database = Database.Open(work))
                await database.Write(Lane.Ordinary, s => s.Run("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", Database.RestoredFact, DocumentWriter.FormatTime(data.Created)));
            if (Directory.Exists(dataFolder))
                Directory.Delete(dataFolder);
            Directory.Move(work, dataFolder);
            return data.Created;
        }
        finally
        {
            if (Directory.Exists(work))
                Directory.Delete(work, recursive: true);
        }
    }

    private Outcome<BackupHeader> Extract(string file, BackupKind kind, Decryptor key, string folder)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 256 * 1024);
        if (!BackupReader.Open(stream, kind, key).TryGet(out var reader, out var refusal))
            return refusal;
        using (reader)
        {
            if (reader.Header.State != state)
                return new Refusal(RefusalCode.BackupNotValid, $"the backup is of {reader.Header.State}, the configuration of {state}");
            using var tar = new TarReader(reader, leaveOpen: true);
            while (tar.GetNextEntry() is { } entry)
            {
                // Our own names only: nothing that a file says decides where it goes.
                if (entry.EntryType != TarEntryType.RegularFile || !(kind == BackupKind.DATA ? DataName() : KeyName()).IsMatch(entry.Name))
                    return new Refusal(RefusalCode.BackupNotValid, "the backup holds something that no gateway writes");
                Save(entry, Path.Combine(folder, entry.Name));
            }
            reader.Drain();
            return reader.Header with { Key = [] };
        }
    }

    private static void Save(TarEntry entry, string path)
    {
        PrivateFile.CreateFolder(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 256 * 1024 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        entry.DataStream?.CopyTo(file);
        file.Flush(flushToDisk: true);
    }

    private static Refusal? Complete(string work)
    {
        foreach (var name in new[] { Database.FileName, Path.Combine(CaseKeys.FolderName, CaseKeys.FileName) })
        {
            var path = Path.Combine(work, name);
            if (!File.Exists(path))
                return new Refusal(RefusalCode.BackupNotValid, $"the backup holds no {name}");
            using var session = Database.Connect(path, SqliteOpenMode.ReadWrite);
            if (session.Query("SELECT integrity_check FROM pragma_integrity_check LIMIT 1", row => row.GetString(0)) is not ["ok"])
                return new Refusal(RefusalCode.BackupNotValid, $"{name} in the backup is damaged");
        }
        return null;
    }

    [GeneratedRegex(@"\A(gateway\.db|items/[0-9a-f]{2}/[0-9a-f]{32}/([0-9]{6}\.chunks|leaves))\z", RegexOptions.CultureInvariant)]
    private static partial Regex DataName();

    [GeneratedRegex(@"\A(case-keys\.db|(storage|log|cosigner)-[0-9]{4}\.key|log-certificate-[0-9]{4}\.(key|crt))\z", RegexOptions.CultureInvariant)]
    private static partial Regex KeyName();
}

using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Backups;

/// <summary>What a file holds.</summary>
internal enum BackupKind
{
    /// <summary>The database and the chunks of evidence.</summary>
    DATA,

    /// <summary>The case keys and the storage keys: without them the data cannot be read.</summary>
    KEYS,
}

/// <summary>What stands encrypted at the beginning of a backup file: the key of all that follows, used for this one file.</summary>
internal sealed record BackupHeader(BackupKind Kind, string State, DateTimeOffset Created, byte[] Key)
{
    public const int KeyBytes = 32;

    /// <summary>The document type; never leaves the file that it opens.</summary>
    public const string Type = "backup";

    public static Outcome<BackupHeader> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var header = new BackupHeader(r.Word<BackupKind>("kind"), r.Id("state", Ids.IsState), r.Time("created"), r.Base64("key", KeyBytes));
        if (!r.Failed && header.Key.Length != KeyBytes)
            r.Refuse(RefusalCode.DocumentValue, $"expected {KeyBytes} bytes", "key");
        return header;
    });

    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w.Word("kind", Kind).Text("state", State).Time("created", Created).Base64("key", Key));
}

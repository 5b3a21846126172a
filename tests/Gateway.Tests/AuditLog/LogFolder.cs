using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;

namespace Gateway.Tests.AuditLog;

/// <summary>A data folder with a database and keys and nothing else, for what concerns the log alone.</summary>
internal sealed class LogFolder : IAsyncDisposable
{
    public LogFolder()
    {
        Folder = Directory.CreateTempSubdirectory("log-").FullName;
        Database.Create(Folder);
        Directory.CreateDirectory(Path.Combine(Folder, CaseKeys.FolderName));
        LogKeys.CreateMissing(Folder, "XA", Clock.GetUtcNow());
        Keys = LogKeys.Load(Folder);
        Data = Database.Open(Folder);
        Sequencer = new Sequencer(Data, Keys, "XA", Clock);
    }

    public string Folder { get; }

    public TestClock Clock { get; } = new();

    public LogKeys Keys { get; }

    public Database Data { get; private set; }

    public Sequencer Sequencer { get; private set; }

    public LogProofs Proofs => new(Data);

    public LogName Name => new("XA", Clock.GetUtcNow().Year);

    /// <summary>As after kill -9 and a new start.</summary>
    public async Task Restart()
    {
        Sequencer.Dispose();
        await Data.DisposeAsync();
        Data = Database.Open(Folder);
        Sequencer = new Sequencer(Data, Keys, "XA", Clock);
    }

    /// <summary>Appends leaves whose digests follow from their index; returns their number afterwards.</summary>
    public Task<long> Append(int count) => Data.Write(Lane.Ordinary, s =>
    {
        for (var i = 0; i < count; i++)
            Leaves.Append(s, LeafKind.receipt, DigestOf(Leaves.Count(s)));
        return Leaves.Count(s);
    });

    public static Digest DigestOf(long index) => Digest.Of(BitConverter.GetBytes(index));

    public VerifiedCheckpoint Verified(CheckpointRow row, LogName? name = null) => VerifiedCheckpoint.Open(row.Newest, Keys.Card.LogKeys(name ?? Name)).Value;

    public async ValueTask DisposeAsync()
    {
        Sequencer.Dispose();
        await Data.DisposeAsync();
        Keys.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

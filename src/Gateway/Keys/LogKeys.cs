using System.Globalization;
using System.Security.Cryptography;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;
using Gateway.Storage;

namespace Gateway.Keys;

/// <summary>
/// The keys of the log and of the witness: <c>log-0001.key</c>, <c>cosigner-0001.key</c> (Ed25519) and
/// <c>log-certificate-0001.key</c> with <c>.crt</c> (P-256), mode 0600, beside the storage keys and in the backup of the keys, outside that of the data. Every file
/// that is there signs, so that a key rotates with an overlap: make the next, issue a card with both, later take the first away.
/// </summary>
internal sealed class LogKeys : IDisposable
{
    private readonly IReadOnlyList<Ed25519Key> _log;
    private readonly IReadOnlyList<Ed25519Key> _cosigners;
    private readonly IReadOnlyList<Signer> _certificates;

    private LogKeys(string folder)
    {
        Ed25519Key.SelfTest();
        _log = [.. Files(folder, KeyPurpose.Log).Select(Read)];
        _cosigners = [.. Files(folder, KeyPurpose.Cosigner).Select(Read)];
        _certificates = [.. Files(folder, KeyPurpose.LogCertificate).Select(f => Signer.FromPem(File.ReadAllText(Path.ChangeExtension(f, ".crt")), File.ReadAllText(f)))];
        Card = new CardLog([.. _log.Select(k => k.PublicKey)], [.. _cosigners.Select(k => k.PublicKey)], [.. _certificates.Select(c => c.Certificate)]);
    }

    /// <summary>What the own card says of them.</summary>
    public CardLog Card { get; }

    /// <summary>Loads all keys of a data folder. Throws <see cref="DatabaseNotUsableException"/> when one is missing.</summary>
    public static LogKeys Load(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, CaseKeys.FolderName);
        foreach (var purpose in Purposes)
        {
            var count = Files(folder, purpose).Count;
            if (count == 0)
                throw new DatabaseNotUsableException($"there is no {NameOf(purpose)} key in {folder}: run 'gateway key create --purpose {purpose.ToString().ToLowerInvariant()} --config FILE', or restore the key from its backup");
            if (count > CardLog.MaxKeys)
                throw new DatabaseNotUsableException($"there are {count} {NameOf(purpose)} keys in {folder}: a card names at most {CardLog.MaxKeys}");
        }
        return new LogKeys(folder);
    }

    /// <summary>Makes what is missing of a first set.</summary>
    public static void CreateMissing(string dataFolder, string state, DateTimeOffset now)
    {
        var folder = Path.Combine(dataFolder, CaseKeys.FolderName);
        foreach (var purpose in Purposes.Where(p => Files(folder, p).Count == 0))
            Create(dataFolder, state, purpose, now);
    }

    /// <summary>Makes the next key of a purpose; returns its file.</summary>
    public static string Create(string dataFolder, string state, KeyPurpose purpose, DateTimeOffset now)
    {
        var folder = Path.Combine(dataFolder, CaseKeys.FolderName);
        var number = Files(folder, purpose).Select(NumberOf).DefaultIfEmpty(0).Max() + 1;
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{NameOf(purpose)}-{number:0000}.key"));
        if (purpose == KeyPurpose.LogCertificate)
            new CreateKey(KeyPurpose.LogCertificate, $"CN=Log {number} of {state},C={state}", Path.ChangeExtension(file, null), []).Run(now);
        else
            PrivateFile.Create(file, Ed25519Key.CreatePem());
        return file;
    }

    /// <summary>Every file that must be backed up with the keys.</summary>
    public static IEnumerable<string> AllFiles(string keysFolder)
        => Purposes.SelectMany(p => Files(keysFolder, p)).SelectMany(f => File.Exists(Path.ChangeExtension(f, ".crt")) ? [f, Path.ChangeExtension(f, ".crt")] : new[] { f });

    /// <summary>The log's own lines on a checkpoint: one of each Ed25519 key, one of each certificate.</summary>
    public IReadOnlyList<NoteSignature> SignCheckpoint(string origin, ReadOnlyMemory<byte> text) =>
    [
        .. _log.Select(k => NoteSignature.By(NoteKey.Of(origin, NoteAlgorithm.Ed25519, k.PublicKey).Value, k.Sign(text.Span))),
        .. _certificates.Select(c => NoteSignature.By(c, origin, text.Span)),
    ];

    /// <summary>The lines of our witness on the checkpoint of another State. What it says must be true and stored before.</summary>
    public IReadOnlyList<NoteSignature> Cosign(string state, ReadOnlyMemory<byte> text, DateTimeOffset time) =>
    [
        .. _cosigners.Select(k => NoteSignature.By(
            NoteKey.Of(LogName.Witness(state), NoteAlgorithm.Cosignature, k.PublicKey).Value,
            Cosignature.Compose(time, k.Sign(Cosignature.Message(time, text.Span))))),
    ];

    public void Dispose()
    {
        foreach (var key in _log.Concat(_cosigners))
            key.Dispose();
        foreach (var certificate in _certificates)
            certificate.Dispose();
    }

    private static KeyPurpose[] Purposes { get; } = [KeyPurpose.Log, KeyPurpose.Cosigner, KeyPurpose.LogCertificate];

    private static string NameOf(KeyPurpose purpose) => purpose switch
    {
        KeyPurpose.Log => "log",
        KeyPurpose.Cosigner => "cosigner",
        KeyPurpose.LogCertificate => "log-certificate",
        _ => throw new ArgumentOutOfRangeException(nameof(purpose)),
    };

    // The oldest first: it is the current one until it is taken away.
    private static List<string> Files(string folder, KeyPurpose purpose)
        => Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, $"{NameOf(purpose)}-????.key").Where(f => NumberOf(f) > 0).Order(StringComparer.Ordinal)] : [];

    private static int NumberOf(string file)
        => int.TryParse(Path.GetFileNameWithoutExtension(file).AsSpan()[^4..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static Ed25519Key Read(string file)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
            throw new DatabaseNotUsableException($"others than the owner may use {file}: run 'chmod 600 {file}'");
        try
        {
            return Ed25519Key.FromPem(File.ReadAllText(file));
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw new DatabaseNotUsableException($"{file}: {e.Message}", e);
        }
    }
}

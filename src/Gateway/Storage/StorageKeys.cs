using System.Globalization;
using System.Security.Cryptography;

namespace Gateway.Storage;

/// <summary>
/// The keys that wrap case keys: one file of 32 random bytes per epoch, <c>storage-0001.key</c>, mode 0600, outside the data
/// backups. The newest epoch wraps, every epoch unwraps.
/// </summary>
internal sealed class StorageKeys
{
    private const int KeyBytes = 32;

    private readonly Dictionary<int, byte[]> _keys;

    private StorageKeys(Dictionary<int, byte[]> keys) => _keys = keys;

    public int Newest => _keys.Keys.Max();

    public byte[] Of(int epoch) => _keys.TryGetValue(epoch, out var key)
        ? key
        : throw new DatabaseNotUsableException($"the storage key of epoch {epoch} is missing: restore storage-{epoch:0000}.key from its own backup");

    public static StorageKeys Load(string folder)
    {
        var keys = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "storage-????.key").ToDictionary(EpochOf, File.ReadAllBytes)
            : [];
        if (keys.Count == 0)
            throw new DatabaseNotUsableException($"there is no storage key in {folder}: run 'gateway init', or restore the key from its backup");
        if (keys.FirstOrDefault(k => k.Value.Length != KeyBytes) is { Value: not null } wrong)
            throw new DatabaseNotUsableException($"the storage key of epoch {wrong.Key} does not have {KeyBytes} bytes: restore it from its backup");
        return new StorageKeys(keys);
    }

    /// <summary>Creates the key of the next epoch and returns its number.</summary>
    public static int Create(string folder)
    {
        Directory.CreateDirectory(folder);
        var epoch = Directory.EnumerateFiles(folder, "storage-????.key").Select(EpochOf).DefaultIfEmpty(0).Max() + 1;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(Path.Combine(folder, $"storage-{epoch:0000}.key"), options);
        file.Write(RandomNumberGenerator.GetBytes(KeyBytes));
        file.Flush(flushToDisk: true);
        return epoch;
    }

    private static int EpochOf(string path)
        => int.Parse(Path.GetFileNameWithoutExtension(path).AsSpan("storage-".Length), NumberStyles.None, CultureInfo.InvariantCulture);
}

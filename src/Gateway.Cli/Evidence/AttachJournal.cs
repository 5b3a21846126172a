using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

/// <summary>
/// What must survive a pulled cable or a closed lid while an item is attached: which item, its key, and what was sent. Three files,
/// mode 0600, in a folder of the person's own: ITEM.json with the item key wrapped (AES-256-GCM) under the random key in ITEM.key,
/// and ITEM.chunks. Whoever can read the folder can read the key; that is no more than can read the source itself. All are removed,
/// the key overwritten, when the gateway has committed the item, which then has the key in its grant.
/// </summary>
internal sealed class AttachJournal : IDisposable
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly string _path;

    private AttachJournal(string path, AttachedItem item, ItemKey key)
    {
        (_path, Item, Key) = (path, item, key);
        Chunks = new ChunkRecords(Beside(path, ".chunks"));
    }

    private sealed record Header(AttachedItem Item, byte[] WrappedKey);

    public AttachedItem Item { get; }

    public ItemKey Key { get; }

    /// <summary>One record per chunk made so far.</summary>
    public ChunkRecords Chunks { get; }

    /// <summary>Begins an item with a fresh key. Everything is on disk before the first chunk is made.</summary>
    public static AttachJournal Begin(string folder, AttachedItem item)
    {
        OwnerOnly.CreateFolder(folder);
        var path = Path.Combine(folder, $"{item.ItemId}.json");
        if (File.Exists(path))
            throw StopException.Incomplete($"{path} exists already");
        var key = ItemKey.New();
        var wrapping = RandomNumberGenerator.GetBytes(32);
        OwnerOnly.Replace(Beside(path, ".key"), wrapping);
        OwnerOnly.Replace(path, JsonSerializer.SerializeToUtf8Bytes(new Header(item, Wrap(key, wrapping, item.ItemId)), Json));
        CryptographicOperations.ZeroMemory(wrapping);
        return new(path, item, key);
    }

    /// <summary>The journal of an item, or of this file and case when no item is named; null when there is none.</summary>
    public static AttachJournal? Find(string folder, string? itemId, string caseId, string sourcePath)
    {
        if (!Directory.Exists(folder))
            return null;
        foreach (var path in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            var header = ReadHeader(path);
            if (itemId is null ? header.Item.CaseId == caseId && header.Item.SourcePath == sourcePath : header.Item.ItemId == itemId)
                return Open(path, header);
        }
        return null;
    }

    /// <summary>The item is with the gateway, or given up: nothing of its key stays here.</summary>
    public void Wipe()
    {
        Chunks.Dispose();
        using (var key = OwnerOnly.Create(Beside(_path, ".key"), FileMode.OpenOrCreate))
        {
            key.Write(new byte[key.Length]);
            key.Flush(flushToDisk: true);
        }
        // The header first: without it, what remains of the others is nobody's.
        File.Delete(_path);
        File.Delete(Beside(_path, ".key"));
        File.Delete(Beside(_path, ".chunks"));
    }

    public void Dispose()
    {
        Chunks.Dispose();
        Key.Dispose();
    }

    private static AttachJournal Open(string path, Header header)
    {
        OwnerOnly.RequirePrivate(path);
        OwnerOnly.RequirePrivate(Beside(path, ".key"));
        var wrapping = File.ReadAllBytes(Beside(path, ".key"));
        try
        {
            return new(path, header.Item, Unwrap(header.WrappedKey, wrapping, header.Item.ItemId));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw StopException.Incomplete($"{path}: the item key cannot be read; begin a new item with --new", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(wrapping);
        }
    }

    private static Header ReadHeader(string path)
    {
        OwnerOnly.RequirePrivate(path);
        try
        {
            if (JsonSerializer.Deserialize<Header>(File.ReadAllBytes(path), Json) is { Item: not null, WrappedKey: not null } header && Ids.IsId(header.Item.ItemId))
                return header;
        }
        catch (JsonException e)
        {
            throw StopException.Incomplete($"{path} is not a journal: {e.Message}", e);
        }
        throw StopException.Incomplete($"{path} is not a journal");
    }

    private static byte[] Wrap(ItemKey key, byte[] wrapping, string itemId)
    {
        var plain = key.ToArray();
        var wrapped = new byte[NonceBytes + plain.Length + TagBytes];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceBytes));
        using (var aes = new AesGcm(wrapping, TagBytes))
            aes.Encrypt(wrapped.AsSpan(0, NonceBytes), plain, wrapped.AsSpan(NonceBytes, plain.Length), wrapped.AsSpan(NonceBytes + plain.Length), Convert.FromHexString(itemId));
        CryptographicOperations.ZeroMemory(plain);
        return wrapped;
    }

    private static ItemKey Unwrap(byte[] wrapped, byte[] wrapping, string itemId)
    {
        if (wrapped.Length != NonceBytes + ItemKey.Length + TagBytes)
            throw new CryptographicException("the wrapped key has a wrong length");
        Span<byte> plain = stackalloc byte[ItemKey.Length];
        using var aes = new AesGcm(wrapping, TagBytes);
        aes.Decrypt(wrapped.AsSpan(0, NonceBytes), wrapped.AsSpan(NonceBytes, ItemKey.Length), wrapped.AsSpan(NonceBytes + ItemKey.Length), plain, Convert.FromHexString(itemId));
        var key = ItemKey.From(plain);
        CryptographicOperations.ZeroMemory(plain);
        return key;
    }

    private static string Beside(string path, string extension) => Path.ChangeExtension(path, extension);
}

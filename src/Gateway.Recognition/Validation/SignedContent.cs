namespace Gateway.Recognition.Validation;

/// <summary>Detached content: bytes at hand, or a stream that can be opened again for each digest.</summary>
public sealed class SignedContent
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly Func<Stream>? _open;

    /// <summary>Content in memory.</summary>
    public SignedContent(ReadOnlyMemory<byte> bytes, string name = "content") => (_bytes, Name) = (bytes, name);

    /// <summary>Content that is too large for memory; <paramref name="open"/> is called once per digest algorithm.</summary>
    public SignedContent(Func<Stream> open, string name) => (_open, Name) = (open, name);

    /// <summary>For the report.</summary>
    public string Name { get; }

    /// <summary>The bytes when they are in memory.</summary>
    public bool TryGetBytes(out ReadOnlyMemory<byte> bytes)
    {
        bytes = _bytes;
        return _open is null;
    }

    /// <summary>A stream over the content.</summary>
    public Stream Open() => _open is null ? new MemoryStream(_bytes.ToArray(), writable: false) : _open();
}

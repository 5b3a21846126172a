using System.Security.Cryptography;

namespace Gateway.Protocol.Digests;

/// <summary>A digest of the framework.</summary>
public sealed class FrameworkDigest : RunningDigest
{
    private readonly IncrementalHash _hash;

    /// <summary>Starts a digest that this machine supports.</summary>
    public FrameworkDigest(HashAlgorithmName name) => _hash = IncrementalHash.CreateHash(name);

    /// <inheritdoc/>
    public override int Bytes => _hash.HashLengthInBytes;

    /// <inheritdoc/>
    public override void Append(ReadOnlySpan<byte> input) => _hash.AppendData(input);

    /// <inheritdoc/>
    public override byte[] Finish() => _hash.GetHashAndReset();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }
}

namespace Gateway.Protocol.Digests;

/// <summary>
/// A digest that takes its input in pieces: the framework's, or one of those that the framework lacks. Not safe for concurrent use.
/// </summary>
public abstract class RunningDigest : IDisposable
{
    /// <summary>Octets of the result.</summary>
    public abstract int Bytes { get; }

    /// <summary>Takes the next octets.</summary>
    public abstract void Append(ReadOnlySpan<byte> input);

    /// <summary>The digest of all octets since the start or the last call, and a fresh start.</summary>
    public abstract byte[] Finish();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what the framework holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

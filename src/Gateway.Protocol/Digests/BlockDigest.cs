namespace Gateway.Protocol.Digests;

/// <summary>What every digest of our own shares: input is cut into blocks of 64 octets, whatever the pieces that it comes in.</summary>
public abstract class BlockDigest : RunningDigest
{
    /// <summary>Octets of a block.</summary>
    protected const int BlockBytes = 64;

    private readonly byte[] _block = new byte[BlockBytes];
    private int _filled;

    /// <inheritdoc/>
    public sealed override void Append(ReadOnlySpan<byte> input)
    {
        if (_filled > 0)
        {
            var take = Math.Min(BlockBytes - _filled, input.Length);
            input[..take].CopyTo(_block.AsSpan(_filled));
            _filled += take;
            input = input[take..];
            if (_filled < BlockBytes)
                return;
            Compress(_block);
            _filled = 0;
        }

        for (; input.Length >= BlockBytes; input = input[BlockBytes..])
            Compress(input[..BlockBytes]);
        input.CopyTo(_block);
        _filled = input.Length;
    }

    /// <inheritdoc/>
    public sealed override byte[] Finish()
    {
        var digest = Close(_block.AsSpan(0, _filled));
        _filled = 0;
        Start();
        return digest;
    }

    /// <summary>Sets the initial state.</summary>
    protected abstract void Start();

    /// <summary>Takes one whole block.</summary>
    protected abstract void Compress(ReadOnlySpan<byte> block);

    /// <summary>Pads the last, incomplete block and gives the digest.</summary>
    protected abstract byte[] Close(ReadOnlySpan<byte> rest);
}

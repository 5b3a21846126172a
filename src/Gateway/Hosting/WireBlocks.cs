using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Hosting;

/// <summary>
/// The memory that Kestrel reads from the wire and writes to it, in blocks of 32 KiB instead of its own 4 KiB: a chunk of evidence then takes an eighth of the reads, and a TLS
/// record is full. Connections that wait hold no block.
/// </summary>
internal sealed class WireBlocks : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool();

    internal sealed class Pool : MemoryPool<byte>
    {
        public const int BlockBytes = 32 * 1024;

        /// <summary>Blocks kept for later, 8 MiB; beyond them a block that comes back is left to the garbage collector. Kestrel makes a pool for each core, up to 16.</summary>
        public const int Kept = 256;

        private readonly ConcurrentQueue<Block> _free = new();

        public override int MaxBufferSize => BlockBytes;

        public int Free => _free.Count;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
            return _free.TryDequeue(out var block) ? block : new Block(this);
        }

        protected override void Dispose(bool disposing) => _free.Clear();

        private void Return(Block block)
        {
            if (_free.Count < Kept)
                _free.Enqueue(block);
        }

        // Pinned for good: sockets and TLS would pin it for every call.
        private sealed class Block(Pool pool) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory { get; } = MemoryMarshal.CreateFromPinnedArray(GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true), 0, BlockBytes);

            public void Dispose() => pool.Return(this);
        }
    }
}

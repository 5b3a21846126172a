using System.Collections.Concurrent;

namespace Gateway.Evidence;

/// <summary>
/// One writer per item. Who comes later wins: the earlier stream is most often one whose connection broke without our noticing;
/// it is cancelled and waited for.
/// </summary>
internal sealed class ItemLeases
{
    private readonly ConcurrentDictionary<string, Lease> _held = new(StringComparer.Ordinal);

    public async Task<Lease> Take(string item, bool fromDisk, params CancellationToken[] ends)
        => await Take(new Lease(this, item, fromDisk, ends), yields: false) ?? throw new InvalidOperationException("whoever yields to nobody gets the lease");

    /// <summary>Nothing while the item is read from the disk on which it came: an attempt by wire does not end that, also not when both waited for the same earlier stream.</summary>
    public Task<Lease?> TakeByWire(string item, params CancellationToken[] ends) => Take(new Lease(this, item, false, ends), yields: true);

    private async Task<Lease?> Take(Lease mine, bool yields)
    {
        while (!_held.TryAdd(mine.Item, mine))
        {
            if (!_held.TryGetValue(mine.Item, out var other))
                continue;
            if (yields && other.FromDisk)
            {
                mine.Abandon();
                return null;
            }
            await other.Supersede();
        }
        return mine;
    }

    /// <summary>The right to write; its token ends when the call, the gateway or a later stream ends it.</summary>
    internal sealed class Lease(ItemLeases owner, string item, bool fromDisk, CancellationToken[] ends) : IDisposable
    {
        private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(ends);
        private readonly TaskCompletionSource _returned = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken Token => _source.Token;

        public string Item => item;

        public bool FromDisk => fromDisk;

        /// <summary>It was never held.</summary>
        public void Abandon() => _source.Dispose();

        public async Task Supersede()
        {
            try
            {
                await _source.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // It was returned just now.
            }
            await _returned.Task;
        }

        public void Dispose()
        {
            owner._held.TryRemove(item, out _);
            _source.Dispose();
            _returned.TrySetResult();
        }
    }
}

using System.Collections.Concurrent;

namespace Gateway.Evidence;

/// <summary>
/// One writer per item. Who comes later wins: the earlier stream is most often one whose connection broke without our noticing;
/// it is cancelled and waited for.
/// </summary>
internal sealed class ItemLeases
{
    private readonly ConcurrentDictionary<string, Lease> _held = new(StringComparer.Ordinal);

    /// <summary>Whether the item is being read from the disk on which it came: an attempt by wire must not end that.</summary>
    public bool IsReadFromDisk(string item) => _held.TryGetValue(item, out var lease) && lease.FromDisk;

    public Task<Lease> Take(string item, params CancellationToken[] ends) => Take(item, fromDisk: false, ends);

    public async Task<Lease> Take(string item, bool fromDisk, params CancellationToken[] ends)
    {
        var mine = new Lease(this, item, fromDisk, ends);
        while (!_held.TryAdd(item, mine))
        {
            if (_held.TryGetValue(item, out var other))
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

        public bool FromDisk => fromDisk;

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

using Gateway.Runtime;

namespace Gateway.Evidence;

/// <summary>
/// Flushes of evidence, one after the other: a disk that is asked to flush several items at once answers nobody else meanwhile, and the commit of
/// a request would wait for all of them. One that has not begun lets an emergency go first.
/// </summary>
internal sealed class FlushTurns(RightOfWay way) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    public void Dispose() => _one.Dispose();

    public async Task Run(Action flush)
    {
        await _one.WaitAsync();
        try
        {
            await way.GiveWay(CancellationToken.None);
            await Task.Run(flush);
        }
        finally
        {
            _one.Release();
        }
    }
}

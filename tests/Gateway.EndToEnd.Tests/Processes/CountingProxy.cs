using System.Net;
using System.Net.Sockets;

namespace Gateway.EndToEnd.Tests.Processes;

/// <summary>Between two programs: hands every byte on and counts those towards the target, or those that come back. At a chosen count it stops once and lets something happen first.</summary>
internal sealed class CountingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _one = new(1);
    private readonly int _target;
    private readonly bool _back;
    private long _threshold = long.MaxValue;
    private Func<Task> _happening = () => Task.CompletedTask;

    public CountingProxy(int target, bool back = false)
    {
        (_target, _back) = (target, back);
        _listener.Start();
        _ = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bytes taken so far from the socket of the side whose bytes are counted.</summary>
    public long Counted { get; private set; }

    /// <summary>What happened at the threshold has ended.</summary>
    public Task Happened { get; private set; } = Task.CompletedTask;

    /// <summary>Counts from zero; after <paramref name="bytes"/> nothing is handed on until <paramref name="happening"/> has ended.</summary>
    public void Expect(long bytes, Func<Task> happening)
    {
        var done = new TaskCompletionSource();
        (Counted, Happened) = (0, done.Task);
        _happening = async () =>
        {
            try
            {
                await happening();
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        };
        _threshold = bytes;
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _one.Dispose();
        _end.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Carry(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task Carry(TcpClient from)
    {
        using var to = new TcpClient();
        using (from)
        {
            try
            {
                await to.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
                await Task.WhenAny(Pump(from.GetStream(), to.GetStream(), counts: !_back), Pump(to.GetStream(), from.GetStream(), counts: _back));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // One side is gone: the other hears it by the end of its connection.
            }
        }
    }

    private async Task Pump(NetworkStream from, NetworkStream to, bool counts)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await from.ReadAsync(buffer, _end.Token)) > 0;)
        {
            if (counts)
                await Count(read);
            await to.WriteAsync(buffer.AsMemory(0, read), _end.Token);
        }
    }

    private async Task Count(int read)
    {
        await _one.WaitAsync(_end.Token);
        try
        {
            Counted += read;
            if (Counted < _threshold)
                return;
            _threshold = long.MaxValue;
            await _happening();
        }
        finally
        {
            _one.Release();
        }
    }
}

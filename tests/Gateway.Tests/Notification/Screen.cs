using System.Collections.Concurrent;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Tests.Notification;

/// <summary>An officer's screen.</summary>
internal sealed class Screen : IDisposable
{
    private readonly AsyncServerStreamingCall<AlertNotice> _call;
    private readonly ConcurrentQueue<AlertNotice> _heard = new();

    public Screen(TestState state, TestPerson person, string device, bool silent = false)
    {
        _call = state.Client(person).WatchAlerts(new WatchAlertsRequest { Device = device, Silent = silent });
        _ = Read();
    }

    public async Task<AlertNotice> Next(string type)
    {
        for (var i = 0; i < 2400; i++)
        {
            while (_heard.TryDequeue(out var notice))
            {
                if (notice.Type == type)
                    return notice;
            }
            await Task.Delay(50);
        }
        throw new Xunit.Sdk.XunitException($"no {type} was heard");
    }

    /// <summary>All lines that come, until they are enough.</summary>
    public async Task<IReadOnlyList<AlertNotice>> Until(Func<IReadOnlyList<AlertNotice>, bool> enough)
    {
        var heard = new List<AlertNotice>();
        await Eventually.Holds(() =>
        {
            while (_heard.TryDequeue(out var notice))
                heard.Add(notice);
            return enough(heard);
        }, () => $"only {string.Join(", ", heard.Select(n => $"{n.Type} {n.CaseId}"))} was heard");
        return heard;
    }

    public async Task<bool> Hears(string type)
    {
        await Task.Delay(500);
        return _heard.Any(n => n.Type == type);
    }

    public void Dispose() => _call.Dispose();

    private async Task Read()
    {
        try
        {
            await foreach (var notice in _call.ResponseStream.ReadAllAsync())
                _heard.Enqueue(notice);
        }
        catch (RpcException)
        {
            // The gateway stopped, or the screen was put away.
        }
    }
}

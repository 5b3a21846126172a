using System.Threading.Channels;
using Gateway.V1;

namespace Gateway.Notification;

/// <summary>The screens that watch now. One that does not take what it is sent is no device: it is dropped, and its person sees that the alarm is dead.</summary>
internal sealed class Devices
{
    private const int Waiting = 200;

    private readonly Lock _changing = new();
    private readonly List<Device> _all = [];

    /// <summary>Names of the users who watch.</summary>
    public IReadOnlySet<string> Users
    {
        get
        {
            lock (_changing)
                return _all.Select(d => d.User).ToHashSet(StringComparer.Ordinal);
        }
    }

    /// <summary>Names of the users who watch at a screen that rings: who only looks now and then is not woken.</summary>
    public IReadOnlySet<string> Listening
    {
        get
        {
            lock (_changing)
                return _all.Where(d => !d.Silent).Select(d => d.User).ToHashSet(StringComparer.Ordinal);
        }
    }

    /// <summary>Whether a screen of this name, of this user, watches now and makes a sound.</summary>
    public bool Rings(string user, string name)
    {
        lock (_changing)
            return _all.Exists(d => d.User == user && d.Name == name && !d.Silent);
    }

    /// <summary>Whether a screen of this user that makes a sound began to watch after that time.</summary>
    public bool BeganToRing(string user, DateTimeOffset after)
    {
        lock (_changing)
            return _all.Exists(d => d.User == user && !d.Silent && d.Since > after);
    }

    public Device Add(string user, string authority, string name, Func<string, bool> sees, bool silent, DateTimeOffset now)
    {
        var device = new Device(user, authority, name, sees, silent, now, Channel.CreateBounded<AlertNotice>(new BoundedChannelOptions(Waiting) { SingleReader = true }));
        lock (_changing)
            _all.Add(device);
        return device;
    }

    public void Remove(Device device)
    {
        lock (_changing)
            _all.Remove(device);
        device.Notices.Writer.TryComplete();
    }

    /// <summary>Sends to every device; <paramref name="make"/> says what each is to hear, null: nothing.</summary>
    public void Tell(Func<Device, AlertNotice?> make)
    {
        List<Device> all;
        lock (_changing)
            all = [.. _all];
        foreach (var device in all)
        {
            if (make(device) is { } notice && !device.Notices.Writer.TryWrite(notice))
                Remove(device);
        }
    }

    /// <summary>A screen.</summary>
    /// <param name="Authority">Whom its person works for.</param>
    /// <param name="Sees">Whether its person may see a case.</param>
    /// <param name="Silent">It makes no sound.</param>
    /// <param name="Since">When it began to watch.</param>
    internal sealed record Device(string User, string Authority, string Name, Func<string, bool> Sees, bool Silent, DateTimeOffset Since, Channel<AlertNotice> Notices);
}

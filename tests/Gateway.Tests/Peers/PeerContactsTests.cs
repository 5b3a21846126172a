using Gateway.Peers;
using Gateway.Runtime;
using Gateway.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Peers;

/// <summary>Several calls to a peer run beside each other: what counts is when they began, not which of them is told last.</summary>
public sealed class PeerContactsTests
{
    private readonly Alarms _alarms;
    private readonly PeerContacts _contacts;

    public PeerContactsTests()
    {
        var clock = new TestClock();
        _alarms = new Alarms(clock, NullLogger<Alarms>.Instance);
        _contacts = new PeerContacts(_alarms, clock);
    }

    [Fact]
    public void A_call_that_fails_after_a_later_one_was_answered_raises_nothing()
    {
        var slow = _contacts.Begin();
        _contacts.Begin();
        _contacts.Reached("XB");
        _contacts.Failed("XB", "DeadlineExceeded", slow);
        Assert.True(_contacts.Of("XB")!.Reachable);
        Assert.Empty(_alarms.All);
    }

    [Fact]
    public void A_call_that_begins_after_the_last_answer_and_fails_is_told_and_an_answer_ends_it()
    {
        _contacts.Reached("XB");
        _contacts.Failed("XB", "Unavailable", _contacts.Begin());
        Assert.False(_contacts.Of("XB")!.Reachable);
        Assert.Equal(AlarmCode.PEER_UNREACHABLE, Assert.Single(_alarms.All).Code);
        // Of another State nothing is said by it.
        var other = _contacts.Begin();
        _contacts.Reached("XC");
        _contacts.Failed("XB", "Unavailable", other);
        Assert.Single(_alarms.All);
        _contacts.Reached("XB");
        Assert.Empty(_alarms.All);
    }
}

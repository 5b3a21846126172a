using System.Globalization;
using Gateway.Notification;
using Gateway.Runtime;
using Xunit;

namespace Gateway.Tests.Notification;

/// <summary>Who is on duty when, over midnight and across a change of the clocks; and where alarms may go.</summary>
public sealed class RosterTests : IDisposable
{
    private const string Week = """
        { "timeZone": "Europe/Paris", "shifts": [
          { "name": "night", "from": "20:00", "to": "06:00", "officers": [{ "user": "a", "phone": "+999 1" }, { "user": "b" }] },
          { "name": "day", "days": ["MONDAY", "TUESDAY"], "from": "06:00", "to": "20:00", "officers": [{ "user": "c" }] } ] }
        """;

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    // Monday 23 November 2026 at 03:07 in Paris belongs to the night that began on Sunday.
    [InlineData("2026-11-23T02:07:00Z", "night 2026-11-22", "a")]
    [InlineData("2026-11-23T05:00:00Z", "day 2026-11-23", "c")]
    [InlineData("2026-11-23T19:00:00Z", "night 2026-11-23", "a")]
    [InlineData("2026-11-25T11:00:00Z", "", "")]
    // The hour that the clocks skip and the one that they show twice.
    [InlineData("2026-03-29T01:30:00Z", "night 2026-03-28", "a")]
    [InlineData("2026-10-25T01:30:00Z", "night 2026-10-24", "a")]
    public void The_shift_follows_from_the_local_time(string time, string key, string first)
    {
        var shift = Read(Week).Roster!.At(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture));
        Assert.Equal((key, first), (shift?.Key ?? "", shift?.Officers[0].User ?? ""));
    }

    [Theory]
    [InlineData("not json", "it is not a duty roster")]
    [InlineData("""{ "timeZone": "Nowhere/Land", "shifts": [] }""", "'Nowhere/Land' is not a time zone")]
    [InlineData("""{ "timeZone": "UTC", "shifts": [] }""", "it has no shift")]
    [InlineData("""{ "timeZone": "UTC", "shifts": [{ "name": "n", "from": "25:00", "to": "06:00", "officers": [{ "user": "a" }] }] }""", "shift 'n': 'from' is not a time such as 20:00")]
    [InlineData("""{ "timeZone": "UTC", "shifts": [{ "name": "n", "from": "20:00", "to": "06:00", "officers": [] }] }""", "shift 'n' names no officer")]
    public void What_is_wrong_with_a_roster_is_said(string text, string problem) => Assert.Equal(problem, Read(text).Problem);

    [Theory]
    [InlineData("http://127.0.0.1:8080/x", true)]
    [InlineData("https://pager.example/x", true)]
    [InlineData("http://pager.example/x", false)]
    [InlineData("https://elsewhere.example/x", false)]
    [InlineData("https://user:password@pager.example/x", false)]
    [InlineData("ftp://127.0.0.1/x", false)]
    public void Alarms_go_to_this_machine_or_to_hosts_that_are_listed(string address, bool allowed)
    {
        var mistakes = new Mistakes();
        new NotificationOptions { AllowedHosts = ["pager.example"], Webhooks = [new WebhookOptions { Address = address }] }.Check("Notification", mistakes);
        Assert.Equal(allowed, !mistakes.Any);
    }

    private (Roster? Roster, string Problem) Read(string text)
    {
        File.WriteAllText(_file, text);
        return Roster.Read(_file);
    }
}

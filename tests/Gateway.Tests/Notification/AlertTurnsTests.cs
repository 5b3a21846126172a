using Gateway.Notification;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Notification;

/// <summary>Which alarms ring when there are more than can.</summary>
public sealed class AlertTurnsTests
{
    [Fact]
    public async Task A_flood_of_one_State_silences_neither_others_nor_what_it_sent_first()
    {
        await using var state = await TestState.Initialised("XB");
        var start = state.Clock.GetUtcNow().AddDays(-1);
        await using var database = Database.Open(state.DataFolder);
        string first = "", early = "", late = "";
        await database.Write(Lane.Ordinary, s =>
        {
            early = Raise(s, "XC", start);
            first = Raise(s, "XA", start.AddSeconds(1));
            for (var i = 0; i < AlertRow.Most + 200; i++)
                Raise(s, "XA", start.AddMinutes(1).AddMilliseconds(i));
            late = Raise(s, "XC", start.AddHours(1));
            new AlertRow("test", AlertRow.Test, "", Urgency.ORDINARY, "night", start.AddHours(2), 0, start, null, null, null).Add(s);
        });

        var open = database.Read(AlertRow.Open).ConvertAll(a => a.Id);
        Assert.Equal(AlertRow.Most, open.Count);
        Assert.Superset(new HashSet<string> { early, late, first, "test" }, open.ToHashSet());

        // What does not ring yet rings when others have been answered.
        await database.Write(Lane.Ordinary, s => s.Run("UPDATE alerts SET ended = raised WHERE id IN (SELECT value FROM json_each($1))", $"[{string.Join(',', open.Select(id => $"\"{id}\""))}]"));
        Assert.Equal(204, database.Read(AlertRow.Open).Count);
    }

    private static string Raise(Session s, string peer, DateTimeOffset at)
    {
        var (id, caseId) = (Ids.New(), Ids.NewCase(peer));
        s.RunOne("""
            INSERT INTO cases (id, side, peer, own_authority, peer_authority, kind, urgency, state, reference, request_message, opened)
            VALUES ($1, 'Requested', $2, 'XB-CA', $3, 'EMERGENCY_DISCLOSURE', 'EMERGENCY', 'DELIVERED', 'r', $4, $5)
            """, caseId, peer, $"{peer}-CP", id, at);
        Assert.True(new AlertRow(id, AlertRow.Request, caseId, Urgency.EMERGENCY, "", at, 0, at, null, null, null).Add(s));
        return id;
    }
}

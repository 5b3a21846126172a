using System.Globalization;
using Gateway.Access;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;

namespace Gateway.Hosting;

/// <summary>How the gateway is, in numbers and alarms; open to every user. What an alarm says of a case is for those who see that case.</summary>
internal sealed class ShowStatus(Database database, KeyRing keys, PeerViews peers, Alarms alarms, NeedToKnow access, TimeProvider clock)
{
    private const string NotOpen = "about a case that is not open to you";

    public Outcome<WhoAmIReply> WhoAmI(User user) => new WhoAmIReply { User = UserViews.Of(user), State = keys.State, Version = Telemetry.Version };

    public Outcome<StatusReply> Run(User user)
    {
        var reach = access.Of(user, Watches(user) ? Permission.AdministerPeers : Permission.ReadReceipts);
        var (outbox, dead, cases, receipts) = database.Read(s => (SeenCounts.Outbox(s, reach, "QUEUED"), SeenCounts.Outbox(s, reach, "DEAD"), SeenCounts.Cases(s, reach), SeenCounts.Receipts(s, reach)));
        return new StatusReply
        {
            State = keys.State,
            Version = Telemetry.Version,
            Time = DocumentWriter.FormatTime(clock.GetUtcNow()),
            Alarms = { Board(user, reach) },
            Outbox = (ulong)outbox,
            DeadLetters = (ulong)dead,
            Cases = (ulong)cases,
            Receipts = (ulong)receipts,
            Peers = { peers.All },
        };
    }

    // Those who watch the machine see every case but the ones with a list of readers; they can open none of them.
    private static bool Watches(User user) => user.Refuse(Permission.AdministerPeers) is null;

    // Each alarm about one case is there for everybody, so that nobody counts fewer than there are; whose case it is, and which exhibit, is not. One that counts over cases
    // counts those that the user sees, and is not there where that is none.
    private List<Alarm> Board(User user, Reach reach) => database.Read(s => alarms.All.Select(a => (Alarm: a, Text: TextOf(s, a, user, reach))).Where(a => a.Text is not null)
        .Select(a => new Alarm { Code = a.Alarm.Code.ToString(), Text = a.Text, Since = DocumentWriter.FormatTime(a.Alarm.Since) }).ToList());

    private string? TextOf(Session s, RaisedAlarm alarm, User user, Reach reach) => alarm switch
    {
        { CaseId: { } caseId } => access.Sees(s, user, Permission.ReadReceipts, caseId) || (Watches(user) && access.Sees(s, user, Permission.AdministerPeers, caseId)) ? alarm.Text : NotOpen,
        { Code: AlarmCode.DEADLINES_MISSED } => SeenCounts.Missed(s, reach, clock.GetUtcNow()) is > 0 and var late ? string.Create(CultureInfo.InvariantCulture, $"{late} {alarm.Text}") : null,
        { Code: AlarmCode.DELIVERY_DEAD } => SeenCounts.Dead(s, reach, alarm.Subject) is > 0 and var dead ? string.Create(CultureInfo.InvariantCulture, $"{dead} {alarm.Text}") : null,
        _ => alarm.Text,
    };
}

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
        var (outbox, dead, cases, receipts) = database.Read(s => (
            s.Number("SELECT count(*) FROM outbox WHERE state = 'QUEUED'"),
            s.Number("SELECT count(*) FROM outbox WHERE state = 'DEAD'"),
            s.Number("SELECT count(*) FROM cases"),
            s.Number("SELECT sum(seq) FROM chains"))); // chains are gap-free from 1: the heads count the receipts
        return new StatusReply
        {
            State = keys.State,
            Version = Telemetry.Version,
            Time = DocumentWriter.FormatTime(clock.GetUtcNow()),
            Alarms = { Board(user) },
            Outbox = (ulong)outbox,
            DeadLetters = (ulong)dead,
            Cases = (ulong)cases,
            Receipts = (ulong)receipts,
            Peers = { peers.All },
        };
    }

    // Each alarm is there for everybody, so that nobody counts fewer than there are; whose case it is, and which exhibit, is not.
    private List<Alarm> Board(User user)
    {
        // Those who watch the machine see every case but the ones with a list of readers; they can open none of them.
        var watches = user.Refuse(Permission.AdministerPeers) is null;
        return database.Read(s => alarms.All.Select(a => new Alarm
        {
            Code = a.Code.ToString(),
            Text = a.CaseId is not { } caseId || access.Sees(s, user, Permission.ReadReceipts, caseId) || (watches && access.Sees(s, user, Permission.AdministerPeers, caseId)) ? a.Text : NotOpen,
            Since = DocumentWriter.FormatTime(a.Since),
        }).ToList());
    }
}

using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;

namespace Gateway.Hosting;

/// <summary>How the gateway is, in numbers and alarms; open to every user.</summary>
internal sealed class ShowStatus(Database database, KeyRing keys, PeerViews peers, Alarms alarms, TimeProvider clock)
{
    public Outcome<WhoAmIReply> WhoAmI(User user) => new WhoAmIReply { User = UserViews.Of(user), State = keys.State, Version = Telemetry.Version };

    public Outcome<StatusReply> Run()
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
            Alarms = { alarms.All.Select(a => new Alarm { Code = a.Code.ToString(), Text = a.Text, Since = DocumentWriter.FormatTime(a.Since) }) },
            Outbox = (ulong)outbox,
            DeadLetters = (ulong)dead,
            Cases = (ulong)cases,
            Receipts = (ulong)receipts,
            Peers = { peers.All },
        };
    }
}

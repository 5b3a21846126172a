using System.Text;
using Gateway.AuditLog;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Witness;

/// <summary>How witnessing stands, with the two notes of every contradiction. Digests and States only: every user may see it.</summary>
internal sealed class ShowWitness(Database database, KnownLogs logs, WatchStanding standing, WitnessLoop loop, WitnessPolicy policy)
{
    public Outcome<WitnessView> Run()
    {
        var (held, conflicts, epoch) = database.Read(s => (WitnessRows.All(s), LogConflicts.All(s), LogEpoch.Current(s)));
        var now = standing.Now;
        var view = new WitnessView
        {
            Standing = now?.Standing.ToString() ?? "",
            Text = now?.Text ?? "there is no checkpoint yet",
            Quorum = (uint)policy.Quorum,
            Policy = epoch is null ? "" : Encoding.UTF8.GetString(policy.Of(epoch.Name).Write()),
        };
        foreach (var peer in logs.Witnesses)
        {
            var (cosigned, at, problem) = loop.Of(peer.State);
            view.Peers.Add(new WitnessPeer
            {
                State = peer.State,
                Cosigned = (ulong)Math.Max(cosigned, 0),
                At = cosigned > 0 ? DocumentWriter.FormatTime(at) : "",
                Problem = problem ?? "",
                CosignedByUs = (ulong)held.Where(l => l.State == peer.State).OrderBy(l => l.Time).Select(l => l.Size).LastOrDefault(),
            });
        }
        view.Conflicts.AddRange(conflicts.Select(c => new LogConflictView
        {
            Origin = c.Origin,
            State = c.State,
            Kind = c.Kind.ToString(),
            FirstSize = (ulong)c.FirstSize,
            SecondSize = (ulong)c.SecondSize,
            First = ByteString.CopyFrom(c.First.Span),
            Second = ByteString.CopyFrom(c.Second.Span),
            Source = c.Source,
            Seen = DocumentWriter.FormatTime(c.Seen),
        }));
        return view;
    }
}

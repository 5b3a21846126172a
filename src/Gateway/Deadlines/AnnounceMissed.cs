using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cases;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Deadlines;

/// <summary>
/// Tells the other side, by an act that the authority seals and no person signs, that a deadline of ours has passed. Once for each deadline; a stop in between leaves it to be told.
/// </summary>
internal sealed class AnnounceMissed(Database database, SendMessage send, KeyRing keys, PeerDirectory peers, TimeProvider clock, ILogger<AnnounceMissed> log)
{
    private const int PerLook = 50;
    private const string Nobody = "-";
    private static readonly TimeSpan s_first = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    // Cases in which nothing could be told, until when they wait and for how long: those behind them have their turn. A start tries each anew.
    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, TimeSpan Pause)> _waits = new(StringComparer.Ordinal);

    public async Task Run()
    {
        var now = clock.GetUtcNow();
        // Tried again long ago, if there were anything left to tell.
        foreach (var over in _waits.Where(w => w.Value.Until + s_longest < now))
            _waits.TryRemove(over);
        foreach (var one in database.Read(s => DeadlineRows.ToAnnounce(s, [.. _waits.Where(w => w.Value.Until > now).Select(w => w.Key)], PerLook)))
        {
            if (_waits.TryGetValue(one.CaseId, out var wait) && wait.Until > now)
                continue;
            // On paper nothing is told by a machine: the prepared act is for a person to sign and to hand over.
            if (!one.IsOwn || one.OnPaper || !Deadline.IsAnnounced(one.Deadline.Rule))
                await database.Write(Lane.Bulk, s => DeadlineRows.Announce(s, one, Nobody));
            else
                await Tell(one);
        }
    }

    private async Task Tell(StoredDeadline one)
    {
        var look = database.Read(s => CaseRow.Find(s, one.CaseId) is { } found ? (Row: found, History: found.History(s)) : default);
        if (look is not ({ } row, { } history))
            return;
        var now = clock.GetUtcNow();
        var fields = JsonSerializer.SerializeToElement(new JsonObject
        {
            ["kind"] = nameof(ActKind.DEADLINE_MISSED),
            ["deadlineRule"] = one.Deadline.Rule.ToString(),
            ["deadlineAt"] = DocumentWriter.FormatTime(one.Deadline.Due),
        });
        var composed = ActComposer.Compose(fields, PerformAct.Context(database, peers, row, row.Side, history, row.OwnAuthority, now));
        if (composed.Document is not { } bytes)
        {
            // The case went on so that nothing is to be said any more.
            await database.Write(Lane.Bulk, s => DeadlineRows.Announce(s, one, Nobody));
            return;
        }
        var act = Act.Read(bytes).Value;
        var entry = ActEntry.Of(act, row.Side);
        var next = history.Take(entry).Value;
        var signed = SignedDocument.Sign(bytes, keys.Seal(row.OwnAuthority), now);
        var message = new OutgoingMessage(Ids.New(), row.Id, row.OwnAuthority, row.PeerAuthority, CoverAbout.ACT, act.Kind.ToString(), row.Urgency, row.RequestMessage,
            [Part.Of(PartRole.act, "act.cms", "application/pkcs7-mime", signed)]);
        try
        {
            var sent = await send.Send(message, s =>
            {
                if (!DeadlineRows.Announce(s, one, message.Id))
                    throw new CaseMovedException();
                row.Add(s, history, next, entry, message.Id, now);
            });
            if (sent.TryGet(out _, out var refusal))
                return;
            // What passes by itself, after a start for instance, is tried again with the next look.
            if (refusal.Code.After() != AfterRefusal.Retry)
                Wait(row.Id, now);
            log.LogWarning("{Case}: the other side could not be told of a missed deadline: {Refusal}", row.Id, refusal.Code);
        }
        catch (CaseMovedException)
        {
            // Somebody acted at the same moment, or told it: the next look sees what is left.
        }
        catch (ChainBehindException e)
        {
            Wait(row.Id, now);
            log.LogWarning("{Case}: the other side is told of a missed deadline when its receipts are back ({Type})", one.CaseId, e.GetType().Name);
        }
    }

    private void Wait(string caseId, DateTimeOffset now)
        => _waits.AddOrUpdate(caseId, _ => (now + s_first, s_first), (_, before) => TimeSpan.FromTicks(Math.Min(before.Pause.Ticks * 2, s_longest.Ticks)) is var pause ? (now + pause, pause) : before);
}

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

    private DeadlinePlace _behind = DeadlinePlace.First;

    /// <summary>The next ones, in turns: what cannot be told now (a State that is blocked, an authority that left its card, a forked chain) keeps no other State from being told.</summary>
    public async Task Run()
    {
        var next = database.Read(s => DeadlineRows.ToAnnounce(s, _behind, PerLook));
        foreach (var one in next)
        {
            // On paper nothing is told by a machine: the prepared act is for a person to sign and to hand over.
            if (!one.IsOwn || one.OnPaper || !Deadline.IsAnnounced(one.Deadline.Rule))
                await database.Write(Lane.Bulk, s => DeadlineRows.Announce(s, one, Nobody));
            else
                await Tell(one);
        }
        _behind = next.Count < PerLook ? DeadlinePlace.First : DeadlinePlace.Of(next[^1].Deadline, next[^1].CaseId);
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
            if (!sent.TryGet(out _, out var refusal))
                log.LogWarning("{Case}: the other side could not be told of a missed deadline: {Refusal}", row.Id, refusal.Code);
        }
        catch (CaseMovedException)
        {
            // Somebody acted at the same moment, or told it: the next look sees what is left.
        }
        catch (ChainBehindException e)
        {
            log.LogWarning("{Case}: the other side is told of a missed deadline when its receipts are back ({Type})", one.CaseId, e.GetType().Name);
        }
    }
}

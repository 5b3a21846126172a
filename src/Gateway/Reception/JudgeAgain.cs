using System.Threading.Channels;
using Gateway.AuditLog;
using Gateway.Judging;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Receipts;
using Gateway.Runtime;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Reception;

/// <summary>
/// Judges what waits again when more is known: a list, an agreement, revocation status, a card; and now and then, since a responder that was silent may answer. What passes has its consequences
/// without an officer; what is proved bad is refused with a receipt; what stays open goes on waiting. A file is not judged younger than our receipt for it.
/// </summary>
internal sealed class JudgeAgain(
    Database database,
    CaseKeys caseKeys,
    KeyRing keys,
    PeerDirectory peers,
    ReceiveMessage receive,
    SettleHeld settle,
    TrustStore trust,
    LedgerGate gate,
    JudgingOptions options,
    Drain drain,
    TimeProvider clock,
    ILogger<JudgeAgain> log) : BackgroundService
{
    private const string Itself = "gateway";

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>One look at all that waits.</summary>
    public async Task Round(CancellationToken stop)
    {
        foreach (var message in database.Read(HeldMessage.All))
        {
            stop.ThrowIfCancellationRequested();
            if (gate.Shut is not null)
                return;
            try
            {
                await Judge(message);
            }
            catch (Exception e) when (e is not (OperationCanceledException or LedgerBrokenException))
            {
                // One message must not keep the others, or the gateway, from going on.
                log.LogWarning(e, "{Message} could not be judged again now", message);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, drain.Begun);
        trust.Changed += Wake;
        peers.Changed += Wake;
        gate.Changed += Wake;
        receive.Held += Wake;
        try
        {
            await using var timer = clock.CreateTimer(_ => Wake(), null, TimeSpan.Zero, TimeSpan.FromMinutes(options.RefreshMinutes));
            await foreach (var _ in _wake.Reader.ReadAllAsync(stop.Token))
                await Round(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The gateway stops; the next start looks at all that waits.
        }
        finally
        {
            trust.Changed -= Wake;
            peers.Changed -= Wake;
            gate.Changed -= Wake;
            receive.Held -= Wake;
        }
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    private async Task Judge(string id)
    {
        while (true)
        {
            var (held, accepted) = database.Read(s => HeldMessage.Find(s, id) is { } found ? (found, found.Accepted(s, keys.State)) : (null, null));
            if (held is null || accepted is null)
                return;
            if (held.Seal(caseKeys) is not { } seal || peers.ByState(Ids.StateOf(Cover.Read(seal.Content).Value.Sender.Authority)) is not { } peer || peer.RefuseAt(clock.GetUtcNow()) is not null)
                return;
            try
            {
                await Settle(held, OpenedMessage.Waiting(peer, seal, accepted));
                return;
            }
            catch (Exception e) when (e is ChainMovedException or CaseMovedException)
            {
                // Something else was committed in this case meanwhile: judge again on what is there now.
            }
        }
    }

    private async Task Settle(HeldMessage held, OpenedMessage message)
    {
        var (heads, read) = settle.Read(message);
        if (read.TryGet(out var content, out _))
        {
            if (content.Held is { } open)
                await GoesOn(held, message, open);
            else if (await settle.Accept(message, heads, content, new Settlement(Itself, true, "marks.passed", "judged again with what became known: nothing is open any more")))
                log.LogInformation("{Message} in {Case} waits no more: its marks passed", held.Message, held.CaseId);
        }
        // Only a file that is proved bad ends the waiting. Any other reason (the case went on, a date passed, a card names other keys now) is for an officer to see.
        else if (message.Judged.FirstOrDefault(f => f is { Refusal: not null, IsUndetermined: false })?.Refusal is { } failed)
        {
            if (await settle.Refuse(message, heads, failed.Code, failed.Detail, new Settlement(Itself, false, "marks.failed", $"judged again with what became known: {failed.Detail}")))
                log.LogWarning("{Message} in {Case} waits no more: {Code}", held.Message, held.CaseId, failed.Code.Text());
        }
    }

    // Nothing is written when nothing is new: lists come every hour, and a message may wait for weeks.
    private async Task GoesOn(HeldMessage held, OpenedMessage message, Refusal open)
    {
        var other = held.Code != open.Code.Text() || held.Detail != open.Detail;
        if (!other && !database.Read(s => message.Judged.Any(f => f.IsNew(s, caseKeys, held.CaseId, held.Message))))
            return;
        var now = clock.GetUtcNow();
        await database.Write(Lane.Ordinary, s =>
        {
            if (!held.WaitsFor(s, open))
                return;
            foreach (var file in message.Judged)
                file.Store(s, caseKeys, held.CaseId, held.Message, now);
            new AuditRecord("marks.open", Itself, held.Message, held.CaseId, open.Code.Text()).Append(s, now);
            Events.Append(s, now, "message.held", held.CaseId, held.Message, $"judged again: {open.Code.Text()}");
        });
    }
}

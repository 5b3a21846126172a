using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.PeerCards;

/// <summary>
/// What a State says of a log that it began on purpose, as after the theft of a key of its log. A card is signed under the offline card key: who has stolen a key
/// of the log can begin another log, and cannot say so here.
/// </summary>
public sealed class LogRenewal
{
    /// <summary>Longest reason.</summary>
    public const int MaxReason = 200;

    /// <summary>Longest checkpoint, with the lines of its log.</summary>
    public const int MaxNote = 4096;

    private const int MaxOrigin = 40;

    private LogRenewal(LogName begun, LogName ended, Checkpoint end, ReadOnlyMemory<byte> last, string reason) => (Begun, Ended, End, Last, Reason) = (begun, ended, end, last, reason);

    /// <summary>The log that was begun.</summary>
    public LogName Begun { get; }

    /// <summary>The log that ended with it.</summary>
    public LogName Ended { get; }

    /// <summary>The last good checkpoint of that one, read: it holds nothing behind it.</summary>
    public Checkpoint End { get; }

    /// <summary>The same as the log signed it: the first leaf of kind <c>epoch</c> of the log that was begun holds its SHA-256.</summary>
    public ReadOnlyMemory<byte> Last { get; }

    /// <summary>Why, for people.</summary>
    public string Reason { get; }

    /// <summary>Says that a log was begun behind the last good checkpoint of another one of the same State. Whether that one bears a signature of its log is not looked at: the card vouches for it.</summary>
    public static Outcome<LogRenewal> Of(LogName begun, ReadOnlyMemory<byte> last, string reason)
    {
        ArgumentNullException.ThrowIfNull(begun);
        ArgumentNullException.ThrowIfNull(reason);
        if (last.Length > MaxNote || !SignedNote.Read(last).Then(note => Checkpoint.Read(note.Text)).TryGet(out var end, out _) || !LogName.TryParse(end.Origin, out var ended))
            return new Refusal(RefusalCode.CardNotValid, $"expected the checkpoint of a log, of at most {MaxNote} bytes", "checkpoint");
        if (ended.State != begun.State || (begun.Year, begun.Number).CompareTo((ended.Year, ended.Number)) <= 0 || !LogName.TryParse(begun.Origin, out _))
            return new Refusal(RefusalCode.CardNotValid, $"{begun.Origin} is no log that can follow {ended.Origin}", "origin");
        if (reason.Length is 0 or > MaxReason || reason.Any(char.IsControl))
            return new Refusal(RefusalCode.CardNotValid, $"expected a reason of 1 to {MaxReason} characters on one line", "reason");
        return new LogRenewal(begun, ended, end, last, reason);
    }

    internal static LogRenewal Read(DocumentReader r)
    {
        var (origin, last, reason) = (r.Text("origin", MaxOrigin), r.Base64("checkpoint", MaxNote), r.Text("reason", MaxReason));
        if (r.Failed)
            return null!;
        if (!LogName.TryParse(origin, out var begun))
            r.Refuse(RefusalCode.CardNotValid, "expected the origin of a log", "origin");
        else if (Of(begun, last, reason).TryGet(out var renewal, out var refusal))
            return renewal;
        else
            r.Refuse(refusal.Code, refusal.Detail, refusal.Path);
        return null!;
    }

    internal void Write(DocumentWriter w) => w.Text("origin", Begun.Origin).Base64("checkpoint", Last.Span).Text("reason", Reason);
}

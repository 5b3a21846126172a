using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;

namespace Gateway.Protocol.Verification;

/// <summary>What a card says of a log that its State began on purpose.</summary>
/// <param name="Renewal">What it says.</param>
/// <param name="Version">Which card of the State it is, for people.</param>
internal sealed record SaidRenewal(LogRenewal Renewal, long Version)
{
    /// <summary>Whether a log that shows this as the end of the one before is the one that the card announces.</summary>
    public bool Names(SignedNote followed) => Digest.Of(followed.Bytes.Span) == Digest.Of(Renewal.Last.Span);
}

/// <summary>
/// Where logs ended that their State began anew on purpose (docs/decisions/0029): who has stolen a key of a log writes it on behind its last good checkpoint, and cannot say on a card that
/// it went on. As at the gateways, only cards under the newest card key count, and of each log what the newest of them says.
/// </summary>
internal sealed class LogEnds
{
    private readonly ILookup<string, SaidRenewal> _said;
    private readonly Dictionary<LogName, (SaidRenewal? Ended, SaidRenewal? Passed, SaidRenewal? Begun)> _known = [];
    private readonly Lock _lock = new();

    /// <param name="cards">Those in the bundle and those that were brought, in any order.</param>
    public LogEnds(IEnumerable<SignedCard> cards)
        => _said = cards.GroupBy(c => c.Card.State, StringComparer.Ordinal).SelectMany(Of).ToLookup(s => s.Renewal.Begun.State, StringComparer.Ordinal);

    /// <summary>What announces this log; null where no card does.</summary>
    public SaidRenewal? Begun(LogName log) => Of(log).Begun;

    /// <summary>Why a checkpoint carries nothing, as the cards of its State say; null where it does.</summary>
    public string? Past(LogName log, Checkpoint checkpoint)
    {
        var (ended, passed, _) = Of(log);
        if (passed is not null)
            return $"card {passed.Version} of {log.State} says that {passed.Renewal.Begun} follows {passed.Renewal.Ended}: what was begun under the name {log} between the two is not of {log.State}";
        var end = ended?.Renewal.End;
        var what = end is null ? null
            : checkpoint.Size > end.Size ? $"a checkpoint of {checkpoint.Size} leaves, and what is proved under it, carries nothing"
            : checkpoint.Size == end.Size && checkpoint.Root != end.Root ? "that checkpoint has another root than this one, which carries nothing" : null;
        return what is null ? null : $"card {ended!.Version} of {log.State} says that {log} ended with {end!.Size} leaves, when {ended.Renewal.Begun} was begun (\"{ended.Renewal.Reason}\"): {what}";
    }

    private (SaidRenewal? Ended, SaidRenewal? Passed, SaidRenewal? Begun) Of(LogName log)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue(log, out var known))
                _known[log] = known = (_said[log.State].FirstOrDefault(s => s.Renewal.Ended == log), _said[log.State].FirstOrDefault(s => Lies(log, s.Renewal)), _said[log.State].LastOrDefault(s => s.Renewal.Begun == log));
            return known;
        }
    }

    private static bool Lies(LogName log, LogRenewal between)
        => (log.Year, log.Number).CompareTo((between.Ended.Year, between.Ended.Number)) > 0 && (log.Year, log.Number).CompareTo((between.Begun.Year, between.Begun.Number)) < 0;

    // In the order of the cards: every later one says the last renewal again, the earlier ones know of those before.
    private static IEnumerable<SaidRenewal> Of(IEnumerable<SignedCard> state)
    {
        var cards = state.OrderBy(c => c.Card.Version).ToList();
        return cards.Where(c => c.CardKey == cards[^1].CardKey && c.Card.Log?.Renewal is not null).Select(c => new SaidRenewal(c.Card.Log!.Renewal!, c.Card.Version))
            .GroupBy(s => s.Renewal.Ended).Select(said => said.Last());
    }
}

namespace Gateway.Evidence;

/// <summary>
/// Which transfers to one endpoint begin, and which make room for them. While an item of an emergency is due or under way, and moves, the others leave it their places but one: their attempts
/// end between two chunks and go on behind it. One place stays with them, so that an emergency of any size, or a receiver that acknowledges drop by drop, stops nothing.
/// </summary>
internal sealed class TransferPlaces(int places)
{
    /// <summary>An emergency of which nothing was acknowledged for so long takes nothing from others, until its next chunk is.</summary>
    public static readonly TimeSpan Moves = TimeSpan.FromSeconds(30);

    /// <summary>What is to be done now.</summary>
    /// <param name="underWay">Attempts to this endpoint.</param>
    /// <param name="waiting">Transfers to it that are due, the oldest first.</param>
    /// <param name="now">The time.</param>
    public (IReadOnlyList<TransferRow> Begin, IReadOnlyList<TransferAttempt> End) Next(IReadOnlyCollection<TransferAttempt> underWay, IReadOnlyCollection<TransferRow> waiting, DateTimeOffset now)
    {
        var (urgent, rest) = (underWay.Where(attempt => attempt.Transfer.IsEmergency).ToList(), underWay.Where(attempt => !attempt.Transfer.IsEmergency).ToList());
        var free = places - underWay.Count;
        var kept = places > 1 ? 1 : 0;
        var first = Next([.. waiting.Where(t => t.IsEmergency)], Math.Min(free, places - kept - urgent.Count));
        var others = free - first.Count;
        List<TransferAttempt> end = [];
        if (waiting.Any(t => t.IsEmergency) || urgent.Exists(attempt => attempt.MovedSince(now - Moves)))
        {
            // Those that were ended before are on their way out: of the others the oldest stays.
            end = [.. rest.Where(attempt => !attempt.End.IsCancellationRequested).OrderBy(attempt => attempt.Begun).Skip(kept)];
            others = Math.Min(others, kept - rest.Count);
        }
        return ([.. first, .. Next([.. waiting.Where(t => !t.IsEmergency)], others)], end);
    }

    // The oldest first; the last free place is for the smallest, which must not wait for days behind disks.
    private static List<TransferRow> Next(List<TransferRow> waiting, int places)
        => places <= 0 ? [] : waiting.Count <= places ? waiting : [.. waiting.Take(places - 1), waiting.Skip(places - 1).MinBy(t => t.SizeBytes)!];
}

/// <summary>One attempt to bring an item to the other side. It ends with the gateway, or when an emergency needs what it takes.</summary>
/// <param name="Transfer">What is brought.</param>
/// <param name="Line">The endpoint to which it goes (<see cref="Peers.PeerChannels.LineTo"/>).</param>
/// <param name="Begun">Since when.</param>
/// <param name="End">Ends it. A source without timer and link holds nothing that is to be given back.</param>
internal sealed record TransferAttempt(TransferRow Transfer, string Line, DateTimeOffset Begun, CancellationTokenSource End)
{
    private long _advanced = Begun.UtcTicks;

    /// <summary>Something of it was acknowledged.</summary>
    public void Advanced(DateTimeOffset now) => Interlocked.Exchange(ref _advanced, now.UtcTicks);

    /// <summary>Whether it began, or something of it was acknowledged, since then.</summary>
    public bool MovedSince(DateTimeOffset since) => Interlocked.Read(ref _advanced) >= since.UtcTicks;
}

namespace Gateway.Storage;

/// <summary>
/// How far the clearing of all pages of a database came (<see cref="PageGaps"/>). A turn that a reader kept from being made is tried again, not those before it: on a
/// large and busy database so many turns in a row never succeed.
/// </summary>
internal sealed class GapSweep
{
    // Twice: a page that was not cleared yet may have changed places with one that was.
    private const int Rounds = 2;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private int _round;
    private int _turn;
    private int _cleared;

    /// <summary>Goes on where it stopped. True when all is cleared; false when a turn was not possible in any of the tries, tenths of a second apart.</summary>
    /// <param name="turns">How many turns a round has now; 0 when none can be made.</param>
    /// <param name="clear">Makes a turn and gives how many pages it cleared; null while a reader keeps it from that.</param>
    /// <param name="tries">How often each turn is tried.</param>
    /// <param name="stop">Stops between two tries; the next call goes on.</param>
    public async Task<bool> Run(Func<int> turns, Func<int, Task<int?>> clear, int tries, CancellationToken stop = default)
    {
        while (_round < Rounds)
        {
            if (turns() == 0)
                return false;
            for (var i = 1; ; i++)
            {
                if (await clear(_turn) is { } cleared)
                {
                    _cleared += cleared;
                    break;
                }
                if (i >= tries || stop.IsCancellationRequested)
                    return false;
                await Task.Delay(s_pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            if (++_turn < turns())
                continue;
            _round = _cleared == 0 ? Rounds : _round + 1;
            (_turn, _cleared) = (0, 0);
        }
        return true;
    }
}

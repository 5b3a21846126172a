using System.Collections.Concurrent;

namespace Gateway.Storage;

/// <summary>
/// What the readers of a database made of rows that only grow, each beside the number of changes of those rows as it stood in their snapshot. Whoever reads that number again has the same rows;
/// whoever reads a higher one folds in what came since. Writers have none: what they read can still be undone.
/// </summary>
internal sealed class Folded
{
    // So many rows and cases in all; what is forgotten is read again.
    private const int Most = 50_000;

    private readonly ConcurrentDictionary<string, object> _kept = new(StringComparer.Ordinal);
    private int _rows;

    public T? Find<T>(string key) where T : class => _kept.GetValueOrDefault(key) as T;

    /// <param name="key">Of what.</param>
    /// <param name="value">What was made of the rows.</param>
    /// <param name="more">How many rows it rests on that were not counted before.</param>
    public void Keep(string key, object value, int more)
    {
        if (Interlocked.Add(ref _rows, more + 1) > Most)
        {
            _kept.Clear();
            Interlocked.Exchange(ref _rows, 0);
        }
        _kept[key] = value;
    }
}

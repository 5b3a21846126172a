using System.Globalization;
using System.Reflection;

namespace Gateway.Storage;

/// <summary>Numbered SQL files, forward only, each in its own transaction. The schema's number is SQLite's user_version.</summary>
internal static class Migrations
{
    private static readonly Assembly Here = typeof(Migrations).Assembly;

    /// <summary>The schema this program needs.</summary>
    public static int Newest { get; } = Numbers().Max();

    /// <summary>All schemas, the oldest first.</summary>
    public static IReadOnlyList<int> All { get; } = [.. Numbers().Order()];

    public static int Current(Session session) => (int)session.Number("SELECT user_version FROM pragma_user_version");

    /// <summary>Brings the schema to <see cref="Newest"/>, or only to <paramref name="to"/>; returns the numbers applied.</summary>
    public static IReadOnlyList<int> Apply(Session session, int? to = null)
    {
        var from = Current(session);
        if (from > Newest)
            throw new DatabaseNotUsableException($"the database has schema {from}, this program knows up to {Newest}: install the newer program");
        var applied = new List<int>();
        foreach (var number in All.Where(n => n > from && n <= (to ?? Newest)))
        {
            session.Raw("BEGIN IMMEDIATE");
            session.Raw(Text(number));
            session.Raw($"PRAGMA user_version = {number.ToString(CultureInfo.InvariantCulture)}");
            session.Raw("COMMIT");
            applied.Add(number);
        }
        return applied;
    }

    private static IEnumerable<int> Numbers() => Here.GetManifestResourceNames()
        .Where(n => n.EndsWith(".sql", StringComparison.Ordinal))
        .Select(n => int.Parse(n.Split('.')[^2], CultureInfo.InvariantCulture));

    private static string Text(int number)
    {
        var name = Here.GetManifestResourceNames().Single(n => n.EndsWith($".{number:0000}.sql", StringComparison.Ordinal));
        using var reader = new StreamReader(Here.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}

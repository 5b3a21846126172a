using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Protocol.Documents;

namespace Gateway.Protocol.Requests;

/// <summary>How sure the wording and the number of a provision are.</summary>
public enum TreatyStatus
{
    /// <summary>Compared with a text.</summary>
    CONFIRMED,

    /// <summary>From memory: to be compared with the official text before it is quoted; the ministry's lawyer approves it.</summary>
    UNCONFIRMED,
}

/// <summary>A provision that requests and answers cite.</summary>
/// <param name="Id">Instrument and number: <c>UNCC 40(15)</c>. UNCC is the UN Convention against Cybercrime (A/RES/79/243), BUDAPEST ETS 185,
/// CETS224 its Second Additional Protocol, UNCAC the Convention against Corruption, EIO Directive 2014/41/EU.</param>
/// <param name="Subject">What it is about, in our words.</param>
/// <param name="Status">How sure that is.</param>
/// <param name="CheckedAgainst">The text it was compared with; null when with none.</param>
public sealed record TreatyEntry(string Id, string Subject, TreatyStatus Status, string? CheckedAgainst)
{
    /// <summary>What a lawyer approves: an approval does not outlive a change of number or subject.</summary>
    public Digest Sha256 => Digest.Of(Encoding.UTF8.GetBytes($"{Id}\n{Subject}"));
}

/// <summary>The table of provisions (<c>treaties.json</c>), and how they are cited.</summary>
public static partial class Treaties
{
    private static readonly TreatyEntry[] Table = Load();

    /// <summary>No approvals.</summary>
    public static IReadOnlySet<string> NoneApproved { get; } = FrozenSet<string>.Empty;

    /// <summary>All entries.</summary>
    public static IReadOnlyList<TreatyEntry> All => Table;

    /// <summary>The entry of exactly this id, or null.</summary>
    public static TreatyEntry? ById(string id) => Array.Find(Table, entry => entry.Id == id);

    /// <summary>The entry that a citation falls under: <c>UNCC 40(15)(f)</c> under <c>UNCC 40(15)</c>. Null when it is no citation of this table.</summary>
    public static TreatyEntry? Find(string citation)
        => Citation().IsMatch(citation) ? Table.Where(entry => citation == entry.Id || citation.StartsWith(entry.Id + "(", StringComparison.Ordinal)).MaxBy(entry => entry.Id.Length) : null;

    /// <summary>The citation, with "unconfirmed" after what nobody compared with the text yet and no lawyer approved. Other words come back as they are.</summary>
    /// <param name="citation">Instrument, article, paragraph.</param>
    /// <param name="approved">Ids that the ministry's lawyer approved.</param>
    public static string Cite(string citation, IReadOnlySet<string>? approved = null)
        => Find(citation) is { Status: TreatyStatus.UNCONFIRMED } entry && approved?.Contains(entry.Id) != true ? $"{citation}, unconfirmed" : citation;

    /// <summary>Whether a request cites, as its legal basis, what nobody compared with the text: an article of an instrument of the table that is in it unconfirmed and unapproved, or is not in it.</summary>
    /// <param name="instrument">UNCC, BUDAPEST …; of one that is not in the table nothing is said.</param>
    /// <param name="article">As it was written: <c>42</c>, <c>art. 29(2), 31</c>.</param>
    /// <param name="approved">Ids that the ministry's lawyer approved.</param>
    public static bool IsUnconfirmed(string instrument, string article, IReadOnlySet<string>? approved = null)
    {
        if (!Array.Exists(Table, entry => entry.Id.StartsWith(instrument + " ", StringComparison.Ordinal)))
            return false;
        var numbers = Number().Matches(article);
        return numbers.Count == 0 || numbers.Any(number => Find($"{instrument} {number.Value}") is not { } entry || (entry.Status == TreatyStatus.UNCONFIRMED && approved?.Contains(entry.Id) != true));
    }

    /// <summary>Where a deadline comes from. No treaty of the table obliges to one, so it is always a default of the installation.</summary>
    public static string DeadlineBasis(RequestRow row, IReadOnlySet<string>? approved = null)
        => row.DeadlineAfter is { } after ? $"default of this installation, after {Cite(after, approved)}" : "default of this installation";

    private static TreatyEntry[] Load()
    {
        using var stream = typeof(Treaties).Assembly.GetManifestResourceStream("treaties.json") ?? throw new InvalidOperationException("the table of treaties is not in the assembly");
        using var json = JsonDocument.Parse(stream);
        return [.. json.RootElement.GetProperty("entries").EnumerateArray().Select(entry => new TreatyEntry(
            entry.GetProperty("id").GetString()!,
            entry.GetProperty("subject").GetString()!,
            Enum.Parse<TreatyStatus>(entry.GetProperty("status").GetString()!),
            entry.TryGetProperty("checkedAgainst", out var text) ? text.GetString() : null))];
    }

    [GeneratedRegex(@"[0-9]+(\([0-9a-z]+\))*", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"^[A-Z0-9-]+ [0-9]+(\([0-9a-z]+\))*$", RegexOptions.CultureInvariant)]
    private static partial Regex Citation();
}

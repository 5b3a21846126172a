using System.Globalization;
using System.Text.Json;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;

namespace Gateway.Peers;

/// <summary>
/// A State that no gateway serves, as an administrator describes it in a file, in the words of gateway.json: its authorities and what it asks of those who write to it.
/// No key stands in it: whoever takes a message out names the certificate, if the other side has one.
/// </summary>
internal sealed class PaperStateOptions : ICheckedOptions
{
    private const int MaxDepth = 16;

    /// <summary>ISO 3166-1 alpha-2.</summary>
    public string State { get; init; } = "";

    /// <summary>Where this is known from: the other State's note, a directory.</summary>
    public string Source { get; init; } = "";

    /// <summary>At least one.</summary>
    public IReadOnlyList<PaperAuthorityOptions> Authorities { get; init; } = [];

    /// <summary>Languages, terms, thresholds.</summary>
    public ProfileOptions Profile { get; init; } = new();

    public void Check(string path, Mistakes mistakes)
    {
        if (!Ids.IsState(State))
            mistakes.Add("State", $"'{State}' is not a State's code", "Write two letters, as in ISO 3166-1.");
        if (Source.Length is 0 or > 500)
            mistakes.Add("Source", "it is not said where this is known from", "Name the note or the directory, in 1 to 500 characters.");
        if (Authorities.Count is 0 or > 100)
            mistakes.Add("Authorities", "there is no authority, or there are more than 100", "Describe at least the central authority.");
        foreach (var other in Authorities.Where(a => a.Id.Length > 2 && a.Id[..2] != State))
            mistakes.Add("Authorities", $"{other.Id} belongs to another State", $"An id of {State} begins with {State}-.");
        foreach (var twice in Authorities.GroupBy(a => a.Id).Where(g => g.Count() > 1))
            mistakes.Add("Authorities", $"{twice.Key} stands twice", "Give every authority an id of its own.");
    }

    /// <summary>Reads a file; every mistake in one refusal.</summary>
    public static Outcome<PaperStateOptions> Read(ReadOnlyMemory<byte> file)
    {
        try
        {
            using var json = JsonDocument.Parse(file, new JsonDocumentOptions { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var mistakes = new Mistakes();
            var options = new OptionsReader("/", mistakes).Read<PaperStateOptions>(json.RootElement, "");
            return mistakes.Any ? new Refusal(RefusalCode.ArgumentNotValid, string.Join("\n", mistakes.Found), "document") : options;
        }
        catch (JsonException e)
        {
            return new Refusal(RefusalCode.DocumentNotJson, $"not JSON near line {e.LineNumber + 1}", "document");
        }
    }

    /// <summary>As the rules know every State: a card that nobody signed and that names no key.</summary>
    public PeerCard ToCard() => new(State, 1, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, [], [.. Authorities.Select(a => a.Describe())], [], 1, Profile.ToProfile());
}

/// <summary>An authority that is reached on paper.</summary>
internal sealed class PaperAuthorityOptions : ICheckedOptions
{
    /// <summary>The State's code, a hyphen, a short name that we give it: <c>XC-CA</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>The name for people.</summary>
    public string Name { get; init; } = "";

    /// <summary>The name in other languages.</summary>
    public IReadOnlyList<NameOptions> Names { get; init; } = [];

    /// <summary>Role words of docs/protocol.md.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Request kinds that it takes; empty: those of its roles.</summary>
    public IReadOnlyList<string> Functions { get; init; } = [];

    /// <summary>Its time zone, an IANA name.</summary>
    public string TimeZone { get; init; } = "";

    /// <summary>Where its duty officer is reached by telephone.</summary>
    public string DutyPhone { get; init; } = "";

    /// <summary>The number that is called back.</summary>
    public string CallBackPhone { get; init; } = "";

    /// <summary>Where paper and e-mail go.</summary>
    public string Address { get; init; } = "";

    /// <summary>What designated it.</summary>
    public string Designation { get; init; } = "";

    /// <summary>First day of its designation, UTC.</summary>
    public string ValidFrom { get; init; } = "";

    /// <summary>Last day of its designation, UTC.</summary>
    public string ValidTo { get; init; } = "";

    public void Check(string path, Mistakes mistakes)
    {
        // The same rules as for an authority of our own, but for the keys that it has not.
        var own = new Mistakes();
        new AuthorityOptions
        {
            Id = Id, Name = Name, Names = Names, Roles = Roles, Functions = Functions, TimeZone = TimeZone, DutyPhone = DutyPhone, CallBackPhone = CallBackPhone,
            Address = Address, Designation = Designation, ValidFrom = ValidFrom, ValidTo = ValidTo,
        }.Check(path, own);
        foreach (var mistake in own.Found.Where(m => m.Path != $"{path}:{nameof(AuthorityOptions.Seal)}" && m.Path != $"{path}:{nameof(AuthorityOptions.Encryption)}"))
            mistakes.Add(mistake.Path, mistake.What, mistake.Remedy);
        if (Address.Length == 0)
            mistakes.Add($"{path}:Address", "there is no address", "Write where paper or e-mail reaches it.");
    }

    public CardAuthority Describe() => new(Id, Name, Roles, "", [], [], [], [], [])
    {
        TimeZone = Said(TimeZone),
        DutyPhone = Said(DutyPhone),
        CallBackPhone = Said(CallBackPhone),
        Functions = Functions,
        ValidFrom = Day(ValidFrom),
        ValidTo = Day(ValidTo),
        Address = Said(Address),
        Designation = Said(Designation),
        Names = [.. Names.Select(name => new Protocol.Requests.Term(name.Language, name.Text))],
    };

    private static string? Said(string text) => text.Length == 0 ? null : text;

    private static DateOnly? Day(string text) => text.Length == 0 ? null : DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}

using System.Collections.Concurrent;
using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Verification;

/// <summary>A peer card found in the bundle.</summary>
internal sealed record CardFact(SignedCard Signed, Certificate Signer, string File);

/// <summary>Why a mark does not count.</summary>
internal readonly record struct MarkProblem(FindingCode Code, string Text);

/// <summary>A key and the time in which the cards named it.</summary>
internal sealed record KeyPeriod(NoteKey Key, DateTimeOffset From, DateTimeOffset Until)
{
    public bool InForce(DateTimeOffset time, TimeSpan tolerance) => From - time <= tolerance && time - Until <= tolerance;
}

/// <summary>Who may have signed what, by the cards in the bundle. Whether the cards are the States' own is the anchors' question.</summary>
internal sealed class TrustRing
{
    // Whoever renews an authority for persons may keep its name; nobody does so often, and each one tried is a signature to verify.
    private const int MaxNamesakes = 32;

    private readonly ILookup<string, CardFact> _cards;
    private readonly ILookup<string, SignedCard> _brought;
    private readonly Dictionary<(string Authority, Digest Certificate, bool Stamp), DateTimeOffset> _marks = [];
    private readonly Dictionary<(string State, Digest Certificate), DateTimeOffset> _personsUntil = [];
    private readonly ConcurrentDictionary<(Digest, string), IReadOnlyList<Certificate>> _persons = new();
    private readonly ConcurrentDictionary<string, ILookup<string, Certificate>> _personAuthorities = new(StringComparer.Ordinal);
    private readonly Lazy<ILookup<string, string>> _personStates;
    private readonly Lazy<Dictionary<string, IReadOnlyList<Role>>> _roles;
    private readonly ConcurrentDictionary<(string State, LogName Name), IReadOnlyList<KeyPeriod>> _logKeys = new();
    private readonly Lazy<ILookup<(string Name, uint Id), (int Place, string State, KeyPeriod Key)>> _cosigners;

    /// <param name="cards">The cards in the bundle: what they name counts.</param>
    /// <param name="brought">Cards that the person who verifies holds: they end what they name no more, and name nothing here.</param>
    public TrustRing(IEnumerable<CardFact> cards, IEnumerable<SignedCard> brought)
    {
        _cards = cards.OrderBy(c => c.Signed.Card.Version).ToLookup(c => c.Signed.Card.State);
        _roles = new(() => _cards.SelectMany(g => g.SelectMany(c => c.Signed.Card.Authorities).Where(a => Ids.StateOf(a.Id) == g.Key)).GroupBy(a => a.Id, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => (IReadOnlyList<Role>)Roles.Of(g.SelectMany(a => a.Roles).Distinct()), StringComparer.Ordinal));
        _cosigners = new(() => States.SelectMany((state, place) => Periods(state, log => log.CosignerKeys(state)).Select(key => (Place: place, State: state, Key: key))).ToLookup(k => (k.Key.Key.Name, k.Key.Key.Id)));
        _personStates = new(() => States.SelectMany(state => PersonAuthorities(state).Select(name => (Name: name.Key, State: state))).ToLookup(a => a.Name, a => a.State, StringComparer.Ordinal));
        _brought = brought.ToLookup(c => c.Card.State, StringComparer.Ordinal);
        Ends = new(_cards.SelectMany(g => g.Select(c => c.Signed)).Concat(_brought.SelectMany(g => g)));
        foreach (var state in _cards)
            Until(state.Key, [.. state.Select(c => c.Signed)], [.. _brought[state.Key]]);
    }

    /// <summary>Logs that ended before they end here.</summary>
    public LogEnds Ends { get; }

    private void Until(string state, IReadOnlyList<SignedCard> cards, IReadOnlyList<SignedCard> brought)
    {
        var keys = cards.Concat(brought).OrderBy(c => c.Card.Version).GroupBy(c => c.CardKey).ToList();
        // Whoever made the bundle chose how many card keys and marks are in it: each is looked at once.
        var issues = cards.Concat(brought).Select(c => (c.Card.Issued, c.CardKey)).OrderBy(c => c.Issued).ToList();
        var (marks, persons) = (cards.SelectMany(c => CardMarks.Of(c.Card)).ToHashSet(), cards.SelectMany(c => Persons(state, c.Card)).ToHashSet());
        foreach (var key in keys)
        {
            var (versions, replaced) = (key.Select(c => c.Card).ToList(), Replaced(issues, key.Key, key.Last().Card.Issued));
            Later(_marks, CardMarks.Ends(versions, CardMarks.Of, replaced), marks);
            Later(_personsUntil, CardMarks.Ends(versions, card => Persons(state, card), replaced), persons);
        }
    }

    // When the first card under another card key was issued after that time.
    private static DateTimeOffset? Replaced(List<(DateTimeOffset Issued, Digest CardKey)> issues, Digest key, DateTimeOffset last)
    {
        var (low, high) = (0, issues.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = issues[middle].Issued > last ? (low, middle) : (middle + 1, high);
        }
        while (low < issues.Count && issues[low].CardKey == key)
            low++;
        return low < issues.Count ? issues[low].Issued : null;
    }

    // What was carried over to a new card key counts on under that one.
    private static void Later<T>(Dictionary<T, DateTimeOffset> all, Dictionary<T, DateTimeOffset> ends, HashSet<T> named)
        where T : notnull
    {
        foreach (var (mark, end) in ends.Where(e => named.Contains(e.Key)))
            all[mark] = all.TryGetValue(mark, out var until) && until > end ? until : end;
    }

    private static IEnumerable<(string State, Digest Certificate)> Persons(string state, PeerCard card) => card.PersonAuthorities.Select(a => (state, a.Sha256));

    /// <summary>The keys of a State's log of this name, with the time in which its cards named them.</summary>
    public IReadOnlyList<KeyPeriod> LogKeys(string state, LogName name) => _logKeys.GetOrAdd((state, name), _ => Periods(state, log => log.LogKeys(name)));

    /// <summary>The keys under which States cosign that may have made one of these signatures, by State, in the order of <see cref="States"/>.</summary>
    public IEnumerable<(string State, IReadOnlyList<KeyPeriod> Keys)> CosignersOf(IEnumerable<NoteSignature> signatures)
        => signatures.Select(s => (s.Name, s.KeyId)).Distinct().SelectMany(s => _cosigners.Value[s]).GroupBy(k => (k.Place, k.State)).OrderBy(g => g.Key.Place)
            .Select(g => (g.Key.State, (IReadOnlyList<KeyPeriod>)[.. g.Select(k => k.Key)]));

    /// <summary>Whether a card names the key as one under which its State cosigns.</summary>
    public bool IsCosigner(NoteKey key) => _cosigners.Value[(key.Name, key.Id)].Any(k => k.Key.Key == key);

    /// <summary>
    /// Cards of the State that are not here and may have been in force at that time, in words; null when the versions around it follow each other. Without them nothing is known against that State:
    /// who exported left them out.
    /// </summary>
    public string? CardsLacking(string state, DateTimeOffset time, TimeSpan tolerance)
    {
        var cards = _cards[state].Select(c => c.Signed.Card).ToList();
        var last = cards.FindLastIndex(c => c.Issued - time <= tolerance);
        if (last + 1 >= cards.Count)
            return null;
        var (from, to) = ((last < 0 ? 0 : cards[last].Version) + 1, cards[last + 1].Version - 1);
        return from > to ? null : from == to ? $"card {from} of {state} is not in this bundle, and may name it" : $"cards {from} to {to} of {state} are not in this bundle, and may name it";
    }

    private List<KeyPeriod> Periods(string state, Func<CardLog, IEnumerable<NoteKey>> keys)
    {
        var periods = new List<KeyPeriod>();
        var places = new Dictionary<NoteKey, int>();
        // A card that was brought ends what it does not name, and says on what a card in the bundle named before; it names nothing itself.
        var cards = _cards[state].Select(c => (c.Signed.Card, Brought: false)).Concat(_brought[state].Select(c => (c.Card, Brought: true))).OrderBy(c => c.Card.Version).ToList();
        for (var i = 0; i < cards.Count; i++)
        {
            // A card is in force until the next one is issued; what that one no longer names has ended.
            var until = i + 1 < cards.Count ? cards[i + 1].Card.Issued : cards[i].Card.Expires;
            foreach (var key in cards[i].Card.Log is { } log ? keys(log) : [])
            {
                if (places.TryGetValue(key, out var place))
                    periods[place] = periods[place] with { Until = until };
                else if (!cards[i].Brought)
                {
                    places.Add(key, periods.Count);
                    periods.Add(new KeyPeriod(key, cards[i].Card.Issued, until));
                }
            }
        }
        return periods;
    }

    public IEnumerable<string> States => _cards.Select(g => g.Key);

    public IEnumerable<CardFact> CardsOf(string state) => _cards[state];

    /// <summary>Whether the certificate is one of the authority's seals, and was at that time.</summary>
    public MarkProblem? Seal(Certificate certificate, Party party, params ReadOnlySpan<DateTimeOffset> times)
        => Authority(certificate, party, stamp: false, times);

    /// <summary>Whether the certificate is one of the authority's stamps, and was at that time.</summary>
    public MarkProblem? Stamp(Certificate certificate, Party party, params ReadOnlySpan<DateTimeOffset> times)
        => Authority(certificate, party, stamp: true, times);

    /// <summary>Whether an authority for the State's persons issued the certificate, both valid at that time.</summary>
    public MarkProblem? Person(Certificate certificate, string state, DateTimeOffset time)
    {
        // An authority whose certificate was renewed under its key issued it twice over. Only what costs a signature to verify is remembered: of each State that did not issue it there would be an entry.
        var namesakes = PersonAuthorities(state)[Name(certificate.IssuerDer)];
        var issuers = !namesakes.Any() ? [] : _persons.GetOrAdd((certificate.Sha256, state), _ => [.. namesakes.Take(MaxNamesakes).Where(certificate.IssuedBy)]);
        if (issuers.Count == 0 || certificate.UnknownCriticalExtensions.Count > 0)
            return new(FindingCode.SignerNotConfirmed, $"no authority for persons in the card of {state} issued the certificate of '{certificate.CommonName ?? certificate.Subject}'");
        if (!certificate.MaySign)
            return new(FindingCode.SignerNotValid, $"the certificate of '{certificate.CommonName ?? certificate.Subject}' is not for signing");
        if (!certificate.ValidAt(time) || !issuers.Any(i => i.ValidAt(time)))
            return new(FindingCode.SignerNotValid, $"the certificate of '{certificate.CommonName ?? certificate.Subject}' was not valid when it signed ({Show(time)})");
        if (!issuers.Any(i => i.ValidAt(time) && time - _personsUntil[(state, i.Sha256)] <= CardMarks.Tolerance))
            return new(FindingCode.SignerNotValid, $"the card of {state} no longer named the authority that issued the certificate of '{certificate.CommonName ?? certificate.Subject}' when it signed ({Show(time)})");
        return null;
    }

    /// <summary>Whether an authority for persons of any State issued the certificate, both valid at that time.</summary>
    public bool IsPerson(Certificate certificate, DateTimeOffset time)
        => _personStates.Value[Name(certificate.IssuerDer)].Take(MaxNamesakes).Any(state => Person(certificate, state, time) is null);

    /// <summary>The roles that any card of the State gives the authority.</summary>
    public IReadOnlyList<Role> RolesOf(string authority) => _roles.Value.GetValueOrDefault(authority, []);

    // Each once, whichever cards name it.
    private ILookup<string, Certificate> PersonAuthorities(string state) => _personAuthorities.GetOrAdd(state, _ => _cards[state].SelectMany(c => c.Signed.Card.PersonAuthorities)
        .Where(a => a.IsAuthority && a.UnknownCriticalExtensions.Count == 0).DistinctBy(a => a.Sha256).ToLookup(a => Name(a.SubjectDer), StringComparer.Ordinal));

    private static string Name(ReadOnlyMemory<byte> der) => Convert.ToBase64String(der.Span);

    public static string Show(DateTimeOffset time) => DocumentWriter.FormatTime(time);

    private MarkProblem? Authority(Certificate certificate, Party party, bool stamp, ReadOnlySpan<DateTimeOffset> times)
    {
        var what = stamp ? "stamp" : "seal";
        if (!_marks.TryGetValue((party.Authority, certificate.Sha256, stamp), out var until))
            return new(FindingCode.SealNotListed, $"the certificate '{certificate.CommonName ?? certificate.Subject}' is not a {what} of {party.Authority} in any card of {party.State} here");
        foreach (var time in times)
        {
            if (!certificate.ValidAt(time))
                return new(FindingCode.SealNotValid, $"the {what} certificate of {party.Authority} was not valid at {Show(time)}");
            if (time - until > CardMarks.Tolerance)
                return new(FindingCode.SealNotValid, $"the card of {party.State} named this {what} of {party.Authority} until {Show(until)}, not at {Show(time)}");
        }
        return null;
    }
}

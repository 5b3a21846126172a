using System.Globalization;
using Gateway.Keys;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;

namespace Gateway.Peers;

/// <summary>
/// Makes our own card from what the configuration names and signs it with the card key. The card key is offline at all other times:
/// it is read from its file for this one signature.
/// </summary>
internal sealed class IssueCard(string state, KeysOptions keys, ProfileOptions profile, CardLog? log)
{
    private const int DocumentVersion = 1;

    public Outcome<SignedCard> Issue(Signer cardKey, SignedCard? before, int validDays, DateTimeOffset now, long? version = null)
    {
        if (before is not null && before.CardKey != cardKey.Certificate.SpkiSha256)
            return new Refusal(RefusalCode.CardFingerprint, $"the key is not the card key of card {before.Card.Version}; peers would have to compare fingerprints again");
        if (!cardKey.Certificate.ValidAt(now))
            return new Refusal(RefusalCode.CardNotValid, $"the card certificate is not valid today (until {cardKey.Certificate.NotAfter:yyyy-MM-dd})");
        var card = new PeerCard(
            state,
            version ?? (before?.Card.Version ?? 0) + 1,
            now,
            now.AddDays(validDays),
            [.. keys.PersonAuthorities.Select(KeyRing.ReadCertificate)],
            [.. keys.Authorities.Select(Describe)],
            [.. Suites.All.Reverse().Select(s => s.Name)],
            DocumentVersion,
            profile.ToProfile(),
            log);
        // Opened again, as every peer will: what they would refuse is never put in force here.
        return SignedCard.Open(SignedDocument.Sign(card.Write(), cardKey, now));
    }

    private CardAuthority Describe(AuthorityOptions authority) => new(
        authority.Id,
        authority.Name,
        authority.Roles,
        authority.Endpoint,
        authority.Endpoint.Length > 0 ? Read(keys.Tls) : [],
        Read(authority.Seal),
        Read(authority.Encryption),
        Read(authority.Evidence),
        Read(authority.Stamp))
    {
        TimeZone = authority.TimeZone.Length > 0 ? authority.TimeZone : null,
        DutyPhone = authority.DutyPhone.Length > 0 ? authority.DutyPhone : null,
        CallBackPhone = authority.CallBackPhone.Length > 0 ? authority.CallBackPhone : null,
        Functions = authority.Functions,
        Parent = Said(authority.Parent),
        ValidFrom = Day(authority.ValidFrom),
        ValidTo = Day(authority.ValidTo),
        Address = Said(authority.Address),
        Designation = Said(authority.Designation),
        Names = [.. authority.Names.Select(name => new Protocol.Requests.Term(name.Language, name.Text))],
    };

    private static string? Said(string text) => text.Length == 0 ? null : text;

    private static DateOnly? Day(string text) => text.Length == 0 ? null : DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static List<Certificate> Read(IReadOnlyList<PairOptions> pairs) => [.. pairs.Select(p => KeyRing.ReadCertificate(p.Certificate))];
}

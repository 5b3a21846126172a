using Gateway.Cli.Output;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;

namespace Gateway.Cli.Parts;

/// <summary>
/// Ties who signed to the State for which it was signed: the card of that State, and no other one, must name the authority, and who issued the certificate. A card that was brought and contradicts
/// is a no; what no card says is listed as not verified.
/// </summary>
internal sealed class PartSigners(IReadOnlyList<PeerCard> cards)
{
    private readonly List<string> _unverified = [];

    /// <summary>What could not be verified, in sentences; none: who signed is confirmed.</summary>
    public IReadOnlyList<string> Unverified => _unverified;

    /// <summary>Judges one signature; stops with T711 when the card of that State says otherwise.</summary>
    /// <param name="what">What was signed.</param>
    /// <param name="signed">It.</param>
    /// <param name="authority">For which authority, as what was signed says.</param>
    /// <param name="act">What the card's roles of the authority must permit.</param>
    public void Judge(string what, SignedDocument signed, string authority, Permission act)
    {
        if (!Ids.IsAuthority(authority))
        {
            _unverified.Add($"{what} names no authority for which {signed.Signer.Subject} signed it");
            return;
        }
        var state = Ids.StateOf(authority);
        var own = cards.Where(card => card.State == state).ToList();
        if (own.Count == 0)
        {
            _unverified.Add($"{signed.Signer.Subject} signed {what} for {authority}, and no card of {state} was given: name it with --trust");
            return;
        }
        if (!own.Exists(card => card.PersonAuthorities.Any(issuer => issuer.IsAuthority && signed.Signer.IssuedBy(issuer) && issuer.ValidAt(signed.SigningTime)))
            || !signed.Signer.MaySign || !signed.Signer.ValidAt(signed.SigningTime) || signed.Signer.UnknownCriticalExtensions.Count > 0)
            throw StopException.Refused(new Refusal(RefusalCode.PartNotProved, $"{what} is said to be of {authority}, and no card of {state} here explains who signed it ({signed.Signer.Subject})"));
        var named = own.Select(card => card.Find(authority)).OfType<CardAuthority>().ToList();
        if (named.Count == 0)
            _unverified.Add($"the card of {state} names no authority {authority}, for which {signed.Signer.Subject} signed {what}");
        else if (Permissions.Of(act).Select(grant => grant.Role.ToString()).ToList() is var roles && !named.Exists(a => a.Roles.Any(roles.Contains)))
            _unverified.Add($"the card of {state} names {authority}, but as none of {string.Join(", ", roles)}; {signed.Signer.Subject} signed {what} for it");
    }
}

using Gateway.Protocol.Bundles;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;

namespace Gateway.Protocol.Verification;

/// <summary>The cards in the bundle against the anchors from outside, and every State against its cards.</summary>
internal sealed class AnchorCheck(Facts facts, TrustRing ring, IReadOnlyCollection<TrustAnchor> anchors, Findings findings)
{
    public IReadOnlyList<StateReport> All()
    {
        foreach (var state in facts.OnPaper.Order(StringComparer.Ordinal))
            findings.Add(FindingCode.OnPaper, $"{state} is reached on paper: it sealed nothing here, and what it did is the word of the authority that recorded it");
        // Who says "on paper" needs no seal of the other State: nobody who holds a card of it is to take that for granted.
        foreach (var state in facts.OnPaper.Where(state => anchors.Any(a => a.State == state)).Order(StringComparer.Ordinal))
            findings.Add(FindingCode.NotAnchored, $"you brought a card of {state}, and nothing here is sealed by it: ask {state} whether it had a gateway at that time");
        foreach (var state in facts.Parties.Except(ring.States).Except(facts.OnPaper).Order(StringComparer.Ordinal))
            findings.Add(FindingCode.CardMissing, $"there is no card of {state} that can be read: nothing shows who sealed for it");
        foreach (var name in facts.TrustPems.Keys.Where(n => !ring.States.Contains(BundleLayout.Owner(n))))
            findings.Add(FindingCode.TrustFileDiffers, "there is no card that lists these certificates", name);
        // Who confirms a key by its bare fingerprint means one State by it; whoever has that key could sign the card of another one.
        foreach (var key in ring.States.SelectMany(state => ring.CardsOf(state).Select(c => (state, c))).GroupBy(c => c.c.Signed.CardKey).Where(g => g.Select(c => c.state).Distinct().Count() > 1))
            findings.Add(FindingCode.AnchorContradicts, $"the key {SignedCard.Group(key.Key)} signs cards of {string.Join(" and of ", key.Select(c => c.state).Distinct().Order(StringComparer.Ordinal))}: a card key is that of one State", key.First().c.File);
        var reports = new List<StateReport>();
        foreach (var state in ring.States.Order(StringComparer.Ordinal))
        {
            Pems(state);
            var anyConfirmed = ring.CardsOf(state).Select(c => c.Signed.CardKey).Distinct().Any(key => anchors.Any(a => a.CardKey == key && (a.State is null || a.State == state)));
            foreach (var key in ring.CardsOf(state).GroupBy(c => c.Signed.CardKey))
                reports.Add(State(state, key.First(), anyConfirmed));
        }
        return reports;
    }

    /// <summary>What each anchor was used for. One that names no State confirms whatever State the bundle says: who gave it may be another one that is trusted, and could sign the card of any.</summary>
    public IReadOnlyList<AnchorReport> Used()
    {
        var used = anchors.DistinctBy(a => (a.CardKey, a.State, a.Source)).Select(a => new AnchorReport(a.Source, a.CardKey, a.State,
            [.. ring.States.Where(s => (a.State is null || a.State == s) && ring.CardsOf(s).Any(c => c.Signed.CardKey == a.CardKey)).Order(StringComparer.Ordinal)])).ToList();
        foreach (var anchor in used.Where(a => a.Named is null))
        {
            // Whoever else named the State for this key has bound it.
            foreach (var state in anchor.UsedFor.Where(s => !anchors.Any(a => a.State == s && a.CardKey == anchor.CardKey)))
                findings.Add(FindingCode.AnchorNamesNoState, $"what you brought for the key {SignedCard.Group(anchor.CardKey)} does not say whose it is; it was used for {state}, because the card of {state} here is signed with it. If you did not get it from {state}, nothing confirms {state}: give {state}={SignedCard.Group(anchor.CardKey)} once you know");
        }
        return used;
    }

    private StateReport State(string state, CardFact card, bool anyConfirmed)
    {
        var key = card.Signed.CardKey;
        var confirmed = anchors.Any(a => a.CardKey == key && (a.State is null || a.State == state));
        var other = anchors.FirstOrDefault(a => a.State == state && a.CardKey != key);
        if (!confirmed && other is not null)
            findings.Add(FindingCode.AnchorContradicts, $"the card is signed with the key {SignedCard.Group(key)}; '{other.Source}' says that the card key of {state} is {SignedCard.Group(other.CardKey)}", card.File);
        else if (!confirmed && anchors.FirstOrDefault(a => a.CardKey == key) is { } elsewhere)
            findings.Add(FindingCode.AnchorContradicts, $"the card of {state} is signed with the key {SignedCard.Group(key)}, which '{elsewhere.Source}' says is the card key of {elsewhere.State}", card.File);
        else if (!confirmed && anyConfirmed)
            findings.Add(FindingCode.AnchorContradicts, $"another card of {state} here is confirmed, this one is signed with another key ({SignedCard.Group(key)})", card.File);
        else if (!confirmed && !facts.Parties.Contains(state))
            findings.Add(FindingCode.WitnessNotAnchored, $"nothing from outside confirms that the card key of {state} is {SignedCard.Group(key)}; its cosignatures count only once that is known", card.File);
        else if (!confirmed)
            findings.Add(FindingCode.NotAnchored, $"nothing from outside confirms that the card key of {state} is {SignedCard.Group(key)}; ask {state} for its fingerprint", card.File);
        return new StateReport(state, key, confirmed) { Party = facts.Parties.Contains(state) };
    }

    // People feed these files to openssl: a certificate in them that no card lists would be trusted there.
    private void Pems(string state)
    {
        var made = TrustPem.Of([.. ring.CardsOf(state).Select(c => (c.Signed, c.Signer))]).ToDictionary(p => BundleLayout.Pem(state, p.File), p => Digest.Of(p.Content));
        foreach (var (name, sha256) in facts.TrustPems.Where(p => BundleLayout.Owner(p.Key) == state))
        {
            if (!made.TryGetValue(name, out var expected) || expected != sha256)
                findings.Add(FindingCode.TrustFileDiffers, $"the certificates are not exactly those of the cards of {state}", name);
        }
    }
}

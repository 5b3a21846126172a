using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Certificates;

namespace Gateway.Recognition.TrustLists;

/// <summary>What lists and cards say, as anchors of the engine: one entry for each certificate and stretch of time in which it counts.</summary>
public static class ListAnchors
{
    /// <summary>The type under which a peer card's own entries are listed.</summary>
    public const string CardType = "peerCard";

    /// <summary>The anchors of a list. Statuses and types in a State's own words count when one of the agreements with that State names them.</summary>
    public static IEnumerable<TrustAnchor> Of(TrustList list, IEnumerable<Agreement> agreements)
    {
        ArgumentNullException.ThrowIfNull(list);
        var rules = agreements.Where(a => a.Direction == Direction.OURS && a.Peer == list.Territory).SelectMany(a => a.Rules).ToList();
        return list.Services.SelectMany(service => Of(list, service, rules));
    }

    /// <summary>
    /// A peer card as a list: two persons compared its fingerprint, so what it names is known to be the State's. The authorities of persons issue for signatures;
    /// seals and stamps are named one by one.
    /// </summary>
    public static TrustList Of(SignedCard signed)
    {
        ArgumentNullException.ThrowIfNull(signed);
        var card = signed.Card;
        var services = card.PersonAuthorities.Select(a => Named(card, a.Der, MarkUse.SIGNATURE, a.Subject, null))
            .Concat(card.Authorities.SelectMany(a => a.Seal.Select(c => Named(card, c.Der, MarkUse.SEAL, a.Name, a.Id)).Concat(a.Stamp.Select(c => Named(card, c.Der, MarkUse.STAMP, a.Name, a.Id)))));
        return new TrustList(TrustListKind.CARD, card.State, card.Version, card.Issued, card.Expires, Digest.Of(signed.Der.Span), signed.CardKey, $"card key of {card.State}", [.. services], [], []);
    }

    /// <summary>The service whose certificate this is, and its list. A service that is for <paramref name="use"/> goes before others with the same certificate.</summary>
    public static (TrustList List, TrustedService Service)? Find(IEnumerable<TrustList> lists, Digest certificate, MarkUse use, DateTimeOffset at)
    {
        var all = lists.SelectMany(list => list.Services.Where(s => s.Has(certificate)).Select(s => (List: list, Service: s))).ToList();
        return all.Count == 0 ? null : all.OrderByDescending(f => f.Service.At(at)?.Uses.Contains(use) == true).ThenBy(f => f.List.Kind).First();
    }

    private static IEnumerable<TrustAnchor> Of(TrustList list, TrustedService service, List<AgreementRule> rules)
    {
        bool Counts(ServicePeriod p) => p.Granted || p.NotUnderstood is null && rules.Any(r => r.Statuses.Contains(p.Status) && (r.ServiceTypes.Count == 0 || r.ServiceTypes.Contains(p.Type)));
        var uses = service.Periods.SelectMany(p => p.Uses).Concat(rules.Where(r => service.Periods.Any(p => r.ServiceTypes.Contains(p.Type))).Select(r => r.Object)).Distinct().ToList();
        var purposes = (uses.Contains(MarkUse.TIMESTAMP) ? TrustPurposes.TimeStamps : TrustPurposes.None) | (uses.Any(u => u != MarkUse.TIMESTAMP) ? TrustPurposes.Signatures : TrustPurposes.None);
        if (purposes == TrustPurposes.None)
            yield break;
        foreach (var certificate in service.Certificates)
        {
            foreach (var (from, until) in service.Spans(Counts))
            {
                yield return new TrustAnchor
                {
                    Certificate = certificate,
                    Purposes = purposes,
                    TrustedFrom = from == default ? null : from,
                    TrustedUntil = until,
                    CertificateValidityBinds = list.Kind == TrustListKind.CARD,
                    MaySign = list.Kind != TrustListKind.ETSI || purposes.HasFlag(TrustPurposes.TimeStamps),
                    Label = $"{list.Territory} list {list.Sequence}: {service.Name}",
                    State = list.Territory,
                };
            }
        }
    }

    private static TrustedService Named(PeerCard card, ReadOnlyMemory<byte> certificate, MarkUse use, string name, string? authority)
        => new(card.State, card.State, name, [certificate], [new ServicePeriod(default, CardType, ServiceWords.Granted, [use], [])], authority);
}

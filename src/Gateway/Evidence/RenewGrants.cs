using Gateway.AuditLog;
using Gateway.Keys;
using Gateway.Peers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>An item whose grant opens with none of the keys in the configuration: nobody can take it out any more.</summary>
/// <param name="Why">What opening said.</param>
internal sealed record UnreadableItem(string Item, string Case, string Authority, string? Exhibit, string Why)
{
    public override string ToString() => $"item {Item} ({Exhibit ?? "without exhibit"}) of case {Case}, granted to {Authority}: {Why}";
}

/// <summary>What one look at the grants came to.</summary>
/// <param name="Renewed">How many were wrapped anew.</param>
/// <param name="Unreadable">To a key that a card of ours named, and that is not in the configuration.</param>
/// <param name="Spoiled">To a key of ours, and no grant, or to a key that was never ours: whoever sent it sent nothing that opens the item.</param>
internal sealed record RenewedGrants(int Renewed, IReadOnlyList<UnreadableItem> Unreadable, IReadOnlyList<UnreadableItem> Spoiled);

/// <summary>
/// Wraps every stored key grant anew to the evidence key that its authority uses now, so that an older key may be destroyed. What no key opens is named and left
/// as it is; what is to a key of ours and no grant is kept whole under the newest key, so that nobody keeps an older one for it. A crash leaves some renewed and some not; the next look goes on.
/// </summary>
internal sealed class RenewGrants(Database database, CaseKeys caseKeys, KeyRing keys, ItemGrants grants, TimeProvider clock)
{
    private const int Page = 200;

    public async Task<RenewedGrants> Run(CancellationToken stop = default)
    {
        var cards = database.Read(s => PeerRows.Opened(s, keys.State));
        var ours = cards.Where(card => card.Succeeded).SelectMany(card => card.Value.Card.Authorities).ToLookup(a => a.Id, a => a.Evidence, StringComparer.Ordinal);
        var (renewed, unreadable, spoiled, last) = (0, new List<UnreadableItem>(), new List<UnreadableItem>(), "");
        while (NextPage(last) is { Count: > 0 } page)
        {
            foreach (var stored in page)
            {
                stop.ThrowIfCancellationRequested();
                if (Papers(stored) is not { } papers)
                    continue;
                if (keys.Authorities.Contains(stored.Authority) && grants.IsToNewest(papers, stored.Authority))
                    continue;
                if (!Anew(papers, stored.Authority).TryGet(out var envelope, out var refusal))
                {
                    var item = new UnreadableItem(stored.Item, stored.Case, stored.Authority, stored.Exhibit, refusal.Detail);
                    var newest = keys.Authorities.Contains(stored.Authority) ? keys.Evidence(stored.Authority) is [var first, ..] ? first : null : null;
                    // To somebody whom no card of ours ever named: no key that was ours opens it, and it is left as it came. A card that rotted may have named anybody.
                    if (cards.All(card => card.Succeeded) && !Envelope.IsFor(papers.Grant, [.. ours[stored.Authority].SelectMany(certificates => certificates), .. newest is null ? [] : keys.Evidence(stored.Authority).Select(k => k.Certificate)]))
                        spoiled.Add(item);
                    else if (newest is null || grants.NeedsAnotherKey(papers, stored.Authority))
                        unreadable.Add(item);
                    else if (Seal(stored, Envelope.Encrypt(papers.Grant, newest.Certificate)) is { } whole && await Keep(stored, whole, "item.grantSpoiled"))
                        spoiled.Add(item);
                }
                else if (Seal(stored, envelope) is { } sealedGrant && await Keep(stored, sealedGrant, "item.grantRenewed"))
                    renewed++;
            }
            last = page[^1].Item;
        }
        return new RenewedGrants(renewed, unreadable, spoiled);
    }

    private Outcome<byte[]> Anew(ItemPapers papers, string authority)
        => keys.Authorities.Contains(authority) && keys.Evidence(authority) is [var newest, ..]
            ? grants.Regrant(papers, authority, newest.Certificate, authority)
            : new Refusal(RefusalCode.GrantNotValid, $"the configuration names no evidence key of {authority}", "grant");

    // A transfer may have brought a newer grant meanwhile: that one counts.
    private Task<bool> Keep(Stored stored, byte[] sealedGrant, string act) => database.Write(Lane.Bulk, s =>
    {
        if (s.Run("UPDATE items SET grant_envelope = $1 WHERE id = $2 AND grant_envelope = $3", sealedGrant, stored.Item, stored.Grant) != 1)
            return false;
        new AuditRecord(act, "gateway", stored.Item, stored.Case, $"to {keys.Evidence(stored.Authority)[0].Certificate.Sha256}").Append(s, clock.GetUtcNow());
        return true;
    });

    // Null when the case is erased: its key goes first, the row follows, also while this looks at it.
    private byte[]? Seal(Stored stored, byte[] envelope)
    {
        try
        {
            return caseKeys.Seal(stored.Case, $"grant:{stored.Item}", envelope);
        }
        catch (LedgerBrokenException) when (caseKeys.IsErased(stored.Case))
        {
            return null;
        }
    }

    private ItemPapers? Papers(Stored stored)
    {
        if (caseKeys.OpenUnlessErased(stored.Case, $"manifest:{stored.Item}", stored.Manifest) is not { } manifest
            || caseKeys.OpenUnlessErased(stored.Case, $"grant:{stored.Item}", stored.Grant) is not { } grant)
            return null;
        var signed = SignedDocument.Open(manifest).Value;
        return new ItemPapers(signed, Manifest.Read(signed.Content).Value, grant);
    }

    private List<Stored> NextPage(string last) => database.Read(s => s.Query("""
        SELECT i.id, i.case_id, c.own_authority, i.exhibit, i.manifest, i.grant_envelope FROM items i JOIN cases c ON c.id = i.case_id
        WHERE i.id > $1 AND i.state <> 'ERASED' AND i.manifest IS NOT NULL AND i.grant_envelope IS NOT NULL ORDER BY i.id LIMIT $2
        """,
        row => new Stored(row.GetString(0), row.GetString(1), row.GetString(2), row.TextOrNull(3), row.Bytes(4), row.Bytes(5)), last, Page));

    private sealed record Stored(string Item, string Case, string Authority, string? Exhibit, byte[] Manifest, byte[] Grant);
}

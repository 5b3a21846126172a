using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cases;
using Gateway.Keys;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Storage;

namespace Gateway.Custody;

/// <summary>An event that follows from an act: what its kind needs, without what the chain decides.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Reason">Why.</param>
/// <param name="By">Who did it; null: the gateway itself.</param>
/// <param name="Fields">The members of the kind, and whatever common ones are known.</param>
internal sealed record CustodyDraft(CustodyKind Kind, string Reason, Actor? By, JsonObject Fields);

/// <summary>The events of one item.</summary>
/// <param name="Row">The case.</param>
/// <param name="Item">The item.</param>
/// <param name="ManifestSha256">Of its signed manifest.</param>
/// <param name="Drafts">The events, in order.</param>
internal sealed record CustodyOf(CaseRow Row, string Item, Digest ManifestSha256, IReadOnlyList<CustodyDraft> Drafts);

/// <summary>
/// The events that an act yields by itself, under the authority's seal. They are signed before the transaction of the act and written in it: both
/// are there or neither; when another event of the item came between, they are signed again.
/// </summary>
internal sealed class RecordCustody(Database database, CaseKeys caseKeys, KeyRing keys, TimeProvider clock)
{
    /// <summary>Runs an act whose transaction appends the events.</summary>
    /// <param name="row">The case.</param>
    /// <param name="item">The item.</param>
    /// <param name="manifestSha256">Of its signed manifest.</param>
    /// <param name="drafts">The events, in order.</param>
    /// <param name="act">Does the work; it calls its argument once, inside its transaction, or not at all.</param>
    public Task<T> With<T>(CaseRow row, string item, Digest manifestSha256, IReadOnlyList<CustodyDraft> drafts, Func<Action<Session>, Task<T>> act)
        => With([new CustodyOf(row, item, manifestSha256, drafts)], act);

    /// <summary>The same for an act that concerns several items.</summary>
    public async Task<T> With<T>(IReadOnlyList<CustodyOf> items, Func<Action<Session>, Task<T>> act)
    {
        while (true)
        {
            var heads = database.Read(s => items.Select(i => CustodyRows.Head(s, i.Item, keys.State, i.ManifestSha256)).ToList());
            var events = items.Select((item, i) => Sign(item.Row, item.Item, item.ManifestSha256, item.Drafts, heads[i])).ToList();
            try
            {
                return await act(s =>
                {
                    for (var i = 0; i < events.Count; i++)
                        Append(s, events[i], heads[i]);
                });
            }
            catch (CustodyMovedException)
            {
                // Another event of one of these items was written meanwhile: take the next number.
            }
        }
    }

    private void Append(Session session, List<KeptEvent> events, CustodyHead head)
    {
        foreach (var kept in events)
        {
            // The documents of the act travel by themselves.
            CustodyRows.Append(session, caseKeys, kept, head, tell: false);
            head = new CustodyHead(kept.Event.Seq, kept.Signed.Sha256);
        }
    }

    private List<KeptEvent> Sign(CaseRow row, string item, Digest manifestSha256, IReadOnlyList<CustodyDraft> drafts, CustodyHead head)
    {
        var now = clock.GetUtcNow();
        var events = new List<KeptEvent>(drafts.Count);
        foreach (var draft in drafts)
        {
            var fields = (JsonObject)draft.Fields.DeepClone();
            fields["item"] = item;
            fields["event"] = draft.Kind.ToString();
            fields["place"] ??= $"gateway of {row.OwnAuthority}";
            fields["reason"] = draft.Reason;
            if (draft.By is { } person)
                fields["actor"] = new JsonObject { ["name"] = person.Name, ["authority"] = person.Authority };
            using var form = JsonDocument.Parse(fields.ToJsonString());
            var context = new CustodyContext(item, row.Id, manifestSha256, head.Seq + 1, head.Sha256, new Actor(CustodyEvent.Gateway, row.OwnAuthority), now);
            var composed = CustodyComposer.Compose(form.RootElement, context);
            // What we record ourselves is complete, or this program is wrong.
            var bytes = composed.Document ?? throw new InvalidOperationException($"{draft.Kind} cannot be recorded: {string.Join("; ", composed.Problems)}");
            var signed = SignedDocument.Open(SignedDocument.Sign(bytes, keys.Seal(row.OwnAuthority), now)).Value;
            events.Add(new KeptEvent(CustodyEvent.Read(bytes).Value, signed));
            head = new CustodyHead(head.Seq + 1, signed.Sha256);
        }
        return events;
    }
}

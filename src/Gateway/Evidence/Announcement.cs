using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Storage;

namespace Gateway.Evidence;

/// <summary>The message that told the other side of an item. What is said later of its parcel, or of its loss, and certified, refers to it.</summary>
internal static class Announcement
{
    /// <summary>The digest of its sealed cover, of an item that was released and has not arrived.</summary>
    /// <param name="s">The session.</param>
    /// <param name="item">The item.</param>
    /// <param name="what">What is done with such an item, for people.</param>
    public static Outcome<Digest> Of(Session s, ItemRow item, string what)
    {
        if (item.State is not (ItemState.RELEASED or ItemState.SENT))
            return new Refusal(RefusalCode.TransitionNotAllowed, $"the item is {item.State}; only what was released and has not arrived is {what}", "itemId");
        if (s.Number("SELECT count(*) FROM messages WHERE id = $1 AND state = 'DELIVERED'", item.Message) == 0)
            return new Refusal(RefusalCode.WaitForEarlierMessage, "the announcement with the digests has not arrived yet; the other side waits for nothing before it", "itemId");
        return new Digest(s.One("SELECT cover_sha256 FROM messages WHERE id = $1", r => r.Bytes(0), item.Message)
            ?? throw new LedgerBrokenException($"item {item.Id} left with message {item.Message}, which is not there"));
    }
}

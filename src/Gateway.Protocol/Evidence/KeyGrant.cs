using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// The key of one item for one receiver. Type <c>keyGrant</c>, version 1. It exists outside memory only inside an envelope encrypted to
/// that receiver, is never signed by itself, never exported and never logged.
/// </summary>
/// <param name="ItemId">The item.</param>
/// <param name="ManifestSha256">SHA-256 of the signed manifest (the CMS object as it is stored).</param>
/// <param name="ItemKey">32 bytes.</param>
/// <param name="GrantedTo">For whom: an authority's id, or the SHA-256 of an officer's certificate in hexadecimal.</param>
/// <param name="Time">When it was granted, UTC.</param>
public sealed record KeyGrant(string ItemId, Digest ManifestSha256, byte[] ItemKey, string GrantedTo, DateTimeOffset Time)
{
    /// <summary>Longest envelope around a grant that is taken, in bytes.</summary>
    public const int MaxEnvelopeBytes = 16 * 1024;

    private const string Type = "keyGrant";

    /// <summary>Reads a grant that came out of its envelope.</summary>
    public static Outcome<KeyGrant> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var grant = new KeyGrant(r.Id("itemId", Ids.IsId), r.Digest("manifestSha256"), r.Base64("itemKey", Evidence.ItemKey.Length), r.Text("grantedTo", 100), r.Time("time"));
        if (!r.Failed && grant.ItemKey.Length != Evidence.ItemKey.Length)
            r.Refuse(RefusalCode.DocumentValue, $"expected {Evidence.ItemKey.Length} bytes", "itemKey");
        return grant;
    });

    /// <summary>The bytes to encrypt.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w
        .Text("itemId", ItemId).Digest("manifestSha256", ManifestSha256).Base64("itemKey", ItemKey).Text("grantedTo", GrantedTo).Time("time", Time));

    /// <summary>The key, if the grant is for this manifest and holds the key to which the manifest commits; else <see cref="RefusalCode.GrantNotValid"/>.</summary>
    /// <param name="manifest">The manifest as read from the signed object.</param>
    /// <param name="manifestSha256">SHA-256 of that signed object.</param>
    public Outcome<ItemKey> KeyFor(Manifest manifest, Digest manifestSha256)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (ItemId != manifest.ItemId)
            return new Refusal(RefusalCode.GrantNotValid, $"the grant is for item {ItemId}, not {manifest.ItemId}", "itemId");
        if (ManifestSha256 != manifestSha256)
            return new Refusal(RefusalCode.GrantNotValid, "the grant names another manifest of the item", "manifestSha256");
        var key = Evidence.ItemKey.From(ItemKey);
        if (key.Commitment(ItemId) == manifest.KeyCommitment)
            return key;
        key.Dispose();
        return new Refusal(RefusalCode.GrantNotValid, "the key is not the one that the manifest commits to", "itemKey");
    }

    /// <summary>Names the item; never the key.</summary>
    public override string ToString() => $"key grant of item {ItemId} to {GrantedTo}";
}

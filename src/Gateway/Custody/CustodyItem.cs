using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Storage;

namespace Gateway.Custody;

/// <summary>What the chain of custody needs to know of an item: it has a manifest, from which its chain begins.</summary>
internal sealed record CustodyItem(string Id, string CaseId, bool Received, string? UploaderAuthority, Digest ManifestSha256, Manifest Manifest, ReadOnlyMemory<byte> SignedManifest)
{
    /// <summary>The item; null when there is none, or it has no manifest yet, or it was erased.</summary>
    public static CustodyItem? Find(Session session, CaseKeys keys, string id)
    {
        var row = session.One(
            "SELECT i.case_id, i.direction, u.authority, i.manifest_sha256, i.manifest FROM items i LEFT JOIN users u ON u.name = i.uploader WHERE i.id = $1 AND i.manifest IS NOT NULL",
            r => Tuple.Create(r.GetString(0), r.GetString(1) == "IN", r.TextOrNull(2), r.Digest(3), r.Bytes(4)), id);
        if (row is null)
            return null;
        var der = keys.Open(row.Item1, $"manifest:{id}", row.Item5);
        return new CustodyItem(id, row.Item1, row.Item2, row.Item3, row.Item4, Manifest.Read(SignedDocument.Open(der).Value.Content).Value, der);
    }
}

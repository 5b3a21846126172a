using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>What the recipient found after decrypting: every digest computed agrees, at least one differs, or the item does not open.</summary>
public enum HandOverOutcome { AGREED, DIFFERS, UNREADABLE }

/// <summary>
/// The recipient's statement on an item. Type <c>handOver</c>, version 1, signed by the officer whose command line decrypted the item.
/// </summary>
/// <param name="ItemId">The item.</param>
/// <param name="ManifestSha256">SHA-256 of the signed manifest.</param>
/// <param name="Case">The case.</param>
/// <param name="Outcome">What was found.</param>
/// <param name="Digests">As computed, SHA-256 first; empty only when the item was unreadable.</param>
/// <param name="Time">UTC.</param>
public sealed record HandOver(string ItemId, Digest ManifestSha256, string Case, HandOverOutcome Outcome, IReadOnlyList<ItemDigest> Digests, DateTimeOffset Time)
{
    private const string Type = "handOver";

    /// <summary>Reads a statement; its digests are not yet compared with the manifest.</summary>
    public static Outcome<HandOver> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var statement = new HandOver(
            r.Id("itemId", Ids.IsId), r.Digest("manifestSha256"), r.Id("case", Ids.IsCase), r.Word<HandOverOutcome>("outcome"), r.Digests("digests"), r.Time("time"));
        if (!r.Failed && (statement.Outcome != HandOverOutcome.UNREADABLE || statement.Digests.Count > 0)
            && DocumentMembers.CheckDigests(statement.Digests, "digests") is { } refusal)
            r.Refuse(refusal.Code, refusal.Detail, "digests");
        return statement;
    });

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w
        .Text("itemId", ItemId).Digest("manifestSha256", ManifestSha256).Text("case", Case).Word("outcome", Outcome).Digests("digests", Digests).Time("time", Time));

    /// <summary>
    /// Whether the statement fits the manifest: AGREED only when SHA-256 and every other digest that it states are those of the manifest,
    /// DIFFERS only when one is not. Null, or <see cref="RefusalCode.ManifestMismatch"/>.
    /// </summary>
    public Refusal? Check(Manifest manifest, Digest manifestSha256)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (ItemId != manifest.ItemId || ManifestSha256 != manifestSha256 || Case != manifest.Case)
            return new Refusal(RefusalCode.ManifestMismatch, "the statement is about another item, manifest or case", "manifestSha256");
        var differing = Digests.Where(own => manifest.Digests.Any(d => d.Algorithm == own.Algorithm && d.Value != own.Value)).Select(d => d.Algorithm).ToList();
        return Outcome switch
        {
            HandOverOutcome.AGREED when differing.Count > 0 => new Refusal(RefusalCode.ManifestMismatch, $"AGREED is stated, but {string.Join(", ", differing)} differs", "digests"),
            HandOverOutcome.DIFFERS when differing.Count == 0 => new Refusal(RefusalCode.ManifestMismatch, "DIFFERS is stated, but every digest stated is that of the manifest", "digests"),
            HandOverOutcome.AGREED or HandOverOutcome.DIFFERS or HandOverOutcome.UNREADABLE => null,
        };
    }
}

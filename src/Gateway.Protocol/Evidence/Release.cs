using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>A person's part in a release: two different persons must say PROPOSE and APPROVE before an item leaves.</summary>
public enum ReleaseDecision { PROPOSE, APPROVE, REJECT }

/// <summary>A decision on handing an item over. Type <c>release</c>, version 1, signed by the person who decides.</summary>
/// <param name="Id">Of the proposal; an approval or rejection repeats the id of the proposal that it decides.</param>
/// <param name="ItemId">The item.</param>
/// <param name="ManifestSha256">SHA-256 of the signed manifest.</param>
/// <param name="Case">The case to which the item is released.</param>
/// <param name="Authority">The competent authority for which the person decides.</param>
/// <param name="Decision">What is decided.</param>
/// <param name="LegalBasis">The provision and the order relied on; for a rejection, the ground.</param>
/// <param name="Time">UTC.</param>
/// <param name="Conditions">Conditions of use that go with the item, or null.</param>
public sealed record Release(
    string Id, string ItemId, Digest ManifestSha256, string Case, string Authority, ReleaseDecision Decision, string LegalBasis, DateTimeOffset Time, string? Conditions = null)
{
    private const string Type = "release";

    /// <summary>Reads a decision.</summary>
    public static Outcome<Release> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r => new Release(
        r.Id("id", Ids.IsId), r.Id("itemId", Ids.IsId), r.Digest("manifestSha256"), r.Id("case", Ids.IsCase), r.Id("authority", Ids.IsAuthority),
        r.Word<ReleaseDecision>("decision"), r.Text("legalBasis", 2000), r.Time("time"), r.TextOrNull("conditions", 4000)));

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w
        .Text("id", Id).Text("itemId", ItemId).Digest("manifestSha256", ManifestSha256).Text("case", Case).Text("authority", Authority)
        .Word("decision", Decision).Text("legalBasis", LegalBasis).Time("time", Time).TextOrNull("conditions", Conditions));
}

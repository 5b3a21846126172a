using Gateway.Protocol.Documents;

namespace Gateway.Receipts;

/// <summary>A chain's name in the tables: a case id, or <c>peer:XB</c> for the channel between two States.</summary>
internal static class ChainId
{
    private const string PeerPrefix = "peer:";

    public static string OfCase(string caseId) => caseId;

    public static string OfPeer(string state) => PeerPrefix + state;

    public static bool IsPeer(string chain) => chain.StartsWith(PeerPrefix, StringComparison.Ordinal);

    /// <summary>The case id, or null for a channel.</summary>
    public static string? CaseOf(string chain) => IsPeer(chain) ? null : chain;

    /// <summary>The wire form: the case id, or empty for the channel with <paramref name="peerState"/>.</summary>
    public static string FromWire(string caseId, string peerState) => caseId.Length == 0 ? OfPeer(peerState) : caseId;

    public static bool IsWire(string caseId) => caseId.Length == 0 || Ids.IsCase(caseId);
}

using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Erasures;

/// <summary>A person's part in an erasure: two different persons must say PROPOSE and APPROVE before anything is destroyed.</summary>
public enum ErasureStep { PROPOSE, APPROVE, REJECT }

/// <summary>A decision on erasing a case. Type <c>erasureDecision</c>, version 1, signed by the person who decides. It outlives the case: no personal data.</summary>
/// <param name="Id">Of the proposal; an approval or rejection repeats the id of the proposal that it decides.</param>
/// <param name="Case">The case.</param>
/// <param name="Authority">The authority for which the person decides.</param>
/// <param name="Decision">What is decided.</param>
/// <param name="Reason">Why the case is to be erased.</param>
/// <param name="LegalBasis">The provision, retention rule or order relied on; for a rejection, the ground.</param>
/// <param name="Time">UTC.</param>
public sealed record ErasureDecision(string Id, string Case, string Authority, ErasureStep Decision, ErasureReason Reason, string LegalBasis, DateTimeOffset Time)
{
    /// <summary>The document type.</summary>
    public const string Type = "erasureDecision";

    /// <summary>Reads a decision.</summary>
    public static Outcome<ErasureDecision> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r => new ErasureDecision(
        r.Id("id", Ids.IsId), r.Id("case", Ids.IsCase), r.Id("authority", Ids.IsAuthority), r.Word<ErasureStep>("decision"), r.Word<ErasureReason>("reason"),
        r.Text("legalBasis", 2000), r.Time("time")));

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w
        .Text("id", Id).Text("case", Case).Text("authority", Authority).Word("decision", Decision).Word("reason", Reason).Text("legalBasis", LegalBasis).Time("time", Time));
}

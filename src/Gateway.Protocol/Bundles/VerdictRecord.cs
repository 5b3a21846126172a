using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Bundles;

/// <summary>
/// The record of an internal act (type <c>auditRecord</c>) that says: a signed file was judged, and this is the digest of the report. The digest of the record is a leaf of the
/// gateway's log, so that a verdict cannot be written later than it says.
/// </summary>
/// <param name="Report">SHA-256 of the report.</param>
/// <param name="Case">The case.</param>
/// <param name="Message">The message with which the file came.</param>
/// <param name="Time">When it was recorded.</param>
public sealed record VerdictRecord(Digest Report, string Case, string Message, DateTimeOffset Time)
{
    /// <summary>The act's name in the record.</summary>
    public const string Act = "mark.judged";

    private const string Type = "auditRecord";

    /// <summary>Reads a record. One of another act is refused.</summary>
    public static Outcome<VerdictRecord> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var act = r.Text("act", 100);
        r.Text("by", 200);
        var (message, caseId, report) = (r.Text("subject", 500, 0), r.TextOrNull("case", 35), r.TextOrNull("detail", 100));
        var time = r.Time("time");
        r.Text("salt", 64, 64);
        if (!Digest.TryParse(report, out var digest) || act != Act || caseId is null)
            r.Refuse(RefusalCode.DocumentValue, $"expected the record of '{Act}' in a case, with the digest of the report", "act");
        return new VerdictRecord(digest, caseId ?? "", message, time);
    });
}

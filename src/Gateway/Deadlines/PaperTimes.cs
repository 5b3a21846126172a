using Gateway.Protocol.Acts;
using Gateway.Protocol.Paper;

namespace Gateway.Deadlines;

/// <summary>What the records of a case on paper say of its times, in the order in which they were made.</summary>
/// <param name="records">The records.</param>
/// <param name="authority">The authority on the other side.</param>
/// <param name="came">When the request itself came on paper; null: it is ours.</param>
internal sealed class PaperTimes(IReadOnlyList<PaperRecord> records, string authority, DateTimeOffset? came)
{
    private readonly Dictionary<string, Act> _said = records.SelectMany(r => r.ActsOf(authority)).DistinctBy(act => act.Id).ToDictionary(act => act.Id);

    /// <summary>When a message was first handed to a carrier; null: it was not yet.</summary>
    public DateTimeOffset? Left(string message) => First(PaperWay.SENT, message);

    /// <summary>From when on the request counts as delivered: since it came; one of ours since it left, and where nobody recorded that, since a reply showed that it had.</summary>
    public DateTimeOffset? Delivered(string request) => came ?? Left(request) ?? First(PaperWay.RECEIVED, null);

    /// <summary>The act for which a reply stands; null when it is none.</summary>
    public Act? Said(string act) => _said.GetValueOrDefault(act);

    private DateTimeOffset? First(PaperWay way, string? message) => records.Where(r => r.Way == way && (message is null || r.Message == message)).Select(r => (DateTimeOffset?)r.At).Min();
}

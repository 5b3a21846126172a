using Gateway.Access;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Statistics;

/// <summary>The yearly report: what was asked, how fast it was answered, what failed. Without personal data, for central authorities and auditors; a measure with a need-to-know list is counted for those on it only.</summary>
internal sealed class ShowStatistics(Database database, CaseKeys keys, TimeProvider clock)
{
    private const int FirstYear = 2000;
    private const int LastYear = 9998;
    private const int MostMissing = 10;

    public Outcome<StatisticsReply> Run(StatisticsRequest request, User by)
    {
        if (by.Refuse(Permission.ReadStatistics) is { } notPermitted)
            return notPermitted;
        if (request.Year is < FirstYear or > LastYear)
            return new Refusal(RefusalCode.ArgumentNotValid, $"expected a year from {FirstYear} to {LastYear}", "year");
        var year = (int)request.Year;
        return database.Read(s =>
        {
            var reply = new StatisticsReply { Year = request.Year };
            var reader = Desks.Reader(by.Authority, by.PersonName);
            reply.Kinds.AddRange(YearCount.Kinds(s, keys, year, clock.GetUtcNow(), reader).Select(View));
            reply.Peers.AddRange(YearCount.Peers(s, year, reader).Select(View));
            return reply;
        });
    }

    private static KindStatistics View(KindCount count)
    {
        var view = new KindStatistics
        {
            Peer = count.Peer,
            Side = count.Side.ToString().ToUpperInvariant(),
            Kind = count.Kind.ToString(),
            Requests = (uint)count.Requests,
            Emergencies = (uint)count.Emergencies,
            Acknowledged = (uint)count.Acknowledged.Count,
            Answered = (uint)count.Answered.Count,
            Returned = (uint)count.Returned,
            Refused = (uint)count.Refused,
            Lapsed = (uint)count.Lapsed,
            AcknowledgedInTime = (uint)count.AcknowledgedInTime,
            EmergenciesConfirmed = (uint)count.Reviews.GetValueOrDefault("CONFIRMED"),
            NotEmergencies = (uint)count.Reviews.GetValueOrDefault("NOT_AN_EMERGENCY"),
            EmergenciesAbused = (uint)count.Reviews.GetValueOrDefault("ABUSED"),
        };
        if (KindCount.Percentile(count.Acknowledged, 50) is { } half)
            view.HoursToAcknowledgeMedian = Math.Round(half.TotalHours, 2);
        if (KindCount.Percentile(count.Acknowledged, 90) is { } most)
            view.HoursToAcknowledgeP90 = Math.Round(most.TotalHours, 2);
        if (KindCount.Percentile(count.Answered, 50) is { } answered)
            view.DaysToAnswerMedian = Math.Round(answered.TotalDays, 2);
        if (KindCount.Percentile(count.Answered, 90) is { } slowest)
            view.DaysToAnswerP90 = Math.Round(slowest.TotalDays, 2);
        view.Grounds.AddRange(Codes(count.Grounds));
        view.PartialGrounds.AddRange(Codes(count.PartialGrounds));
        view.MissingFields.AddRange(Codes(count.Missing.OrderByDescending(m => m.Value).Take(MostMissing)));
        return view;
    }

    private static IEnumerable<CodeCount> Codes(IEnumerable<KeyValuePair<string, int>> counts) => counts.Select(c => new CodeCount { Code = c.Key, Count = (uint)c.Value });

    private static PeerStatistics View(PeerCount count)
    {
        var view = new PeerStatistics { Peer = count.Peer, BytesSent = (ulong)count.BytesSent, BytesReceived = (ulong)count.BytesReceived, Mismatches = (uint)count.Mismatches };
        view.Rejections.AddRange(Codes(count.Rejections.OrderBy(r => r.Key, StringComparer.Ordinal)));
        view.RejectedByPeer.AddRange(Codes(count.RejectedByPeer.OrderBy(r => r.Key, StringComparer.Ordinal)));
        return view;
    }
}

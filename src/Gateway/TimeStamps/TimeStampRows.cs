using Gateway.Protocol.Documents;
using Gateway.Storage;

namespace Gateway.TimeStamps;

/// <summary>One reply of a time-stamp authority over one checkpoint of ours, kept for ever beside the bytes that it stamps.</summary>
/// <param name="Note">The checkpoint as stamped: with the log's signatures, without cosignatures.</param>
/// <param name="Reply">TimeStampResp as received; <c>openssl ts -verify -data NOTE -in REPLY</c> reads it.</param>
/// <param name="Time">The time that the authority states.</param>
internal sealed record TimeStampRow(string Origin, long Size, string Authority, ReadOnlyMemory<byte> Note, ReadOnlyMemory<byte> Reply, DateTimeOffset Time);

/// <summary>The table <c>time_stamps</c>.</summary>
internal static class TimeStampRows
{
    public static void Store(Session session, TimeStampRow row)
        => session.Run("INSERT INTO time_stamps (origin, size, authority, note, reply, time) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            row.Origin, row.Size, row.Authority, row.Note, row.Reply, row.Time);

    /// <summary>The newest of each authority.</summary>
    public static IReadOnlyList<TimeStampRow> Newest(Session session, string origin)
        => session.Query("SELECT origin, size, authority, note, reply, time FROM time_stamps AS t WHERE origin = $1 AND size = (SELECT max(size) FROM time_stamps WHERE origin = $1 AND authority = t.authority) ORDER BY authority", Read, origin);

    /// <summary>All sizes of a log that were stamped, the smallest first.</summary>
    public static IReadOnlyList<long> Sizes(Session session, string origin)
        => session.Query("SELECT DISTINCT size FROM time_stamps WHERE origin = $1 ORDER BY size", row => row.GetInt64(0), origin);

    /// <summary>Every reply over one checkpoint.</summary>
    public static IReadOnlyList<TimeStampRow> Of(Session session, string origin, long size)
        => session.Query("SELECT origin, size, authority, note, reply, time FROM time_stamps WHERE origin = $1 AND size = $2 ORDER BY authority", Read, origin, size);

    private static TimeStampRow Read(Microsoft.Data.Sqlite.SqliteDataReader row)
        => new(row.GetString(0), row.GetInt64(1), row.GetString(2), row.Bytes(3), row.Bytes(4), row.Time(5));
}

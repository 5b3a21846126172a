using System.Text.Json;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Acts;

/// <summary>What became of preserved data: the track of the case, and what no act says because the calendar or another case does.</summary>
public enum PreservationState
{
    /// <summary>Nothing was said yet.</summary>
    NONE,

    /// <summary>Kept until a day.</summary>
    PRESERVED,

    /// <summary>Kept until a later day, given in this case or in one that prolongs it.</summary>
    EXTENDED,

    /// <summary>A request for disclosure took its place and is pending or was answered.</summary>
    SUPERSEDED,

    /// <summary>The day passed and nothing followed.</summary>
    LAPSED,

    /// <summary>Ended before its day.</summary>
    RELEASED_EARLY,

    /// <summary>The data cannot be kept, or not without the user learning of it.</summary>
    NOT_POSSIBLE,
}

/// <summary>The state of a preservation, which both sides compute from the same acts, the same linked cases and the calendar.</summary>
/// <param name="State">The state.</param>
/// <param name="Until">Until when data are kept, UTC; null where no day holds.</param>
public sealed record Preservation(PreservationState State, DateTimeOffset? Until)
{
    /// <summary>Where a preservation stands.</summary>
    /// <param name="standing">What follows from the acts on the case.</param>
    /// <param name="followUps">Cases that are linked to it.</param>
    /// <param name="now">The time.</param>
    public static Preservation Of(Standing standing, IReadOnlyList<FollowUp> followUps, DateTimeOffset now) => standing.Track switch
    {
        CaseTrack.PRESERVATION_NOT_POSSIBLE => new(PreservationState.NOT_POSSIBLE, null),
        CaseTrack.PRESERVATION_RELEASED => new(PreservationState.RELEASED_EARLY, null),
        CaseTrack.PRESERVED or CaseTrack.PRESERVATION_EXTENDED => Kept(standing, followUps, now),
        _ => new(PreservationState.NONE, null),
    };

    /// <summary>Until when a request asks to keep data: so many days from a time on, or behind the end of the preservation that it prolongs. Null for a request that does not say.</summary>
    /// <param name="request">The request.</param>
    /// <param name="from">From when on the data are kept, UTC.</param>
    public static DateTimeOffset? AskedUntil(Request request, DateTimeOffset from)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Kind switch
        {
            RequestKind.PRESERVE_DATA when Days(request, "preserveDays") is { } days => WorkCalendar.Add(from, days),
            RequestKind.PRESERVE_EXTENSION when Days(request, "additionalDays") is { } more && LegalClock.Time(request, "preservedUntil") is { } end => WorkCalendar.Add(end, more).ToUniversalTime(),
            _ => null,
        };
    }

    private static TimeSpan? Days(Request request, string name)
        => request.Fields.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var days) ? TimeSpan.FromDays(days) : null;

    private static Preservation Kept(Standing standing, IReadOnlyList<FollowUp> followUps, DateTimeOffset now)
    {
        var given = standing.PreservedUntil;
        var until = followUps.Where(f => f.Relation == Relation.EXTENDS && f.PreservedUntil > given).Select(f => f.PreservedUntil).Append(given).Max();
        if (followUps.Any(f => f.Relation == Relation.FOLLOWS_PRESERVATION && f.Arrived && Replaces(f.State)))
            return new(PreservationState.SUPERSEDED, until);
        return until < now ? new(PreservationState.LAPSED, until)
            : new(standing.Track == CaseTrack.PRESERVATION_EXTENDED || until > given ? PreservationState.EXTENDED : PreservationState.PRESERVED, until);
    }

    // One that was refused, taken back or closed for nothing leaves the day as it was.
    private static bool Replaces(CaseState state) => !state.IsFinal() || state == CaseState.COMPLETED;
}

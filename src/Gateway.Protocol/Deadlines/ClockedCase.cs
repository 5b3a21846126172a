using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Deadlines;

/// <summary>An act with the side that did it.</summary>
/// <param name="Act">
/// The act with the time by which it is reckoned in the place of the one that its author wrote: that of its SubmissionAcceptance, on paper that of the record with which it left or came.
/// </param>
/// <param name="By">The side.</param>
public sealed record ClockedAct(Act Act, CaseSide By)
{
    /// <summary>The act with times that can be reckoned with, whatever its author wrote.</summary>
    public Act Act { get; } = Act with { Time = WorkCalendar.Sane(Act.Time), DueAt = Act.DueAt is { } due ? WorkCalendar.Sane(due) : null };
}

/// <summary>A case that names this one.</summary>
/// <param name="Case">Its id.</param>
/// <param name="Relation">Why it names it.</param>
/// <param name="State">Where it stands.</param>
/// <param name="PreservedUntil">Until when data are preserved in it.</param>
public sealed record FollowUp(string Case, Relation Relation, CaseState State, DateTimeOffset? PreservedUntil)
{
    /// <summary>It came to the other side: one that waits in a queue changes nothing there.</summary>
    public bool Arrived => State is not (CaseState.SENT or CaseState.PENDING_RECOGNITION or CaseState.REJECTED_TECHNICAL);
}

/// <summary>Somebody looked whether received data are still needed.</summary>
/// <param name="Time">When, UTC.</param>
/// <param name="EraseOn">From this day on they are not; null: they are, until the next review.</param>
public sealed record RetentionReview(DateTimeOffset Time, DateOnly? EraseOn);

/// <summary>How long personal data are kept, as whoever sent them says.</summary>
/// <param name="Rule">The word of the rule; null: none is stated.</param>
/// <param name="Until">The day that it names.</param>
/// <param name="ReviewEveryDays">How often it is looked at whether they are still needed; null: not stated.</param>
public sealed record Keeping(string? Rule, DateOnly? Until, int? ReviewEveryDays)
{
    /// <summary>Of the members of a <c>handling</c>, of a request or an item.</summary>
    public static Keeping Of(JsonElement handling) => new(CaseTerms.Text(handling, "retention"), CaseTerms.Day(handling, "retainUntil"), CaseTerms.Integer(handling, "reviewEveryDays"));
}

/// <summary>An item that the own side received.</summary>
/// <param name="Consigned">When all of it was there, as the own receipt says, UTC.</param>
/// <param name="Keeping">How long the personal data in it are kept; null: nobody said that it holds any.</param>
public sealed record ReceivedItem(DateTimeOffset Consigned, Keeping? Keeping)
{
    /// <summary>When all of it was there, within the times that can be reckoned with.</summary>
    public DateTimeOffset Consigned { get; } = WorkCalendar.Sane(Consigned);
}

/// <summary>All that decides about the deadlines of a case: the same on both sides, so both see the same dates.</summary>
/// <param name="Request">The request.</param>
/// <param name="Delivered">When the whole request was at the requested side, as its receipt says, UTC.</param>
/// <param name="State">Where the case stands.</param>
/// <param name="Acts">The acts in force, in the order in which they count.</param>
public sealed record ClockedCase(Request Request, DateTimeOffset Delivered, CaseState State, ImmutableArray<ClockedAct> Acts)
{
    /// <summary>When the whole request was at the requested side: as its receipt says, and within the times that can be reckoned with.</summary>
    public DateTimeOffset Delivered { get; } = WorkCalendar.Sane(Delivered);

    /// <summary>The day until which the signed original is to follow; null: none is.</summary>
    public DateOnly? OriginalBy { get; init; } = Request.OriginalBy;

    /// <summary>The day on which the own side handed the original over, as it recorded for itself; null: it did not, or is not the side that asked.</summary>
    public DateOnly? OriginalHanded { get; init; }

    /// <summary>Profile of the requesting State; null: the defaults.</summary>
    public StateProfile? Requesting { get; init; }

    /// <summary>Profile of the requested State; null: the defaults.</summary>
    public StateProfile? Requested { get; init; }

    /// <summary>Days of the requested State.</summary>
    public WorkCalendar Calendar { get; init; } = WorkCalendar.Without("ZZ", TimeZoneInfo.Utc);

    /// <summary>Cases that name this one.</summary>
    public IReadOnlyList<FollowUp> FollowUps { get; init; } = [];

    /// <summary>
    /// No gateway serves the other State: <see cref="Delivered"/> is when the request left, and the times of acts are when ours left and theirs came. What an authority does within its own walls,
    /// or would tell by a machine within a day, is then not reckoned.
    /// </summary>
    public bool OnPaper { get; init; }

    /// <summary>The request itself came on paper: the requesting side is the one whose dates are counted by the letters.</summary>
    public bool CameOnPaper { get; init; }

    /// <summary>Provisions that the ministry's lawyer approved.</summary>
    public IReadOnlySet<string> ApprovedTreaties { get; init; } = Treaties.NoneApproved;

    /// <summary>When the emergency was reviewed, UTC; null: it was not.</summary>
    public DateTimeOffset? Reviewed { get; init; }

    /// <summary>The side by whose records the case is read; null: nobody's.</summary>
    public CaseSide? Own { get; init; }

    /// <summary>Reviews of whether the data are still needed, in their order: of the own side, for only the side that received data knows of them.</summary>
    public IReadOnlyList<RetentionReview> RetentionReviews { get; init; } = [];

    /// <summary>Items that the own side received: the other side, and whoever is neither, reckons nothing by them.</summary>
    public IReadOnlyList<ReceivedItem> Items { get; init; } = [];

    /// <summary>Who keeps the case from being erased on the own side; null: nobody.</summary>
    public string? HeldBy { get; init; }

    internal ClockedAct? First(CaseSide by, params ReadOnlySpan<ActKind> kinds)
    {
        foreach (var act in Acts)
        {
            if (act.By == by && kinds.Contains(act.Act.Kind))
                return act;
        }
        return null;
    }

    internal ClockedAct? Last(CaseSide by, params ReadOnlySpan<ActKind> kinds)
    {
        ClockedAct? last = null;
        foreach (var act in Acts)
        {
            if (act.By == by && kinds.Contains(act.Act.Kind))
                last = act;
        }
        return last;
    }
}

namespace Gateway.Protocol.Acts;

/// <summary>Where a case stands with everything beside its state: what follows from the acts on it and from nothing else.</summary>
/// <param name="State">The state.</param>
public sealed record Standing(CaseState State)
{
    /// <summary>The state to which a supplement leads back; null when none is awaited.</summary>
    public CaseState? Before { get; init; }

    /// <summary>A consultation is open.</summary>
    public bool Consulting { get; init; }

    /// <summary>There was a consultation, so that a refusal or postponement may follow.</summary>
    public bool Consulted { get; init; }

    /// <summary>Preserved data, or a measure in real time.</summary>
    public CaseTrack Track { get; init; }

    /// <summary>Until when data are preserved, UTC.</summary>
    public DateTimeOffset? PreservedUntil { get; init; }

    /// <summary>Deliveries of a measure so far.</summary>
    public int Deliveries { get; init; }

    /// <summary>Answers in part so far.</summary>
    public int Answers { get; init; }

    /// <summary>How the answer ended.</summary>
    public string? Outcome { get; init; }

    /// <summary>The date promised last, UTC.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The signed original.</summary>
    public OriginalState Original { get; init; }

    /// <summary>The number of the directory was called back.</summary>
    public bool CalledBack { get; init; }

    /// <summary>An emergency was reviewed afterwards.</summary>
    public bool Reviewed { get; init; }

    /// <summary>As every case begins when it is complete at the requested side.</summary>
    public static Standing Delivered { get; } = new(CaseState.DELIVERED);
}

/// <summary>What the life cycle needs to know of an act: no words, no personal data.</summary>
/// <param name="Id">Id of the act.</param>
/// <param name="Side">Who acted.</param>
/// <param name="Kind">What was done.</param>
/// <param name="After">The last act of the other side that the author had received; null: none.</param>
public sealed record ActEntry(string Id, CaseSide Side, ActKind Kind, string? After)
{
    /// <summary>The consultation was waived, with a reason.</summary>
    public bool Waived { get; init; }

    /// <summary>The end of a preservation, UTC.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The date promised, UTC.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>A word of <see cref="ActOutcome"/>.</summary>
    public string? Outcome { get; init; }

    /// <summary>The original agreed with the request.</summary>
    public bool OriginalAgrees { get; init; }

    /// <summary>The entry of an act.</summary>
    public static ActEntry Of(Act act, CaseSide side) => new(act.Id, side, act.Kind, act.After)
    {
        Waived = act.Has("consultationWaivedReason"),
        Until = act.TimeOf("until"),
        DueAt = act.DueAt,
        Outcome = act.Outcome,
        OriginalAgrees = act.TextOf("originalComparison") == "MATCH",
    };
}

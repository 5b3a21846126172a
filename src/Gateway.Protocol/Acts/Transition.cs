using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Acts;

/// <summary>A row: from these states, this act by this side leads there.</summary>
/// <param name="From">States in which it is possible.</param>
/// <param name="Act">The act; null when the gateway itself moves the case.</param>
/// <param name="By">The side that acts.</param>
/// <param name="To">The state afterwards; null: the state stays.</param>
/// <param name="ByWhom">Roles of the person, with conditions.</param>
/// <param name="Needs">Members of the act that must not be empty.</param>
public sealed record Transition(IReadOnlyList<CaseState> From, ActKind? Act, CaseSide By, CaseState? To, IReadOnlyList<Grant> ByWhom, IReadOnlyList<string> Needs)
{
    /// <summary>Leads back to the state before <see cref="CaseState.RETURNED_FOR_INFO"/>.</summary>
    public bool Back { get; init; }

    /// <summary>Possible only after a consultation, or with the reason why there was none (V042).</summary>
    public bool NeedsConsultation { get; init; }

    /// <summary>Possible only while a consultation is open (true) or not (false); null: either way.</summary>
    public bool? WhileConsulting { get; init; }

    /// <summary>Possible only from these tracks; empty: from any.</summary>
    public IReadOnlyList<CaseTrack> TrackFrom { get; init; } = [];

    /// <summary>The track afterwards; null: it stays.</summary>
    public CaseTrack? TrackTo { get; init; }

    /// <summary>Only for these kinds; empty: for all.</summary>
    public IReadOnlyList<RequestKind> Kinds { get; init; } = [];

    internal bool Fits(Standing standing, ActKind act, CaseSide by)
        => Act == act && By == by && From.Contains(standing.State) && (WhileConsulting is not { } consulting || consulting == standing.Consulting)
            && (TrackFrom.Count == 0 || TrackFrom.Contains(standing.Track));
}

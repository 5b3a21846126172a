using Gateway.Protocol.Evidence;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Custody;

/// <summary>What an event says of where the object is after it.</summary>
public enum Whereabouts
{
    /// <summary>Nothing: it is where it was before, or nobody knows.</summary>
    Unchanged,

    /// <summary>It lies at a place that is named; time that passes needs no explanation.</summary>
    Named,

    /// <summary>Until the item is attached the same as <see cref="Away"/>; after that the event is about a copy, and says nothing.</summary>
    InHand,

    /// <summary>Somebody has it; time that passes needs an explanation.</summary>
    Away,
}

/// <summary>What sets one kind of custody event apart: everything about it that the code needs to know.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Fields">The members that follow the common ones, in order.</param>
public sealed record CustodyRule(CustodyKind Kind, IReadOnlyList<Field> Fields)
{
    /// <summary>Common members that this kind cannot do without.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>Roles of persons who may sign it, a laboratory only about items that it attached or that an event gave to it; none: what only a gateway can know.</summary>
    public required IReadOnlyList<Role> Signers { get; init; }

    /// <summary>No person signs it, whatever the role.</summary>
    public bool OnlyGateway => Signers.Count == 0;

    /// <summary>The gateway records it itself, under the authority's seal, together with the act that it follows from.</summary>
    public bool Recorded { get; init; }

    /// <summary>It travels to the other side. What the other side learns from releases and receipts, and what concerns one side alone, does not.</summary>
    public bool Travels { get; init; }

    /// <summary>What it says of where the object is.</summary>
    public Whereabouts Place { get; init; }

    /// <summary>It says how an item came from one holder to another.</summary>
    public bool Moves { get; init; }

    /// <summary>One of these must have come before; empty: nothing.</summary>
    public IReadOnlyList<CustodyKind> After { get; init; } = [];

    /// <summary>Where one of these is recorded, one of them is not later.</summary>
    public IReadOnlyList<CustodyKind> Follows { get; init; } = [];

    /// <summary>All members after <c>v</c> and <c>type</c>, in order.</summary>
    public IReadOnlyList<Field> AllFields { get; private init; } = [];

    /// <summary>The same with <see cref="AllFields"/> made from the common members.</summary>
    internal CustodyRule Complete() => this with
    {
        AllFields =
        [
            .. CustodyFields.Before.Select(field => Needs.Contains(field.Name) ? field with { Need = Need.Required } : field),
            .. Fields,
            .. CustodyFields.Behind,
        ],
    };
}

using Gateway.Protocol.Evidence;
using Gateway.Protocol.Requests;
using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;

namespace Gateway.Protocol.Custody;

/// <summary>The members that every custody event has: before those of its kind, and behind them.</summary>
public static class CustodyFields
{
    /// <summary>The highest number of an event in the chain of one State.</summary>
    public const long MaxSeq = 100_000;

    /// <summary>Before the members of the kind.</summary>
    public static IReadOnlyList<Field> Before { get; } =
    [
        Of("id", Shape.Id, Always) with { Filled = true },
        Of("item", Shape.Id, Always),
        Of("case", Shape.Case, Always) with { Filled = true },
        Of("manifestSha256", Shape.Digest, Always) with { Filled = true, Hint = "of the signed manifest" },
        Integer("seq", Always, 1, MaxSeq) with { Filled = true, Hint = "number in the chain of this item at this State" },
        Word<CustodyKind>("event", Always),
        Of("time", Shape.LocalTime, Required) with { Hint = "when it happened, local time with its offset" },
        Text("zone", Optional, 64) with { Hint = "name of the time zone: Europe/Paris" },
        Text("place", Required, 300) with { Hint = "address, room or system" },
        Object("actor", Required,
            Text("name", Required, 200),
            Text("post", Optional, 200),
            Of("authority", Shape.Authority, Required)) with { Hint = "who did it, for which authority; the signer when left out" },
        Object("recordedBy", Always,
            Text("name", Always, 200),
            Of("authority", Shape.Authority, Always)) with { Filled = true, Hint = "who signs this; `gateway` when the authority's seal does" },
        Text("from", Optional, 200) with { Hint = "who had the item before, when it changes hands" },
        Text("to", Optional, 200) with { Hint = "who has it after" },
        Text("reason", Required, 2000) with { Hint = "why" },
        Text("basis", Required, 500) with { Hint = "case, order or provision under which it was done; the case when left out" },
        Of("hashBefore", Shape.Digest, Optional) with { Hint = "SHA-256 of the content before" },
        Of("hashAfter", Shape.Digest, Optional) with { Hint = "SHA-256 of the content after" },
        Text("hashNotApplicable", Optional, 500) with { Hint = "why no digest was computed; needed when there is none" },
        Text("sealBefore", Optional, 100) with { Hint = "number of the physical seal before" },
        Text("sealAfter", Optional, 100) with { Hint = "number of the physical seal after" },
        Text("condition", Optional, 1000) with { Hint = "state of the item" },
        Object("change", Optional,
            Text("description", Required, 2000),
            Text("justification", Required, 2000),
            Text("responsible", Required, 200)) with { Hint = "what was changed and could not be avoided, why, by whom; absent: nothing" },
        List("attachments", Optional, 50,
            Text("name", Required, 255),
            Of("sha256", Shape.Digest, Required)) with { Hint = "photographs, forms, reports" },
        Of("document", Shape.Digest, Optional) with { Hint = "the signed document that it follows from" },
    ];

    /// <summary>Behind the members of the kind.</summary>
    public static IReadOnlyList<Field> Behind { get; } =
    [
        Of("previous", Shape.Digest, Always) with { Filled = true, Hint = "SHA-256 of the signed event before (DER); of the signed manifest in the first" },
        Of("salt", Shape.Digest, Always) with { Filled = true, Hint = "32 random bytes" },
    ];
}

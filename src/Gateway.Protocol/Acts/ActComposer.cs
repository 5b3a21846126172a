using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Acts;

/// <summary>The case that an act is about, as its author's gateway knows it.</summary>
/// <param name="Now">The time of the act.</param>
/// <param name="Case">The case; fills the member when people leave it out.</param>
/// <param name="RequestMessage">Message id of its request.</param>
/// <param name="Authority">The acting authority.</param>
/// <param name="By">Its side.</param>
/// <param name="History">What was done on the case so far.</param>
/// <param name="Kind">Kind of the request.</param>
public sealed record ActContext(DateTimeOffset Now, string Case, string RequestMessage, string Authority, CaseSide By, CaseHistory History, RequestKind Kind)
{
    /// <summary>An offence of the request is one of the convention.</summary>
    public bool ConventionOffence { get; init; }

    /// <summary>The case is closed and the act is kept by its author's gateway alone: the life cycle has no say in it.</summary>
    public bool KeptHere { get; init; }

    /// <summary>The State that reads the act, and the languages that its profile accepts at this urgency; null: not known, then any is taken.</summary>
    public AcceptedLanguages? Accepted { get; init; }

    /// <summary>The date that the author's side promised last, UTC; null: none. Of an act that found nothing left to do, too: it was said.</summary>
    internal DateTimeOffset? Promised => History.Acts.LastOrDefault(act => act.Side == By && act.DueAt is not null)?.DueAt;

    /// <summary>When the requested State demands dual criminality, as its card says.</summary>
    public DualCriminality DualCriminality { get; init; } = DualCriminality.COERCIVE_ONLY;
}

/// <summary>What a State reads.</summary>
/// <param name="State">The State.</param>
/// <param name="Languages">Languages of its profile; empty: any.</param>
public sealed record AcceptedLanguages(string State, IReadOnlyList<string> Languages);

/// <summary>Makes the bytes of an act to sign from fields in any order, or names every problem at once.</summary>
public static class ActComposer
{
    /// <summary>Fills id, time and after, and case, requestMessage and authority when absent; a time with an offset becomes UTC.</summary>
    public static Composition Compose(JsonElement fields, ActContext context)
    {
        if (fields.ValueKind != JsonValueKind.Object)
            return new(null, [new Refusal(RefusalCode.DocumentNotJson, "the fields must be one JSON object")], []);
        var composing = new FieldComposer();
        var bytes = DocumentWriter.Write(Act.Type, Act.Version, writer =>
        {
            composing.Write(writer, fields, ActFields.All, "", name => Fill(name, context));
            composing.Extensions(writer, fields);
        });
        composing.Unknown(fields, ActFields.All, "", "extensions");
        var problems = composing.Problems.ToList();
        var read = Act.Read(bytes);
        if (read.Succeeded)
            problems.AddRange(Given(read.Value, context).Concat(Judge(read.Value, context)).Where(problem => !composing.Covers(problem.Path)));
        else if (problems.Count == 0)
            problems.Add(Missing(read.Refusal));
        return new(problems.Count == 0 ? bytes : null, problems, []);
    }

    /// <summary>What is wrong with an act, by its author's side as by the other: members (V001), its time (V045), a delay that is none (V012), its documents (V023, V024, V044), the kind of request (V043), grounds (V040, V041), and whether it was possible (V042, V043).</summary>
    public static IEnumerable<Refusal> Judge(Act act, ActContext context)
    {
        foreach (var missing in act.Check())
            yield return missing;
        // The legal clock reckons by it, on both sides.
        if (act.Time > context.Now + TimeRules.Skew)
            yield return new Refusal(RefusalCode.ClockSkew, $"Event time {DocumentWriter.FormatTime(act.Time)} is ahead of now, {DocumentWriter.FormatTime(context.Now)}.", "time");
        if (act is { Kind: ActKind.DELAY_NOTICE, DueAt: { } due } && context.Promised is { } promised && due < promised)
            yield return new Refusal(RefusalCode.WindowOrder, $"\"dueAt\" ({DocumentWriter.FormatTime(due)}) is before the date promised last, {DocumentWriter.FormatTime(promised)}: that is no delay. A STATUS_REPORT tells an earlier date.", "dueAt");
        if (Transitions.RefuseKind(act.Kind, context.Kind) is { } other)
            yield return other;
        foreach (var delivered in Delivery(act, context))
            yield return delivered;
        foreach (var document in ActDocuments.Judge(act, context))
            yield return document;
        if (ActConditions.Unkept(ActEntry.Of(act, context.By), context.Kind, context.History.Acts) is { } unkept)
            yield return unkept;
        if (act.Has("grounds") || act.Kind is not (ActKind.REFUSED or ActKind.POSTPONED))
        {
            foreach (var ground in Grounds.Judge(act, context.Kind, context.ConventionOffence, context.DualCriminality))
                yield return ground;
        }
        if (!context.KeptHere && context.History.Take(ActEntry.Of(act, context.By)) is { Succeeded: false, Refusal: var refusal })
            yield return refusal;
    }

    // Deliveries of a measure are numbered without a gap, and name what they cover where it has a name.
    private static IEnumerable<Refusal> Delivery(Act act, ActContext context)
    {
        if (act.Kind != ActKind.MEASURE_DELIVERY)
            yield break;
        var next = context.History.Standing.Deliveries + 1;
        if (act.PartNumber is { } part && part != next)
            yield return new Refusal(RefusalCode.DocumentValue, $"this is delivery {next} of the measure, not {part}", "part");
        if (RequestKinds.Of(context.Kind).FutureData && !act.Has("identifiers"))
            yield return new Refusal(RefusalCode.RequiredFieldEmpty, $"Missing field \"identifiers\". A delivery of {context.Kind} names the numbers or accounts that it covers.", "identifiers");
    }

    private static IEnumerable<Refusal> Given(Act act, ActContext context)
    {
        foreach (var (name, given, known) in new[] { ("case", act.Case, context.Case), ("requestMessage", act.RequestMessage, context.RequestMessage), ("authority", act.Authority, context.Authority) })
        {
            if (given != known)
                yield return new Refusal(RefusalCode.DocumentValue, $"the case says {known}", name);
        }
    }

    // A ground without its provision or reasons cannot be read; people are told what a refusal needs.
    private static Refusal Missing(Refusal refusal) => refusal switch
    {
        { Code: RefusalCode.DocumentMemberMissing, Path: { } path } when path.StartsWith("grounds[", StringComparison.Ordinal)
            => new Refusal(RefusalCode.RefusalWithoutGround, "Refusal needs a ground code, reasons and the provision relied on.", path),
        { Code: RefusalCode.DocumentMemberMissing } => new Refusal(RefusalCode.RequiredFieldEmpty, $"Missing field \"{refusal.Path}\". An act needs it. Nothing was sent.", refusal.Path),
        _ => refusal,
    };

    private static JsonElement? Fill(string name, ActContext context) => name switch
    {
        "id" => FieldComposer.Json(Ids.New()),
        "case" => FieldComposer.Json(context.Case),
        "requestMessage" => FieldComposer.Json(context.RequestMessage),
        "after" => FieldComposer.Json(context.History.LastOf(context.By == CaseSide.Requesting ? CaseSide.Requested : CaseSide.Requesting)),
        "authority" => FieldComposer.Json(context.Authority),
        "time" => FieldComposer.Json(DocumentWriter.FormatTime(context.Now)),
        _ => null,
    };
}

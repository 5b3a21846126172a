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
/// <param name="State">Where the case stands.</param>
public sealed record ActContext(DateTimeOffset Now, string Case, string RequestMessage, string Authority, CaseSide By, CaseState State);

/// <summary>Makes the bytes of an act to sign from fields in any order, or names every problem at once.</summary>
public static class ActComposer
{
    /// <summary>Fills id and time, and case, requestMessage and authority when absent; a time with an offset becomes UTC.</summary>
    public static Composition Compose(JsonElement fields, ActContext context)
    {
        if (fields.ValueKind != JsonValueKind.Object)
            return new(null, [new Refusal(RefusalCode.DocumentNotJson, "the fields must be one JSON object")], []);
        var composing = new FieldComposer();
        var bytes = DocumentWriter.Write(Act.Type, Act.Version, writer =>
        {
            composing.Write(writer, fields, Act.Fields, "", name => Fill(name, context));
            composing.Extensions(writer, fields);
        });
        composing.Unknown(fields, Act.Fields, "", "extensions");
        var problems = composing.Problems.ToList();
        var read = Act.Read(bytes);
        if (read.Succeeded)
            problems.AddRange(Judge(read.Value, context).Where(problem => !composing.Covers(problem.Path)));
        else if (problems.Count == 0)
            problems.Add(read.Refusal.Code == RefusalCode.DocumentMemberMissing
                ? new Refusal(RefusalCode.RequiredFieldEmpty, $"Missing field \"{read.Refusal.Path}\". An act needs it. Nothing was sent.", read.Refusal.Path)
                : read.Refusal);
        return new(problems.Count == 0 ? bytes : null, problems, []);
    }

    private static IEnumerable<Refusal> Judge(Act act, ActContext context)
    {
        foreach (var (name, given, known) in new[] { ("case", act.Case, context.Case), ("requestMessage", act.RequestMessage, context.RequestMessage), ("authority", act.Authority, context.Authority) })
        {
            if (given != known)
                yield return new Refusal(RefusalCode.DocumentValue, $"the case says {known}", name);
        }
        foreach (var missing in act.Check())
            yield return missing;
        if (Transitions.Apply(context.State, act.Kind, context.By) is { Succeeded: false, Refusal: var refusal })
            yield return refusal;
    }

    private static JsonElement? Fill(string name, ActContext context) => name switch
    {
        "id" => FieldComposer.Json(Ids.New()),
        "case" => FieldComposer.Json(context.Case),
        "requestMessage" => FieldComposer.Json(context.RequestMessage),
        "authority" => FieldComposer.Json(context.Authority),
        "time" => FieldComposer.Json(DocumentWriter.FormatTime(context.Now)),
        _ => null,
    };
}

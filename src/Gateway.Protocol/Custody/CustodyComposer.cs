using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Custody;

/// <summary>Where an item stands when an event is added to its chain.</summary>
/// <param name="Item">The item.</param>
/// <param name="Case">Its case.</param>
/// <param name="ManifestSha256">SHA-256 of its signed manifest.</param>
/// <param name="Seq">Number of the event to come.</param>
/// <param name="Previous">Digest of the last event, or of the manifest.</param>
/// <param name="Signer">Who signs; the actor too, when none is named.</param>
/// <param name="Now">The time, with the offset of the place.</param>
public sealed record CustodyContext(string Item, string Case, Digest ManifestSha256, long Seq, Digest Previous, Actor Signer, DateTimeOffset Now)
{
    /// <summary>Kinds of events that came before, the manifest's among them; null when nobody knows, and then their order is not judged.</summary>
    public IReadOnlyCollection<CustodyKind>? Before { get; init; }
}

/// <summary>Makes the event to sign from members in any order; gives the bytes, or every problem at once.</summary>
public static class CustodyComposer
{
    // Clocks of a laboratory and of its gateway may differ a little (V045).
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private static readonly string[] s_acquired = ["sourceHashBefore", "sourceHashAfter", "copyHash"];

    /// <summary>Composes an event.</summary>
    public static Composition Compose(JsonElement fields, CustodyContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (fields.ValueKind != JsonValueKind.Object)
            return new(null, [new Refusal(RefusalCode.DocumentNotJson, "the fields must be one JSON object")], []);
        if (CustodyEvent.RuleOf(fields) is not { } rule)
            return new(null, [new Refusal(RefusalCode.DocumentValue, $"expected one of {string.Join(", ", Enum.GetNames<CustodyKind>())}", "event")], []);
        var composing = new FieldComposer();
        using var filled = JsonDocument.Parse(Filled(context));
        var bytes = DocumentWriter.Write(CustodyEvent.Type, CustodyEvent.Version, writer =>
        {
            composing.Write(writer, fields, rule.AllFields, "", name => filled.RootElement.TryGetProperty(name, out var value) ? value : null);
            composing.Extensions(writer, fields);
        });
        composing.Unknown(fields, rule.AllFields, "", "extensions");
        using var document = JsonDocument.Parse(bytes.AsMemory()[..^1]);
        List<Refusal> problems = [.. composing.Problems, .. Problems(document.RootElement, rule.Kind, rule.AllFields).Concat(Half(document.RootElement, rule.Kind)).Where(problem => !composing.Covers(problem.Path))];
        if (problems.Count == 0)
        {
            if (!CustodyEvent.Read(bytes).TryGet(out var custody, out var unreadable))
                problems.Add(unreadable);
            else if (BackBefore(custody.Time, custody.Text) is { } early)
                problems.Add(early);
            else if (custody.Time - context.Now > ClockTolerance)
                problems.Add(new Refusal(RefusalCode.ClockSkew, $"the event is dated {DocumentWriter.FormatLocalTime(custody.Time)}, which is still to come", "time"));
        }
        return new(problems.Count == 0 ? bytes : null, problems, [.. Warnings(rule, context)]);
    }

    /// <summary>What the table asks for and the event lacks; the same for what is composed and what is read.</summary>
    internal static IReadOnlyList<Refusal> Problems(JsonElement document, CustodyKind kind, IReadOnlyList<Field> fields)
    {
        var problems = new List<Refusal>();
        RequiredMembers.Missing(document, fields, "", problems);
        bool Has(string name) => document.TryGetProperty(name, out _);
        if (!Has("hashBefore") && !Has("hashAfter") && !Has("hashNotApplicable"))
            problems.Add(new Refusal(RefusalCode.RequiredFieldEmpty, "give the digest of the content, or say why none was computed", "hashNotApplicable"));
        // What cannot be read twice (memory, traffic, a provider's export) has no digest of its own before and after.
        if (kind == CustodyKind.ACQUIRED && !Has("hashNotApplicable"))
            problems.AddRange(s_acquired.Where(name => !Has(name)).Select(name => new Refusal(RefusalCode.RequiredFieldEmpty, "give the digest, or say in 'hashNotApplicable' why none was computed", name)));
        if (kind == CustodyKind.ACQUIRED && !Has("change")
            && s_acquired.Select(name => document.TryGetProperty(name, out var value) ? FieldCheck.String(value) : null).OfType<string>().Distinct().Count() > 1)
            problems.Add(new Refusal(RefusalCode.ItemDigestMismatch, "the source before, the source after and the copy differ; say in 'change' what happened", "copyHash"));
        return problems;
    }

    // Before and after, or why not: one of them alone says nothing of a change. What was written so before is still read. An acquisition has its own three.
    private static IEnumerable<Refusal> Half(JsonElement document, CustodyKind kind)
    {
        var (before, after) = (document.TryGetProperty("hashBefore", out _), document.TryGetProperty("hashAfter", out _));
        if (before != after && kind != CustodyKind.ACQUIRED && !document.TryGetProperty("hashNotApplicable", out _))
            yield return new Refusal(RefusalCode.RequiredFieldEmpty, "give the digest of the content before and after, or say in 'hashNotApplicable' why one of them was not computed", before ? "hashAfter" : "hashBefore");
    }

    /// <summary>The item comes back before it was taken out. Asked of whoever writes an event; those written before are read, and explain nothing.</summary>
    internal static Refusal? BackBefore(DateTimeOffset time, Func<string, string?> member)
        => member("expectedReturn") is { } text && DocumentReader.TryLocalTime(text, out var back) && back < time
            ? new Refusal(RefusalCode.WindowOrder, $"the item is to come back on {DocumentWriter.FormatLocalTime(back)}, before it was taken out on {DocumentWriter.FormatLocalTime(time)}", "expectedReturn")
            : null;

    private static byte[] Filled(CustodyContext context) => DocumentWriter.Write(CustodyEvent.Type, CustodyEvent.Version, w => w
        .Text("id", Ids.New()).Text("item", context.Item).Text("case", context.Case).Digest("manifestSha256", context.ManifestSha256).Integer("seq", context.Seq)
        .LocalTime("time", context.Now).Object("actor", context.Signer.Write).Object("recordedBy", context.Signer.Write).Text("basis", $"case {context.Case}")
        .Digest("previous", context.Previous).Text("salt", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Digest.Length))));

    // What came before may have been written down on paper only: that is a warning, not a lock.
    private static IEnumerable<Refusal> Warnings(CustodyRule rule, CustodyContext context)
    {
        if (context.Before is not { } before)
            yield break;
        if (rule.After.Count > 0 && !rule.After.Any(before.Contains))
            yield return new Refusal(RefusalCode.CustodyOrder, $"no {string.Join(" or ", rule.After)} was recorded before", "event");
        if (rule.Kind != CustodyKind.CORRECTION && before.Contains(CustodyKind.DESTROYED))
            yield return new Refusal(RefusalCode.CustodyOrder, "the item was recorded as destroyed", "event");
    }
}

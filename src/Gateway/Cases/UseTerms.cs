using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Requests;
using Gateway.Storage;
using Gateway.Submission;

namespace Gateway.Cases;

/// <summary>One condition of use.</summary>
/// <param name="Code">Its word.</param>
/// <param name="Text">A day, or words; may be empty.</param>
internal sealed record UseCondition(string Code, string Text)
{
    public override string ToString() => Text.Length == 0 ? Code : $"{Code}: {Text}";
}

/// <summary>Under what the data of a case may be used: what its request promised, and what the requesting side accepted since. It goes with every copy.</summary>
/// <param name="Purpose">The purpose code.</param>
/// <param name="Conditions">The conditions, each once.</param>
/// <param name="Personal">Which side receives personal data.</param>
/// <param name="Accepted">Conditions of the other side were accepted.</param>
internal sealed record UseTerms(string Purpose, IReadOnlyList<UseCondition> Conditions, DataReceiver Personal, bool Accepted)
{
    // Without a word about it these two hold: the data stay where they are and are used for nothing else.
    private static readonly string[] Always = ["NO_ONWARD_TRANSFER", "NO_OTHER_PURPOSE"];

    /// <summary>Shown before the conditions, and with every copy: whoever reads such data says in words why.</summary>
    public const string SpecialCategory = "SPECIAL_CATEGORY";

    // The word of a condition with a day exists in requests only.
    private static readonly string[] ActCodes = ["NO_ONWARD_TRANSFER", "NO_OTHER_PURPOSE", "KEEP_CONFIDENTIAL", "RETURN_AFTER_USE", "DELETE_AFTER_USE", "REPORT_ON_USE", "NO_DEATH_PENALTY_USE", "COURT_USE_ONLY", "ASSURANCE", "COSTS"];

    /// <summary>Whether it binds somebody, so that it goes with every copy.</summary>
    public bool Bind => Personal != DataReceiver.NONE || Accepted;

    /// <summary>Special categories of personal data are among them.</summary>
    public bool Special => Conditions.Any(c => c.Code == SpecialCategory);

    /// <summary>In one line: <c>only for CRIMINAL_PROCEEDINGS: NO_ONWARD_TRANSFER; OTHER: …</c>.</summary>
    public string Line => LineWith("");

    /// <summary>Whether it must stand in what is released and answered to a side.</summary>
    public bool BindsWhatGoesTo(CaseSide side) => Accepted || side.IsIn(Personal);

    /// <summary>The same as a release to a side states it, within its length: the words stand in the request and the acts, too.</summary>
    public string? ReleasedTo(CaseSide side) => !BindsWhatGoesTo(side) ? null : Line.Length <= Release.MaxTerms ? Line : $"only for {Purpose}: {string.Join("; ", Conditions.Select(c => c.Code).Distinct())}";

    /// <summary>The same with more said about the purpose.</summary>
    public string LineWith(string purposes) => $"only for {Purpose}{purposes}: {string.Join("; ", Conditions)}";

    /// <summary>The same as an act states it: at most so many, of which the last one names the rest.</summary>
    public IEnumerable<(string Code, string Text)> ForAct(int most)
        => Conditions.Count <= most ? ForAct() : ForAct().Take(most - 1).Append(("OTHER", $"{Conditions.Count - most + 1} further conditions, as the request and the accepted proposals of this case state them"));

    /// <summary>Those that an answer does not state, word for word.</summary>
    public List<(string Code, string Text)> Lacking(IReadOnlyCollection<(string Code, string Text)> stated)
    {
        // Where not all have room beside the author's own, those that have none are referred to together.
        for (var room = ActFields.MaxConditions; ; room--)
        {
            List<(string Code, string Text)> lacking = [.. ForAct(room).Except(stated)];
            if (room <= 1 || stated.Count + lacking.Count <= ActFields.MaxConditions)
                return lacking;
        }
    }

    private IEnumerable<(string Code, string Text)> ForAct() => Conditions.Select(c => ActCodes.Contains(c.Code)
        ? (c.Code, c.Text.Length > 0 ? c.Text : $"only for {Purpose}")
        : ("OTHER", c.Code == "OTHER" ? c.Text : c.ToString()));

    /// <summary>Of a case; null when the content of its request is gone.</summary>
    public static UseTerms? Of(Session s, CaseKeys keys, CaseRow row)
    {
        return KeptDocuments.Read(s, keys, row.Id, row.RequestMessage, PartRole.request) is { } bytes && Request.Read(bytes).TryGet(out var request, out _) ? Of(request, AcceptedOf(s, keys, row)) : null;
    }

    /// <summary>Of a request, and what was accepted since.</summary>
    public static UseTerms Of(Request request, List<UseCondition> accepted)
    {
        var handling = request.Fields.TryGetProperty("handling", out var declared) && declared.ValueKind == JsonValueKind.Object ? declared : (JsonElement?)null;
        var conditions = handling is { } block && block.TryGetProperty("conditions", out var list)
            ? list.EnumerateArray().Select(c => new UseCondition(Text(c, "code"), string.Join(": ", new[] { Text(c, "until"), Text(c, "text") }.Where(t => t.Length > 0)))).ToList()
            : [];
        conditions.AddRange(Always.Except(conditions.Select(c => c.Code)).Select(code => new UseCondition(code, "")).ToList());
        IEnumerable<UseCondition> special = handling is { } said && new ItemHandling(said).IsSpecial ? [new UseCondition(SpecialCategory, "")] : [];
        // Information that nobody asked for binds whoever uses it under the conditions of its sender, whether they were agreed before or came with it.
        IEnumerable<UseCondition> proposed = request.Kind == RequestKind.SPONTANEOUS_INFORMATION ? [new UseCondition("OTHER", Text(request.Fields, "conditionsProposed"))] : [];
        var agreed = request.Fields.TryGetProperty("conditionsAcceptedBeforeSending", out var taken) && taken.ValueKind == JsonValueKind.True;
        return new UseTerms(Text(handling ?? request.Fields, "purposeCode"), [.. special.Concat(conditions).Concat(proposed).Concat(accepted).Distinct()], request.Receiver, accepted.Count > 0 || agreed);
    }

    /// <summary>What the requested side proposed and the requesting side accepted. What crossed with something else binds nobody.</summary>
    public static List<UseCondition> AcceptedOf(Session s, CaseKeys keys, CaseRow row)
    {
        var acts = row.Acts(s);
        var (binding, proposed) = (new List<UseCondition>(), new List<UseCondition>());
        foreach (var act in acts.All.Where(act => act.Entry.Kind is ActKind.CONDITIONS_PROPOSED or ActKind.CONDITIONS_ACCEPTED && !acts.History.Void.Contains(act.Entry.Id)))
        {
            if (act.Entry.Kind == ActKind.CONDITIONS_PROPOSED)
                proposed = Proposed(s, keys, row.Id, act.Message);
            else
            {
                binding.AddRange(proposed);
                proposed = [];
            }
        }
        return binding;
    }

    private static List<UseCondition> Proposed(Session s, CaseKeys keys, string caseId, string message)
    {
        if (KeptDocuments.Read(s, keys, caseId, message, PartRole.act) is not { } bytes)
            return [new UseCondition("OTHER", $"as stated in the reply {message}")];
        using var act = JsonDocument.Parse(bytes);
        return act.RootElement.TryGetProperty("conditions", out var list) ? [.. list.EnumerateArray().Select(c => new UseCondition(Text(c, "code"), Text(c, "text")))] : [];
    }

    private static string Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}

using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Requests;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>
/// What a new request may take from an older one of ours: to whom it goes, the offences as the law names them, and the legal basis. Nothing of the case goes along: no person, no place or day of an
/// offence, no fact. And nothing is taken unseen: a form shows it, the questions ask.
/// </summary>
/// <param name="Reference">Of the older request.</param>
/// <param name="Members">What may be taken, by the names of the members.</param>
internal sealed record RequestLike(string Reference, JsonObject Members)
{
    private static readonly (string Member, string[] Parts)[] Lists =
    [
        ("offence", ["title", "provision", "maxPenaltyMonths", "scope"]),
        ("legalBasis", ["instrument", "article", "title"]),
    ];

    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    public static Option<string?> Option() => new("--like")
    {
        Description = "Offer recipient, offences and legal basis of this request of ours, or of the last one to this authority; nothing else of its case, and nothing unseen",
        HelpName = "CASE|AUTHORITY",
    };

    /// <summary>Opens the older request, which is recorded as any other reading is.</summary>
    public static async Task<RequestLike> OfAsync(Invocation run, string like)
    {
        var view = Ids.IsCase(like) ? await run.Gateway.ShowCaseAsync(new ShowCaseRequest { CaseId = like }, cancellationToken: run.Cancel)
            : Ids.IsAuthority(like) ? await LastAsync(run, like)
            : throw StopException.Usage($"--like takes the id of a case or of an authority: {like}");
        if (view.Side != "REQUESTING")
            throw StopException.Usage($"{view.CaseId} is no request of ours: what another State wrote is not taken over");
        // Whoever reads the new request need not know that there is such a measure.
        if (view.Kind == nameof(RequestKind.COVERT_MEASURE))
            throw StopException.Usage("nothing of a covert measure is taken over into another request");
        if (await CaseMessages.RequestAsync(run, view.CaseId, "OUT") is not { } message)
            throw StopException.No($"the request of {view.CaseId} is not here");
        var opened = await run.Gateway.OpenMessageAsync(new OpenMessageRequest { Message = message.Message, Purpose = "its offences and legal basis, for a new request" }, cancellationToken: run.Cancel);
        return opened.Parts.FirstOrDefault(p => p.Role == "request") is { } part && SignedDocument.Open(part.Content.Memory).TryGet(out var signed, out _) && Request.Read(signed.Content).TryGet(out var request, out _)
            ? new RequestLike(request.Reference, Taken(request))
            : throw StopException.No("the message holds no request");
    }

    /// <summary>To this authority, whatever the older request says; nothing else where there is none.</summary>
    public static RequestLike To(string authority, RequestLike? older)
    {
        var members = new JsonObject { ["requestedAuthority"] = authority };
        foreach (var (name, value) in older?.Members.Where(member => member.Key != "requestedAuthority") ?? [])
            members[name] = value?.DeepClone();
        return new RequestLike(older?.Reference ?? "", members) { Recipient = authority };
    }

    /// <summary>The authority that the person named already: it is not asked for again. Null: none.</summary>
    public string? Recipient { get; private init; }

    /// <summary>A value as it stands in a form, and as it is shown before it is taken.</summary>
    public static string Text(JsonNode value) => value.ToJsonString(s_readable).ReplaceLineEndings("\n");

    private static JsonObject Taken(Request request)
    {
        var members = new JsonObject { ["requestedAuthority"] = request.RequestedAuthority };
        foreach (var (name, parts) in Lists)
        {
            if (!request.Fields.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array)
                continue;
            members[name] = new JsonArray([.. list.EnumerateArray().Select(element => (JsonNode)new JsonObject(
                parts.Where(part => element.TryGetProperty(part, out _)).Select(part => KeyValuePair.Create(part, JsonNode.Parse(element.GetProperty(part).GetRawText())))))]);
        }
        return members;
    }

    // The newest first, of those that are open to the person.
    private static async Task<CaseView> LastAsync(Invocation run, string authority)
    {
        var before = "";
        do
        {
            var page = await run.Gateway.ListCasesAsync(new ListCasesRequest { Before = before }, cancellationToken: run.Cancel);
            if (page.Cases.FirstOrDefault(c => c.Side == "REQUESTING" && c.PeerAuthority == authority && c.Kind != nameof(RequestKind.COVERT_MEASURE) && c.Erased.Length == 0) is { } found)
                return found;
            before = page.Next;
        }
        while (before.Length > 0);
        throw StopException.No($"no request of ours to {authority} is open to you");
    }
}

using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Cli.Requests;

/// <summary>
/// Keeps the data of a case at once, with nothing to type again. Where we were asked: tells the other side until when they are kept, and who says that they are. Where we ask:
/// a linked PRESERVE_DATA with what the request says already. What nobody has said is asked for: the gateway signs no guess.
/// </summary>
internal static class RequestPreserve
{
    /// <summary>Where the request does not say for how long, and nobody else does.</summary>
    public const int Days = 60;

    // What the two kinds have in common, as it stands in the request.
    private static readonly string[] Same =
    [
        "requestingAuthority", "requestedAuthority", "onBehalfOf", "caseReference", "proceedingType", "proceedingStage", "offence", "factsSummary", "persons", "handling", "noPersonKnown", "itemsAccounts",
        "linkToOffence", "purposeCode", "purposeText", "legalBasis", "rationale", "confidentiality", "confidentialityEnds", "languages", "dataDescription", "dataCategories",
        "exceptionalJustification", "impactIfRefused", "emergencyCategory", "emergencyFacts", "emergencyLink",
    ];

    public static Command Create()
    {
        var caseId = new Argument<string>("case") { Description = "Id of the case" };
        var days = new Option<int?>("--days") { Description = "For how long, from now; else as long as the request asks for, and 60 days where it does not say", HelpName = "DAYS" };
        var loss = new Option<string?>("--loss") { Description = "When the data will be lost, as far as is known: 2026-03-05T00:00:00+01:00; where the request says it, that", HelpName = "TIME" };
        var confirmed = new Option<string?>("--confirmed-by") { Description = "Who says that the data are kept: the provider's desk. Where we were asked", HelpName = "NAME" };
        var purpose = Purposes.Option();
        return new Command("preserve", "Keeps the data of a case as long as was asked: tells the other side so, or asks it to, with one command") { caseId, days, loss, confirmed, purpose }.Sends(async run =>
        {
            var view = await run.Gateway.ShowCaseAsync(new ShowCaseRequest { CaseId = run.Value(caseId) }, cancellationToken: run.Cancel);
            var until = run.Clock.GetUtcNow().AddDays(run.Value(days) ?? Days);
            if (view.Side == "REQUESTED" && run.Value(days) is null && view.Kind is nameof(RequestKind.PRESERVE_DATA) or nameof(RequestKind.PRESERVE_EXTENSION))
                until = AskedUntil((await RequestPrint.RequestOfAsync(run, view.CaseId, "until when the data are to be kept", purpose)).Content, run.Clock.GetUtcNow());
            bool? sent = view.Side == "REQUESTED" ? await KeepAsync(run, view, until, run.Value(confirmed)) : await AskAsync(run, view, run.Value(days) ?? Days, run.Value(loss), purpose);
            if (sent is null)
                return ExitCode.Incomplete;
            if (sent == true)
                run.Terminal.Line($"preserved until {DocumentWriter.FormatTime(until)}{(view.Side == "REQUESTED" ? "; the sheet for the provider: gatewayctl request print MESSAGE --order-sheet --preserve" : ", once the other side keeps it")}");
            return ExitCode.Good;
        });
    }

    /// <summary>Until when a request asks to keep the data, from now on; in 60 days where it does not say.</summary>
    public static DateTimeOffset AskedUntil(ReadOnlyMemory<byte> request, DateTimeOffset now)
        => (Request.Read(request).TryGet(out var read, out _) ? Preservation.AskedUntil(read, now) : null) ?? now.AddDays(Days);

    private static async Task<bool> KeepAsync(Invocation run, CaseView view, DateTimeOffset until, string? confirmed)
        => confirmed is not { Length: > 0 }
        ? throw StopException.Usage("the other State is told that the data are kept: give the provider the sheet first ('gatewayctl request print MESSAGE --order-sheet --preserve'), then say who confirmed it: --confirmed-by NAME")
        : await SignAndSubmit.FinishActAsync(run, await SignAndSubmit.ComposeAsync(run, "act", new JsonObject { ["kind"] = nameof(ActKind.PRESERVED), ["case"] = view.CaseId, ["until"] = DocumentWriter.FormatTime(until), ["text"] = $"The data are preserved; confirmed by {confirmed}." }));

    // Null where the own State wants somebody else to look at it first: then it lies there as a draft.
    private static async Task<bool?> AskAsync(Invocation run, CaseView view, int days, string? loss, Option<string?> purpose)
    {
        var (message, request) = await RequestPrint.RequestOfAsync(run, view.CaseId, "linked preservation", purpose);
        using var document = JsonDocument.Parse(request);
        var source = document.RootElement;
        string? Text(string name) => source.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        // What is about to be lost is urgent; an emergency stays one, with the facts that make it one and the languages that are accepted in it.
        var fields = new JsonObject { ["kind"] = nameof(RequestKind.PRESERVE_DATA), ["urgency"] = Text("urgency") == nameof(Urgency.EMERGENCY) ? nameof(Urgency.EMERGENCY) : nameof(Urgency.URGENT) };
        // The files of translations stay with the request that they translate.
        foreach (var name in Same)
        {
            if (source.TryGetProperty(name, out var value))
                fields[name] = JsonNode.Parse(value.GetRawText());
        }
        (fields["languages"] as JsonObject)?.Remove("translations");
        if ((Text("provider") ?? Text("custodian")) is { } custodian)
            fields["custodian"] = custodian;
        else if ((Text("system") ?? Text("systemLocation")) is { } system)
            fields["systemLocation"] = system;
        else
            fields["unknownCustodian"] = true;
        fields["dataDescription"] ??= Text("assistanceSought");
        fields["dataCategories"] ??= new JsonArray("OTHER_STORED");
        fields["linkToOffence"] ??= Text("factsSummary");
        fields["assistanceSought"] = $"Expedited preservation of the data that {Text("reference")} asks for.";
        fields["necessity"] = Text("emergencyFacts") ?? Text("rationale");
        fields["collectionTimeframe"] = $"Until the request {Text("reference")} is executed.";
        fields["estimatedDataLossAt"] = loss ?? Text("estimatedDataLossAt") ?? throw StopException.Usage("the request does not say when the data will be lost: say it with --loss TIME, as far as it is known");
        fields["preserveDays"] = days;
        fields["intendsMla"] = true;
        fields["noNoticeToUser"] = Text("confidentiality") == "NO_NOTICE_TO_USER";
        fields["linkedRequests"] = new JsonArray(new JsonObject { ["relation"] = nameof(Relation.PRESERVES_FOR), ["case"] = view.CaseId, ["message"] = message });
        try
        {
            return await SignAndSubmit.FinishAsync(run, "request", await SignAndSubmit.ComposeAsync(run, "request", fields));
        }
        catch (RpcException e) when (RefusedCalls.RefusalOf(e)?.Code == RefusalCode.ApprovalMissing.Text())
        {
            run.Terminal.Note("not sent: in this State a second person approves it first; it is kept as a draft");
            await DraftCommands.KeepAsync(run, fields);
            return null;
        }
    }
}

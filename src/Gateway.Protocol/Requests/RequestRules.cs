using System.Text.Json;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>The V-rules that need only the request and its context. The sender runs them before anybody signs, the recipient on arrival;
/// both get every problem, never only the first.</summary>
public static class RequestRules
{
    /// <summary>Every reason to refuse the request; empty when there is none.</summary>
    public static IReadOnlyList<Refusal> Check(Request request, RequestContext context) => Problems(request.Fields, request.Row, context);

    /// <summary>What should be improved but does not stop the request.</summary>
    public static IReadOnlyList<Refusal> Warnings(Request request, RequestContext context) => Warnings(request.Fields, request.Row, context);

    internal static IReadOnlyList<Refusal> Problems(JsonElement root, RequestRow? row, RequestContext context)
    {
        var view = new RequestView(root, row, context);
        RequiredFields.Check(view, root, view.Fields, "");
        DesignationRules.Check(view);
        ContentRules.Check(view);
        KindRules.Check(view);
        TimeRules.Check(view);
        if (context.Recipient?.StrictAddresses == true)
            ContentRules.SharedAddresses(view);
        return view.Problems;
    }

    internal static IReadOnlyList<Refusal> Warnings(JsonElement root, RequestRow? row, RequestContext context)
    {
        var view = new RequestView(root, row, context);
        if (context.Recipient?.StrictAddresses != true)
            ContentRules.SharedAddresses(view);
        ContentRules.UnknownCustodian(view);
        ContentRules.ByTelephone(view);
        ContentRules.PettyCases(view);
        ContentRules.TimeStamp(view);
        return view.Problems;
    }
}

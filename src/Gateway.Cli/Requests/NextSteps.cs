using Gateway.Protocol.Acts;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>What a person may do now on a case, the usual step first, each with its command.</summary>
internal static class NextSteps
{
    private const int Most = 6;

    // In the order in which a case usually goes. What only brings words is left to 'request act'.
    private static readonly (ActKind Act, string Command)[] Commands =
    [
        (ActKind.CALLED_BACK, "callback {case} --spoke-to NAME"),
        (ActKind.ACKNOWLEDGED, "acknowledge {case}"),
        (ActKind.SUPPLEMENTED, "supplement {case} --answer PATH=TEXT"),
        (ActKind.CONDITIONS_ACCEPTED, "condition-accept {case}"),
        (ActKind.COMPLETED, "confirm {case}"),
        (ActKind.DISPUTED, "act {case} DISPUTED --text TEXT"),
        (ActKind.ACCEPTED, "accept {case} --due TIME"),
        (ActKind.RETURNED_FOR_INFO, "return {case} --question PATH=TEXT"),
        (ActKind.IN_EXECUTION, "start {case}"),
        (ActKind.EXECUTED, "answer {case} --outcome WORD"),
        (ActKind.PARTIALLY_ANSWERED, "answer-part {case} --part N"),
        (ActKind.CONFIDENTIALITY_WAIVED, "act {case} CONFIDENTIALITY_WAIVED"),
        (ActKind.CONSULTATION_OPENED, "consult {case} --text TEXT"),
        (ActKind.REFUSED, "refuse {case} --ground CODE --provision TEXT --reasons TEXT"),
        (ActKind.WITHDRAWN, "withdraw {case} --text TEXT"),
        (ActKind.STATUS_QUERY, "query {case} --text TEXT"),
    ];

    /// <summary>A line for each: the command, and what it does.</summary>
    public static IReadOnlyList<string> Of(Labels labels, CaseView view)
    {
        var emergency = view.Urgency == "EMERGENCY";
        var steps = Commands.Where(step => view.AllowedActs.Contains(step.Act.ToString()) && (step.Act != ActKind.CALLED_BACK || emergency))
            .Select(step => $"gatewayctl request {step.Command.Replace("{case}", view.CaseId, StringComparison.Ordinal)}  ({labels.Word("act", step.Act)})").ToList();
        // The day is the answer to a request to keep data: without it none is taken.
        if (view.Kind is "PRESERVE_DATA" or "PRESERVE_EXTENSION" && view.Preservation.Length == 0 && view.AllowedActs.Contains(nameof(ActKind.PRESERVED)))
            steps.Insert(view.AllowedActs.Contains(nameof(ActKind.ACKNOWLEDGED)) ? steps.FindIndex(step => step.Contains(" acknowledge ", StringComparison.Ordinal)) + 1 : 0,
                $"gatewayctl request preserve {view.CaseId} --confirmed-by NAME  ({labels.Word("act", ActKind.PRESERVED)})");
        else if (emergency && view.Kind is not ("PRESERVE_DATA" or "PRESERVE_EXTENSION") && view.AllowedActs.Contains(nameof(ActKind.PRESERVED)))
            steps.Insert(Math.Min(2, steps.Count), $"gatewayctl request preserve {view.CaseId}  ({labels["page.preserve"]})");
        return steps.Count == 0 ? [labels["page.nothing"]] : [.. steps.Take(Most)];
    }
}

using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>Answering, refusing and postponing: grounds with provision and reasons, the letter that it becomes in the languages of both States, and a word of confirmation.</summary>
internal static class RequestDecision
{
    private static readonly Argument<string> Case = new("case") { Description = "Id of the case" };
    private static readonly Option<string[]> GroundOption = MakeGround();
    private static readonly Option<string[]> Provision = new("--provision") { Description = "The provision relied on; one per ground, in the same order", HelpName = "TEXT" };
    private static readonly Option<string[]> Reasons = new("--reasons") { Description = "Why the ground applies here; one per ground, in the same order", HelpName = "TEXT" };
    private static readonly Option<string?> Waived = new("--no-consultation") { Description = "Why there was no consultation before", HelpName = "TEXT" };
    private static readonly Option<string?> Finality = MakeFinality();
    private static readonly Option<string?> Review = new("--review-on") { Description = "The day on which it is looked at again: 2026-03-01", HelpName = "DAY" };
    private static readonly Option<string?> Reference = new("--reference") { Description = "Own file number", HelpName = "TEXT" };
    private static readonly Option<string?> Text = new("--text") { Description = "What else to tell the other authority", HelpName = "TEXT" };
    private static readonly Option<string?> Outcome = RequestAct.MakeOutcome();
    private static readonly Option<string[]> Identifiers = new("--identifier") { Description = "A number, address or account that the answer covers (repeat for several)", HelpName = "TEXT" };
    private static readonly Option<string?> Procedure = MakeProcedure();
    private static readonly Option<string?> ProcedureReason = new("--procedure-reason") { Description = "What of these formalities was not applied, and why", HelpName = "TEXT" };
    private static readonly Option<uint> Part = new("--part") { Description = "Number of this answer", HelpName = "N" };
    private static readonly Option<uint> Parts = new("--of") { Description = "How many there will be, when known", HelpName = "N" };
    internal static readonly Option<string?> Lang = Language.Option("Language of your own copy of the letter; left out: the first that your State's profile names");
    internal static readonly Option<bool> Yes = new("--yes") { Description = "Send without asking; the letter is shown all the same" };

    public static Command Refuse()
        => new Command("refuse", "Refuses a request on grounds: shows the letter that it becomes, asks, then signs and sends. It is final") { Case, GroundOption, Provision, Reasons, Waived, Finality, Reference, Text, Lang, Yes }
            .Sends(run => DecideAsync(run, ActKind.REFUSED));

    public static Command Postpone()
        => new Command("postpone", "Puts a request off for own proceedings, until a day of review") { Case, GroundOption, Provision, Reasons, Waived, Review, Reference, Text, Lang, Yes }
            .Sends(run => DecideAsync(run, ActKind.POSTPONED));

    /// <summary>An answer in part; what is refused of it has grounds, and is shown as a letter before it leaves.</summary>
    public static Command Partial()
        => new Command("answer-part", "Answers in part: --part 1, and grounds for what is refused of the request") { Case, Part, Parts, GroundOption, Provision, Reasons, Reference, Text, Lang, Yes }
            .Sends(run => DecideAsync(run, ActKind.PARTIALLY_ANSWERED));

    /// <summary>The last answer. One with the outcome PARTIAL has grounds for what it leaves out, and is shown as a letter before it leaves.</summary>
    public static Command Answer()
        => new Command("answer", "Answers: executed, with the outcome; with PARTIAL also grounds for what is refused of the request") { Case, Outcome, Identifiers, Procedure, ProcedureReason, RequestAct.OwnQualification, GroundOption, Provision, Reasons, Reference, Text, Lang, Yes }
            .Sends(run => DecideAsync(run, ActKind.EXECUTED));

    private static async Task<ExitCode> DecideAsync(Invocation run, ActKind kind)
    {
        var fields = Fields(run, kind);
        if (kind == ActKind.PARTIALLY_ANSWERED)
            SetParts(fields, run.Value(Part), run.Value(Parts));
        return await DecideAsync(run, kind, run.Value(Case), fields);
    }

    /// <summary>Whatever command brings it: an act with grounds is shown as the letter that it becomes, and leaves only when that is confirmed.</summary>
    public static async Task<ExitCode> DecideAsync(Invocation run, ActKind kind, string caseId, JsonObject fields)
    {
        var document = await SignAndSubmit.ComposeAsync(run, "act", fields);
        using (var act = JsonDocument.Parse(document))
        {
            // What refuses nothing is no decision to be read twice.
            if (!DecisionLetter.Is(act.RootElement))
            {
                await SignAndSubmit.FinishActAsync(run, document);
                return ExitCode.Good;
            }
            var view = await run.Gateway.ShowCaseAsync(new ShowCaseRequest { CaseId = caseId }, cancellationToken: run.Cancel);
            run.Terminal.Block(await DecisionLetter.InBothAsync(run, act.RootElement, view, Labels.Find(run.Value(Lang))));
            run.Terminal.Line();
        }
        if (!run.Value(Yes) && !Confirmed(run, kind))
        {
            run.Terminal.Note("not confirmed; nothing was signed or sent");
            return ExitCode.No;
        }
        await SignAndSubmit.FinishActAsync(run, document);
        return ExitCode.Good;
    }

    private static JsonObject Fields(Invocation run, ActKind kind)
    {
        var (codes, provisions, reasons) = (run.Value(GroundOption) ?? [], run.Value(Provision) ?? [], run.Value(Reasons) ?? []);
        if (codes.Length != provisions.Length || codes.Length != reasons.Length)
            throw StopException.Usage($"each --ground has its --provision and its --reasons; given: {codes.Length}, {provisions.Length}, {reasons.Length}");
        var fields = new JsonObject { ["kind"] = kind.ToString(), ["case"] = run.Value(Case) };
        if (codes.Length > 0)
            fields["grounds"] = new JsonArray([.. codes.Select((code, i) => (JsonNode)new JsonObject { ["code"] = code, ["provision"] = provisions[i], ["reasons"] = reasons[i] })]);
        if (kind == ActKind.EXECUTED && run.Value(Identifiers) is { Length: > 0 } covered)
            fields["identifiers"] = new JsonArray([.. covered.Select(text => (JsonNode)text)]);
        foreach (var (name, value) in new[]
        {
            ("consultationWaivedReason", run.Value(Waived)), ("finality", kind == ActKind.REFUSED ? run.Value(Finality) : null), ("reviewOn", kind == ActKind.POSTPONED ? run.Value(Review) : null),
            ("outcome", kind == ActKind.EXECUTED ? run.Value(Outcome) : null), ("procedure", kind == ActKind.EXECUTED ? run.Value(Procedure) : null),
            ("procedureReason", kind == ActKind.EXECUTED ? run.Value(ProcedureReason) : null), ("ownQualification", kind == ActKind.EXECUTED ? run.Value(RequestAct.OwnQualification) : null),
            ("reference", run.Value(Reference)), ("text", run.Value(Text)),
        })
        {
            if (!string.IsNullOrWhiteSpace(value))
                fields[name] = value;
        }
        return fields;
    }

    private static void SetParts(JsonObject fields, uint part, uint parts)
    {
        if (part > 0)
            fields["part"] = part;
        if (parts > 0)
            fields["parts"] = parts;
    }

    // A script says --yes; a person types the word.
    private static bool Confirmed(Invocation run, ActKind kind)
    {
        if (run.Terminal.Json)
            throw StopException.Usage("with --json nobody is asked: say --yes");
        var word = kind switch { ActKind.REFUSED => "refuse", ActKind.POSTPONED => "postpone", _ => "answer" };
        run.Terminal.Line(kind == ActKind.REFUSED ? "Nothing takes a refusal back. To sign and send it, type: refuse" : $"To sign and send it, type: {word}");
        return Console.In.ReadLine()?.Trim() == word;
    }

    private static Option<string[]> MakeGround()
    {
        var ground = new Option<string[]>("--ground") { Description = "A ground of the closed list (repeat for several)", HelpName = "CODE" };
        return ground.AcceptOnlyFromAmong([.. Grounds.All.Select(row => row.Code)]);
    }

    private static Option<string?> MakeProcedure()
    {
        var procedure = new Option<string?>("--procedure") { Description = "Whether the formalities that the request asks for were applied", HelpName = "WORD" };
        return procedure.AcceptOnlyFromAmong("APPLIED", "APPLIED_IN_PART", "NOT_POSSIBLE");
    }

    private static Option<string?> MakeFinality()
    {
        var finality = new Option<string?>("--finality") { Description = "What may follow: FINAL, APPEAL_POSSIBLE, NEW_REQUEST_POSSIBLE", HelpName = "WORD" };
        return finality.AcceptOnlyFromAmong("FINAL", "APPEAL_POSSIBLE", "NEW_REQUEST_POSSIBLE");
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Paper;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Requests;

/// <summary>A reply that came by paper, e-mail or a carrier: the files as they came, who received them when, and what they say, signed by the officer. ReceivedFromNonERDS certifies it.</summary>
internal static class RequestImport
{
    public static Command Create()
    {
        var files = new Argument<string[]>("file") { Description = "What came: a scan, a PDF, an e-mail (.eml), a sealed file of another gateway", Arity = ArgumentArity.OneOrMore };
        var caseId = new Option<string?>("--case") { Description = "Id of the case; with --request only where a sealed file names one", HelpName = "CASE" };
        var request = new Option<string?>("--request") { Description = "A request came: the form with what was entered from it; it opens a case", HelpName = "FORM" };
        var checkedBy = new Option<string?>("--checked-by") { Description = "Who checked from whom the request is, with --request", HelpName = "NAME" };
        var check = new Option<string?>("--check") { Description = "How, and with what result: 'called back the number in the description'", HelpName = "TEXT" };
        var message = new Option<string?>("--message") { Description = "The message to which it answers; left out: the request", HelpName = "MESSAGE" };
        var channel = RequestExport.Channel();
        var person = new Option<string>("--received-by") { Description = "Who received it", Required = true, HelpName = "NAME" };
        var at = new Option<string>("--received-at") { Description = "When: 2026-03-01T02:15:00+05:30", Required = true, HelpName = "TIME" };
        var reference = new Option<string?>("--reference") { Description = "The other authority's or the carrier's number", HelpName = "TEXT" };
        var says = new Option<string?>("--says") { Description = "What the other authority did, as its letter says: ACCEPTED, REFUSED, EXECUTED … where it was asked, STATUS_QUERY, WITHDRAWN, COMPLETED … where it asks; the case moves by it", HelpName = "WORD" };
        // On which side the other authority stands is known by the case; the gateway judges by it.
        says.AcceptOnlyFromAmong([.. Enum.GetValues<ActKind>().Where(act => !Transitions.IsAutomatic(act)).Select(act => act.ToString())]);
        var due = new Option<string?>("--due") { Description = "The date that the reply promises", HelpName = "TIME" };
        var until = new Option<string?>("--until") { Description = "Until when data are preserved, with --says PRESERVED", HelpName = "TIME" };
        var outcome = new Option<string?>("--outcome") { Description = "How it ended, with --says EXECUTED", HelpName = "WORD" };
        outcome.AcceptOnlyFromAmong(Enum.GetNames<ActOutcome>());
        return new Command("import", "Takes in a reply, or with --request a request, that came by paper, e-mail or a carrier, and certifies that it came") { files, caseId, request, checkedBy, check, message, channel, person, at, reference, says, due, until, outcome }.Runs(async run =>
        {
            var came = run.Value(files).Select(path => new Attachment { Name = Path.GetFileName(path), MediaType = MediaType(path), Content = ByteString.CopyFrom(InputFile.Read(path)) }).ToList();
            if (run.Value(request) is { } form)
            {
                if (run.Value(message) is not null || run.Value(says) is not null || run.Value(due) is not null || run.Value(until) is not null || run.Value(outcome) is not null)
                    throw StopException.Usage("--message, --says, --due, --until and --outcome belong to a reply, not to --request");
                var registered = new PaperRegistration(form, run.Value(caseId), run.Value(channel)!, RequestAct.Time(run.Value(at)!), run.Value(person)!, run.Value(reference),
                    run.Value(checkedBy) ?? throw StopException.Usage("--request needs --checked-by: who checked from whom it is"), run.Value(check) ?? throw StopException.Usage("--request needs --check: how it was checked"));
                SignAndSubmit.Show(run.Terminal, await registered.SubmitAsync(run, came));
                return ExitCode.Good;
            }
            var about = run.Value(caseId) ?? throw StopException.Usage("name the case with --case, or the form of a request with --request");
            var fields = new JsonObject
            {
                ["case"] = about,
                ["way"] = nameof(PaperWay.RECEIVED),
                ["channel"] = run.Value(channel),
                ["message"] = run.Value(message) ?? await RequestOfAsync(run, about),
                ["at"] = RequestAct.Time(run.Value(at)!),
                ["person"] = run.Value(person),
                ["files"] = new JsonArray([.. came.Select(f => (JsonNode)RequestExport.FileOf(f.Name, f.MediaType, f.Content.Span))]),
            };
            foreach (var (name, value) in new[] { ("reference", run.Value(reference)), ("says", run.Value(says)), ("outcome", run.Value(outcome)) })
            {
                if (!string.IsNullOrWhiteSpace(value))
                    fields[name] = value;
            }
            foreach (var (name, value) in new[] { ("dueAt", run.Value(due)), ("until", run.Value(until)) })
            {
                if (value is not null)
                    fields[name] = RequestAct.Time(value);
            }
            var signed = SignAndSubmit.Sign(run, await SignAndSubmit.ComposeAsync(run, PaperRecord.Type, fields));
            SignAndSubmit.Show(run.Terminal, await SignAndSubmit.SubmitAsync(run, signed, attachments: came));
            return ExitCode.Good;
        });
    }

    private static async Task<string> RequestOfAsync(Invocation run, string caseId)
        => (await CaseMessages.RequestAsync(run, caseId, "OUT"))?.Message
            // A request that came on paper: the record of it is the first message of its case.
            ?? (await CaseMessages.SentAsync(run, caseId)).LastOrDefault(m => m.About == "PAPER")?.Message
            ?? throw StopException.No($"no request of {caseId} was sent from here, or the case is not open to you");

    // Whatever came is kept as it came.
    private static string MediaType(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".EML" => "message/rfc822",
        ".CMS" or ".P7" or ".DER" => "application/pkcs7-mime",
        ".PDF" or ".TXT" or ".CSV" or ".JSON" or ".XML" or ".PNG" or ".JPG" or ".JPEG" or ".TIF" or ".TIFF" or ".P7M" or ".P7S" or ".ASICS" or ".SCS" or ".ASICE" or ".SCE" => MediaTypes.Of(path),
        _ => "application/octet-stream",
    };
}

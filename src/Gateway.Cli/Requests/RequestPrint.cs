using System.CommandLine;
using System.Text;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>A received request as the sheet by which a provider or the prosecutor on duty is tasked: labels in the own language, identifiers exactly as received.</summary>
internal static class RequestPrint
{
    public static Command Create()
    {
        var message = new Argument<string>("message") { Description = "Id of the request's message" };
        var sheet = new Option<bool>("--order-sheet") { Description = "The sheet for the provider or the prosecutor on duty" };
        var preserve = new Option<bool>("--preserve") { Description = "As an order to preserve, with its end" };
        var lang = Language.Option();
        var file = new Option<string?>("--out") { Description = "Write it into this file", HelpName = "FILE" };
        var purpose = new Option<string>("--purpose") { Description = "Why it is read; recorded with the access", DefaultValueFactory = _ => "order sheet", HelpName = "TEXT" };
        return new Command("print", "Prints a received request; with --order-sheet as an order") { message, sheet, preserve, lang, file, purpose }.Runs(async run =>
        {
            var opened = await run.Gateway.OpenMessageAsync(new OpenMessageRequest { Message = run.Value(message), Purpose = run.Value(purpose) }, cancellationToken: run.Cancel);
            if (opened.Parts.FirstOrDefault(p => p.Role == "request") is not { } part || !SignedDocument.Open(part.Content.Memory).TryGet(out var signed, out _))
                throw StopException.No("the message holds no request");
            var labels = Labels.Of(run.Value(lang));
            if (!run.Value(sheet) && !run.Value(preserve))
                run.Terminal.Block(ReadableJson.Text(signed.Content));
            else
            {
                var authority = await RequestCallBack.OfAsync(run, opened.Message.Sender);
                var deadlines = await run.Gateway.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = opened.Message.CaseId, Rule = "DECIDE" }, cancellationToken: run.Cancel);
                var text = OrderSheet.Text(labels, signed.Content, opened, authority, deadlines.Deadlines.FirstOrDefault(), run.Value(preserve) ? run.Clock.GetUtcNow().AddDays(60) : null);
                if (run.Value(file) is { } path)
                {
                    NewFile.Write(path, Encoding.UTF8.GetBytes(text));
                    run.Terminal.Line($"written: {path}");
                }
                else
                    run.Terminal.Raw(text);
            }
            return ExitCode.Good;
        });
    }

    /// <summary>The request of a case: its message, and the bytes that were signed.</summary>
    public static async Task<(string Message, ReadOnlyMemory<byte> Content)> RequestOfAsync(Invocation run, string caseId, string purpose)
    {
        var messages = await run.Gateway.ListMessagesAsync(new ListMessagesRequest { CaseId = caseId, Limit = 500 }, cancellationToken: run.Cancel);
        if (messages.Messages.LastOrDefault(m => m.About == "REQUEST") is not { } view)
            throw StopException.No($"the request of {caseId} is not here");
        var opened = await run.Gateway.OpenMessageAsync(new OpenMessageRequest { Message = view.Message, Purpose = purpose }, cancellationToken: run.Cancel);
        return opened.Parts.FirstOrDefault(p => p.Role == "request") is { } part && SignedDocument.Open(part.Content.Memory).TryGet(out var signed, out _)
            ? (view.Message, signed.Content)
            : throw StopException.No("the message holds no request");
    }
}

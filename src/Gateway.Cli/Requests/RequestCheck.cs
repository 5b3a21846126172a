using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Requests;

internal static class RequestCheck
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The request's fields (JSON), or the id of a draft" };
        return new Command("check", "Every problem of a request at once, with what to do; sends nothing") { file }.Runs(async run =>
        {
            if (DraftCommands.IsDraft(run.Value(file)))
            {
                var draft = await run.Gateway.ShowDraftAsync(new ShowDraftRequest { Draft = run.Value(file) }, cancellationToken: run.Cancel);
                DraftCommands.Print(run.Terminal, draft, whole: false);
                return draft.Problems.Count == 0 ? ExitCode.Good : ExitCode.No;
            }
            var fields = FieldsFile.Read(run.Value(file));
            var reply = await run.Gateway.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() }, cancellationToken: run.Cancel);
            foreach (var problem in reply.Problems)
                run.Terminal.Line(Terminal.Refused(problem, "problem"));
            foreach (var warning in reply.Warnings)
                run.Terminal.Line(Terminal.Refused(warning, "warning"));
            run.Terminal.Line(reply.Problems.Count == 0
                ? $"complete; to sign and send it: gatewayctl request send {run.Value(file)}"
                : $"{reply.Problems.Count} to correct. Nothing was sent.");
            run.Terminal.Write(json =>
            {
                json.WriteStartObject();
                json.WriteBoolean("complete", reply.Problems.Count == 0);
                json.WritePropertyName("problems");
                ProtoJson.WriteList(json, reply.Problems);
                json.WritePropertyName("warnings");
                ProtoJson.WriteList(json, reply.Warnings);
                json.WriteEndObject();
            });
            return reply.Problems.Count == 0 ? ExitCode.Good : ExitCode.No;
        });
    }
}

using System.CommandLine;
using System.Text.Json;
using Gateway.Cli.Output;
using Gateway.Protocol.Covers;
using Gateway.V1;

namespace Gateway.Cli.Requests;

internal static class RequestCheck
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The request's fields (JSON), or the id of a draft" };
        var attach = new Option<string[]>("--attach") { Description = "A document that is to go with it (repeat for several); what the request names besides is warned of", HelpName = "FILE" };
        return new Command("check", "Every problem of a request at once, with what to do; sends nothing") { file, attach }.Runs(async run =>
        {
            if (DraftCommands.IsDraft(run.Value(file)))
            {
                var draft = await run.Gateway.ShowDraftAsync(new ShowDraftRequest { Draft = run.Value(file) }, cancellationToken: run.Cancel);
                draft.Warnings.AddRange(Unattached(draft.FieldsJson, run.Value(attach)));
                DraftCommands.Print(run.Terminal, draft, whole: false);
                return draft.Problems.Count == 0 ? ExitCode.Good : ExitCode.No;
            }
            var fields = FieldsFile.Read(run.Value(file));
            var reply = await run.Gateway.ComposeAsync(new ComposeRequest { Type = "request", FieldsJson = fields.ToJsonString() }, cancellationToken: run.Cancel);
            reply.Warnings.AddRange(Unattached(fields.ToJsonString(), run.Value(attach)));
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

    // Nothing goes out now, so it is a warning: the request leaves only with the documents that it names.
    private static IEnumerable<Refusal> Unattached(string fieldsJson, string[]? files)
    {
        if (fieldsJson.Length == 0)
            return [];
        using var fields = JsonDocument.Parse(fieldsJson);
        var parts = (files ?? []).Select(RequestSend.Attachment).Select(a => Part.Of(PartRole.attachment, a.Name, a.MediaType, a.Content.ToByteArray())).ToList();
        return NamedDocuments.Missing(fields.RootElement, fieldsJson.Length, parts) is { } missing ? [StopException.ToWire(missing)] : [];
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>The table of provisions that requests and answers cite, and the lawyer's approval of it.</summary>
internal static class TreatyCommands
{
    public static Command List()
    {
        var open = new Option<bool>("--unconfirmed") { Description = "Only those that nobody compared with the official text" };
        return new Command("list", "The provisions, whether each was compared with its text, and by whom") { open }.Runs(async run =>
        {
            var reply = await run.Gateway.ListTreatiesAsync(new ListTreatiesRequest(), cancellationToken: run.Cancel);
            var rows = reply.Treaties.Where(t => !run.Value(open) || t.Status is "UNCONFIRMED" or "CHANGED").ToList();
            run.Terminal.Table("every provision is confirmed or approved", ["provision", "subject", "status", "compared with", "by", "at"],
                rows.Select(t => new[] { t.Id, t.Subject, t.Status switch { "UNCONFIRMED" => "unconfirmed", "CHANGED" => "changed since its approval", "APPROVED" => "approved", _ => "confirmed" }, t.CheckedAgainst, t.ApprovedBy, t.Time }));
            run.Terminal.Line($"{reply.Treaties.Count(t => t.Status is "UNCONFIRMED" or "CHANGED")} of {reply.Treaties.Count} are unconfirmed. Deadlines are defaults of this installation; no provision of this table obliges to one.");
            run.Terminal.Write(json => ProtoJson.WriteList(json, rows));
            return ExitCode.Good;
        });
    }

    public static Command Approve()
    {
        var provisions = new Argument<string[]>("provision") { Description = "Provisions that you compared: 'UNCC 42' 'UNCC 40(15)' (gatewayctl treaty list --unconfirmed)", Arity = ArgumentArity.OneOrMore };
        var against = new Option<string>("--against") { Description = "The text with which you compared them: official edition, date, page", Required = true, HelpName = "TEXT" };
        return new Command("approve", "The lawyer approves provisions after comparing them with the official text; signed and logged") { provisions, against }.Runs(async run =>
        {
            var fields = new JsonObject { ["provisions"] = new JsonArray([.. run.Value(provisions).Select(id => (JsonNode)id)]), ["checkedAgainst"] = run.Value(against) };
            var reply = await run.Gateway.ComposeAsync(new ComposeRequest { Type = "treatyApproval", FieldsJson = fields.ToJsonString() }, cancellationToken: run.Cancel);
            if (reply.Problems.Count > 0)
                throw StopException.Refused(reply.Problems);
            SignAndSubmit.Show(run.Terminal, await SignAndSubmit.SubmitAsync(run, SignAndSubmit.Sign(run, reply.Document.ToByteArray())));
            return ExitCode.Good;
        });
    }
}

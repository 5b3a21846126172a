using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Cli.Custody;

/// <summary>Writes down what happened to an item, signed by the person's own key.</summary>
internal static class CustodyAdd
{
    private const int Attempts = 3;

    public static Command Create()
    {
        var item = new Argument<string>("item") { Description = "Id of the item" };
        var kind = new Argument<string>("type") { Description = "SEALED, STORED, CHECKED_OUT …; 'gatewayctl evidence custody types' shows what each needs" };
        var field = new Option<string[]>("--field") { Description = "A member: place='Room 4'; with a dot into an object; again for a list (repeat)", HelpName = "NAME=VALUE" };
        var file = new Option<string?>("--form") { Description = "Members from a JSON or YAML file; --field replaces them", HelpName = "FILE" };
        return new Command("add", "Records a custody event, signed by your own key") { item, kind, field, file }.Runs(async run =>
        {
            if (!Enum.TryParse<CustodyKind>(run.Value(kind).ToUpperInvariant(), out var what) || !Enum.IsDefined(what))
                throw StopException.Usage($"'{run.Value(kind)}' is not one of {string.Join(", ", Enum.GetNames<CustodyKind>())}");
            var form = run.Value(file) is { } path ? FieldsFile.Read(path, CustodyRules.Of(what).AllFields) : [];
            GivenMembers.Add(form, CustodyRules.Of(what).AllFields, run.Value(field) ?? []);
            SignAndSubmit.Show(run.Terminal, await SignAsync(run, run.Value(item), what, form));
            return ExitCode.Good;
        });
    }

    /// <summary>Signs an event of an item and hands it to the gateway; composed again when another event of the item came between.</summary>
    /// <param name="run">Whose key signs.</param>
    /// <param name="item">The item.</param>
    /// <param name="what">What happened.</param>
    /// <param name="form">The members; the time is now when it is left out.</param>
    public static async Task<SubmitReply> SignAsync(Invocation run, string item, CustodyKind what, JsonObject form)
    {
        form["item"] = item;
        form["event"] = what.ToString();
        form["time"] ??= DocumentWriter.FormatLocalTime(run.Clock.GetLocalNow());
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await SignAndSubmit.ComposeSignSubmitAsync(run, CustodyEvent.Type, form);
            }
            catch (RpcException e) when (attempt < Attempts && RefusedCalls.Explain(e).Refusals.Any(r => r.Code == "T805"))
            {
                run.Terminal.Note("another event of this item was recorded meanwhile; composing it again");
            }
        }
    }
}

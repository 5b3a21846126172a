using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;

namespace Gateway.Cli.Cases;

internal static class ReceiptList
{
    public static Command Create()
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var message = new Option<string?>("--message") { Description = "Only those about this message", HelpName = "ID" };
        return new Command("list", "The receipts of a case, both chains") { @case, message }.Runs(async run =>
        {
            var request = new ListReceiptsRequest { CaseId = run.Value(@case), Message = run.Value(message) ?? "" };
            var reply = await run.Gateway.ListReceiptsAsync(request, cancellationToken: run.Cancel);
            run.Terminal.Table("no receipts", ["of", "no.", "event", "time", "message", "item", "reasons", "sha256"], reply.Receipts.Select(r => new[]
            {
                r.IssuerState, $"{r.Seq}", r.Event, r.Time, r.Message, r.Item, string.Join(", ", r.Reasons), r.Sha256,
            }));
            run.Terminal.Write(json => ProtoJson.WriteList(json, reply.Receipts));
            return ExitCode.Good;
        });
    }
}

using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Peers;

internal static class PeerPaper
{
    public static Command Create()
    {
        var file = new Argument<string?>("file") { Description = "The State's authorities, addresses and wishes, JSON in the words of gateway.json; left out: lists what is known", Arity = ArgumentArity.ZeroOrOne };
        return new Command("paper", "States that no gateway serves. One administrator brings the description; it is in force when a second one brings the same file") { file }.Runs(async run =>
        {
            if (run.OptionalValue(file) is not { } path)
            {
                var reply = await run.Gateway.ListPaperStatesAsync(new ListPaperStatesRequest(), cancellationToken: run.Cancel);
                run.Terminal.Table("no State is reached on paper", ["State", "status", "authorities", "addresses", "source", "by"], reply.States.Select(Row));
                run.Terminal.Write(json => ProtoJson.WriteList(json, reply.States));
                return ExitCode.Good;
            }
            var view = await run.Gateway.SetPaperStateAsync(new SetPaperStateRequest { Document = ByteString.CopyFrom(InputFile.Read(path)) }, cancellationToken: run.Cancel);
            run.Terminal.Facts(("State", view.State), ("status", view.Status), ("sha256", view.Sha256), ("source", view.Source), ("proposed by", view.ProposedBy), ("approved by", view.ApprovedBy));
            run.Terminal.Table("no authorities", ["authority", "name", "roles", "address"], view.Authorities.Select((a, i) => new[] { a.Authority, a.Name, string.Join(", ", a.Roles), view.Addresses[i] }));
            if (view.ApprovedBy.Length == 0)
                run.Terminal.Line("not in force yet: a second administrator brings the same file");
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }

    private static string[] Row(PaperStateView view) =>
    [
        view.State, view.Status, string.Join(", ", view.Authorities.Select(a => a.Authority)), string.Join(" | ", view.Addresses), view.Source,
        view.ApprovedBy.Length > 0 ? $"{view.ProposedBy}, {view.ApprovedBy}" : view.ProposedBy,
    ];
}

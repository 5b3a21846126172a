using System.CommandLine;
using System.Text;
using Gateway.Cli.Output;
using Gateway.Protocol.Requests;

namespace Gateway.Cli.Requests;

internal static class RequestNew
{
    public static Command Create()
    {
        var kind = new Argument<string>("kind") { Description = string.Join(" | ", RequestKinds.All.Select(row => row.Kind)) };
        kind.AcceptOnlyFromAmong([.. RequestKinds.All.Select(row => row.Kind.ToString())]);
        var file = new Option<string?>("--out") { Description = "Write to this file; left out: standard output", HelpName = "FILE" };
        var plain = new Option<bool>("--plain") { Description = "Without the comments that say what is expected" };
        return new Command("new", "A form to fill in: every field of a kind, with what is expected") { kind, file, plain }.Runs(run =>
        {
            var row = RequestKinds.Of(Enum.Parse<RequestKind>(run.Value(kind)));
            var text = RequestTemplate.Write(row, comments: !run.Value(plain) && !run.Terminal.Json);
            if (run.Value(file) is { } path)
            {
                NewFile.Write(path, Encoding.UTF8.GetBytes(text));
                run.Terminal.Line($"{path}: fill it in, then: gatewayctl request check {path}");
            }
            else
                run.Terminal.Raw(text);
            return Task.FromResult(ExitCode.Good);
        });
    }
}

using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;

namespace Gateway.Cli.Requests;

internal static class RequestSign
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The request's fields (JSON), or the id of a draft, whose signature is then kept with it" };
        var target = new Option<string?>("--out") { Description = "Where the signed request goes: request.cms; not with a draft", HelpName = "FILE" };
        return new Command("sign", "Composes a request, shows it and signs it with your key; sends nothing") { file, target }.Runs(async run =>
        {
            if (DraftCommands.IsDraft(run.Value(file)))
            {
                DraftCommands.Print(run.Terminal, await DraftCommands.SignAsync(run, run.Value(file)), whole: false);
                return ExitCode.Good;
            }
            if (run.Value(target) is null)
                throw StopException.Usage("say with --out where the signed request goes");
            var fields = FieldsFile.Read(run.Value(file));
            NewFile.Temporary(run.Value(target)!, force: false); // say now that the place is taken, not after signing
            var signed = SignAndSubmit.Sign(run, await SignAndSubmit.ComposeAsync(run, "request", fields));
            NewFile.Write(run.Value(target)!, signed);
            var digest = Digest.Of(signed).ToString();
            run.Terminal.Facts(("signed request", run.Value(target)), ("sha256", digest), ("to send it", $"gatewayctl request send {run.Value(target)}"));
            run.Terminal.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString("file", run.Value(target));
                json.WriteString("sha256", digest);
                json.WriteString("signer", run.Signer.Certificate.Subject);
                json.WriteEndObject();
            });
            return ExitCode.Good;
        });
    }
}

using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Requests;

/// <summary>The second person of an act: reads what another officer signed, and sends it.</summary>
internal static class RequestApprove
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The signed act, as --hold wrote it" };
        var signedBy = new Option<string>("--signed-by") { Description = "User name of the officer who signed it", Required = true, HelpName = "NAME" };
        var mark = new Option<string?>("--mark") { Description = "The classification that your State gives it; never sent", HelpName = "WORD" };
        var yes = new Option<bool>("--yes") { Description = "Send without asking; the act is shown all the same" };
        return new Command("approve", "Approves an act that another officer signed with --hold: shows it, asks, then sends it") { file, signedBy, mark, yes }.Runs(async run =>
        {
            var bytes = InputFile.Read(run.Value(file));
            if (!SignedDocument.Open(bytes).TryGet(out var signed, out var refusal))
                throw StopException.Usage($"{run.Value(file)} is no signed act: {refusal.Detail}");
            run.Terminal.Line($"signed by {signed.Signer.Subject}:");
            run.Terminal.Block(ReadableJson.Text(signed.Content.ToArray()));
            run.Terminal.Line();
            if (!run.Value(yes))
            {
                if (run.Terminal.Json)
                    throw StopException.Usage("with --json nobody is asked: say --yes");
                run.Terminal.Line("To approve and send it, type: approve");
                if (Console.In.ReadLine()?.Trim() != "approve")
                {
                    run.Terminal.Note("not confirmed; nothing was sent");
                    return ExitCode.No;
                }
            }
            SignAndSubmit.Show(run.Terminal, await run.Gateway.SubmitAsync(
                new SubmitRequest { SignedDocument = ByteString.CopyFrom(bytes), IdempotencyKey = Digest.Of(bytes).ToString(), SignedBy = run.Value(signedBy), Mark = run.Value(mark) ?? "" },
                cancellationToken: run.Cancel));
            return ExitCode.Good;
        });
    }
}

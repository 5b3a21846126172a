using System.CommandLine;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Wording;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Requests;

/// <summary>The second person of an act: reads what another officer signed, a decision as the letter that it becomes, and sends it with its documents.</summary>
internal static class RequestApprove
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The signed act, as --hold wrote it" };
        var signedBy = new Option<string>("--signed-by") { Description = "User name of the officer who signed it", Required = true, HelpName = "NAME" };
        var mark = new Option<string?>("--mark") { Description = "The classification that your State gives it; never sent", HelpName = "WORD" };
        var yes = new Option<bool>("--yes") { Description = "Send without asking; the act is shown all the same" };
        var lang = Language.Option("Language of your own copy of a letter, and of labels");
        return AttachedFiles.AddFilesTo(new Command("approve", "Approves an act that another officer signed with --hold: shows it, asks, then sends it with the documents that it names") { file, signedBy, mark, yes, lang }).Runs(async run =>
        {
            var bytes = InputFile.Read(run.Value(file));
            if (!SignedDocument.Open(bytes).TryGet(out var signed, out var refusal))
                throw StopException.Usage($"{run.Value(file)} is no signed act: {refusal.Detail}");
            run.Terminal.Line($"signed by {signed.Signer.Subject}:");
            var attached = AttachedFiles.Of(run);
            await ShowAsync(run, signed.Content, attached, run.Value(lang));
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
            var request = new SubmitRequest { SignedDocument = ByteString.CopyFrom(bytes), IdempotencyKey = Digest.Of(bytes).ToString(), SignedBy = run.Value(signedBy), Mark = run.Value(mark) ?? "" };
            request.Attachments.AddRange(attached.Files);
            SignAndSubmit.Show(run.Terminal, await run.Gateway.SubmitAsync(request, cancellationToken: run.Cancel));
            return ExitCode.Good;
        });
    }

    // The letter is what the other State will read; below it every member that was signed, and translations beside what they translate.
    private static async Task ShowAsync(Invocation run, ReadOnlyMemory<byte> content, AttachedFiles attached, string? lang)
    {
        using var act = JsonDocument.Parse(content);
        var labels = Labels.Of(lang ?? run.Context.Language);
        if (DecisionLetter.Is(act.RootElement) && act.RootElement.TryGetProperty("case", out var caseId))
        {
            var view = await run.Gateway.ShowCaseAsync(new ShowCaseRequest { CaseId = caseId.GetString() }, cancellationToken: run.Cancel);
            run.Terminal.Block(await DecisionLetter.InBothAsync(run, act.RootElement, view, Labels.Find(lang)));
            run.Terminal.Line();
        }
        run.Terminal.Block(DocumentText.Of(labels, run.Clock.LocalTimeZone, content));
        run.Terminal.Line();
        if (SideBySide.Text(labels, act.RootElement, attached.Parts) is { Length: > 0 } beside)
        {
            run.Terminal.Line(labels["page.translations"]);
            run.Terminal.Block(beside);
            run.Terminal.Line();
        }
    }
}

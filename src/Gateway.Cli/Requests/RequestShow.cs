using System.CommandLine;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Wording;
using Gateway.Recognition.Reports;
using Gateway.V1;

namespace Gateway.Cli.Requests;

internal static class RequestShow
{
    public static Command Create()
    {
        var message = new Argument<string>("message") { Description = "Id of the message" };
        var purpose = Purposes.Option();
        var save = new Option<string?>("--save") { Description = "Write the sealed cover and the parts into this folder", HelpName = "DIR" };
        var lang = Language.Option();
        return new Command("show", "Opens a message: a page that says what is asked, until when and what to do next; marks and what is thought of them; the text. The first opening is receipted") { message, purpose, save, lang }.Runs(async run =>
        {
            var why = Purposes.Of(run, purpose);
            var opened = await run.Gateway.OpenMessageAsync(new OpenMessageRequest { Message = run.Value(message), Purpose = why, PurposeCode = Purposes.CodeOf(why) }, cancellationToken: run.Cancel);
            if (run.Value(save) is { } folder)
                Save(folder, opened);
            await ShowAsync(run, Language.Of(run, lang), opened);
            run.Terminal.Write(opened);
            return ExitCode.Good;
        });
    }

    private static async Task ShowAsync(Invocation run, Labels labels, OpenMessageReply opened)
    {
        var terminal = run.Terminal;
        if (terminal.Json)
            return;
        var zone = run.Clock.LocalTimeZone;
        var m = opened.Message ?? new MessageView();
        if (Signed(opened, "request") is { } request)
        {
            using var document = JsonDocument.Parse(request);
            terminal.Block(RequestPage.Text(labels, zone, document.RootElement, opened, await Surroundings.OfAsync(run, m, RequestPage.Asker(m, document.RootElement)), run.Clock.GetUtcNow()));
            terminal.Line();
            Translations(terminal, labels, document.RootElement, opened);
        }
        else if (Signed(opened, "act") is { } act)
        {
            using var document = JsonDocument.Parse(act);
            Translations(terminal, labels, document.RootElement, opened);
        }
        terminal.Facts(
            (labels["head.message"], m.Message), (labels["head.case"], m.CaseId), (labels["head.direction"], labels.Coded("direction", m.Direction)), (labels["head.about"], labels.Coded("about", m.About)),
            (labels["head.kind"], labels.Coded(m.About == "ACT" ? "act" : "kind", m.Kind)), (labels["head.urgency"], labels.Coded("urgency", m.Urgency)),
            (labels["head.from"], m.Sender), (labels["head.to"], m.Recipient), (labels["head.state"], labels.Coded("message", m.State)), (labels["head.time"], Language.Both(m.Time, zone)), (labels["head.cover"], m.CoverSha256));
        if (opened.Conditions.Count > 0)
            terminal.Facts((labels["page.purpose"], labels.Coded("word", opened.PurposeCode)), (labels["page.conditions"], string.Join("; ", opened.Conditions)));
        terminal.Table(labels["head.noMarks"], [labels["head.mark"], labels["head.by"], labels["head.at"], labels["head.verdict"], ""], opened.Marks.Select(k => new[] { labels.Coded("mark", k.Mark), k.Signer, Language.Both(k.SignedAt, zone), labels.Coded("judged", k.Verdict), k.Text }));
        if (opened.Held.Length > 0)
            terminal.Line($"{labels.Format("head.waits", ("why", opened.Held))}: gatewayctl request decide {m.Message} --accept|--refuse --reason …");
        foreach (var report in opened.RecognitionReports)
        {
            if (RecognitionReport.Read(report.Memory).TryGet(out var read, out _))
                terminal.Block(string.Join('\n', ReportText.Lines(read)));
        }
        terminal.Table(labels["head.noParts"], [labels["head.part"], labels["head.name"], labels["head.mediaType"], labels["head.bytes"], "sha256"], opened.Parts.Select(p => new[] { p.Role, p.Name, p.MediaType, $"{p.Content.Length}", p.Sha256 }));
        foreach (var part in opened.Parts.Where(p => p.Role is "request" or "act"))
        {
            terminal.Line($"{labels.Word("about", part.Role.ToUpperInvariant())} ({part.Role}):");
            terminal.Block(SignedDocument.Open(part.Content.Memory).TryGet(out var signed, out var refusal) ? DocumentText.Of(labels, zone, signed.Content) : $"  {labels.Format("head.cannotBeRead", ("why", refusal.ToString()))}");
        }
    }

    private static void Translations(Terminal terminal, Labels labels, JsonElement signed, OpenMessageReply opened)
    {
        if (SideBySide.Text(labels, signed, opened.Parts) is not { Length: > 0 } beside)
            return;
        terminal.Line(labels["page.translations"]);
        terminal.Block(beside);
        terminal.Line();
    }

    // The bytes that a person signed; null when there are none that can be read.
    private static ReadOnlyMemory<byte>? Signed(OpenMessageReply opened, string role)
        => opened.Parts.FirstOrDefault(p => p.Role == role) is { } part && SignedDocument.Open(part.Content.Memory).TryGet(out var signed, out _) ? signed.Content : default(ReadOnlyMemory<byte>?);

    private static void Save(string folder, OpenMessageReply opened)
    {
        Directory.CreateDirectory(folder);
        NewFile.Write(Path.Combine(folder, "cover.cms"), opened.SealedCover.Span);
        // Conditions travel with every copy.
        if (opened.Conditions.Count > 0)
            NewFile.Write(Path.Combine(folder, "CONDITIONS.txt"), System.Text.Encoding.UTF8.GetBytes($"purpose: {opened.PurposeCode}\n{string.Join("\n", opened.Conditions.Select(c => SafeText.Line(c)))}\n"));
        var number = 0;
        foreach (var part in opened.Parts)
            NewFile.Write(Path.Combine(folder, $"{++number:00}-{SafeText.FileName(part.Role)}-{SafeText.FileName(part.Name)}"), part.Content.Span);
    }
}

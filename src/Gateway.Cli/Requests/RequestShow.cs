using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.Protocol.Marks;
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
        return new Command("show", "Opens a message: marks and what is thought of them, then the text. The first opening is receipted") { message, purpose, save }.Runs(async run =>
        {
            var why = Purposes.Of(run, purpose);
            var opened = await run.Gateway.OpenMessageAsync(new OpenMessageRequest { Message = run.Value(message), Purpose = why, PurposeCode = Purposes.CodeOf(why) }, cancellationToken: run.Cancel);
            if (run.Value(save) is { } folder)
                Save(folder, opened);
            Show(run.Terminal, opened);
            run.Terminal.Write(opened);
            return ExitCode.Good;
        });
    }

    private static void Show(Terminal terminal, OpenMessageReply opened)
    {
        var m = opened.Message ?? new MessageView();
        terminal.Facts(
            ("message", m.Message), ("case", m.CaseId), ("direction", m.Direction), ("about", m.About), ("kind", m.Kind), ("urgency", m.Urgency),
            ("from", m.Sender), ("to", m.Recipient), ("state", m.State), ("time", m.Time), ("cover sha256", m.CoverSha256));
        if (opened.Conditions.Count > 0)
            terminal.Facts(("purpose", opened.PurposeCode), ("conditions of use", string.Join("; ", opened.Conditions)));
        terminal.Table("no marks", ["mark", "by", "at", "verdict", ""], opened.Marks.Select(k => new[] { k.Mark, k.Signer, k.SignedAt, k.Verdict, k.Text }));
        if (opened.Held.Length > 0)
            terminal.Line($"WAITS for an officer's decision: {opened.Held}. Decide: gatewayctl request decide {m.Message} --accept|--refuse --reason …");
        foreach (var report in opened.RecognitionReports)
        {
            if (RecognitionReport.Read(report.Memory).TryGet(out var read, out _))
                terminal.Block(string.Join('\n', ReportText.Lines(read)));
        }
        terminal.Table("no parts", ["part", "name", "media type", "bytes", "sha256"], opened.Parts.Select(p => new[] { p.Role, p.Name, p.MediaType, $"{p.Content.Length}", p.Sha256 }));
        foreach (var part in opened.Parts.Where(p => p.Role is "request" or "act"))
        {
            terminal.Line($"{part.Role}:");
            terminal.Block(SignedDocument.Open(part.Content.Memory).TryGet(out var signed, out var refusal) ? ReadableJson.Text(signed.Content) : $"  cannot be read: {refusal}");
        }
    }

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

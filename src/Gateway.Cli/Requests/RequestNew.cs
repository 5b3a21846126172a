using System.CommandLine;
using System.Text;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
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
        var form = new Option<bool>("--form") { Description = "Print the form, at a terminal too, instead of asking question by question" };
        var mark = new Option<string?>("--mark") { Description = "Classification of your State for the draft that the questions make", HelpName = "WORD" };
        var like = RequestLike.Option();
        var to = new Option<string?>("--to") { Description = "The authority that is asked: what its State asks of such a request is shown first", HelpName = "AUTHORITY" };
        to.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } id && !Ids.IsAuthority(id))
                result.AddError($"'{id}' is no id of an authority; 'gatewayctl peer list' names them");
        });
        var lang = Language.Option();
        return new Command("new", "A new request: asks at a terminal for what this kind needs and keeps the draft; else prints a form to fill in") { kind, file, plain, form, mark, like, to, lang }.Runs(async run =>
        {
            var row = RequestKinds.Of(Enum.Parse<RequestKind>(run.Value(kind)));
            var older = run.Value(like) is { } named ? await RequestLike.OfAsync(run, named) : null;
            if (run.Value(to) is { } recipient)
            {
                foreach (var line in await WhatStateAsks.OfAsync(run, row.Kind, recipient, Language.Of(run, lang)))
                    run.Terminal.Note(line);
                older = RequestLike.To(recipient, older);
            }
            // Never asks a pipe: a script would wait for ever, or answer by accident.
            if (!Console.IsInputRedirected && run.Terminal.Interactive && !run.Value(form) && !run.Value(plain))
                return await AskAsync(run, row, run.Value(file), run.Value(mark) ?? "", older);
            var text = RequestTemplate.Write(row, comments: !run.Value(plain) && !run.Terminal.Json, older);
            if (older is { Reference.Length: > 0 })
                run.Terminal.Note($"taken from {older.Reference}, look at each: {string.Join(", ", older.Members.Select(member => member.Key).Where(name => row.AllFields.Any(field => field.Name == name)))}");
            if (run.Value(file) is { } path)
            {
                NewFile.Write(path, Encoding.UTF8.GetBytes(text));
                run.Terminal.Line($"{path}: fill it in, then: gatewayctl request check {path}");
            }
            else
                run.Terminal.Raw(text);
            return ExitCode.Good;
        });
    }

    private static async Task<ExitCode> AskAsync(Invocation run, RequestRow row, string? file, string mark, RequestLike? older)
    {
        if (new RequestWizard(Console.In, Console.Out).Ask(row, older) is not { } fields)
        {
            run.Terminal.Note("ended; nothing was kept");
            return ExitCode.No;
        }
        if (file is not null)
        {
            NewFile.Write(file, Encoding.UTF8.GetBytes(fields.ToJsonString()));
            run.Terminal.Line($"{file}: check it with: gatewayctl request check {file}");
            return ExitCode.Good;
        }
        var draft = await DraftCommands.KeepAsync(run, fields, mark: mark);
        foreach (var warning in draft.Warnings)
            run.Terminal.Note(Terminal.Refused(warning, "warning"));
        run.Terminal.Line(draft.Problems.Count == 0 ? $"complete; to sign and send it: gatewayctl request sign {draft.Draft}; gatewayctl request send {draft.Draft}" : $"{draft.Problems.Count} to correct: gatewayctl request draft show {draft.Draft} --out FILE");
        return ExitCode.Good;
    }
}

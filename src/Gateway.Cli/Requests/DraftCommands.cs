using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Requests;

/// <summary>Drafts in the gateway: one person writes, another reviews, a third signs, a fourth sends.</summary>
internal static class DraftCommands
{
    private static readonly Argument<string> Draft = new("draft") { Description = "Id of the draft (gatewayctl request draft list)" };
    private static readonly Option<ulong> Version = new("--version-seen") { Description = "The version that you looked at; refused when there is a newer one", HelpName = "N" };
    private static readonly Option<string?> Key = new("--idempotency-key") { Description = "1 to 64 characters; the same call again under the same key does nothing twice", HelpName = "KEY" };

    public static Command Create() => new("draft", "Requests that are not sent yet, kept encrypted by the gateway") { Save(), List(), Show(), Review(), Drop() };

    private static Command Review()
    {
        var approve = new Option<bool>("--approve") { Description = "Approve this version; another person than its author" };
        var comment = new Option<string?>("--comment") { Description = "What should be changed, or why it is good", HelpName = "TEXT" };
        return new Command("review", "Comments on a draft, or approves it") { Draft, approve, comment, Version, Key }.Runs(async run =>
        {
            var view = await run.Gateway.ReviewDraftAsync(new ReviewDraftRequest { Draft = run.Value(Draft), Approve = run.Value(approve), Comment = run.Value(comment) ?? "", Version = run.Value(Version), IdempotencyKey = run.Value(Key) ?? "" }, cancellationToken: run.Cancel);
            Print(run.Terminal, view, whole: false);
            return ExitCode.Good;
        });
    }

    /// <summary>Keeps fields as a draft and says what is still missing.</summary>
    public static async Task<DraftView> KeepAsync(Invocation run, JsonObject fields, string draft = "", string mark = "", ulong version = 0, string key = "")
    {
        var view = await run.Gateway.KeepDraftAsync(new KeepDraftRequest { Draft = draft, FieldsJson = fields.ToJsonString(), Mark = mark, Version = version, IdempotencyKey = key }, cancellationToken: run.Cancel);
        Print(run.Terminal, view, whole: false);
        return view;
    }

    /// <summary>Composes what the draft says now, shows it, signs it here and keeps the signature with the draft.</summary>
    public static async Task<DraftView> SignAsync(Invocation run, string draft)
    {
        var view = await run.Gateway.ShowDraftAsync(new ShowDraftRequest { Draft = draft }, cancellationToken: run.Cancel);
        var fields = (JsonObject)JsonNode.Parse(view.FieldsJson)!;
        FieldsFile.Prune(fields);
        // The draft is for the authority that sends, which need not be the one of the person who wrote it.
        fields["requestingAuthority"] ??= view.Authority;
        var signed = SignAndSubmit.Sign(run, await SignAndSubmit.ComposeAsync(run, "request", fields));
        // The same signature twice is one step.
        return await run.Gateway.SignDraftAsync(new SignDraftRequest { Draft = draft, Version = view.Version, SignedDocument = ByteString.CopyFrom(signed), IdempotencyKey = Digest.Of(signed).ToString() }, cancellationToken: run.Cancel);
    }

    public static bool IsDraft(string text) => Ids.IsId(text) && !File.Exists(text);

    public static void Print(Terminal terminal, DraftView view, bool whole)
    {
        terminal.Facts(
            ("draft", view.Draft), ("for", view.Authority), ("kind", view.Kind), ("urgency", view.Urgency), ("mark", view.Mark), ("state", view.State), ("version", $"{view.Version}"), ("author", view.Author),
            ("approved by", view.Reviewer), ("signed by", view.Signer), ("case", view.CaseId), ("changed", view.Changed));
        if (whole && view.FieldsJson.Length > 0)
            terminal.Block(ReadableJson.Text(Encoding.UTF8.GetBytes(view.FieldsJson)));
        if (whole)
            terminal.Table("no steps", ["version", "step", "by", "at", "comment"], view.Steps.Select(s => new[] { $"{s.Version}", s.Step, s.User, s.Time, s.Comment }));
        foreach (var problem in view.Problems)
            terminal.Line(Terminal.Refused(problem, "problem"));
        foreach (var warning in view.Warnings)
            terminal.Line(Terminal.Refused(warning, "warning"));
        if (view.NeedsApproval)
            terminal.Line($"needs the approval of a second person: gatewayctl request draft review {view.Draft} --approve");
        terminal.Write(view);
    }

    private static Command Save()
    {
        var file = new Argument<string>("file") { Description = "The request's fields, JSON; complete or not" };
        var draft = new Option<string?>("--draft") { Description = "A draft that this replaces; left out: a new one", HelpName = "ID" };
        var mark = new Option<string?>("--mark") { Description = "Classification of your State; never sent", HelpName = "WORD" };
        return new Command("save", "Keeps a request, complete or not, as a draft") { file, draft, mark, Version, Key }.Runs(async run =>
        {
            await KeepAsync(run, FieldsFile.Read(run.Value(file)), run.Value(draft) ?? "", run.Value(mark) ?? "", run.Value(Version), run.Value(Key) ?? "");
            return ExitCode.Good;
        });
    }

    private static Command List()
    {
        var all = new Option<bool>("--all") { Description = "Also those that were sent" };
        return new Command("list", "Drafts of your authority and of those that draft for it") { all }.Runs(async run =>
        {
            var reply = await run.Gateway.ListDraftsAsync(new ListDraftsRequest { OpenOnly = !run.Value(all) }, cancellationToken: run.Cancel);
            run.Terminal.Table("no drafts", ["draft", "for", "kind", "urgency", "state", "version", "author", "changed"],
                reply.Drafts.Select(d => new[] { d.Draft, d.Authority, d.Kind, d.Urgency, d.State, $"{d.Version}", d.Author, d.Changed }));
            run.Terminal.Write(json => ProtoJson.WriteList(json, reply.Drafts));
            return ExitCode.Good;
        });
    }

    private static Command Show()
    {
        var file = new Option<string?>("--out") { Description = "Write the fields to this file, to change them there", HelpName = "FILE" };
        return new Command("show", "A draft, what was said about it, and everything that is still to be corrected") { Draft, file }.Runs(async run =>
        {
            var view = await run.Gateway.ShowDraftAsync(new ShowDraftRequest { Draft = run.Value(Draft) }, cancellationToken: run.Cancel);
            if (run.Value(file) is { } path)
                NewFile.Write(path, Encoding.UTF8.GetBytes(view.FieldsJson));
            Print(run.Terminal, view, whole: true);
            return ExitCode.Good;
        });
    }

    private static Command Drop() => new Command("drop", "Gives a draft up; its words are destroyed") { Draft, Key }.Runs(async run =>
    {
        var view = await run.Gateway.DropDraftAsync(new DropDraftRequest { Draft = run.Value(Draft), IdempotencyKey = run.Value(Key) ?? "" }, cancellationToken: run.Cancel);
        run.Terminal.Facts(("draft", view.Draft), ("state", view.State));
        run.Terminal.Write(view);
        return ExitCode.Good;
    });
}

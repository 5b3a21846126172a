using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Marks;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Requests;

/// <summary>
/// What every signing command does: the gateway composes the bytes, this program checks that they say what the person said and
/// shows them, the person's key signs them here, the gateway takes the signed document.
/// </summary>
internal static class SignAndSubmit
{
    private const string ActType = "act";

    private static Option<string?> Hold { get; } = new("--hold") { Description = "Only sign it, into this file; another officer approves an act and sends it ('gatewayctl request approve FILE')", HelpName = "FILE" };

    /// <summary>The bytes to sign, or the end of the command with every problem. Warnings are shown and do not stop it.</summary>
    public static async Task<byte[]> ComposeAsync(Invocation run, string type, JsonObject fields, string cameAt = "")
    {
        AttachedFiles.Of(run).List(type, fields);
        var reply = await run.Gateway.ComposeAsync(new ComposeRequest { Type = type, FieldsJson = fields.ToJsonString(), CameAt = cameAt }, cancellationToken: run.Cancel);
        foreach (var warning in reply.Warnings)
            run.Terminal.Note(Terminal.Refused(warning, "warning"));
        if (reply.Problems.Count > 0)
            throw StopException.Refused(reply.Problems);
        var document = reply.Document.ToByteArray();
        ComposedCheck.Require(document, type, fields);
        return document;
    }

    /// <summary>Shows the document, then signs it with the person's key.</summary>
    public static byte[] Sign(Invocation run, byte[] document)
    {
        run.Terminal.Line($"signing as {run.Signer.Certificate.Subject}:");
        run.Terminal.Block(ReadableJson.Text(document));
        run.Terminal.Line();
        return SignedDocument.Sign(document, run.Signer, run.Clock.GetUtcNow());
    }

    public static async Task<SubmitReply> SubmitAsync(Invocation run, byte[] signed, string? key = null, string? actingFor = null, IEnumerable<Attachment>? attachments = null)
    {
        var request = new SubmitRequest
        {
            SignedDocument = ByteString.CopyFrom(signed),
            IdempotencyKey = key ?? Protocol.Documents.Digest.Of(signed).ToString(), // the same document twice is one act
            ActingFor = actingFor ?? "",
        };
        request.Attachments.AddRange(attachments ?? []);
        return await run.Gateway.SubmitAsync(request, cancellationToken: run.Cancel);
    }

    /// <summary>For documents that no second person approves; acts go through <see cref="FinishAsync"/>.</summary>
    public static async Task<SubmitReply> ComposeSignSubmitAsync(Invocation run, string type, JsonObject fields)
        => type != ActType ? await SubmitAsync(run, Sign(run, await ComposeAsync(run, type, fields)))
            : throw new ArgumentException("an act may be held for a second person", nameof(type));

    /// <summary>A command that signs an act, or a request, and sends it: each of them can leave the sending to the person who approves.</summary>
    public static Command Sends(this Command command, Func<Invocation, Task<ExitCode>> run)
    {
        command.Add(Hold);
        return AttachedFiles.AddTo(command).Runs(run);
    }

    /// <summary>Signs an act and sends it, or keeps it for the person who approves.</summary>
    public static Task<bool> FinishActAsync(Invocation run, byte[] document) => FinishAsync(run, ActType, document);

    /// <summary>The same for an act or a request; true when it was sent.</summary>
    public static async Task<bool> FinishAsync(Invocation run, string type, byte[] document)
    {
        var attached = AttachedFiles.Of(run);
        if (run.Value(Hold) is not { } path)
        {
            Show(run.Terminal, await SubmitAsync(run, Sign(run, document), attachments: attached.Files));
            return true;
        }
        NewFile.Temporary(path, force: false); // say now that the place is taken, not after signing
        NewFile.Write(path, Sign(run, document));
        var files = string.Concat(attached.Files.Select(f => $" --attach {f.Name}"));
        run.Terminal.Facts(($"signed {type}", path), ("sent", "no"), type == ActType
            ? ("to approve and send it", $"gatewayctl request approve {path} --signed-by YOUR-USER-NAME{files}") : ("to send it", $"gatewayctl request send {path}{files}"));
        run.Terminal.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("file", path);
            json.WriteString("signer", run.Signer.Certificate.Subject);
            json.WriteEndObject();
        });
        return false;
    }

    public static void Show(Terminal terminal, SubmitReply reply)
    {
        terminal.Facts(
            ("case", reply.CaseId),
            ("message", reply.Message),
            ("outcome", reply.Outcome),
            ("", reply.Duplicate ? "this was done before; nothing was sent again" : ""));
        foreach (var receipt in reply.Receipts)
            terminal.Line(ReceiptText.OneLine(receipt.ToByteArray()));
        terminal.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("caseId", reply.CaseId);
            json.WriteString("message", reply.Message);
            json.WriteString("outcome", reply.Outcome);
            json.WriteBoolean("duplicate", reply.Duplicate);
            json.WriteStartArray("receipts");
            foreach (var receipt in reply.Receipts)
                ReceiptText.Write(json, receipt.ToByteArray());
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }
}

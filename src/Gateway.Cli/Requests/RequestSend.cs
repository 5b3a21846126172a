using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Marks;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Cli.Requests;

internal static class RequestSend
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The request's fields (JSON), a signed request (request.cms), or the id of a signed draft" };
        var attach = new Option<string[]>("--attach") { Description = "A document to go with it: PDF, text, image (repeat for several)", HelpName = "FILE" };
        var key = new Option<string?>("--idempotency-key") { Description = "1 to 64 characters; the same key never sends twice", HelpName = "KEY" };
        var acting = new Option<string?>("--acting-for") { Description = "For a system account: the person on whose behalf", HelpName = "USER" };
        return new Command("send", "Composes, signs and sends a request, or sends one signed before; shows the receipts") { file, attach, key, acting }.Runs(async run =>
        {
            var path = run.Value(file);
            var attachments = (run.Value(attach) ?? []).Select(Attachment).ToList();
            var reply = DraftCommands.IsDraft(path)
                ? await SendDraftAsync(run, path, attachments)
                : IsSigned(path)
                ? await SignAndSubmit.SubmitAsync(run, Signed(run, path), run.Value(key), run.Value(acting), attachments)
                : await SendFormAsync(run, path, run.Value(key), run.Value(acting), attachments);
            SignAndSubmit.Show(run.Terminal, reply);
            return ExitCode.Good;
        });
    }

    private static async Task<SubmitReply> SendFormAsync(Invocation run, string path, string? key, string? actingFor, List<Attachment> attachments)
    {
        var pending = PendingSend.Find(path);
        if (pending is not null)
            run.Terminal.Note("an earlier sending of this form got no answer; the same signed request is sent again");
        pending ??= PendingSend.Keep(path, SignAndSubmit.Sign(run, await SignAndSubmit.ComposeAsync(run, "request", FieldsFile.Read(path))), key);
        try
        {
            var reply = await SignAndSubmit.SubmitAsync(run, pending.SignedDocument, pending.IdempotencyKey, actingFor, attachments);
            PendingSend.Settle(path);
            return reply;
        }
        catch (RpcException e) when (PendingSend.IsAnswer(e))
        {
            PendingSend.Settle(path);
            throw;
        }
    }

    private static async Task<SubmitReply> SendDraftAsync(Invocation run, string draft, List<Attachment> attachments)
    {
        var request = new SendDraftRequest { Draft = draft };
        request.Attachments.AddRange(attachments);
        return await run.Gateway.SendDraftAsync(request, cancellationToken: run.Cancel);
    }

    // A request composed by others is shown too before it goes out under this person's connection.
    private static byte[] Signed(Invocation run, string path)
    {
        var signed = SignedDocument.Open(InputFile.Read(path)).OrStop();
        run.Terminal.Line($"signed by {signed.Signer.Subject} at {signed.SigningTime:u}:");
        run.Terminal.Block(ReadableJson.Text(signed.Content));
        run.Terminal.Line();
        return signed.Der.ToArray();
    }

    // DER begins with a SEQUENCE; JSON never does.
    private static bool IsSigned(string path) => InputFile.Read(path) is [0x30, ..];

    internal static Attachment Attachment(string path) => new()
    {
        Name = Path.GetFileName(path),
        MediaType = MediaTypes.Of(path),
        Content = ByteString.CopyFrom(InputFile.Read(path)),
    };
}

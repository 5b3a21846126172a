using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>
/// A sealed message as one file for e-mail, INTERPOL or a carrier: openssl opens it, and no gateway is needed at the other end. It is encrypted here, to the certificate that
/// the officer names; the officer signs what left, and RelayToNonERDS certifies it before the file gets its name.
/// </summary>
internal static class RequestExport
{
    public static Command Create()
    {
        var id = new Argument<string>("case-or-message") { Description = "Id of the case, or of one message of it" };
        var file = new Option<string>("--out") { Description = "The file to write; it must not exist", Required = true, HelpName = "FILE" };
        var channel = Channel();
        var certificate = new Option<string?>("--to-cert") { Description = "The recipient's encryption certificate (PEM or DER, key on P-256 or P-384)", HelpName = "FILE" };
        var open = new Option<bool>("--not-encrypted") { Description = "The recipient has no certificate: signed and sealed, but everybody on the way can read it" };
        var person = new Option<string>("--to") { Description = "To whom it is handed: a mailbox, an office, a courier", Required = true, HelpName = "TEXT" };
        var reference = new Option<string?>("--reference") { Description = "The carrier's number", HelpName = "TEXT" };
        return new Command("export", "Takes a sealed request or act out as one file for e-mail, INTERPOL or a carrier, and certifies that it left") { id, file, channel, certificate, open, person, reference }.Runs(async run =>
        {
            if (run.Value(certificate) is null != run.Value(open))
                throw StopException.Usage("name the recipient's certificate with --to-cert, or say --not-encrypted");
            var recipient = run.Value(certificate) is { } path ? Recipient(path, run.Clock.GetUtcNow()) : null;
            var (caseId, message) = await MessageOfAsync(run, run.Value(id));
            var opened = await run.Gateway.OpenMessageAsync(new OpenMessageRequest { Message = message, Purpose = $"to be sent by {run.Value(channel)}" }, cancellationToken: run.Cancel);
            var content = recipient is null ? opened.SealedCover.ToByteArray() : Envelope.Encrypt(opened.SealedCover.Span, recipient);
            var fields = new JsonObject
            {
                ["case"] = caseId,
                ["way"] = nameof(PaperWay.SENT),
                ["channel"] = run.Value(channel),
                ["message"] = message,
                ["at"] = DocumentWriter.FormatTime(run.Clock.GetUtcNow()),
                ["person"] = run.Value(person),
                ["files"] = new JsonArray(FileOf(Path.GetFileName(run.Value(file)!), "application/pkcs7-mime", content)),
            };
            if (run.Value(reference) is { } number)
                fields["reference"] = number;
            if (recipient is not null)
                fields["encryptedTo"] = recipient.Sha256.ToString();
            var reply = await WriteAsync(run, run.Value(file)!, content, fields);
            SignAndSubmit.Show(run.Terminal, reply);
            Explain(run.Terminal, run.Value(file)!, recipient);
            return ExitCode.Good;
        });
    }

    public static Option<string> Channel()
    {
        var channel = new Option<string>("--channel") { Description = "By what it goes or came", Required = true, HelpName = "WORD" };
        return channel.AcceptOnlyFromAmong(Enum.GetNames<PaperChannel>());
    }

    public static JsonObject FileOf(string name, string mediaType, ReadOnlySpan<byte> content) => new()
    {
        ["name"] = name,
        ["mediaType"] = mediaType,
        ["size"] = content.Length,
        ["sha256"] = Digest.Of(content).ToString(),
    };

    // The file lies there under a name of its own until the receipt is there: no parcel without a receipt, no receipt without a parcel.
    private static async Task<SubmitReply> WriteAsync(Invocation run, string path, byte[] content, JsonObject fields)
    {
        var temporary = NewFile.Temporary(path, force: false);
        try
        {
            await using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                await stream.WriteAsync(content, run.Cancel);
                stream.Flush(flushToDisk: true);
            }
            var reply = await SignAndSubmit.ComposeSignSubmitAsync(run, PaperRecord.Type, fields);
            NewFile.Keep(temporary, path, force: false);
            return reply;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static Certificate Recipient(string path, DateTimeOffset now)
    {
        var bytes = InputFile.Read(path);
        ReadOnlyMemory<byte> der = bytes;
        if (PemEncoding.TryFind(System.Text.Encoding.ASCII.GetString(bytes), out var pem))
        {
            var text = System.Text.Encoding.ASCII.GetString(bytes);
            der = Convert.FromBase64String(text[pem.Base64Data]);
        }
        if (!Certificate.Read(der).TryGet(out var certificate, out var refusal))
            throw StopException.Refused(refusal);
        if (Suites.For(certificate) is null)
            throw StopException.No($"the certificate of {SafeText.Line(certificate.Subject)} cannot receive envelopes: it needs a key on P-256 or P-384 that may agree keys");
        return certificate.ValidAt(now) ? certificate : throw StopException.No($"the certificate of {SafeText.Line(certificate.Subject)} is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}");
    }

    private static async Task<(string Case, string Message)> MessageOfAsync(Invocation run, string id)
    {
        if (Ids.IsId(id))
        {
            var view = (await run.Gateway.OpenMessageAsync(new OpenMessageRequest { Message = id, Purpose = "to be sent on paper" }, cancellationToken: run.Cancel)).Message;
            return (view.CaseId, id);
        }
        var messages = (await run.Gateway.ListMessagesAsync(new ListMessagesRequest { CaseId = id, Direction = "OUT", Limit = 500 }, cancellationToken: run.Cancel)).Messages.Where(m => m.About is "REQUEST" or "ACT").ToList();
        var waiting = messages.Where(m => m.State == "TO_CARRY").ToList();
        var found = waiting.Count > 0 ? waiting : messages;
        return found switch
        {
            [var one] => (id, one.Message),
            [] => throw StopException.No($"no message of {id} was sealed here, or the case is not open to you"),
            _ => throw StopException.Usage($"name the message: {string.Join(", ", found.Select(m => $"{m.Message} ({m.Kind}, {m.State})"))}"),
        };
    }

    private static void Explain(Terminal terminal, string path, Certificate? recipient)
    {
        var name = Path.GetFileName(path);
        terminal.Line($"written: {path}");
        if (recipient is null)
            terminal.Note($"{name} is NOT encrypted: everybody through whose hands it goes can read it");
        else
            terminal.Line($"encrypted to {SafeText.Line(recipient.Subject)}; open: openssl cms -decrypt -binary -inform DER -in {name} -inkey KEY.pem -recip CERTIFICATE.pem -out sealed.cms");
        terminal.Line($"check the seal: openssl cms -verify -cades -binary -inform DER -in {(recipient is null ? name : "sealed.cms")} -CAfile OUR-AUTHORITY.pem -purpose any -out cover.json");
    }
}

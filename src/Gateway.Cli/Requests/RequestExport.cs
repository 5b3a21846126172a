using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Cli.Requests;

/// <summary>
/// A sealed message as one file for e-mail, INTERPOL or a carrier: openssl opens it, and no gateway is needed at the other end. It is encrypted here, to the certificate that
/// the officer names; the officer signs what left, and RelayToNonERDS certifies it before the file gets its name. When the answer is lost, the same command takes up the same file and record again.
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
            var leaving = new Leaving(run.Value(id), run.Value(file)!, run.Value(channel)!, run.Value(person)!, run.Value(reference));
            var place = leaving.Place;
            var said = leaving.Said(recipient);
            var pending = PendingExport.Find(place, said);
            var takenUp = pending is not null;
            if (pending is not null)
                run.Terminal.Note("an earlier export to this file got no answer; the same file and the record that was signed of it are taken up again");
            else
            {
                _ = NewFile.Temporary(place, force: false);
                pending = await SignedAsync(run, leaving, said, recipient);
            }
            var reply = await CertifiedAsync(run, place, pending, takenUp);
            Write(place, pending.Content);
            PendingExport.Settle(place);
            SignAndSubmit.Show(run.Terminal, reply);
            Explain(run.Terminal, place, recipient);
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

    // From here on there is one file and one record of it, whatever becomes of the connection.
    private static async Task<PendingExport> SignedAsync(Invocation run, Leaving leaving, Digest said, Certificate? recipient)
    {
        var (caseId, message) = await MessageOfAsync(run, leaving.Id);
        var opened = await run.Gateway.OpenMessageAsync(new OpenMessageRequest { Message = message, Purpose = $"to be sent by {leaving.Channel}" }, cancellationToken: run.Cancel);
        var content = recipient is null ? opened.SealedCover.ToByteArray() : Envelope.Encrypt(opened.SealedCover.Span, recipient);
        // When it left is not said here: the gateway that composes the record takes the time from its own clock, by which the message was sealed.
        var fields = new JsonObject
        {
            ["case"] = caseId,
            ["way"] = nameof(PaperWay.SENT),
            ["channel"] = leaving.Channel,
            ["message"] = message,
            ["person"] = leaving.Person,
            ["files"] = new JsonArray(FileOf(Path.GetFileName(leaving.Place), "application/pkcs7-mime", content)),
        };
        if (leaving.Reference is { } number)
            fields["reference"] = number;
        if (recipient is not null)
            fields["encryptedTo"] = recipient.Sha256.ToString();
        return PendingExport.Keep(leaving.Place, said, SignAndSubmit.Sign(run, await SignAndSubmit.ComposeAsync(run, PaperRecord.Type, fields)), content);
    }

    // No file has its name without a receipt; none is lost because the answer was.
    private static async Task<SubmitReply> CertifiedAsync(Invocation run, string place, PendingExport pending, bool takenUp)
    {
        try
        {
            return await SignAndSubmit.SubmitAsync(run, pending.SignedDocument, pending.IdempotencyKey);
        }
        catch (RpcException e) when (PendingSend.IsAnswer(e))
        {
            // The earlier call may have been certified: then there is no other copy of what left.
            if (takenUp)
                run.Terminal.Note($"the file and its record stay in {PendingExport.PathFor(place)}: look with 'gatewayctl receipt list' whether the earlier export was certified before you delete it");
            else
                PendingExport.Settle(place);
            throw;
        }
    }

    // What is not encrypted is for its owner until he hands it over. A file that is there already was written just before an earlier run ended.
    private static void Write(string place, byte[] content)
    {
        if (File.Exists(place) && File.ReadAllBytes(place).AsSpan().SequenceEqual(content))
            return;
        NewFile.Write(place, content, ownerOnly: true);
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
        var messages = (await CaseMessages.SentAsync(run, id)).Where(m => m.About is "REQUEST" or "ACT").ToList();
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
        terminal.Line($"check the seal: openssl cms -verify -cades -binary -inform DER -in {(recipient is null ? name : "sealed.cms")} -CAfile OUR-AUTHORITY.pem -no-CApath -no-CAstore -purpose any -out cover.json");
    }

    /// <summary>What the officer says of it.</summary>
    private sealed record Leaving(string Id, string Place, string Channel, string Person, string? Reference)
    {
        /// <summary>By which a repetition is known as one: by another carrier or to somebody else it is another leaving.</summary>
        public Digest Said(Certificate? recipient) => Digest.Of(JsonSerializer.SerializeToUtf8Bytes(new[] { Id, Path.GetFileName(Place), Channel, Person, Reference ?? "", recipient?.Sha256.ToString() ?? "" }));
    }
}

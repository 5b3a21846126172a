using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Records;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>A request on paper: as the sheet by which a provider or the prosecutor on duty is tasked, as a form, with the cover sheet of a parcel. Labels in the reader's language, what the other State wrote as it is.</summary>
internal static class RequestPrint
{
    public static Command Create()
    {
        var source = new Argument<string>("message-or-file") { Description = "Id of the message; or a file: the fields of a draft (JSON), a signed request" };
        var sheet = new Option<bool>("--order-sheet") { Description = "The sheet for the provider or the prosecutor on duty" };
        var preserve = new Option<bool>("--preserve") { Description = "As an order to preserve, with its end" };
        var days = new Option<int?>("--days") { Description = "With --preserve: for how long, from now; else until the day that was told to the other side, or that the request asks for", HelpName = "DAYS" };
        var form = new Option<bool>("--form") { Description = "The whole request as a form, PDF: labels and codes in the language of --lang" };
        var cover = new Option<bool>("--cover-sheet") { Description = "The sheet on top of a parcel, PDF: no person and no fact stands on it" };
        var parcel = new Option<string[]>("--file") { Description = "With --cover-sheet: a file that lies in the parcel, named with its digest (repeat for several)", HelpName = "FILE" };
        var lang = Language.Option();
        var file = new Option<string?>("--out") { Description = "Write it into this file", HelpName = "FILE" };
        var purpose = Purposes.Option();
        return new Command("print", "Prints a request: as text, as an order sheet, as a form or a cover sheet in PDF; a refusal, a postponement or a consultation as the letter in the languages of both States") { source, sheet, preserve, days, form, cover, parcel, lang, file, purpose }.Runs(async run =>
        {
            var labels = Labels.Of(run.Value(lang));
            var pdf = run.Value(form) || run.Value(cover);
            if (pdf && run.Value(file) is null)
                throw StopException.Usage("a PDF needs a file: --out FILE.pdf");
            if (File.Exists(run.Value(source)))
            {
                if (!run.Value(form))
                    throw StopException.Usage("a file is printed as a form: --form; for an order or cover sheet name the message");
                return Written(run, run.Value(file)!, OfFile(labels, run.Value(source)));
            }
            var why = Purposes.Of(run, purpose);
            var opened = await run.Gateway.OpenMessageAsync(new OpenMessageRequest { Message = run.Value(source), Purpose = why, PurposeCode = Purposes.CodeOf(why) }, cancellationToken: run.Cancel);
            if (run.Value(cover))
            {
                var files = (run.Value(parcel) ?? []).Select(path => (Path.GetFileName(path), InputFile.Read(path))).ToList();
                return Written(run, run.Value(file)!, CoverSheet.Pdf(labels, opened, await AuthorityDirectory.AddressAsync(run, opened.Message.Sender, labels), await AuthorityDirectory.AddressAsync(run, opened.Message.Recipient, labels), files));
            }
            if (await LetterAsync(run, opened, Labels.Find(run.Value(lang))) is { } letter)
            {
                if (run.Value(file) is { } page)
                {
                    NewFile.Write(page, Encoding.UTF8.GetBytes(letter));
                    run.Terminal.Line($"written: {page}");
                }
                else
                    run.Terminal.Block(letter);
                return ExitCode.Good;
            }
            if (opened.Parts.FirstOrDefault(p => p.Role == "request") is not { } part || !SignedDocument.Open(part.Content.Memory).TryGet(out var signed, out _))
                throw StopException.No("the message holds no request");
            if (run.Value(form))
                return Written(run, run.Value(file)!, RequestForm.Pdf(labels, signed.Content, [.. Marks(opened)], await LegalBasis.ApprovedAsync(run), await NamesAsync(run, signed.Content, labels)));
            if (!run.Value(sheet) && !run.Value(preserve))
                run.Terminal.Block(ReadableJson.Text(signed.Content));
            else
            {
                using var asked = JsonDocument.Parse(signed.Content);
                var authority = await AuthorityDirectory.FindAsync(run, RequestPage.Asker(opened.Message, asked.RootElement));
                var deadlines = await run.Gateway.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = opened.Message.CaseId, Rule = "DECIDE" }, cancellationToken: run.Cancel);
                var text = OrderSheet.Text(labels, signed.Content, opened, authority, deadlines.Deadlines.FirstOrDefault(), run.Value(preserve) ? await UntilAsync(run, opened.Message.CaseId, signed.Content, run.Value(days)) : null, await LaterChanges.OfAsync(run, opened.Message.CaseId), run.Clock.LocalTimeZone);
                if (run.Value(file) is { } path)
                {
                    NewFile.Write(path, Encoding.UTF8.GetBytes(text));
                    run.Terminal.Line($"written: {path}");
                }
                else
                    run.Terminal.Raw(text);
            }
            return ExitCode.Good;
        });
    }

    private static async Task<Dictionary<string, string>> NamesAsync(Invocation run, ReadOnlyMemory<byte> request, Labels labels)
    {
        using var document = JsonDocument.Parse(request);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in (string[])["requestingAuthority", "requestedAuthority"])
        {
            if (document.RootElement.TryGetProperty(member, out var authority) && authority.GetString() is { } id && await AuthorityDirectory.NameAsync(run, id, labels) is { } name)
                names[id] = name;
        }
        return names;
    }

    // What was told to the other side already, else what is asked: the provider keeps the data as long as that, and no other day stands over a signature.
    private static async Task<DateTimeOffset> UntilAsync(Invocation run, string caseId, ReadOnlyMemory<byte> request, int? days)
    {
        var now = run.Clock.GetUtcNow();
        if (days is { } given)
            return now.AddDays(given);
        var view = await run.Gateway.ShowCaseAsync(new ShowCaseRequest { CaseId = caseId }, cancellationToken: run.Cancel);
        return DateTimeOffset.TryParse(view.PreservedUntil, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until) && until > now ? until : RequestPreserve.AskedUntil(request, now);
    }

    private static ExitCode Written(Invocation run, string path, PrintedPaper paper)
    {
        var exit = paper.Write(run.Terminal, path);
        run.Terminal.Line($"written: {path}");
        return exit;
    }

    // DER begins with a SEQUENCE; JSON never does.
    private static PrintedPaper OfFile(Labels labels, string path)
    {
        var bytes = InputFile.Read(path);
        if (bytes is not [0x30, ..])
            return RequestForm.Pdf(labels, Encoding.UTF8.GetBytes(FieldsFile.Read(path).ToJsonString()), []);
        var signed = SignedDocument.Open(bytes).OrStop();
        return RequestForm.Pdf(labels, signed.Content, [RequestForm.Printed(signed)]);
    }

    // A refusal, a refusal in part, a postponement, a consultation: the letter in the languages of both States.
    private static async Task<string?> LetterAsync(Invocation run, OpenMessageReply opened, Labels? own)
    {
        if (opened.Parts.FirstOrDefault(p => p.Role == "act") is not { } part || !SignedDocument.Open(part.Content.Memory).TryGet(out var signed, out _))
            return null;
        using var act = JsonDocument.Parse(signed.Content);
        return DecisionLetter.Is(act.RootElement) || ConsultationLetter.Is(act.RootElement)
            ? SafeText.Block(await DecisionLetter.InBothAsync(run, act.RootElement, await run.Gateway.ShowCaseAsync(new ShowCaseRequest { CaseId = opened.Message.CaseId }, cancellationToken: run.Cancel), own))
            : throw StopException.No("the message holds neither a request, nor a decision with grounds, nor a consultation; gatewayctl request show opens it");
    }

    // Person, registry, authority.
    private static IEnumerable<PrintedSignature> Marks(OpenMessageReply opened)
    {
        foreach (var part in opened.Parts.Where(p => p.Role is "request" or "stamp").Select(p => p.Content).Append(opened.SealedCover))
        {
            if (SignedDocument.Open(part.Memory).TryGet(out var mark, out _))
                yield return RequestForm.Printed(mark);
        }
    }

    /// <summary>The request of a case: its message, and the bytes that were signed.</summary>
    public static async Task<(string Message, ReadOnlyMemory<byte> Content)> RequestOfAsync(Invocation run, string caseId, string need, Option<string?> purpose)
    {
        if (await CaseMessages.RequestAsync(run, caseId) is not { } view)
            throw StopException.No($"the request of {caseId} is not here");
        var opened = await Purposes.OpenAsync(run, view.Message, need, purpose);
        return opened.Parts.FirstOrDefault(p => p.Role == "request") is { } part && SignedDocument.Open(part.Content.Memory).TryGet(out var signed, out _)
            ? (view.Message, signed.Content)
            : throw StopException.No("the message holds no request");
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;

namespace Gateway.Cli.Requests;

/// <summary>
/// The signed original that the State's profile asks for. One that is a file (a disk in the pouch) is compared by its digest with the request as it came; paper is compared by a person,
/// who says how.
/// </summary>
internal static class RequestOriginal
{
    private const string Match = "MATCH";

    public static Command Create()
    {
        var id = new Argument<string>("case") { Description = "Id of the case" };
        var file = new Option<string?>("--file") { Description = "The original, when it came as a file: its SHA-256 is compared with the signed request and the sealed message", HelpName = "FILE" };
        var result = new Option<string?>("--result") { Description = "What a person found: MATCH, or DIFFERENT when it says something else", HelpName = "WORD" };
        result.AcceptOnlyFromAmong(Match, "DIFFERENT");
        var text = new Option<string?>("--text") { Description = "With --result: who compared what with what", HelpName = "TEXT" };
        var reference = new Option<string?>("--reference") { Description = "Own file number", HelpName = "TEXT" };
        var purpose = Purposes.Option();
        return new Command("original", "The signed original came and was compared with the electronic request: --file FILE, or --result WORD --text TEXT") { id, file, result, text, reference, purpose }.Sends(async run =>
        {
            var (path, found) = (run.Value(file), run.Value(result));
            if (path is null && (found is null || string.IsNullOrWhiteSpace(run.Value(text))))
                throw StopException.Usage("name the original with --file, or say with --result and --text what a person found and how it was compared");
            var fields = new JsonObject { ["kind"] = nameof(ActKind.ORIGINAL_RECEIVED), ["case"] = run.Value(id), ["originalComparison"] = found ?? Match };
            if (path is not null)
                fields["originalSha256"] = (await ComparedAsync(run, run.Value(id), path, found, purpose)).ToString();
            foreach (var (name, value) in new[] { ("reference", run.Value(reference)), ("text", run.Value(text)) })
            {
                if (!string.IsNullOrWhiteSpace(value))
                    fields[name] = value;
            }
            await SignAndSubmit.FinishActAsync(run, await SignAndSubmit.ComposeAsync(run, "act", fields));
            return ExitCode.Good;
        });
    }

    // A file with another digest may still say the same, as a scan does: that is for a person to say, and never follows from the digest.
    private static async Task<Digest> ComparedAsync(Invocation run, string caseId, string path, string? found, Option<string?> purpose)
    {
        var original = Digest.Of(InputFile.Read(path));
        var request = await CaseMessages.RequestAsync(run, caseId, "IN") ?? throw StopException.No($"no request of {caseId} came here, or the case is not open to you");
        var opened = await Purposes.OpenAsync(run, request.Message, "comparison with the original", purpose);
        var same = opened.Parts.Where(p => p.Role == "request").Select(p => p.Sha256).Append(Digest.Of(opened.SealedCover.Span).ToString()).Contains(original.ToString());
        run.Terminal.Line($"SHA-256 {original}: {(same ? "the request as it came, byte for byte" : "neither the signed request nor the sealed message as it came")}");
        return same == ((found ?? Match) == Match) ? original
            : throw StopException.No(same ? "the file is the request as it came: it does not differ"
                : "the file is not the request as it came; when a person compared what it says, leave --file out and say --result and --text, or say --result DIFFERENT");
    }
}

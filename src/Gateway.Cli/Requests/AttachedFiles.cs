using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>
/// The documents that go with what a person signs: a proof of service, an assurance, the translation of a refusal. What is signed lists each with its type, its language and its digest; a
/// translation names what it translates.
/// </summary>
internal sealed class AttachedFiles
{
    private const string Translation = "TRANSLATION";
    private const string Undetermined = "und"; // RFC 5646 §2.2.1, ISO 639-2

    private static readonly Option<string[]> Attach = new("--attach")
    {
        Description = "A document to go with it: FILE, TYPE:LANGUAGE=FILE (SERVICE_PROOF:ru=proof.pdf), or TRANSLATION:LANGUAGE:SOURCE=FILE; without the name of an attached source it translates the act itself (repeat for several)",
        HelpName = "FILE",
    };

    private static readonly Option<string?> WrittenIn = new("--written-in") { Description = "The language of what you write: en, pt-BR; needed beside a translation of the act itself", HelpName = "TAG" };

    private static readonly IReadOnlyList<string> Types = ActFields.All.First(f => f.Name == "attachments").Fields.First(f => f.Name == "type").Words;

    private readonly string? _writtenIn;
    private readonly List<(string Type, string Language, string? Source, Attachment File)> _files;

    private AttachedFiles(string? writtenIn, IEnumerable<string> given) => (_writtenIn, _files) = (writtenIn, [.. given.Select(Read)]);

    public IEnumerable<Attachment> Files => _files.Select(f => f.File).DistinctBy(f => Digest.Of(f.Content.Span));

    /// <summary>The same files, as whoever opens the message gets them.</summary>
    public IEnumerable<PartView> Parts => Files.Select(f => new PartView { Role = nameof(PartRole.attachment), Name = f.Name, MediaType = f.MediaType, Sha256 = Digest.Of(f.Content.Span).ToString(), Content = f.Content });

    public static Command AddTo(Command command)
    {
        command.Add(Attach);
        command.Add(WrittenIn);
        return command;
    }

    /// <summary>For who sends what another person signed: the list is signed already.</summary>
    public static Command AddFilesTo(Command command)
    {
        command.Add(Attach);
        return command;
    }

    public static AttachedFiles Of(Invocation run) => new(run.Value(WrittenIn), run.Value(Attach) ?? []);

    /// <summary>Lists the files among the members, beside those that are listed there already; says of an act in which language it is written.</summary>
    public void List(string type, JsonObject fields)
    {
        var list = fields["attachments"] as JsonArray ?? [];
        foreach (var (kind, language, source, file) in _files)
        {
            var digest = Digest.Of(file.Content.Span).ToString();
            if (list.Any(listed => (listed as JsonObject)?["sha256"]?.ToString() == digest))
                continue;
            var entry = new JsonObject { ["name"] = file.Name, ["type"] = kind, ["mediaType"] = file.MediaType, ["sizeBytes"] = file.Content.Length, ["sha256"] = digest, ["language"] = language };
            if (source is not null)
                entry["translationOf"] = Source(source);
            list.Add((JsonNode)entry);
        }
        if (list is { Count: > 0, Parent: null })
            fields["attachments"] = list;
        if (type != Act.Type || fields.ContainsKey("languages"))
            return;
        var translated = _files.Where(f => f.Type == Translation && f.Source is null).Select(f => f.Language).Distinct().ToArray();
        if (translated.Length > 0 && _writtenIn is null)
            throw StopException.Usage("a translation of the act itself goes with it: say with --written-in TAG in which language the act is written, or name the attached document that it translates: TRANSLATION:LANGUAGE:SOURCE=FILE");
        if (_writtenIn is null)
            return;
        var languages = new JsonObject { ["authoritative"] = _writtenIn };
        if (translated.Length > 0)
            languages["translations"] = new JsonArray([.. translated.Select(tag => (JsonNode)tag)]);
        fields["languages"] = languages;
    }

    private string Source(string name) => _files.Find(f => f.File.Name == Path.GetFileName(name)) is { File: { } source } ? Digest.Of(source.Content.Span).ToString()
        : throw StopException.Usage($"'{name}', which is to be translated, is none of the files that are attached");

    // A file may have any name; what begins with a type of document says what the file is.
    private static (string Type, string Language, string? Source, Attachment File) Read(string given)
    {
        var (said, path) = given.Split('=', 2) is [var left, var right] ? (left.Split(':', 3), right) : ([], given);
        return said.Length == 0 || !Types.Contains(said[0]) ? ("OTHER", Undetermined, null, RequestSend.Attachment(given))
            : said is [_] ? (said[0], Undetermined, null, RequestSend.Attachment(path))
            : (said[0], said[1], said.Length == 3 ? said[2] : null, RequestSend.Attachment(path));
    }
}

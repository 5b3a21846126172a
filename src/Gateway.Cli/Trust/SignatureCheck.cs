using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.Policy;
using Gateway.Recognition.Reports;
using Gateway.Recognition.TrustLists;

namespace Gateway.Cli.Trust;

/// <summary>Judges one signed file with what is given on the command line; needs no gateway.</summary>
internal static class SignatureCheck
{
    private const int MaxFileBytes = 100 * 1024 * 1024;
    private const int MaxFiles = 2000;

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The signed file: CMS (.p7m, .p7s), ASiC container, PDF" };
        var detached = new Option<string?>("--detached") { Description = "The signed content, when it is not inside the file", HelpName = "CONTENT" };
        var trust = new Option<string[]>("--trust") { Description = "Who is believed: certificates (PEM or DER), a State's list, a peer card, an ETSI trusted list (repeat for several)", HelpName = "FILE" };
        var stamps = new Option<string[]>("--tsa-trust") { Description = "Who is believed for time-stamps: certificates (repeat for several)", HelpName = "FILE" };
        var material = new Option<string[]>("--material") { Description = "Certificates, CRLs, OCSP answers; a file or a folder of them (repeat for several)", HelpName = "FILE|DIR" };
        var policy = new Option<string?>("--policy") { Description = "The rules: a policy, or a catalogue of algorithms (ETSI TS 119 322, JSON)", HelpName = "FILE" };
        var noRevocation = new Option<bool>("--no-revocation") { Description = "Do not ask whether certificates were revoked" };
        var at = new Option<string?>("--at") { Description = "Judge for this time instead of now, e.g. 2026-06-01T12:00:00Z", HelpName = "TIME" };
        var agreements = new Option<string[]>("--agreement") { Description = "Recognition agreement, to see what the mark is worth here (repeat for several)", HelpName = "FILE" };
        var use = new Option<string?>("--as") { Description = "With --agreement: SIGNATURE, SEAL or STAMP", HelpName = "MARK" };
        var from = new Option<string?>("--from") { Description = "With --agreement: the State that the file comes from", HelpName = "STATE" };
        var authority = new Option<string?>("--authority") { Description = "With --agreement: the authority that is to have made the seal or stamp", HelpName = "AUTHORITY" };
        var language = new Option<string?>("--lang") { Description = "Language of the sentences: en, fr, ru", HelpName = "LANG" };
        var report = new Option<string?>("--report") { Description = "Write the report, a document that can be kept, to this file", HelpName = "FILE" };
        return new Command("check", "Judges a signed file: who signed, is it good, by whose rules; needs no gateway")
        {
            file, detached, trust, stamps, material, policy, noRevocation, at, agreements, use, from, authority, language, report,
        }.Runs(run =>
        {
            var path = run.Value(file);
            var files = new TrustFiles();
            foreach (var name in run.Value(trust) ?? [])
                Stop(files.AddTrust(Read(name), Path.GetFileName(name), TrustPurposes.Signatures), name);
            foreach (var name in run.Value(stamps) ?? [])
                Stop(files.AddTrust(Read(name), Path.GetFileName(name), TrustPurposes.TimeStamps), name);
            foreach (var name in run.Value(agreements) ?? [])
                Stop(files.AddAgreement(Read(name)), name);
            foreach (var name in (run.Value(material) ?? []).SelectMany(Expand))
            {
                if (!files.AddMaterial(Read(name)))
                    run.Terminal.Note($"gatewayctl: {name} is no certificate, CRL or OCSP answer and was left out");
            }
            if (run.Value(from) is { } state && !Ids.IsState(state))
                throw StopException.Usage($"'{state}' is no State; write two capital letters");
            if (run.Value(authority) is { } named && !Ids.IsAuthority(named))
                throw StopException.Usage($"'{named}' is no authority; write it as XB-CA");
            var rules = run.Value(policy) is { } policyFile ? Policy(policyFile) : PolicyFile.Alone;
            SecondOpinion.TurnOn();
            var judged = JudgeDocument.Of(new JudgementInput
            {
                Document = Read(path),
                Name = Path.GetFileName(path),
                // Written out: null beside bytes would become empty content, which no signature fits.
                Content = run.Value(detached) is { } content ? (ReadOnlyMemory<byte>?)Read(content) : null,
                At = run.Value(at) is { } time ? Time(time) : run.Clock.GetUtcNow(),
                Lists = files.Lists,
                Anchors = files.Anchors,
                Agreements = files.Agreements,
                Material = files.Material,
                Policy = run.Value(noRevocation) ? rules with { RequireRevocation = false } : rules,
                Use = run.Value(use) is { } mark ? Word(mark) : files.Agreements.Count > 0 ? MarkUse.SIGNATURE : null,
                Peer = run.Value(from) ?? (files.Agreements.Count > 0 ? files.Agreements[0].Agreement.Peer : null),
                Authority = run.Value(authority),
                Language = run.Value(language) ?? "en",
            }).Report;
            if (run.Value(report) is { } target)
                NewFile.Write(target, judged.Write());
            foreach (var line in ReportText.Lines(judged))
                run.Terminal.Line(line);
            run.Terminal.Write(json => WriteReport(json, judged));
            return Task.FromResult(judged.Document.Indication switch
            {
                "TOTAL_PASSED" or "TIMESTAMP_PASSED" => ExitCode.Good,
                "INDETERMINATE" or "TIMESTAMP_INDETERMINATE" => ExitCode.Incomplete,
                _ => ExitCode.No,
            });
        });
    }

    internal static byte[] Read(string path)
    {
        if (!File.Exists(path))
            throw StopException.Usage($"there is no file {path}");
        return new FileInfo(path).Length <= MaxFileBytes ? File.ReadAllBytes(path) : throw StopException.Usage($"{path} is larger than {MaxFileBytes / 1024 / 1024} MiB");
    }

    internal static DateTimeOffset Time(string text)
        => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : throw StopException.Usage($"'{text}' is no time; write it as 2026-06-01T12:00:00Z");

    private static void Stop(Refusal? refusal, string file)
    {
        if (refusal is not null)
            throw StopException.Incomplete($"{file} cannot be used: {refusal}");
    }

    private static IEnumerable<string> Expand(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        var files = Directory.EnumerateFiles(path).Order(StringComparer.Ordinal).Take(MaxFiles + 1).ToList();
        return files.Count <= MaxFiles ? files : throw StopException.Usage($"{path} holds more than {MaxFiles} files");
    }

    private static ValidationPolicy Policy(string path)
    {
        try
        {
            return PolicyFile.Read(Read(path));
        }
        catch (FormatException e)
        {
            throw StopException.Usage($"{path}: {e.Message}");
        }
    }

    private static MarkUse Word(string text)
        => Enum.TryParse<MarkUse>(text, ignoreCase: true, out var use) && Enum.IsDefined(use) && !char.IsAsciiDigit(text[0]) ? use : throw StopException.Usage($"'{text}' is none of {string.Join(", ", Enum.GetNames<MarkUse>())}");

    private static void WriteReport(Utf8JsonWriter json, RecognitionReport report)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetString(report.Write()));
        document.RootElement.WriteTo(json);
    }
}

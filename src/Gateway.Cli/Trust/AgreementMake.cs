using System.CommandLine;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.TrustLists;

namespace Gateway.Cli.Trust;

/// <summary>Writes a recognition agreement from a short file and signs it with the lawyer's own key; needs no gateway.</summary>
internal static class AgreementMake
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The agreement, JSON; see docs/operations.md" };
        var previous = new Option<string?>("--previous") { Description = "The signed agreement that this one replaces; its id stays, its version is raised by one", HelpName = "FILE" };
        var target = new Option<string>("--out") { Description = "Where the signed agreement goes", Required = true, HelpName = "FILE" };
        return new Command("agreement", "Writes a recognition agreement and signs it with your key; the gateway takes it with 'trust import'") { file, previous, target }.Runs(run =>
        {
            NewFile.Temporary(run.Value(target)!, force: false);
            var now = run.Clock.GetUtcNow();
            var old = run.Value(previous) is { } path ? Agreement.Read(SignedDocument.Open(InputFile.Read(path)).OrStop().Content).OrStop() : null;
            var agreement = ReadAgreement(run.Value(file), old, now);
            Agreement.Read(agreement.Write()).OrStop();
            var signed = SignedDocument.Sign(agreement.Write(), run.Signer, now);
            NewFile.Write(run.Value(target)!, signed);
            run.Terminal.Facts(
                ("agreement", $"{agreement.Id}, version {agreement.Version}"),
                ("about", agreement.Direction == Direction.OURS ? $"{agreement.State} recognises marks of {agreement.Peer}" : $"{agreement.Peer} recognises marks of {agreement.State}"),
                ("instrument", $"{agreement.Instrument.Title}, {agreement.Instrument.Article} ({agreement.Instrument.Date})"),
                ("rules", $"{agreement.Rules.Count}"),
                ("signed by", run.Signer.Certificate.Subject),
                ("to put it in force", $"gatewayctl trust import {run.Value(target)}"));
            run.Terminal.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString("file", run.Value(target));
                json.WriteString("id", agreement.Id);
                json.WriteNumber("version", agreement.Version);
                json.WriteString("sha256", Digest.Of(signed).ToString());
                json.WriteEndObject();
            });
            return Task.FromResult(ExitCode.Good);
        });
    }

    private static Agreement ReadAgreement(string path, Agreement? old, DateTimeOffset now)
    {
        try
        {
            using var json = JsonDocument.Parse(InputFile.Read(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var root = json.RootElement;
            var law = root.GetProperty("instrument");
            return new Agreement(
                old?.Id ?? Ids.New(), (old?.Version ?? 0) + 1, root.GetProperty("state").GetString()!, root.GetProperty("peer").GetString()!, Enum.Parse<Direction>(Optional(root, "direction") ?? nameof(Direction.OURS)),
                new Instrument(law.GetProperty("title").GetString()!, law.GetProperty("article").GetString()!, law.GetProperty("date").GetString()!), now, [.. root.GetProperty("rules").EnumerateArray().Select(Rule)],
                root.TryGetProperty("algorithms", out _) ? Texts(root, "algorithms") : null, root.TryGetProperty("withoutAttributes", out var without) && without.GetBoolean());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw StopException.Usage($"{path}: {e.Message}");
        }
    }

    private static AgreementRule Rule(JsonElement r) => new(
        Enum.Parse<MarkUse>(r.GetProperty("object").GetString()!), Enum.Parse<Level>(r.GetProperty("level").GetString()!), Optional(r, "condition"),
        Texts(r, "serviceTypes"), Texts(r, "statuses"), Texts(r, "qualifiers"), [.. Texts(r, "anchors").Select(a => Digest.TryParse(a, out var digest) ? digest : throw new FormatException($"'{a}' is no SHA-256 value"))],
        Texts(r, "policies"), r.TryGetProperty("minKeyBits", out var bits) ? bits.GetInt32() : 0, Texts(r, "kinds"), SignatureCheck.Time(r.GetProperty("from").GetString()!),
        Optional(r, "until") is { } until ? SignatureCheck.Time(until) : null);

    private static string? Optional(JsonElement e, string name) => e.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static List<string> Texts(JsonElement e, string name) => e.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(t => t.GetString()!)] : [];
}

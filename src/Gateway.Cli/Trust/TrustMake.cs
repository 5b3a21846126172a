using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Recognition.TrustLists;

namespace Gateway.Cli.Trust;

/// <summary>Makes a State's trusted list from a short file and signs it with the list key; needs no gateway.</summary>
internal static class TrustMake
{
    private const int DefaultDays = 180;

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The services, JSON; see docs/operations.md" };
        var certificate = new Option<string>("--sign-cert") { Description = "Certificate of the list key (PEM)", Required = true, HelpName = "FILE" };
        var key = new Option<string>("--sign-key") { Description = "The list key (PKCS#8 PEM, 0600)", Required = true, HelpName = "FILE" };
        var previous = new Option<string?>("--previous") { Description = "The list that this one replaces; its number is raised by one", HelpName = "FILE" };
        var days = new Option<int>("--days") { Description = "Days until the next list is due", DefaultValueFactory = _ => DefaultDays, HelpName = "N" };
        var target = new Option<string>("--out") { Description = "Where the signed list goes", Required = true, HelpName = "FILE" };
        return new Command("make", "Makes and signs a State's trusted list; needs no gateway") { file, certificate, key, previous, days, target }.Runs(run =>
        {
            NewFile.Temporary(run.Value(target)!, force: false);
            var now = run.Clock.GetUtcNow();
            var sequence = run.Value(previous) is { } old ? StateList.Open(InputFile.Read(old), null).OrStop().Sequence + 1 : 1;
            var list = ReadServices(run.Value(file), sequence, now, now.AddDays(run.Value(days)));
            var bytes = list.Write();
            StateList.Read(bytes).OrStop();
            using var signer = Signing(run.Value(certificate)!, run.Value(key)!);
            if (!signer.Certificate.ValidAt(now))
                throw StopException.Usage("the certificate of the list key is not valid today");
            var signed = SignedDocument.Sign(bytes, signer, now);
            NewFile.Write(run.Value(target)!, signed);
            TrustShow.Show(run, StateList.Open(signed, null).OrStop(), now);
            return Task.FromResult(ExitCode.Good);
        });
    }

    internal static Signer Signing(string certificate, string key)
    {
        OwnerOnly.RequirePrivate(File.Exists(key) ? key : throw StopException.Usage($"there is no file {key}"));
        try
        {
            return Signer.FromPem(File.ReadAllText(File.Exists(certificate) ? certificate : throw StopException.Usage($"there is no file {certificate}")), File.ReadAllText(key));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException)
        {
            throw StopException.Incomplete($"the list certificate and key cannot be used together: {e.Message}", e);
        }
    }

    // A short file: certificates are named by their files, beside it.
    private static StateList ReadServices(string path, long sequence, DateTimeOffset now, DateTimeOffset next)
    {
        try
        {
            using var json = JsonDocument.Parse(InputFile.Read(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var root = json.RootElement;
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            return new StateList(root.GetProperty("state").GetString()!, sequence, now, next, [.. root.GetProperty("services").EnumerateArray().Select(s => Service(s, root.GetProperty("state").GetString()!, folder))]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw StopException.Usage($"{path}: {e.Message}");
        }
    }

    private static TrustedService Service(JsonElement s, string state, string folder)
    {
        var type = Optional(s, "serviceType") ?? "CA";
        var uses = Texts(s, "uses").Select(u => Enum.Parse<MarkUse>(u)).ToList();
        var periods = s.GetProperty("periods").EnumerateArray()
            .Select(p => new ServicePeriod(SignatureCheck.Time(p.GetProperty("from").GetString()!), type, p.GetProperty("status").GetString()!, uses, Texts(p, "qualifiers")))
            .OrderByDescending(p => p.From).ToList();
        var certificates = Texts(s, "certificates").SelectMany(name => Certificates(Path.Combine(folder, name))).ToList();
        return new TrustedService(state, s.GetProperty("provider").GetString()!, s.GetProperty("name").GetString()!, certificates, periods, Optional(s, "authority"), Texts(s, "policies"));
    }

    private static List<ReadOnlyMemory<byte>> Certificates(string path)
    {
        var bytes = InputFile.Read(path);
        var text = System.Text.Encoding.Latin1.GetString(bytes);
        if (!text.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
            return [bytes];
        var certificates = new List<ReadOnlyMemory<byte>>();
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var block); rest = rest[block.Location.End..])
        {
            if (rest[block.Label].SequenceEqual("CERTIFICATE"))
                certificates.Add(Convert.FromBase64String(rest[block.Base64Data].ToString()));
        }
        return certificates;
    }

    private static string? Optional(JsonElement e, string name) => e.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static List<string> Texts(JsonElement e, string name) => e.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(t => t.GetString()!)] : [];
}

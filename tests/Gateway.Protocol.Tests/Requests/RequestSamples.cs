using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Tests.Requests;

/// <summary>The samples of deploy/samples, and changes to them.</summary>
internal static class RequestSamples
{
    public static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-11-20T10:00:00Z", CultureInfo.InvariantCulture);

    public static string Root { get; } = Up(AppContext.BaseDirectory);

    public static StateProfile Profile { get; } = new() { Languages = ["en", "fr"] };

    public static RequestContext Between(string sender, string recipient) => new(Now, [sender], [recipient], Profile) { Reference = "RQ-XA-2026-000417" };

    public static RequestContext ContextOf(string sample)
        => Fields(sample) is var fields ? Between(RoleOf(fields, "requestingAuthority"), RoleOf(fields, "requestedAuthority")) : null!;

    public static string Path(string sample) => System.IO.Path.Combine(Root, "deploy", "samples", sample + ".json");

    /// <summary>The complete sample of a kind; the other one ends in <c>-incomplete</c>.</summary>
    public static string Of(RequestKind kind) => kind.ToString().ToLowerInvariant().Replace('_', '-');

    public static JsonObject Fields(string sample) => JsonNode.Parse(File.ReadAllText(Path(sample)), null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!.AsObject();

    public static Composition Compose(string sample, Action<JsonObject>? change = null, Func<RequestContext, RequestContext>? context = null)
    {
        var fields = Fields(sample);
        change?.Invoke(fields);
        var known = ContextOf(sample);
        return RequestComposer.Compose(JsonSerializer.SerializeToElement(fields), context is null ? known : context(known));
    }

    public static byte[] Document(string sample, Action<JsonObject>? change = null)
        => Compose(sample, change).Document ?? throw new InvalidOperationException(string.Join(Environment.NewLine, Compose(sample, change).Problems));

    public static Request Read(string sample) => Request.Read(Document(sample)).Value;

    /// <summary>Applies <c>path=json</c> changes, separated by semicolons; nothing after the sign removes the member.</summary>
    public static void Change(JsonObject fields, string changes)
    {
        foreach (var change in changes.Split(';'))
        {
            var (path, json) = (change[..change.IndexOf('=', StringComparison.Ordinal)], change[(change.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            var steps = path.Replace("]", "", StringComparison.Ordinal).Split('.', '[');
            JsonNode parent = fields;
            foreach (var step in steps[..^1])
                parent = int.TryParse(step, out var index) ? parent[index]! : parent[step]!;
            if (json.Length == 0)
                parent.AsObject().Remove(steps[^1]);
            else
                parent[steps[^1]] = JsonNode.Parse(json);
        }
    }

    // The samples name each authority by what it is.
    private static string RoleOf(JsonObject fields, string member) => fields[member]!.GetValue<string>()[3..] switch
    {
        "CA" => "CENTRAL_AUTHORITY_MLA",
        "CP" => "CONTACT_POINT_24_7",
        "CAX" => "CENTRAL_AUTHORITY_EXTRADITION",
        "EMB" => "DIPLOMATIC_MISSION",
        "POL" => "LAW_ENFORCEMENT",
        var other => throw new InvalidOperationException(other),
    };

    private static string Up(string folder) => File.Exists(System.IO.Path.Combine(folder, "Gateway.sln")) ? folder : Up(System.IO.Path.GetDirectoryName(folder)!);
}

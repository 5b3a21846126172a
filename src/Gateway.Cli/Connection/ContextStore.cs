using System.Text.Json;
using Gateway.Cli.Output;

namespace Gateway.Cli.Connection;

/// <summary>The contexts of one person, in one small JSON file (mode 0600) that holds paths and addresses only.</summary>
internal sealed class ContextStore(string path)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };

    private sealed record Content(string? Current, SortedDictionary<string, Context> Contexts);

    /// <summary>The folder for everything that gatewayctl keeps.</summary>
    public string Folder => Path.GetDirectoryName(path)!;

    public string FilePath => path;

    /// <summary>$GATEWAYCTL_CONFIG, else ~/.config/gatewayctl/contexts.json ($XDG_CONFIG_HOME is honoured).</summary>
    public static ContextStore Default()
        => new(Path.GetFullPath(Environment.GetEnvironmentVariable("GATEWAYCTL_CONFIG") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "gatewayctl", "contexts.json")));

    public string? Current => Read().Current;

    public IReadOnlyDictionary<string, Context> All() => Read().Contexts;

    /// <summary>The context named, or the current one.</summary>
    public Context Pick(string? name)
    {
        var content = Read();
        if (content.Contexts.Count == 0)
            throw StopException.Usage("there is no context yet; add one with 'gatewayctl context add NAME --endpoint … --client-cert … --server-cert …'");
        name ??= content.Current ?? throw StopException.Usage("no context is current; name one with --context, or run 'gatewayctl context use NAME'");
        return content.Contexts.TryGetValue(name, out var context)
            ? context
            : throw StopException.Usage($"there is no context '{name}'; known: {string.Join(", ", content.Contexts.Keys)}");
    }

    /// <summary>Adds or replaces. The first context becomes the current one.</summary>
    public void Add(string name, Context context, bool use)
    {
        var content = Read();
        content.Contexts[name] = context;
        Write(content with { Current = use || content.Current is null ? name : content.Current });
    }

    public void Use(string name)
    {
        Pick(name);
        Write(Read() with { Current = name });
    }

    private Content Read()
    {
        if (!File.Exists(path))
            return new Content(null, new(StringComparer.Ordinal));
        OwnerOnly.RequireNotWritable(path); // it says whom to trust
        try
        {
            var content = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), Json);
            if (content?.Contexts is not null)
                return content with { Contexts = new(content.Contexts, StringComparer.Ordinal) };
        }
        catch (JsonException e)
        {
            throw StopException.Incomplete($"{path} is not a contexts file: {e.Message}", e);
        }
        throw StopException.Incomplete($"{path} is not a contexts file");
    }

    private void Write(Content content)
    {
        OwnerOnly.CreateFolder(Folder);
        OwnerOnly.Replace(path, JsonSerializer.SerializeToUtf8Bytes(content, Json));
    }
}

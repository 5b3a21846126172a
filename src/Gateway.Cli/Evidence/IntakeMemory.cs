using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;

namespace Gateway.Cli.Evidence;

/// <summary>
/// What a laboratory answered before, in a file of the person's own (mode 0600): the members that may be the same for the next item, where they are shown and
/// confirmed. Never keys, never what is of one case or one act: which authorisation, whether the medium was kept from being written to. Never what concerns one item, its device or its owner.
/// </summary>
internal sealed class IntakeMemory
{
    private static readonly string[] s_kept = ["acquiredPlace", "methodDescription", "sopReference", "writeBlocker", "tools", "examiner", "lawfulBasis"];
    private static readonly (string Object, string Member)[] s_never = [("lawfulBasis", "authorisation"), ("lawfulBasis", "authorisationType"), ("writeBlocker", "used")];

    private readonly string _path;

    private IntakeMemory(string path, JsonObject known) => (_path, Known) = (path, known);

    /// <summary>What was answered before.</summary>
    public JsonObject Known { get; }

    public static IntakeMemory Of(ContextStore contexts, string lab)
    {
        var path = Path.Combine(contexts.Folder, "intake", $"{SafeText.FileName(lab)}.json");
        if (!File.Exists(path))
            return new IntakeMemory(path, []);
        OwnerOnly.RequireNotWritable(path);
        try
        {
            // Earlier builds kept more.
            return new IntakeMemory(path, Reduced(JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? []));
        }
        catch (JsonException e)
        {
            throw StopException.Incomplete($"{path} is not JSON: {e.Message}; remove it, and the answers are asked for again", e);
        }
    }

    /// <summary>Keeps what may be the same for the next item.</summary>
    /// <param name="form">The form.</param>
    /// <param name="read">What was read out of the item itself: the next one has its own.</param>
    public void Keep(JsonObject form, JsonObject read)
    {
        foreach (var name in s_kept.Where(name => form[name] is not null && read[name] is null))
            Known[name] = form[name]!.DeepClone();
        Reduced(Known);
        OwnerOnly.CreateFolder(Path.GetDirectoryName(_path)!);
        OwnerOnly.Replace(_path, System.Text.Encoding.UTF8.GetBytes(Known.ToJsonString()));
    }

    private static JsonObject Reduced(JsonObject known)
    {
        foreach (var (name, _) in known.Where(member => !s_kept.Contains(member.Key)).ToArray())
            known.Remove(name);
        foreach (var (name, member) in s_never)
            (known[name] as JsonObject)?.Remove(member);
        return known;
    }
}

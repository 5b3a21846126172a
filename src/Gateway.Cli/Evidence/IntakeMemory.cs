using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;

namespace Gateway.Cli.Evidence;

/// <summary>
/// What a laboratory answered before, in a file of the person's own (mode 0600): the members that are the same from item to item. Never keys, never what
/// concerns one item, its device or its owner.
/// </summary>
internal sealed class IntakeMemory
{
    private static readonly string[] s_kept = ["acquiredPlace", "methodDescription", "sopReference", "writeBlocker", "tools", "examiner", "lawfulBasis"];

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
            return new IntakeMemory(path, JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? []);
        }
        catch (JsonException e)
        {
            throw StopException.Incomplete($"{path} is not JSON: {e.Message}; remove it, and the answers are asked for again", e);
        }
    }

    public void Keep(JsonObject form)
    {
        foreach (var name in s_kept.Where(name => form[name] is not null))
            Known[name] = form[name]!.DeepClone();
        OwnerOnly.CreateFolder(Path.GetDirectoryName(_path)!);
        OwnerOnly.Replace(_path, System.Text.Encoding.UTF8.GetBytes(Known.ToJsonString()));
    }
}

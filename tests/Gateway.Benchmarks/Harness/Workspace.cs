namespace Gateway.Benchmarks.Harness;

/// <summary>A folder for everything that a run leaves on disk.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly bool _keep;

    public Workspace(Arguments arguments)
    {
        _keep = arguments.Keep;
        Folder = arguments.Folder is { } parent
            ? Directory.CreateDirectory(Path.Combine(Path.GetFullPath(parent), $"gateway-benchmark-{Environment.ProcessId}")).FullName
            : Directory.CreateTempSubdirectory("gateway-benchmark-").FullName;
    }

    /// <summary>In a folder that a benchmark chooses, unless the caller chose one.</summary>
    public Workspace(Arguments arguments, string parent)
    {
        _keep = arguments.Keep;
        Folder = Directory.CreateDirectory(Path.Combine(parent, $"gateway-benchmark-{Environment.ProcessId}")).FullName;
    }

    public string Folder { get; }

    public string File(string name) => Path.Combine(Folder, name);

    public void Dispose()
    {
        if (_keep)
            Console.WriteLine($"left in {Folder}");
        else
            Directory.Delete(Folder, recursive: true);
    }
}

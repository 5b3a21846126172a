namespace Gateway.Runtime;

/// <summary>One mistake in the configuration: where, what, and what to do about it.</summary>
internal sealed record Mistake(string Path, string What, string Remedy)
{
    public override string ToString() => $"{Path}: {What}. {Remedy}";
}

/// <summary>Collects every mistake, so that an administrator corrects a file once and not ten times. One per path: what follows from a mistake is not another.</summary>
internal sealed class Mistakes
{
    private readonly List<Mistake> _found = [];

    public IReadOnlyList<Mistake> Found => _found;

    public bool Any => _found.Count > 0;

    public bool At(string path) => _found.Any(m => m.Path == path);

    public void Add(string path, string what, string remedy)
    {
        if (!At(path))
            _found.Add(new Mistake(path, what, remedy));
    }
}

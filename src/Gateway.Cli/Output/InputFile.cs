namespace Gateway.Cli.Output;

internal static class InputFile
{
    private const int DocumentLimit = 32 * 1024 * 1024;

    /// <summary>The whole of a small file.</summary>
    public static byte[] Read(string path)
    {
        if (!File.Exists(path))
            throw StopException.Usage($"there is no file {path}");
        return new FileInfo(path).Length <= DocumentLimit
            ? File.ReadAllBytes(path)
            : throw StopException.Usage($"{path} is larger than {DocumentLimit / 1024 / 1024} MiB; large material travels as evidence");
    }
}

namespace Gateway.EndToEnd.Tests.Processes;

/// <summary>The keys of XA and XB as certs-dev/make.sh makes them, once for all tests of this run.</summary>
internal static class DevelopmentKeys
{
    private static readonly Lazy<string> s_folder = new(Make);

    public static string Of(string state, string name) => Path.Combine(s_folder.Value, state, name);

    private static string Make()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-keys-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var (code, _, error) = Repository.Run("bash", "certs-dev/make.sh", folder, "XA", "XB");
        return code == 0 ? folder : throw new InvalidOperationException(error);
    }
}

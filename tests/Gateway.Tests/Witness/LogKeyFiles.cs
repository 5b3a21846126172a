using Gateway.Hosting;
using Gateway.Keys;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Witness;

/// <summary>The keys of a log are exchanged as docs/operations.md says, with the gateway stopped.</summary>
internal static class LogKeyFiles
{
    /// <summary>The next are made, the former ones go at once: as after a theft.</summary>
    /// <param name="state">Stopped.</param>
    /// <param name="renewLog">Why another log begins, too.</param>
    public static async Task Rotate(TestState state, string? renewLog = null)
    {
        Create(state);
        Remove(state);
        await Install(state, renewLog);
    }

    public static void Create(TestState state)
    {
        foreach (var purpose in new[] { KeyPurpose.Log, KeyPurpose.LogCertificate })
            LogKeys.Create(state.DataFolder, state.State, purpose, state.Clock.GetUtcNow());
    }

    public static void Remove(TestState state)
    {
        foreach (var file in new[] { "log-0001.key", "log-certificate-0001.key", "log-certificate-0001.crt" })
            File.Delete(Path.Combine(state.DataFolder, CaseKeys.FolderName, file));
    }

    public static async Task Install(TestState state, string? renewLog = null)
    {
        state.Clock.Offset += TimeSpan.FromSeconds(1);
        var installed = await new InstallKeys(state.Configuration(), state.Clock).Run(state.CardKeyFiles(), renewLog: renewLog);
        Assert.True(installed.Succeeded, installed.Refusal?.Detail);
    }

    /// <summary>A data folder, as somebody copies it by hand.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var folder in Directory.GetDirectories(from))
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}

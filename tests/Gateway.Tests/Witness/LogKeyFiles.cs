using System.Text.Json.Nodes;
using Gateway.AuditLog;
using Gateway.Hosting;
using Gateway.Keys;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.TimeStamps;
using Gateway.TimeStamps;
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

    /// <summary>Signs all that is recorded, with the keys that are there.</summary>
    /// <param name="state">Stopped.</param>
    /// <param name="ends">The next log follows.</param>
    public static async Task<LogName> Signed(TestState state, bool ends = false)
    {
        await using var database = Database.Open(state.DataFolder);
        using var keys = LogKeys.Load(state.DataFolder);
        using var sequencer = new Sequencer(database, keys, state.State, state.Clock);
        var last = (await sequencer.Advance())!;
        var name = database.Read(LogEpoch.Current)!.Name;
        if (ends)
            await database.Write(Lane.Ordinary, s => LogEpoch.Follow(s, name with { Number = name.Number + 1 }, Digest.Of(last.Note), state.Clock.GetUtcNow()));
        return name;
    }

    /// <summary>Starts it with an authority for time-stamps, and sees that the end of a log is stamped with a signature of a key that is in force.</summary>
    public static async Task StampedUnderTheKeysInForce(TestState state, TestAuthority authority, LogName ended)
    {
        state.Configure(json => json["TimeStamps"] = new JsonObject { ["Authorities"] = new JsonArray(new JsonObject { ["Name"] = "tsa-1", ["Url"] = authority.Url, ["Roots"] = new JsonArray(authority.Root) }) });
        await state.Start();
        TimeStampRow? Stamp() => state.Get<Database>().Read(s => TimeStampRows.Newest(s, ended.Origin)).SingleOrDefault();
        await Eventually.Holds(() => Stamp() is not null);
        using var inUse = LogKeys.Load(state.DataFolder);
        Assert.True(VerifiedCheckpoint.Open(Stamp()!.Note, inUse.Card.LogKeys(ended)).Succeeded);
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

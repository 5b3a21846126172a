using Gateway.Hosting;
using Gateway.Protocol.Envelopes;
using Gateway.Storage;
using Gateway.Tests.Evidence;
using Gateway.Tests.Flow;
using Gateway.Tests.Infrastructure;
using Gateway.V1;
using Xunit;

namespace Gateway.Tests.Backups;

/// <summary>Backups of gateways that serve, and what is made of them.</summary>
public sealed class RestoreTests
{
    [Fact]
    public async Task A_backup_made_while_serving_gives_back_documents_chains_log_and_evidence()
    {
        await using var flow = await EvidenceFlow.Start();
        var state = flow.States.Asked;
        var item = await flow.Attached((1 << 20) + 3);
        using var recipient = Recipient(state);
        // Somebody works meanwhile.
        var (busy, done) = (true, 0);
        var work = Task.Run(async () =>
        {
            for (; busy; done++)
                await flow.States.SendPreserve();
        });
        while (done == 0)
            await Task.Delay(10);
        var file = Path.Combine(state.Folder, "backup");
        var (code, output, error) = await Run("backup", "--config", state.ConfigurationFile, "--out", file);
        busy = false;
        await work;
        Assert.True(code == 0, error);
        Assert.Equal(2, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        await Gone(state);

        var (restored, said, why) = await Restore(state, file);

        Assert.True(restored == 0, said + why);
        Assert.Contains("GOOD", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(state.DataFolder + ".restoring"));
        await using var database = Database.Open(state.DataFolder);
        await using var keys = CaseKeys.Open(state.DataFolder);
        Assert.NotNull(database.Read(s => s.One("SELECT value FROM facts WHERE name = $1", r => r.GetString(0), Database.RestoredFact)));
        var body = database.Read(s => s.One("SELECT body FROM messages WHERE id = $1", r => r.GetFieldValue<byte[]>(0), flow.Sent.Message))!;
        Assert.NotEmpty(keys.Open(flow.Sent.CaseId, $"message:{flow.Sent.Message}", body));
        Assert.True(Directory.Exists(Path.Combine(state.DataFolder, "items", item.Id[..2], item.Id)));
    }

    [Fact]
    public async Task What_exists_is_never_overwritten()
    {
        await using var state = await TestState.Initialised();
        using var recipient = Recipient(state);
        var file = Path.Combine(state.Folder, "backup");
        File.WriteAllText(file + ".keys", "kept");
        Assert.Equal(3, (await Run("backup", "--config", state.ConfigurationFile, "--out", file)).Code);
        Assert.Equal("kept", File.ReadAllText(file + ".keys"));
        Assert.False(File.Exists(file));
        File.Delete(file + ".keys");
        Assert.Equal(0, (await Run("backup", "--config", state.ConfigurationFile, "--out", file)).Code);
        var before = File.ReadAllBytes(file);
        Assert.Equal(3, (await Run("backup", "--config", state.ConfigurationFile, "--out", file)).Code);
        Assert.Equal(before, File.ReadAllBytes(file));

        var (code, _, error) = await Restore(state, file);
        Assert.Equal(1, code);
        Assert.Contains("not empty", error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(state.DataFolder, Database.FileName)));
    }

    [Fact]
    public async Task What_a_stop_left_behind_hinders_neither_backup_nor_restore()
    {
        await using var state = await TestState.Initialised();
        using var recipient = Recipient(state);
        var file = Path.Combine(state.Folder, "backup");
        File.WriteAllText(file + ".part", "half");
        Directory.CreateDirectory(Path.Combine(state.DataFolder, "spool"));
        File.WriteAllText(Path.Combine(state.DataFolder, "spool", "backup-0.db"), "half");
        Assert.Equal(0, (await Run("backup", "--config", state.ConfigurationFile, "--out", file)).Code);
        Assert.Empty(Directory.GetFiles(state.Folder, "*.part"));
        Assert.Empty(Directory.GetFiles(Path.Combine(state.DataFolder, "spool")));
        await Gone(state);
        Directory.CreateDirectory(state.DataFolder + ".restoring");
        File.WriteAllText(Path.Combine(state.DataFolder + ".restoring", Database.FileName), "half");
        Assert.Equal(0, (await Restore(state, file)).Code);
        Assert.False(Directory.Exists(state.DataFolder + ".restoring"));
    }

    [Fact]
    public async Task A_changed_file_leaves_no_folder_and_a_file_of_another_state_is_refused()
    {
        await using var state = await TestState.Initialised();
        using var recipient = Recipient(state);
        var file = Path.Combine(state.Folder, "backup");
        Assert.Equal(0, (await Run("backup", "--config", state.ConfigurationFile, "--out", file)).Code);
        await Gone(state);
        var bytes = File.ReadAllBytes(file);
        bytes[^40] ^= 1;
        File.WriteAllBytes(file + "-changed", bytes);
        File.Copy(file + ".keys", file + "-changed.keys");
        Assert.Equal(3, (await Restore(state, file + "-changed")).Code);
        Assert.False(Directory.Exists(state.DataFolder));
        Assert.False(Directory.Exists(state.DataFolder + ".restoring"));
        var (swapped, _, error) = await Run("restore", "--config", state.ConfigurationFile, "--from", file + ".keys", "--keys-from", file, "--key", Key(state), "--cert", Cert(state));
        Assert.Equal(1, swapped);
        Assert.Contains("T542", error, StringComparison.Ordinal);
        state.Configure(json => json["Gateway"]!["State"] = "XC");
        Assert.Equal(1, (await Restore(state, file)).Code);
        Assert.False(Directory.Exists(state.DataFolder));
    }

    [Fact]
    public async Task Keys_older_than_the_data_are_refused()
    {
        await using var state = await TestState.Initialised();
        using var recipient = Recipient(state);
        var (old, young) = (Path.Combine(state.Folder, "old"), Path.Combine(state.Folder, "young"));
        Assert.Equal(0, (await Run("backup", "--config", state.ConfigurationFile, "--out", old)).Code);
        Assert.Equal(0, (await Run("backup", "--config", state.ConfigurationFile, "--out", young)).Code);
        await Gone(state);
        Assert.Equal(1, (await Run("restore", "--config", state.ConfigurationFile, "--from", young, "--keys-from", old + ".keys", "--key", Key(state), "--cert", Cert(state))).Code);
        Assert.Equal(0, (await Run("restore", "--config", state.ConfigurationFile, "--from", old, "--keys-from", young + ".keys", "--key", Key(state), "--cert", Cert(state))).Code);
    }

    [Fact]
    public async Task Without_a_recipient_there_is_no_backup()
    {
        await using var state = await TestState.Initialised();
        var (code, _, error) = await Run("backup", "--config", state.ConfigurationFile, "--out", Path.Combine(state.Folder, "backup"));
        Assert.Equal(1, code);
        Assert.Contains("Backup:Recipient", error, StringComparison.Ordinal);
    }

    /// <summary>Names a recipient in the configuration; its key lies beside it, where a test may have it.</summary>
    internal static IDisposable Recipient(TestState state)
    {
        var identity = state.Pki.Issue("Backups", TestPki.Agree);
        File.WriteAllText(Cert(state), identity.CertificatePem);
        state.Write("backup-recipient.key", identity.KeyPem);
        state.Configure(json => json["Backup"] = new System.Text.Json.Nodes.JsonObject { ["Recipient"] = "backup-recipient.crt" });
        return identity.Key;
    }

    internal static Task<(int Code, string Output, string Error)> Restore(TestState state, string file)
        => Run("restore", "--config", state.ConfigurationFile, "--from", file, "--key", Key(state), "--cert", Cert(state));

    internal static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await new Commands(output, error, TimeProvider.System).Run(args);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>The disk is lost.</summary>
    internal static async Task Gone(TestState state)
    {
        await state.Stop();
        Directory.Delete(state.DataFolder, recursive: true);
    }

    private static string Cert(TestState state) => Path.Combine(state.Folder, "backup-recipient.crt");

    private static string Key(TestState state) => Path.Combine(state.Folder, "backup-recipient.key");
}

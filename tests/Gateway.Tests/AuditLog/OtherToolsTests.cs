using System.Diagnostics;
using Gateway.AuditLog;
using Gateway.Protocol.MerkleLog;
using Xunit;

namespace Gateway.Tests.AuditLog;

/// <summary>What we write, read by implementations of others: golang.org/x/mod/sumdb and openssl.</summary>
public sealed class OtherToolsTests
{
    [GoFact]
    [Trait("Category", "Interop")]
    public async Task Another_implementation_verifies_checkpoints_tiles_entries_and_proofs()
    {
        await using var log = new LogFolder();
        var folder = Path.Combine(log.Folder, "published");
        var key = await Publish(log, folder);
        var (code, output) = Oracle(key, folder);
        Assert.True(code == 0, output);
        Assert.Equal("4 checkpoints, 700 entries, 5 proofs", output.Trim());
        // And it notices: one byte of each kind of file.
        foreach (var name in new[] { "checkpoint-700", "tile/0/001", "tile/1/000.p/2", "tile/entries/002.p/188", "511.tlog-proof", "511.entry" })
        {
            var path = Path.Combine(folder, name);
            var good = File.ReadAllBytes(path);
            var bad = (byte[])good.Clone();
            bad[bad.Length / 3] ^= 1;
            File.WriteAllBytes(path, bad);
            Assert.True(Oracle(key, folder).Code == 1, name);
            File.WriteAllBytes(path, good);
        }
    }

    [Fact]
    public async Task OpenSSL_alone_verifies_the_second_signature_of_a_checkpoint()
    {
        await using var log = new LogFolder();
        await log.Append(3);
        var note = SignedNote.Read((await log.Sequencer.Advance())!.Note).Value;
        var key = log.Keys.Card.LogKeys(log.Name).Single(k => k.Algorithm == NoteAlgorithm.EcdsaP256);
        string At(string name) => Path.Combine(log.Folder, name);
        // As docs/protocol.md says: the text before the last empty line, and what follows the identifier.
        File.WriteAllBytes(At("body"), note.Text.ToArray());
        File.WriteAllBytes(At("signature"), note.Signatures.Single(s => s.KeyId == key.Id).Bytes.ToArray());
        Assert.Equal(0, Run("openssl", ["x509", "-in", At("keys/log-certificate-0001.crt"), "-noout", "-pubkey", "-out", At("public.pem")]).Code);
        Assert.Equal(0, Run("openssl", ["dgst", "-sha256", "-verify", At("public.pem"), "-signature", At("signature"), At("body")]).Code);
        File.AppendAllText(At("body"), "x");
        Assert.NotEqual(0, Run("openssl", ["dgst", "-sha256", "-verify", At("public.pem"), "-signature", At("signature"), At("body")]).Code);
    }

    private static async Task<string> Publish(LogFolder log, string folder)
    {
        Directory.CreateDirectory(folder);
        CheckpointRow? last = null;
        foreach (var count in new[] { 1, 255, 300, 144 })
        {
            await log.Append(count);
            last = (await log.Sequencer.Advance())!;
            File.WriteAllBytes(Path.Combine(folder, $"checkpoint-{last.Size}"), last.Newest);
        }
        var epoch = log.Data.Read(LogEpoch.Current)!;
        foreach (var path in Enumerable.Range(TilePath.Entries, 4).SelectMany(level => TilePath.Of(level, last!.Size)))
        {
            var file = Path.Combine(folder, path.ToString());
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, log.Data.Read(s => new LogTree(s, epoch).Tile(path, last!.Size))!);
        }
        foreach (var leaf in new[] { 0, 255, 256, 511, 699 })
        {
            var proof = log.Proofs.For(leaf).Value;
            File.WriteAllBytes(Path.Combine(folder, $"{leaf}.tlog-proof"), proof.File.Write());
            File.WriteAllBytes(Path.Combine(folder, $"{leaf}.entry"), proof.Leaf.Write());
        }
        return log.Keys.Card.LogKeys(log.Name).Single(k => k.Algorithm == NoteAlgorithm.Ed25519).ToString();
    }

    private static (int Code, string Output) Oracle(string key, string folder) => Run("go", ["run", GoFactAttribute.Program, key, folder]);

    private static (int Code, string Output) Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Debian's libraries lie where Go looked before there were modules.
        start.Environment["GO111MODULE"] = "off";
        start.Environment["GOPATH"] = GoFactAttribute.Libraries;
        start.Environment["GOCACHE"] = Path.Combine(Path.GetTempPath(), "gateway-go-cache");
        start.Environment["GOFLAGS"] = "";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.GetAwaiter().GetResult());
    }
}

/// <summary>Runs where Go and golang.org/x/mod of Debian are installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GoFactAttribute : FactAttribute
{
    internal const string Libraries = "/usr/share/gocode";

    public GoFactAttribute()
    {
        if (!File.Exists("/usr/bin/go") || !Directory.Exists(Path.Combine(Libraries, "src/golang.org/x/mod/sumdb/tlog")))
            Skip = "Go with golang.org/x/mod is not here (Debian: golang-go golang-golang-x-mod-dev)";
    }

    internal static string Program { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Gateway.sln")))
            folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? AppContext.BaseDirectory, "tests", "log-oracle", "main.go");
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Hosting;
using Gateway.Peers;
using Gateway.Storage;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Hosting;

public sealed class CommandsTests
{
    [Fact]
    public async Task Serve_without_a_database_refuses_and_creates_nothing()
    {
        await using var state = TestState.Configured();
        var (code, _, error) = await Run("serve", "--config", state.ConfigurationFile);
        Assert.Equal(1, code);
        Assert.Contains("gateway init", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(state.DataFolder));
    }

    [Fact]
    public async Task Serve_without_case_keys_refuses_and_creates_none()
    {
        await using var state = await TestState.Initialised();
        var keys = Path.Combine(state.DataFolder, CaseKeys.FolderName);
        Directory.Delete(keys, recursive: true);
        Assert.Equal(1, (await Run("serve", "--config", state.ConfigurationFile)).Code);
        Assert.False(Directory.Exists(keys));
    }

    [Fact]
    public async Task Fsck_runs_beside_a_gateway_that_serves_and_says_by_its_exit_code_what_it_found()
    {
        await using var state = await TestState.Running();
        var (good, output, _) = await Run("fsck", "--config", state.ConfigurationFile);
        Assert.Equal(0, good);
        Assert.Contains("GOOD", output, StringComparison.Ordinal);

        await state.Get<Database>().Write(Lane.Ordinary, s => s.Run("DELETE FROM audit_records WHERE idx = 1"));
        var (broken, json, _) = await Run("fsck", "--config", state.ConfigurationFile, "--json");
        Assert.Equal(1, broken);
        using var report = System.Text.Json.JsonDocument.Parse(json);
        Assert.Equal("BROKEN", report.RootElement.GetProperty("verdict").GetString());
        var finding = Assert.Single(report.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal("RECORD_MISSING", finding.GetProperty("fault").GetString());
        Assert.Equal(1, finding.GetProperty("index").GetInt64());

        Assert.Equal(2, (await Run("fsck")).Code);
        var report2 = await state.Get<Gateway.Integrity.IntegrityLoop>().Check(chunks: false);
        Assert.False(report2.Good);
        Assert.Contains(state.Get<Gateway.Runtime.Alarms>().All, a => a.Code == Gateway.Runtime.AlarmCode.LEDGER_DAMAGED);
    }

    [Fact]
    public async Task Fsck_of_what_cannot_be_opened_decides_nothing()
    {
        await using var state = TestState.Configured();
        Assert.Equal(3, (await Run("fsck", "--config", state.ConfigurationFile)).Code);
    }

    [Fact]
    public async Task A_second_gateway_on_the_same_data_folder_refuses_to_start()
    {
        await using var state = await TestState.Running();
        var (code, _, error) = await Run("serve", "--config", state.ConfigurationFile);
        Assert.Equal(1, code);
        Assert.Contains("another gateway process", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_makes_everything_private_and_a_second_one_changes_nothing()
    {
        await using var state = TestState.Configured();
        var init = Init(state);
        var (code, output, _) = await Run(init);
        Assert.Equal(0, code);
        Assert.Matches("([0-9a-f]{8} ){7}[0-9a-f]{8}", output);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(state.DataFolder));
            Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(Path.Combine(state.DataFolder, "keys", "storage-0001.key")));
        }
        var key = File.ReadAllBytes(Path.Combine(state.DataFolder, "keys", "storage-0001.key"));

        var (again, _, error) = await Run(init);

        Assert.Equal(1, again);
        Assert.Contains("T805", error, StringComparison.Ordinal);
        Assert.Equal(key, File.ReadAllBytes(Path.Combine(state.DataFolder, "keys", "storage-0001.key")));
    }

    [Fact]
    public async Task Init_that_was_killed_half_way_is_finished_by_the_next_one()
    {
        await using var state = TestState.Configured();
        Directory.CreateDirectory(state.DataFolder, (UnixFileMode)0b111_000_000);
        Database.Create(state.DataFolder);
        var (refused, _, why) = await Run("serve", "--config", state.ConfigurationFile);
        Assert.Equal(1, refused);
        Assert.Contains("case keys", why, StringComparison.Ordinal);
        var (code, _, error) = await Run(Init(state));
        Assert.True(code == 0, error);
    }

    [Fact]
    public async Task Init_refuses_an_administrator_of_another_certification_authority_and_makes_nothing()
    {
        await using var state = TestState.Configured();
        var stranger = state.Write("stranger.crt", new TestPki("XA").Issue("stranger", TestPki.Sign).CertificatePem);
        var (code, _, _) = await Run([.. Init(state), "--admin", $"stranger={stranger}"]);
        Assert.Equal(1, code);
        Assert.False(Directory.Exists(state.DataFolder));
    }

    [Fact]
    public async Task Key_install_issues_the_next_card_under_the_same_card_key_only()
    {
        await using var state = await TestState.Initialised();
        var files = state.CardKeyFiles();
        string[] install = ["key", "install", "--config", state.ConfigurationFile, "--card-key", files.Key, "--card-cert", files.Certificate];
        Assert.Equal(0, (await Run(install)).Code);

        var other = state.Pki.SelfSigned("Card of XA", TestPki.Sign, isAuthority: false);
        string[] forged = ["key", "install", "--config", state.ConfigurationFile, "--card-key", state.Write("o.key", other.KeyPem), "--card-cert", state.Write("o.crt", other.CertificatePem)];
        var (code, _, error) = await Run(forged);

        Assert.Equal(1, code);
        Assert.Contains("T405", error, StringComparison.Ordinal);
        await using var database = Database.Open(state.DataFolder);
        Assert.Equal(2, database.Read(PeerRows.Own)!.Card.Version);
    }

    [Fact]
    public async Task Migrate_has_nothing_to_do_on_a_new_database_and_refuses_without_one()
    {
        await using var state = await TestState.Initialised();
        Assert.Equal(0, (await Run("db", "migrate", "--config", state.ConfigurationFile)).Code);
        await using var none = TestState.Configured("XB");
        Assert.Equal(1, (await Run("db", "migrate", "--config", none.ConfigurationFile)).Code);
    }

    [Fact]
    public async Task Config_check_of_a_stopped_gateway_is_good_and_of_a_missing_file_is_not()
    {
        await using var state = await TestState.Initialised();
        Assert.Equal(0, (await Run("config", "check", "--config", state.ConfigurationFile)).Code);
        Assert.Equal(1, (await Run("config", "check", "--config", state.ConfigurationFile + "x")).Code);
    }

    [Theory]
    [InlineData("seal", X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation)]
    [InlineData("encryption", X509KeyUsageFlags.KeyAgreement)]
    [InlineData("tls", X509KeyUsageFlags.DigitalSignature)]
    public async Task Key_create_writes_a_private_key_and_a_request_of_its_purpose(string purpose, X509KeyUsageFlags usage)
    {
        await using var state = TestState.Configured();
        var file = Path.Combine(state.Folder, "new");
        string[] create = ["key", "create", "--purpose", purpose, "--out", file, "--subject", "CN=New, C=XA", "--host", "127.0.0.1"];
        Assert.Equal(0, (await Run(create)).Code);
        if (!OperatingSystem.IsWindows())
            Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode($"{file}.key"));
        var request = CertificateRequest.LoadSigningRequestPem(File.ReadAllText($"{file}.csr"), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        Assert.Equal(usage, request.CertificateExtensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        var key = File.ReadAllText($"{file}.key");
        Assert.Equal(3, (await Run(create)).Code);
        Assert.Equal(key, File.ReadAllText($"{file}.key"));
    }

    [Theory]
    [InlineData]
    [InlineData("dance")]
    [InlineData("serve")]
    [InlineData("key", "create", "--purpose", "everything")]
    [InlineData("key", "create", "--purpose", "seal")]
    public async Task Wrong_usage_is_2(params string[] args) => Assert.Equal(2, (await Run(args)).Code);

    [Fact]
    public async Task Help_is_0() => Assert.Equal(0, (await Run("--help")).Code);

    private static string[] Init(TestState state)
    {
        var card = state.CardKeyFiles();
        return
        [
            "init", "--config", state.ConfigurationFile, "--card-key", card.Key, "--card-cert", card.Certificate,
            "--admin", $"administrator={state.Write("a.crt", state.Administrator.Client.CertificatePem)},{state.Write("s.crt", state.Administrator.Signing.CertificatePem)}",
        ];
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await new Commands(output, error, TimeProvider.System).Run(args);
        return (code, output.ToString(), error.ToString());
    }
}

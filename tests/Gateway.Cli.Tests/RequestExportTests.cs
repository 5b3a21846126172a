using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Paper;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>To whom it is encrypted is said, and can be done, before anything is asked of the gateway; and the file that left is there, whatever became of the answer.</summary>
public sealed class RequestExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Nothing_leaves_in_clear_because_a_certificate_was_forgotten()
    {
        var said = await Export();
        Assert.Equal(2, said.Exit);
        Assert.Contains("--not-encrypted", said.Error, StringComparison.Ordinal);
        var pki = new TestPki(_folder["pki"]).Agreement("mla");
        Assert.Equal(2, (await Export("--to-cert", pki.Certificate("mla"), "--not-encrypted")).Exit);
        Assert.Equal(2, (await Export("--not-encrypted", "--channel", "PIGEON")).Exit);
    }

    [Fact]
    public async Task A_certificate_that_cannot_receive_envelopes_is_refused_with_what_is_needed()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=MLA of XC", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllText(_folder["rsa.crt"], certificate.ExportCertificatePem());
        var said = await Export("--to-cert", _folder["rsa.crt"]);
        Assert.Equal(1, said.Exit);
        Assert.Contains("P-256 or P-384", said.Error, StringComparison.Ordinal);
        File.WriteAllText(_folder["none.crt"], "no certificate");
        Assert.Equal(1, (await Export("--to-cert", _folder["none.crt"])).Exit);
        Assert.Equal(2, (await Export("--to-cert", _folder["absent.crt"])).Exit);
        Assert.False(File.Exists(_folder["out.p7m"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_the_answer_is_lost_the_same_command_gives_the_file_whose_leaving_was_certified(bool encrypted)
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var (file, pending) = (gateway.Folder["request.p7m"], gateway.Folder["request.p7m.pending"]);
        string[] how = encrypted ? ["--to-cert", gateway.Pki.Certificate("evidence")] : ["--not-encrypted"];
        Task<Said> Leave(string person) => gateway.RunAsync(["request", "export", LoopbackOperator.CaseId, "--out", file, "--channel", "COURIER", "--to", person, .. how]);
        gateway.Service.LoseAnswer = true;
        Assert.Equal(3, (await Leave("J. Doe")).Exit);
        Assert.False(File.Exists(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(pending));
        // To somebody else is another leaving: it does not take the place of the one that is open.
        var other = await Leave("K. Roe");
        Assert.Equal(3, other.Exit);
        Assert.Contains("it is not known whether it was certified", other.Error, StringComparison.Ordinal);
        Assert.Single(gateway.Service.Submitted);

        var said = await Leave("J. Doe");
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(2, gateway.Service.Submitted.Count);
        Assert.Equal(gateway.Service.Submitted[0], gateway.Service.Submitted[1]);
        var record = PaperRecord.Read(SignedDocument.Open(gateway.Service.Submitted[0].SignedDocument.Memory).Value.Content).Value;
        var left = File.ReadAllBytes(file);
        Assert.Equal(record.Files[0].Sha256, Digest.Of(left));
        Assert.Equal(gateway.Service.Sealed, encrypted ? Envelope.Open(left, gateway.Service.Evidence()).Value : left);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.False(File.Exists(pending));
        // It is there: the same command again writes over nothing and certifies nothing.
        Assert.Equal(3, (await Leave("J. Doe")).Exit);
        Assert.Equal(2, gateway.Service.Submitted.Count);
        Assert.Equal(["request.p7m"], Directory.GetFiles(gateway.Folder.Path, "*request.p7m*").Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_workstation_whose_clock_is_slow_exports_all_the_same_by_the_clock_of_the_gateway()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Ahead = TimeSpan.FromHours(2);
        var said = await gateway.RunAsync("request", "export", LoopbackOperator.CaseId, "--out", gateway.Folder["request.p7m"], "--channel", "COURIER", "--to", "J. Doe", "--not-encrypted");
        Assert.True(said.Exit == 0, said.Error);
        var record = PaperRecord.Read(SignedDocument.Open(Assert.Single(gateway.Service.Submitted).SignedDocument.Memory).Value.Content).Value;
        Assert.True(record.At > TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1), $"{record.At:u} is not the gateway's time");
    }

    [Fact]
    public async Task A_file_whose_leaving_is_refused_is_not_kept()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.RefuseSubmission = new V1.Refusal { Code = "T805", Detail = "this file was recorded before" };
        var said = await gateway.RunAsync("request", "export", LoopbackOperator.CaseId, "--out", gateway.Folder["request.p7m"], "--channel", "COURIER", "--to", "J. Doe", "--not-encrypted");
        Assert.Equal(1, said.Exit);
        Assert.Empty(Directory.GetFiles(gateway.Folder.Path, "*request.p7m*"));
    }

    private Task<Said> Export(params string[] more)
        => GatewayCtl.RunAsync(_folder["contexts.json"], ["request", "export", "XA-0123456789abcdef0123456789abcdef", "--out", _folder["out.p7m"], .. more.Contains("--channel") ? (string[])[] : ["--channel", "COURIER"], "--to", "J. Doe", .. more]);
}

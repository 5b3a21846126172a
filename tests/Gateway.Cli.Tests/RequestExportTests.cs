using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>Before anything is asked of the gateway: to whom it is encrypted is said, and can be done.</summary>
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

    private Task<Said> Export(params string[] more)
        => GatewayCtl.RunAsync(_folder["contexts.json"], ["request", "export", "XA-0123456789abcdef0123456789abcdef", "--out", _folder["out.p7m"], .. more.Contains("--channel") ? (string[])[] : ["--channel", "COURIER"], "--to", "J. Doe", .. more]);
}

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Gateway.Cli.Connection;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class ServerPinTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestPki _pki;

    public ServerPinTests() => _pki = new TestPki(_folder["pki"]).Server("gateway").Client("officer", "localhost").Marks("seal");

    [Theory]
    [InlineData("officer")]
    [InlineData("seal")]
    public void A_certificate_of_the_same_root_for_another_use_is_no_gateway(string presented)
    {
        var pin = ServerPin.FromFile(_pki.Root, TimeProvider.System);
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(_pki.Certificate(presented));
        // A seal's certificate bears no host name at all, so the platform reports a mismatch.
        Assert.False(pin.Accepts(certificate, presented == "seal" ? SslPolicyErrors.RemoteCertificateNameMismatch : SslPolicyErrors.RemoteCertificateChainErrors));
        Assert.NotNull(pin.Problem);
    }

    [Fact]
    public void An_expired_certificate_is_no_gateway_even_when_pinned()
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(_pki.Certificate("gateway"));
        Assert.True(ServerPin.FromFile(_pki.Certificate("gateway"), TimeProvider.System).Accepts(certificate, SslPolicyErrors.RemoteCertificateChainErrors));
        var later = ServerPin.FromFile(_pki.Certificate("gateway"), new Later(TimeSpan.FromDays(40)));
        Assert.False(later.Accepts(certificate, SslPolicyErrors.None));
        Assert.Contains("not valid at this time", later.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void No_certificate_is_no_gateway()
        => Assert.False(ServerPin.FromFile(_pki.Root, TimeProvider.System).Accepts(null, SslPolicyErrors.RemoteCertificateNotAvailable));

    public void Dispose() => _folder.Dispose();

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}

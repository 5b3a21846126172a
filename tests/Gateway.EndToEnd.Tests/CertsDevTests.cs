using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>certs-dev/make.sh, run once for two States into a folder of its own.</summary>
public sealed class CertsDevFolder : IDisposable
{
    public CertsDevFolder()
    {
        Folder = Directory.CreateTempSubdirectory("certs-dev-").FullName;
        var (code, _, error) = Repository.Run("bash", "certs-dev/make.sh", Folder, "XA", "XB");
        Assert.True(code == 0, error);
    }

    public string Folder { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

public sealed class CertsDevTests(CertsDevFolder made) : IClassFixture<CertsDevFolder>
{
    private static readonly string[] s_persons =
        ["lawyer", "duty-officer", "officer-1", "officer-2", "technician", "auditor", "administrator", "deputy-administrator"];

    private string At(string name) => Path.Combine(made.Folder, name);

    [Theory]
    [InlineData("FR")]
    [InlineData("xa")]
    [InlineData("../XA")]
    [InlineData("XAA")]
    [InlineData("")]
    public void Refuses_a_State_that_is_not_fictional(string state)
    {
        var (code, _, error) = Repository.Run("bash", "certs-dev/make.sh", At("elsewhere"), state);
        Assert.Equal(2, code);
        Assert.Contains("not a fictional State", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("elsewhere")));
    }

    [Fact]
    public void Refuses_to_overwrite_keys()
    {
        var before = File.ReadAllText(At("XB/card/card.key"));
        var (code, _, error) = Repository.Run("bash", "certs-dev/make.sh", made.Folder, "XC", "XB");
        Assert.Equal(1, code);
        Assert.Contains("XB exists", error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(At("XB/card/card.key")));
        Assert.False(Directory.Exists(At("XC")));
    }

    [Fact]
    public void Force_never_removes_a_folder_that_it_did_not_make()
    {
        var folder = Directory.CreateTempSubdirectory("certs-dev-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "XA"));
            File.WriteAllText(Path.Combine(folder, "XA", "thesis.txt"), "years of work");
            var (code, _, error) = Repository.Run("bash", "certs-dev/make.sh", "--force", folder, "XA");
            Assert.Equal(1, code);
            Assert.Contains("not made by this script", error, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(folder, "XA", "thesis.txt")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Force_makes_the_same_names_under_other_keys()
    {
        var folder = Directory.CreateTempSubdirectory("certs-dev-").FullName;
        try
        {
            string[] make = ["certs-dev/make.sh", "--force", folder, "XA"];
            Assert.Equal(0, Repository.Run("bash", make).ExitCode);
            var before = File.ReadAllText(Path.Combine(folder, "XA/card/card.key"));
            Assert.Equal(0, Repository.Run("bash", make).ExitCode);
            Assert.NotEqual(before, File.ReadAllText(Path.Combine(folder, "XA/card/card.key")));
            Assert.Equal(["XA"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Nobody_else_may_read_a_file()
    {
        const UnixFileMode file = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var files = Directory.GetFiles(made.Folder, "*", SearchOption.AllDirectories);
        Assert.Contains(files, path => path.EndsWith(".key", StringComparison.Ordinal));
        Assert.All(files, path => Assert.Equal(file, File.GetUnixFileMode(path)));
        var folders = Directory.GetDirectories(made.Folder, "*", SearchOption.AllDirectories);
        Assert.All(folders, path => Assert.Equal(file | UnixFileMode.UserExecute, File.GetUnixFileMode(path)));
    }

    [Fact]
    public void Every_key_is_of_its_own_on_P256_in_PKCS8_and_fits_its_certificate()
    {
        var seen = new HashSet<string>();
        foreach (var key in Directory.GetFiles(made.Folder, "*.key", SearchOption.AllDirectories))
        {
            Assert.StartsWith("-----BEGIN " + "PRIVATE KEY-----", File.ReadAllText(key), StringComparison.Ordinal);
            using var ec = System.Security.Cryptography.ECDsa.Create();
            ec.ImportFromPem(File.ReadAllText(key));
            Assert.Equal("1.2.840.10045.3.1.7", ec.ExportParameters(false).Curve.Oid.Value);
            using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(Path.ChangeExtension(key, ".crt"), key);
            Assert.True(seen.Add(Convert.ToHexString(ec.ExportSubjectPublicKeyInfo())), $"{key} is used twice");
        }
    }

    [Theory]
    [InlineData("XA")]
    [InlineData("XB")]
    public void Openssl_verifies_chains_and_purposes(string state)
    {
        Verifies(state, "sslserver", "gateway/tls");
        Verifies(state, "sslclient", "gateway/tls");
        foreach (var person in s_persons)
        {
            Verifies(state, "sslclient", $"persons/{person}/client");
            Verifies(state, "smimesign", $"persons/{person}/signing");
            Assert.NotEqual(0, Verify(state, "sslserver", $"persons/{person}/client"));
        }

        Verifies(state, "sslclient", "persons/case-system/client");
        Assert.False(File.Exists(At($"{state}/persons/case-system/signing.key")));
        foreach (var authority in new[] { "CA", "CP", "PO", "LAB" })
        {
            Verifies(state, "smimesign", $"authorities/{state}-{authority}/seal");
            Verifies(state, "smimesign", $"authorities/{state}-{authority}/stamp");
            Verifies(state, "any", $"authorities/{state}-{authority}/encryption");
            Verifies(state, "any", $"authorities/{state}-{authority}/evidence");
            Assert.NotEqual(0, Verify(state, "smimesign", $"authorities/{state}-{authority}/encryption"));
        }
    }

    [Fact]
    public void Openssl_refuses_the_expired_the_stranger_and_the_other_State()
    {
        Assert.NotEqual(0, Verify("XA", "sslclient", "bad/expired"));
        Assert.NotEqual(0, Verify("XA", "sslclient", "bad/stranger"));
        Assert.NotEqual(0, Verify("XA", "sslclient", "../XB/persons/lawyer/client"));
        // Both bad ones bear the lawyer's name: only the time and the key tell them apart.
        var lawyer = Subject("XA/persons/lawyer/client.crt");
        Assert.Equal(lawyer, Subject("XA/bad/expired.crt"));
        Assert.Equal(lawyer, Subject("XA/bad/stranger.crt"));
        Assert.Equal(Subject("XA/root/root.crt"), Subject("XA/bad/stranger-root.crt"));
    }

    [Theory]
    [InlineData("card/card", "card/card")]
    [InlineData("authorities/XA-CA/seal", "root/root")]
    [InlineData("authorities/XA-CA/stamp", "root/root")]
    [InlineData("persons/lawyer/signing", "root/root")]
    public void Openssl_accepts_what_they_sign_as_CAdES(string signer, string anchor)
    {
        var signed = At(Path.GetRandomFileName());
        Assert.Equal(0, Repository.Run("openssl", "cms", "-sign", "-cades", "-nodetach", "-binary", "-outform", "DER", "-in", "global.json",
            "-signer", At($"XA/{signer}.crt"), "-inkey", At($"XA/{signer}.key"), "-out", signed).ExitCode);
        var (code, output, error) = Repository.Run("openssl", "cms", "-verify", "-cades", "-inform", "DER", "-in", signed, "-CAfile", At($"XA/{anchor}.crt"));
        File.Delete(signed);
        Assert.True(code == 0, error);
        Assert.Equal(File.ReadAllText(Repository.PathOf("global.json")), output);
    }

    [Fact]
    public void The_folder_that_it_writes_by_default_is_ignored_by_git()
        => Assert.Equal(0, Repository.Run("git", "-c", "safe.directory=*", "check-ignore", "-q", "certs-dev/out/XA/card/card.key").ExitCode);

    private void Verifies(string state, string purpose, string name)
        => Assert.True(Verify(state, purpose, name) == 0, $"{state}/{name} does not verify for {purpose}");

    private int Verify(string state, string purpose, string name)
        => Repository.Run("openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", At($"{state}/root/root.crt"), At($"{state}/{name}.crt")).ExitCode;

    private string Subject(string file) => Repository.Run("openssl", "x509", "-noout", "-subject", "-in", At(file)).Output;
}

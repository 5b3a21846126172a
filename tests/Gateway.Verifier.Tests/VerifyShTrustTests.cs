using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Tests.Bundles;
using Xunit;

namespace Gateway.Verifier.Tests;

/// <summary>deploy/verify.sh: whose certificate counts, and for what.</summary>
[Trait("Category", "Interop")]
public sealed class VerifyShTrustTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-verify-sh-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // openssl looks in the machine's own list of authorities, too, unless it is told not to: whoever has a certificate of any public one could seal for a State.
    [Fact]
    public async Task An_authority_that_the_machine_trusts_is_no_authority_here()
    {
        using (var made = Process.Start(new ProcessStartInfo("sh", ["-euc", """
            key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }
            key ca; openssl req -x509 -new -key ca.key -subj "/CN=Public CA" -not_before 20260101000000Z -not_after 20300101000000Z -out ca.crt 2> /dev/null || openssl req -x509 -new -key ca.key -subj "/CN=Public CA" -days 2000 -out ca.crt
            key site; openssl req -new -key site.key -subj /CN=www.example -out site.csr
            printf 'keyUsage=digitalSignature\nbasicConstraints=CA:FALSE\n' > site.ext
            openssl x509 -req -in site.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 1000 -extfile site.ext -out site.crt 2> /dev/null
            mkdir authorities; cp ca.crt authorities; openssl rehash authorities
            """]) { WorkingDirectory = _folder })!)
        {
            made.WaitForExit();
            Assert.Equal(0, made.ExitCode);
        }
        string At(string file) => Path.Combine(_folder, file);
        using var stranger = Signer.FromPem(File.ReadAllText(At("site.crt")), File.ReadAllText(At("site.key")));
        var bundle = BundleFiles.Of(await Judging.Good).Reseal(stranger).Pack();
        var authorities = At("authorities");
        // The list is one that openssl takes: without it the test would show nothing.
        File.WriteAllBytes(At("manifest.cms"), BundleFiles.Of(bundle)["MANIFEST.cms"]);
        using var plain = Process.Start(new ProcessStartInfo("openssl", ["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any", "-no_check_time", "-in", At("manifest.cms"), "-out", "/dev/null"]) { Environment = { ["SSL_CERT_DIR"] = authorities }, RedirectStandardError = true })!;
        plain.WaitForExit();
        Assert.Equal(0, plain.ExitCode);
        var (code, output) = VerifySh.Run(VerifySh.Script, _folder, bundle, authorities, VerifySh.Trust);
        Assert.True(code == 1 && output.Contains("MANIFEST.cms is not sealed by XA", StringComparison.Ordinal), output);
    }

    // openssl cuts the lines of a PEM file after 254 bytes and drops blanks at their ends: what one reads as one line with nothing in it is a certificate to the other.
    [Fact]
    public async Task A_certificate_that_hides_behind_the_end_of_another_is_broken()
    {
        var stranger = SampleCase.Shared.Witness.Seal;
        var hidden = string.Concat(PemEncoding.WriteString("CERTIFICATE", stranger.Certificate.Der.Span).Split('\n').Prepend("-----END CERTIFICATE-----").Select(line => line.PadRight(254)));
        var files = BundleFiles.Of(await Judging.Good);
        var seals = Encoding.ASCII.GetString(files["trust/XA/seals.pem"]).TrimEnd('\n');
        files["trust/XA/seals.pem"] = Encoding.ASCII.GetBytes(seals[..^"-----END CERTIFICATE-----".Length] + hidden.TrimEnd() + "\n");
        var bundle = files.Reseal(stranger).Pack();
        // It is one that openssl takes: without that the test would show nothing.
        File.WriteAllBytes(Path.Combine(_folder, "manifest.cms"), BundleFiles.Of(bundle)["MANIFEST.cms"]);
        File.WriteAllBytes(Path.Combine(_folder, "seals.pem"), files["trust/XA/seals.pem"]);
        using var plain = Process.Start(new ProcessStartInfo("openssl", ["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-partial_chain", "-purpose", "any", "-no_check_time", "-no-CApath", "-no-CAstore", "-CAfile", "seals.pem", "-in", "manifest.cms", "-out", "/dev/null"]) { WorkingDirectory = _folder, RedirectStandardError = true })!;
        plain.WaitForExit();
        Assert.Equal(0, plain.ExitCode);
        var (code, output) = Run(bundle, VerifySh.Trust);
        Assert.True(code == 1 && output.Contains("trust/XA/seals.pem holds something else than certificates", StringComparison.Ordinal), output);
    }

    // A card is in force until the next one: in the order of their versions, whatever their files are called.
    [Fact]
    public async Task Cards_whose_files_are_named_in_another_order_are_broken()
    {
        var (before, after) = (SampleCase.Shared.Witness.Card, SampleCase.Shared.Witness.WithoutLogKeys(SampleState.From.AddMonths(3)));
        var files = BundleFiles.Of(await new SampleCase { Witnesses = [before, after] }.Write());
        Assert.Equal(0, Run(files.Pack(), VerifySh.Trust).Code);
        (files["trust/XC/card-00000001.cms"], files["trust/XC/card-00000002.cms"]) = (after.Der.ToArray(), before.Der.ToArray());
        var bundle = files.Reseal(SampleCase.Shared.Asking.Seal).Pack();
        Assert.Equal(Gateway.Protocol.Verification.Verdict.BROKEN, Judging.Judge(bundle).Verdict);
        var (code, output) = Run(bundle, VerifySh.Trust);
        Assert.True(code == 1 && output.Contains("trust/XC/card-00000001.cms is no card of XC", StringComparison.Ordinal), output);
    }

    // An authority for persons among the seals would let every person of the State seal for it.
    [Fact]
    public async Task A_certificate_of_another_purpose_is_broken()
    {
        var files = BundleFiles.Of(await Judging.Good);
        files["trust/XB/seals.pem"] = [.. files["trust/XB/seals.pem"], .. files["trust/XB/persons.pem"]];
        var (code, output) = Run(files.Reseal(SampleCase.Shared.Asking.Seal).Pack(), VerifySh.Trust);
        Assert.True(code == 1 && output.Contains("trust/XB/seals.pem holds a certificate", StringComparison.Ordinal), output);
    }

    private (int Code, string Output) Run(byte[] bundle, params string[] arguments) => VerifySh.Run(VerifySh.Script, _folder, bundle, null, arguments);
}

using System.Diagnostics;
using System.Security.Cryptography;
using Gateway.Keys;
using Gateway.Protocol.MerkleLog;
using Xunit;

namespace Gateway.Tests.AuditLog;

public sealed class Ed25519KeyTests
{
    [Fact]
    public void What_the_library_signs_verifies_in_managed_code_and_nothing_else_does()
    {
        Ed25519Key.SelfTest();
        for (var length = 0; length < 300; length += 23)
        {
            using var key = Ed25519Key.FromPem(Ed25519Key.CreatePem());
            var message = RandomNumberGenerator.GetBytes(length + 1);
            var signature = key.Sign(message);
            Assert.Equal(signature, key.Sign(message));
            Assert.True(Ed25519.Verify(key.PublicKey.Span, message, signature));
            message[^1] ^= 1;
            Assert.False(Ed25519.Verify(key.PublicKey.Span, message, signature));
        }
    }

    [Fact]
    public void OpenSSL_reads_our_keys_and_we_read_those_of_OpenSSL()
    {
        var folder = Directory.CreateTempSubdirectory("ed25519-").FullName;
        try
        {
            var (ours, theirs) = (Path.Combine(folder, "ours.key"), Path.Combine(folder, "theirs.key"));
            File.WriteAllText(ours, Ed25519Key.CreatePem());
            OpenSsl("genpkey", "-algorithm", "ed25519", "-out", theirs);
            foreach (var file in new[] { ours, theirs })
            {
                using var key = Ed25519Key.FromPem(File.ReadAllText(file));
                var (spki, message, signature) = (Path.Combine(folder, "spki"), Path.Combine(folder, "message"), Path.Combine(folder, "signature"));
                OpenSsl("pkey", "-in", file, "-pubout", "-outform", "DER", "-out", spki);
                Assert.Equal(key.PublicKey.ToArray(), File.ReadAllBytes(spki)[^32..]);
                File.WriteAllText(message, "a checkpoint\n");
                File.WriteAllBytes(signature, key.Sign("a checkpoint\n"u8));
                OpenSsl("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", spki, "-rawin", "-in", message, "-sigfile", signature);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN " + "PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n")]
    public void Another_file_is_no_key(string pem) => Assert.Throws<CryptographicException>(() => Ed25519Key.FromPem(pem));

    private static void OpenSsl(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"openssl {arguments[0]}: {error}");
    }
}

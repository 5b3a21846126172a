using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary><c>gatewayctl signature check</c>: exit codes and words, without a gateway.</summary>
public class SignatureCheckTests
{
    [Fact]
    public async Task A_good_a_changed_an_unknown_and_a_lonely_signature_end_with_their_codes()
    {
        using var folder = new TemporaryFolder();
        var pki = new TestPki(folder["pki"]).Marks("judge");
        File.WriteAllBytes(folder["order.txt"], "the order"u8.ToArray());
        File.WriteAllBytes(folder["other.txt"], "the ordes"u8.ToArray());
        File.WriteAllBytes(folder["attached.p7m"], Gateway.Protocol.Marks.SignedDocument.Sign("the order"u8, pki.Signer("judge"), TimeProvider.System.GetUtcNow()));
        var cms = new SignedCms(new ContentInfo("the order"u8.ToArray()), detached: true);
        cms.ComputeSignature(new CmsSigner(X509Certificate2.CreateFromPemFile(pki.Certificate("judge"), pki.Key("judge"))));
        File.WriteAllBytes(folder["order.p7s"], cms.Encode());

        var good = await Check(folder, "attached.p7m", "--trust", pki.Root, "--no-revocation");
        Assert.Equal((0, "TOTAL_PASSED"), (good.Exit, Indication(good)));
        Assert.Equal((3, "INDETERMINATE"), await Answer(folder, "attached.p7m", "--no-revocation"));
        // No content at hand is no changed content.
        var lonely = await Check(folder, "order.p7s", "--trust", pki.Root, "--no-revocation");
        Assert.Equal((3, "INDETERMINATE"), (lonely.Exit, Indication(lonely)));
        Assert.Contains("SIGNED_DATA_NOT_FOUND", lonely.Output, StringComparison.Ordinal);
        Assert.Equal((1, "TOTAL_FAILED"), await Answer(folder, "order.p7s", "--trust", pki.Root, "--no-revocation", "--detached", folder["other.txt"]));
        Assert.NotEqual(1, (await Check(folder, "order.p7s", "--trust", pki.Root, "--no-revocation", "--detached", folder["order.txt"])).Exit);
        Assert.DoesNotContain("CONTENT_DOUBLED", good.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--from", "xb")]
    [InlineData("--authority", "XB")]
    public async Task A_State_or_authority_that_is_none_is_wrong_usage(string option, string value)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["x.p7m"], [0x30, 0]);
        Assert.Equal(2, (await Check(folder, "x.p7m", option, value)).Exit);
    }

    private static Task<Said> Check(TemporaryFolder folder, string file, params string[] options) => GatewayCtl.RunAsync(folder["contexts.json"], ["signature", "check", folder[file], "--json", .. options]);

    private static async Task<(int Exit, string Indication)> Answer(TemporaryFolder folder, string file, params string[] options)
    {
        var said = await Check(folder, file, options);
        return (said.Exit, Indication(said));
    }

    private static string Indication(Said said)
    {
        using var json = JsonDocument.Parse(said.Output);
        return json.RootElement.GetProperty("document").GetProperty("indication").GetString()!;
    }
}

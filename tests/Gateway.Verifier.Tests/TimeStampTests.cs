using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gateway.Protocol.Tests.Bundles;
using Gateway.Protocol.Tests.Requests;
using Gateway.Recognition.Tests.Making;
using Xunit;

namespace Gateway.Verifier.Tests;

/// <summary>RFC 3161 tokens in a bundle, judged by the program as an auditor runs it.</summary>
public sealed class TimeStampTests : IDisposable
{
    private static readonly TestAuthority s_root = TestAuthority.Root();
    private static readonly TestKey s_stamper = s_root.TimeStamper();
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-verify-").FullName;

    private static DateTimeOffset Time => RequestSamples.Now.AddMinutes(5);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_token_of_a_trusted_authority_is_confirmed_and_stands_in_every_report()
    {
        var (code, text) = await Verify(note => CmsMaker.Token(note, Time, s_stamper), "--tsa-trust", Root(s_root), "--report", Path.Combine(_folder, "report.html"));
        Assert.Equal(0, code);
        Assert.Contains("stamped by CN=Test Time-Stamps at 2026-11-20T10:05:00.000Z;", text, StringComparison.Ordinal);
        Assert.DoesNotContain("B719", text, StringComparison.Ordinal);
        Assert.DoesNotContain("B109", text, StringComparison.Ordinal);
        Assert.Contains("CN=Test Time-Stamps", await File.ReadAllTextAsync(Path.Combine(_folder, "report.html")), StringComparison.Ordinal);
        var (_, json) = await Verify(note => CmsMaker.Token(note, Time, s_stamper), "--json", "--tsa-trust", Root(s_root));
        var stamp = JsonDocument.Parse(json).RootElement.GetProperty("logs")[0].GetProperty("timeStamps")[0];
        Assert.True(stamp.GetProperty("confirmed").GetBoolean());
        Assert.True(stamp.GetProperty("receipts").GetInt64() > 0);
    }

    [Fact]
    public async Task An_authority_that_nobody_vouches_for_is_not_confirmed()
    {
        foreach (var trust in (string[][])[[], ["--tsa-trust", Root(TestAuthority.Root("CN=Test Root"))]])
        {
            var (code, text) = await Verify(note => CmsMaker.Token(note, Time, s_stamper), trust);
            Assert.Equal(0, code);
            Assert.Contains("B719", text, StringComparison.Ordinal);
            Assert.Contains("at 2026-11-20T10:05:00.000Z, not confirmed", text, StringComparison.Ordinal);
            Assert.Equal(1, (await Verify(note => CmsMaker.Token(note, Time, s_stamper), [.. trust, "--strict"])).Code);
        }
    }

    [Fact]
    public async Task A_certificate_that_is_not_for_time_stamps_confirms_none()
    {
        var (code, text) = await Verify(note => CmsMaker.Token(note, Time, s_root.Signer()), "--tsa-trust", Root(s_root));
        Assert.Equal(0, code);
        Assert.Contains("B719", text, StringComparison.Ordinal);
        Assert.Contains("is not for time-stamps alone", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_whose_certificate_was_revoked_confirms_nothing_if_a_list_says_so()
    {
        string List(string name, params (TestKey, DateTimeOffset, X509RevocationReason)[] revoked) => Write(name, s_root.List(Time.AddHours(-1), Time.AddDays(5), revoked));
        var trust = new[] { "--tsa-trust", Root(s_root), "--material" };
        var (_, good) = await Verify(note => CmsMaker.Token(note, Time, s_stamper), [.. trust, List("good.crl")]);
        Assert.DoesNotContain("B719", good, StringComparison.Ordinal);
        foreach (var (file, why) in ((string, string)[])[
            (List("revoked.crl", (s_stamper, Time.AddHours(-2), X509RevocationReason.KeyCompromise)), "revoked"),
            (Write("another.crl", TestAuthority.Root("CN=Another Root").List()), "nothing usable")])
        {
            var (code, text) = await Verify(note => CmsMaker.Token(note, Time, s_stamper), [.. trust, file]);
            Assert.Equal(0, code);
            Assert.Contains("B719", text, StringComparison.Ordinal);
            Assert.Contains(why, text, StringComparison.Ordinal);
        }
        Assert.Equal(2, Judge([1], "--material", Write("x.crl", "hello"u8.ToArray())).Code);
    }

    [Fact]
    public async Task A_token_over_another_checkpoint_breaks_the_bundle()
    {
        var (code, text) = await Verify(_ => CmsMaker.Token("gateway-log/XA/2026\n1\nroot\n"u8.ToArray(), Time, s_stamper), "--tsa-trust", Root(s_root));
        Assert.Equal(1, code);
        Assert.Contains("B718", text, StringComparison.Ordinal);
        Assert.Contains("is of something else", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_token_breaks_the_bundle()
    {
        foreach (var reply in (byte[][])[[], [0x30, 0x03, 0x02, 0x01, 0x02], [0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02], "no token"u8.ToArray()])
        {
            var (code, text) = await Verify(_ => reply, "--tsa-trust", Root(s_root));
            Assert.Equal(1, code);
            Assert.Contains("B718", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_token_later_than_the_seal_of_the_bundle_breaks_it()
    {
        var (code, text) = await Verify(note => CmsMaker.Token(note, Time.AddHours(6), s_stamper), "--tsa-trust", Root(s_root));
        Assert.Equal(1, code);
        Assert.Contains("after this bundle was sealed or judged", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_changed_byte_of_a_token_changes_what_is_believed()
    {
        byte[] token = [];
        var good = await Bundle(note => token = CmsMaker.Token(note, Time, s_stamper));
        var files = BundleFiles.Of(good);
        var name = files.In("log/XA/tsa/").Single(n => n.EndsWith(".tsr", StringComparison.Ordinal));
        var believed = 0;
        for (var at = 0; at < token.Length; at += 11)
        {
            var copy = files.Clone();
            copy[name] = (byte[])token.Clone();
            copy[name][at] ^= (byte)(1 << (at % 8));
            var (code, text) = Judge(copy.Reseal(SampleCase.Shared.Asking.Seal).Pack(), "--tsa-trust", Root(s_root));
            if (code == 1 || text.Contains("B719", StringComparison.Ordinal))
                continue;
            // Some bytes around the signed content are nobody's word (a list of digests, versions); the word itself is the same.
            believed++;
            Assert.Contains("stamped by CN=Test Time-Stamps at 2026-11-20T10:05:00.000Z;", text, StringComparison.Ordinal);
        }
        Assert.InRange(believed, 0, 8);
    }

    [Fact]
    public void A_trust_file_that_holds_no_certificate_is_wrong_usage()
    {
        Assert.Equal(2, Judge([1], "--tsa-trust", Path.Combine(_folder, "absent.pem")).Code);
        Assert.Equal(2, Judge([1], "--tsa-trust", Write("x.pem", "hello"u8.ToArray())).Code);
        Assert.Equal(2, Judge([1], "--tsa-trust", Write("card.cms", SampleCase.Shared.Asking.Card.Der.ToArray())).Code);
    }

    private async Task<(int Code, string Text)> Verify(Func<byte[], byte[]> stamp, params string[] arguments) => Judge(await Bundle(stamp), arguments);

    private static Task<byte[]> Bundle(Func<byte[], byte[]> stamp) => new SampleCase
    {
        Log = new SampleLog(SampleCase.Shared.Asked, SampleCase.Shared.Witness) { Stamped = note => stamp(note.ToArray()) },
        ExportedAfter = TimeSpan.FromMinutes(10),
    }.Write();

    private (int Code, string Text) Judge(byte[] bundle, params string[] arguments)
    {
        var trust = new[] { SampleCase.Shared.Asking, SampleCase.Shared.Asked, SampleCase.Shared.Witness }.Select(s => s.Card.Fingerprint);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = VerifyCommand.Run([Write("case.zip", bundle), "--at", "2026-11-21T00:00:00Z", .. arguments, "--trust", .. trust], output, error, TimeProvider.System);
        return (code, output.ToString() + error);
    }

    private string Root(TestAuthority root) => Write($"{Guid.CreateVersion7()}.pem", System.Text.Encoding.ASCII.GetBytes(root.Self.Certificate.ExportCertificatePem()));

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}

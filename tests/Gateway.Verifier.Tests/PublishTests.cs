using Gateway.Protocol.Tests.Bundles;
using Gateway.Protocol.Tests.Requests;
using Xunit;

namespace Gateway.Verifier.Tests;

/// <summary>deploy/publish.sh: what an auditor gets, made and used. It restores a runtime pack and trims: minutes, not seconds.</summary>
[Trait("Category", "Interop")]
public sealed class PublishTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-publish-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task One_trimmed_file_under_25_MB_judges_bundles_as_the_build_does()
    {
        var made = Run("bash", Path.Combine(RequestSamples.Root, "deploy", "publish.sh"), "--out", _folder, "linux-x64");
        Assert.True(made.Code == 0, made.Output);
        var program = Path.Combine(_folder, "gateway-verify-linux-x64");
        Assert.InRange(new FileInfo(program).Length, 1_000_000, 25_000_000);

        var bundle = Path.Combine(_folder, "case.zip");
        await File.WriteAllBytesAsync(bundle, await Judging.Good);
        var trust = new[] { SampleCase.Shared.Asking.Card.Fingerprint, SampleCase.Shared.Asked.Card.Fingerprint, SampleCase.Shared.Witness.Card.Fingerprint };
        var report = Path.Combine(_folder, "report.html");
        Assert.Equal(0, Run(program, [bundle, "--json", "--report", report, "--trust", .. trust]).Code);
        Assert.Contains("VALID", await File.ReadAllTextAsync(report), StringComparison.Ordinal);
        Assert.Equal(3, Run(program, bundle).Code);
        // The same text as the build that the other tests run: trimming took nothing that is needed.
        using var expected = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(0, VerifyCommand.Run([bundle, "--json", "--at", "2027-01-01T00:00:00Z", "--trust", .. trust], expected, error, TimeProvider.System));
        Assert.Equal(expected.ToString(), Run(program, [bundle, "--json", "--at", "2027-01-01T00:00:00Z", "--trust", .. trust]).Output);
        var damaged = await Judging.Good;
        damaged = [.. damaged[..2000], (byte)(damaged[2000] ^ 1), .. damaged[2001..]];
        await File.WriteAllBytesAsync(bundle, damaged);
        Assert.Equal(1, Run(program, [bundle, "--trust", .. trust]).Code);
    }

    private static (int Code, string Output) Run(string program, params string[] arguments) => OtherProgram.Run(program, arguments);
}

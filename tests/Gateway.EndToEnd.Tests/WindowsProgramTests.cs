using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>
/// What <c>deploy/publish.sh --lab win-x64</c> makes, run on another implementation of that system's functions (wine). Wine has no key of an elliptic curve,
/// so signatures, and with them pack, attach and the verdict on a bundle, are tried on Linux only.
/// </summary>
public sealed class WindowsProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-windows-").FullName;

    public void Dispose()
    {
        // Its server lives on for some seconds and writes its registry.
        using (var server = Process.Start(InWine("wineserver", ["--kill"])))
            server?.WaitForExit();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void The_programs_of_the_laboratory_and_of_the_auditor_run()
    {
        var (code, output, error) = Repository.RunFor(TimeSpan.FromMinutes(15), "bash", Repository.PathOf("deploy/publish.sh"), "--lab", "--out", _folder, "win-x64");
        Assert.True(code == 0, output + error);
        var verifier = Program("gateway-verify-win-x64.exe");
        Assert.InRange(new FileInfo(verifier).Length, 1_000_000, 25_000_000);
        var laboratory = Program("gatewayctl-win-x64/gatewayctl.exe");
        (code, output, error) = Repository.Run("bash", "-c", $"cd '{_folder}' && sha256sum --strict -c SHA256SUMS");
        Assert.True(code == 0, error);
        Assert.Contains("gatewayctl-win-x64/gatewayctl.exe: OK", output, StringComparison.Ordinal);

        var source = Directory.CreateDirectory(Path.Combine(_folder, "exhibit", "Приложение")).Parent!.FullName;
        var image = Path.Combine(source, "disk.dd");
        var content = RandomNumberGenerator.GetBytes(3 * 1024 * 1024 + 17);
        File.WriteAllBytes(image, content);
        File.WriteAllText(Path.Combine(source, "Приложение", "é.txt"), "alpha");
        var digests = LastLine(Wine(laboratory, 0, "evidence", "hash", image, "--also", "sha512,sha3-256,sha3-512,md5,sha1,streebog-256,sm3", "--json")).GetProperty("digests");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), digests.GetProperty("SHA256").GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA512.HashData(content)), digests.GetProperty("SHA512").GetString());
        // Wine has no SHA-3, as Windows 10 has none.
        Assert.Equal(Convert.ToHexStringLower(SHA3_256.HashData(content)), digests.GetProperty("SHA3-256").GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA3_512.HashData(content)), digests.GetProperty("SHA3-512").GetString());
        Assert.Equal(7 + 1, digests.EnumerateObject().Count());

        var folder = Wine(laboratory, 0, "evidence", "hash", source, "--json");
        Assert.Contains("\"path\":\"Приложение/é.txt\"", folder, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData("alpha"u8)), folder, StringComparison.Ordinal);
        Assert.Equal(2, LastLine(folder).GetProperty("files").GetInt32());
        Assert.Contains("there is no file", Wine(laboratory, 2, "evidence", "hash", Path.Combine(source, "absent")), StringComparison.Ordinal);

        Assert.Contains("gateway-verify", Wine(verifier, 0, "--help"), StringComparison.Ordinal);
        Assert.Contains("is not a ZIP", Wine(verifier, 1, image), StringComparison.Ordinal);
    }

    private static JsonElement LastLine(string text) => JsonDocument.Parse(text.TrimEnd().Split('\n').Last(line => line.StartsWith('{'))).RootElement;

    private string Program(string name)
    {
        var path = Path.Combine(_folder, name);
        var program = File.ReadAllBytes(path);
        var header = BinaryPrimitives.ReadInt32LittleEndian(program.AsSpan(0x3c));
        Assert.Equal("PE\0\0"u8.ToArray(), program[header..(header + 4)]);
        Assert.Equal(0x8664, BinaryPrimitives.ReadUInt16LittleEndian(program.AsSpan(header + 4)));
        return path;
    }

    // Its whole world lies in the folder of the test, and its remarks about itself are left out.
    private ProcessStartInfo InWine(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8 };
        (start.Environment["WINEPREFIX"], start.Environment["WINEDEBUG"], start.Environment["LC_ALL"]) = (Path.Combine(_folder, "prefix"), "-all", "C.UTF-8");
        return start;
    }

    private string Wine(string program, int expected, params string[] arguments)
    {
        using var process = Process.Start(InWine("wine", [program, .. arguments]))!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end");
        }
        var text = output.GetAwaiter().GetResult() + error.GetAwaiter().GetResult();
        Assert.True(process.ExitCode == expected, $"ended with {process.ExitCode}: {text}");
        return text;
    }
}

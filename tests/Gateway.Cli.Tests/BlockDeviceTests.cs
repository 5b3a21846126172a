using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>A disk as it is plugged in: no file, no size in its folder, read to its last sector.</summary>
public sealed class BlockDeviceTests
{
    [LoopDevice]
    public async Task A_raw_device_is_hashed_and_attached_to_its_last_sector()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        var content = RandomNumberGenerator.GetBytes((3 << 20) + 512);
        var file = gateway.Folder["disk.img"];
        await File.WriteAllBytesAsync(file, content);
        var device = (await Run("losetup", "--find", "--show", "--read-only", file)).Trim();
        try
        {
            var hashed = await gateway.RunAsync("evidence", "hash", device, "--json");
            Assert.True(hashed.Exit == 0, hashed.Error);
            var sha256 = JsonDocument.Parse(hashed.Output.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("digests").GetProperty("SHA256").GetString();
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), sha256);

            // People name a disk by what stands on its label: /dev/disk/by-id leads there, and so may a link anywhere.
            File.CreateSymbolicLink(gateway.Folder["by-label"], device);
            var linked = await gateway.RunAsync("evidence", "hash", gateway.Folder["by-label"]);
            Assert.True(linked.Exit == 0, linked.Error);
            Assert.Contains(sha256!, linked.Output, StringComparison.Ordinal);

            var attached = await EvidenceTests.AttachAsync(gateway, gateway.Folder["by-label"]);
            Assert.True(attached.Exit == 0, attached.Error);
            Assert.Equal(content, await EvidenceTests.OpenAsync(gateway));
            Assert.Equal((content.Length, 4L), (gateway.Service.Signed().SizeBytes, gateway.Service.Signed().Chunks));
        }
        finally
        {
            await Run("losetup", "--detach", device);
        }
    }

    private static async Task<string> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return output;
    }

    /// <summary>A test that makes a loop device: only where the system lets this user make one.</summary>
    private sealed class LoopDeviceAttribute : FactAttribute
    {
        private static readonly bool s_possible = OperatingSystem.IsLinux() && Possible();

        public LoopDeviceAttribute() => Skip = s_possible ? null : "needs root, losetup and a free loop device";

        private static bool Possible()
        {
            using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", "PATH=$PATH:/sbin:/usr/sbin; test \"$(id -u)\" = 0 && f=$(mktemp) && truncate -s 1M \"$f\" && d=$(losetup --find --show --read-only \"$f\") && losetup --detach \"$d\"; r=$?; rm -f \"$f\"; exit $r"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            shell.WaitForExit();
            return shell.ExitCode == 0;
        }
    }
}

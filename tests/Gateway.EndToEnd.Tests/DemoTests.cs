using System.IO.Compression;
using System.Text.Json;
using Xunit;

namespace Gateway.EndToEnd.Tests;

/// <summary>deploy/demo.sh is the first thing a newcomer runs: it must not rot.</summary>
public sealed class DemoTests
{
    [Fact]
    public void The_whole_story_goes_as_it_should()
    {
        var folder = Directory.CreateTempSubdirectory("demo-").FullName;
        try
        {
            var evidence = Repository.PathOf("deploy/samples/order.txt");
            // Another build, even of what is up to date, writes beside the programs while other tests start them.
            var (code, output, error) = Repository.RunFor(TimeSpan.FromMinutes(30), "bash", "deploy/demo.sh", "--built", "--out", folder, "--evidence", evidence);
            Assert.True(code == 0, $"{output[Math.Max(0, output.Length - 4000)..]}{Environment.NewLine}{error}");

            Assert.Equal(File.ReadAllBytes(evidence), File.ReadAllBytes(Path.Combine(folder, "received", "order.txt")));
            using var verdict = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "gateway-verify.json")));
            Assert.Equal("VALID", verdict.RootElement.GetProperty("verdict").GetString());
            // Items stand in the order of their ids, which are random.
            Assert.True(Assert.Single(verdict.RootElement.GetProperty("items").EnumerateArray(), item => item.GetProperty("fileName").GetString() == "order.txt").GetProperty("handedOver").GetBoolean());
            Assert.True(File.Exists(Path.Combine(folder, "trust", "XA.card")) && File.Exists(Path.Combine(folder, "trust", "XB.card")));
            Assert.Contains("of XB, no. 1", output, StringComparison.Ordinal);
            Assert.All((string[])["One officer releases alone, on a judge's word, and another reviews it", "A byte rots on XA's disk, and XB sends the chunk again", "What is too large for the line goes by a courier", "receipt number", "The same command sends the others", "VALID: nothing contradicts"],
                sentence => Assert.Contains(sentence, output, StringComparison.Ordinal));
            Assert.Contains("ReceivedFromNonERDS", output, StringComparison.Ordinal);
            Assert.Contains("<svg", File.ReadAllText(Path.Combine(folder, "case.html")), StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(folder, "after-erasure.zip")));
            HoldsNoPrivateKey(Path.Combine(folder, "case.zip"));
            Assert.DoesNotContain(folder, Repository.Run("ps", "-eo", "args").Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_folder_that_holds_something_else_is_left_alone()
    {
        var folder = Directory.CreateTempSubdirectory("demo-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "thesis.txt"), "years of work");
            var (code, _, error) = Repository.Run("bash", "deploy/demo.sh", "--out", folder);
            Assert.Equal(2, code);
            Assert.Contains("holds something else", error, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(folder, "thesis.txt")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void HoldsNoPrivateKey(string bundle)
    {
        using var zip = ZipFile.OpenRead(bundle);
        Assert.NotEmpty(zip.Entries);
        foreach (var entry in zip.Entries)
        {
            using var reader = new StreamReader(entry.Open(), System.Text.Encoding.Latin1);
            Assert.DoesNotContain("PRIVATE KEY", reader.ReadToEnd(), StringComparison.Ordinal);
        }
    }
}

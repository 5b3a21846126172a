using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Xunit;

namespace Gateway.Cli.Tests;

public sealed class ContextStoreTests : IDisposable
{
    private static readonly Context Example = new("https://gateway.example:7443", "server.crt", "client.crt", "client.key");
    private readonly TemporaryFolder _folder = new();

    private ContextStore Store => new(_folder["gatewayctl/contexts.json"]);

    [Fact]
    public void No_context_yet_is_a_usage_error_that_says_what_to_do()
    {
        var stop = Assert.Throws<StopException>(() => Store.Pick(null));
        Assert.Equal(ExitCode.Usage, stop.Exit);
        Assert.Contains("context add", stop.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_is_a_usage_error_that_names_the_known_ones()
    {
        Store.Add("xa-duty", Example, use: false);
        Assert.Contains("xa-duty", Assert.Throws<StopException>(() => Store.Pick("xa-night")).Message, StringComparison.Ordinal);
        Assert.Throws<StopException>(() => Store.Use("xa-night"));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("{\"current\":null,\"contexts\":{\"a\":{\"endpoint\":\"x\",\"password\":\"y\"}}}")]
    public void A_file_that_is_no_contexts_file_is_not_overwritten_silently(string content)
    {
        Directory.CreateDirectory(_folder["gatewayctl"]);
        File.WriteAllText(Store.FilePath, content);
        Assert.Equal(ExitCode.Incomplete, Assert.Throws<StopException>(() => Store.Add("a", Example, use: false)).Exit);
        Assert.Equal(content, File.ReadAllText(Store.FilePath));
    }

    [Fact]
    public void A_file_that_others_may_write_is_not_believed()
    {
        Store.Add("xa-duty", Example, use: false);
        File.SetUnixFileMode(Store.FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        Assert.Contains("chmod 600", Assert.Throws<StopException>(() => Store.Pick(null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_context_becomes_current_and_others_only_when_asked()
    {
        Store.Add("one", Example, use: false);
        Store.Add("two", Example with { Endpoint = "https://two.example" }, use: false);
        Assert.Equal("one", Store.Current);
        Assert.Equal("https://two.example", Store.Pick("two").Endpoint);
        Store.Use("two");
        Assert.Equal("https://two.example", Store.Pick(null).Endpoint);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Store.FilePath));
    }

    public void Dispose() => _folder.Dispose();
}

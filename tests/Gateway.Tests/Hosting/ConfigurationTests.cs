using System.Text.Json.Nodes;
using Gateway.Hosting;
using Gateway.Runtime;
using Gateway.Tests.Infrastructure;
using Xunit;

namespace Gateway.Tests.Hosting;

/// <summary>Every mistake at once, each with its path and what to do.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public async Task A_configuration_without_mistakes_has_none()
    {
        await using var state = await TestState.Initialised();
        Assert.Empty(await Check(state));
    }

    [Fact]
    public async Task Twelve_mistakes_are_twelve_lines()
    {
        await using var state = await TestState.Initialised();
        var now = state.Clock.GetUtcNow();
        state.Write("expired.crt", state.Pki.Issue("expired", TestPki.Sign, now.AddDays(-9), now.AddDays(-2)).CertificatePem);
        state.Configure(json =>
        {
            json["Gateway"]!["State"] = "xa";
            json["Gateway"]!["DrainSeconds"] = "soon";
            json["Listen"]!["Operator"] = "localhost";
            json["Listen"]!["Health"] = "0.0.0.0:7445";
            json["Listen"]!["exchange"] = "127.0.0.1:1";
            json["Telemetry"] = new JsonObject { ["LogLevel"] = "Loud" };
            json["Profile"] = new JsonObject { ["PreservationMinDays"] = 0 };
            json["Keys"]!["UserAuthority"] = "nowhere.crt";
            json["Keys"]!["Authorities"]![0]!["Roles"] = new JsonArray("KING");
            json["Keys"]!["Authorities"]![1]!["Seal"]!["Certificate"] = "expired.crt";
        });
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(state.Folder, "XA-PO-seal.key"), UnixFileMode.UserRead | UnixFileMode.GroupRead);

        var mistakes = await Check(state);

        Assert.Equal(
        [
            "Gateway:DrainSeconds",
            "Gateway:State",
            "Keys:Authorities[0]:Roles",
            "Keys:Authorities[1]:Seal:Certificate",
            "Keys:Authorities[1]:Seal:Key",
            "Keys:Authorities[2]:Seal:Key",
            "Keys:UserAuthority",
            "Listen:Health",
            "Listen:Operator",
            "Listen:exchange",
            "Profile:PreservationMinDays",
            "Telemetry:LogLevel",
        ], mistakes.Select(m => m.Path).Order(StringComparer.Ordinal));
        Assert.All(mistakes, m => Assert.EndsWith(".", m.Remedy, StringComparison.Ordinal));
        Assert.Equal("Write Exchange.", mistakes.Single(m => m.Path == "Listen:exchange").Remedy);
    }

    [Fact]
    public async Task What_a_profile_asks_and_cannot_be_asked_is_named()
    {
        await using var state = await TestState.Initialised();
        state.Configure(json =>
        {
            json["Profile"] = new JsonObject
            {
                ["SpecialDocuments"] = new JsonArray(
                    new JsonObject { ["Kind"] = "EXTRADITION", ["Types"] = new JsonArray("LOVE_LETTER") }, new JsonObject { ["Kind"] = "EXTRADITION", ["Types"] = new JsonArray() }),
                ["ChannelsAllowed"] = new JsonArray(
                    new JsonObject { ["Kind"] = "STORED_CONTENT_DATA", ["Channels"] = new JsonArray("POLICE") }, new JsonObject { ["Kind"] = "PRESERVE_DATA", ["Channels"] = new JsonArray("PIGEON") }),
                ["MaxItemMiB"] = 0,
                ["DeMinimisNote"] = new string('x', 2001),
            };
            json["Keys"]!["Authorities"]![0]!["Names"] = new JsonArray(new JsonObject { ["Language"] = "fr", ["Text"] = "a" }, new JsonObject { ["Language"] = "fr", ["Text"] = "" });
        });
        var mistakes = await Check(state);
        Assert.Equal(
        [
            "Keys:Authorities[0]:Names",
            "Keys:Authorities[0]:Names[1]:Text",
            "Profile:ChannelsAllowed[0]:Channels",
            "Profile:ChannelsAllowed[1]:Channels",
            "Profile:DeMinimisNote",
            "Profile:MaxItemMiB",
            "Profile:SpecialDocuments",
            "Profile:SpecialDocuments[0]:Types",
            "Profile:SpecialDocuments[1]:Types",
        ], mistakes.Select(m => m.Path).Order(StringComparer.Ordinal));
        Assert.All(mistakes, m => Assert.EndsWith(".", m.Remedy, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_of_another_certificate_is_named()
    {
        await using var state = TestState.Configured();
        state.Write("XA-CA-stamp.key", state.Pki.Issue("other", TestPki.Sign).KeyPem);
        Assert.Equal(["Keys:Authorities[0]:Stamp:Key"], Files(state).Select(m => m.Path));
    }

    [Fact]
    public async Task A_certificate_for_another_purpose_is_named()
    {
        await using var state = TestState.Configured();
        var signing = state.Pki.Issue("wrong", TestPki.Sign);
        state.Write("XA-CA-encryption.crt", signing.CertificatePem);
        state.Write("XA-CA-encryption.key", signing.KeyPem);
        Assert.Contains("does not permit Encryption", Assert.Single(Files(state)).What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_of_another_State_is_named()
    {
        await using var state = TestState.Configured();
        state.Configure(json => json["Keys"]!["Authorities"]![3]!["Id"] = "XB-CA");
        Assert.Equal(["Keys:Authorities[3]:Id"], Files(state).Select(m => m.Path));
    }

    [Theory]
    [InlineData("{", "not JSON at line 1")]
    [InlineData("[]", "expected an object, not a list")]
    public async Task A_file_that_is_not_a_configuration_says_so(string text, string expected)
    {
        await using var state = TestState.Configured();
        File.WriteAllText(state.ConfigurationFile, text);
        Assert.Contains(Files(state), m => m.What.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nobody_else_may_enter_the_data_folder()
    {
        await using var state = await TestState.Initialised();
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(state.DataFolder, (UnixFileMode)0b111_101_000);
        Assert.Equal(["Gateway:DataFolder"], (await Check(state)).Select(m => m.Path));
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        await using var state = await TestState.Initialised();
        using var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, state.OperatorPort);
        other.Start();
        Assert.Equal(["Listen:Operator"], (await Check(state)).Select(m => m.Path));
    }

    private static IReadOnlyList<Mistake> Files(TestState state)
    {
        var mistakes = new Mistakes();
        ConfigurationCheck.Files(state.ConfigurationFile, state.Clock.GetUtcNow(), mistakes);
        return mistakes.Found;
    }

    private static async Task<IReadOnlyList<Mistake>> Check(TestState state)
    {
        var mistakes = new Mistakes();
        await ConfigurationCheck.All(state.ConfigurationFile, state.Clock.GetUtcNow(), mistakes);
        return mistakes.Found;
    }
}

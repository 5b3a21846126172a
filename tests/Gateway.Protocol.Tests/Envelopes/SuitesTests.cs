using Gateway.Protocol.Envelopes;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Tests.Marks;
using Xunit;

namespace Gateway.Protocol.Tests.Envelopes;

public sealed class SuitesTests
{
    [Theory]
    [InlineData("P256-A256GCM-SHA256", "P256-A256GCM-SHA256", "P256-A256GCM-SHA256", null)]
    [InlineData("P384-A256GCM-SHA256", "P384-A256GCM-SHA256", "P256-A256GCM-SHA256", null)]
    [InlineData("P384-A256GCM-SHA256", "P256-A256GCM-SHA256", "P256-A256GCM-SHA256", "the envelope used P256-A256GCM-SHA256")]
    [InlineData("P256-A256GCM-SHA256", "P384-A256GCM-SHA256", "P256-A256GCM-SHA256", "the envelope used P384-A256GCM-SHA256")]
    [InlineData("P256-A256GCM-SHA256", "P256-A256GCM-SHA256", "P384-A256GCM-SHA256", "is weaker than P384-A256GCM-SHA256")]
    [InlineData("P256-A128GCM-SHA1", "P256-A256GCM-SHA256", "P256-A256GCM-SHA256", "not known here")]
    [InlineData("p256-a256gcm-sha256", "P256-A256GCM-SHA256", "P256-A256GCM-SHA256", "not known here")]
    public void The_sealed_name_must_be_known_strong_enough_and_true(string inSeal, string opened, string minimum, string? refused)
    {
        var refusal = Suites.Check(inSeal, new Suite(opened), new Suite(minimum)).Refusal;

        Assert.Equal(refused is null ? null : RefusalCode.EnvelopeSuite, refusal?.Code);
        Assert.Contains(refused ?? "", refusal?.Detail ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void The_suite_follows_from_the_recipients_key()
    {
        Assert.Equal(Suites.P256, Suites.For(TestIdentity.P256.Certificate));
        Assert.Equal(Suites.P384, Suites.For(TestIdentity.P384.Certificate));
    }

    [Fact]
    public void An_unknown_minimum_accepts_nothing() => Assert.False(Suites.AtLeast(Suites.P384, new Suite("unknown")));
}

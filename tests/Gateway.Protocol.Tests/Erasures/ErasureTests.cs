using System.Text;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Erasures;

public sealed class ErasureTests
{
    private static readonly DateTimeOffset Time = new(2028, 3, 1, 6, 0, 0, TimeSpan.Zero);

    internal static Erasure Sample { get; } = new()
    {
        Id = new string('1', 32),
        Case = "XA-" + new string('2', 32),
        Authority = Party.Of("XB-CA"),
        Peer = Party.Of("XA-CA"),
        Reason = ErasureReason.RETENTION_ENDED,
        LegalBasis = "Retention rule 4",
        RetainUntil = Time.AddDays(-3),
        Proposal = Digest.Of("one"u8),
        Approval = Digest.Of("two"u8),
        Time = Time,
        BackupsUntil = Time.AddDays(35),
        Chains = [new ErasedChain("XA", 3, Digest.Of("a"u8)), new ErasedChain("XB", 5, Digest.Of("b"u8))],
        Messages = [new ErasedMessage(new string('3', 32), Digest.Of("m"u8)), new ErasedMessage(new string('4', 32), Digest.Of("n"u8))],
        Items = [new ErasedItem(new string('5', 32), Digest.Of("i"u8)), new ErasedItem(new string('6', 32), null)],
        Records = [Digest.Of("r"u8), Digest.Of("s"u8)],
        Nonce = new string('7', 32),
    };

    [Theory]
    [InlineData("\"authority\":\"XA-CA\"", "\"authority\":\"XC-CA\"", "T110", "peer.authority")]
    [InlineData("\"peer\":{\"state\":\"XA\",\"authority\":\"XA-CA\"}", "\"peer\":{\"state\":\"XB\",\"authority\":\"XB-CP\"}", "T110", "peer")]
    [InlineData("RETENTION_ENDED", "TIDYING", "T110", "reason")]
    [InlineData("\"legalBasis\":\"Retention rule 4\"", "\"legalBasis\":\"\"", "T110", "legalBasis")]
    [InlineData("\"backupsUntil\":\"2028-04-05", "\"backupsUntil\":\"2028-02-05", "T110", "backupsUntil")]
    [InlineData("{\"state\":\"XA\",\"count\"", "{\"state\":\"XC\",\"count\"", "T110", "chains")]
    [InlineData("{\"state\":\"XA\",\"count\"", "{\"state\":\"XB\",\"count\"", "T110", "chains")]
    [InlineData("\"count\":3", "\"count\":0", "T110", "chains[0].count")]
    [InlineData("44444444444444444444444444444444", "33333333333333333333333333333333", "T110", "messages")]
    [InlineData("66666666666666666666666666666666", "55555555555555555555555555555555", "T110", "items")]
    [InlineData("\"nonce\":\"7", "\"nonce\":\"g", "T110", "nonce")]
    public void What_contradicts_itself_is_refused(string from, string to, string code, string path)
    {
        var text = Encoding.UTF8.GetString(Sample.Write());
        Assert.Contains(from, text, StringComparison.Ordinal);
        var refusal = Erasure.Read(Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal))).Refusal;
        Assert.Equal((code, path), (refusal!.Code.Text(), refusal.Path));
    }

    [Fact]
    public void One_decision_is_not_two() => Assert.Equal("approval", Erasure.Read((Sample with { Approval = Sample.Proposal }).Write()).Refusal!.Path);

    [Fact]
    public void A_record_that_stands_twice_is_refused() => Assert.Equal("records", Erasure.Read((Sample with { Records = [Digest.Of("r"u8), Digest.Of("r"u8)] }).Write()).Refusal!.Path);

    [Fact]
    public void What_is_written_is_read_again()
    {
        var read = Erasure.Read(Sample.Write()).Value;
        Assert.Equal(Sample.Write(), read.Write());
        Assert.Equal(Sample.Messages, read.Messages);
        Assert.Equal(Sample.Records, read.Records);
        Assert.False(read.IsEarly);
        Assert.True((read with { RetainUntil = Time.AddSeconds(1) }).IsEarly);
        var without = Sample with { RetainUntil = null };
        Assert.Null(Erasure.Read(without.Write()).Value.RetainUntil);
        Assert.False(without.IsEarly);
    }

    [Fact]
    public void A_decision_names_one_step_and_one_reason()
    {
        var decision = new ErasureDecision(new string('1', 32), Sample.Case, "XB-CA", ErasureStep.APPROVE, ErasureReason.ORDERED, "order 7/2028", Time);
        Assert.Equal(decision, ErasureDecision.Read(decision.Write()).Value);
        var text = Encoding.UTF8.GetString(decision.Write());
        Assert.Equal("decision", ErasureDecision.Read(Encoding.UTF8.GetBytes(text.Replace("APPROVE", "ERASE", StringComparison.Ordinal))).Refusal!.Path);
        Assert.Equal("legalBasis", ErasureDecision.Read(Encoding.UTF8.GetBytes(text.Replace("order 7/2028", "", StringComparison.Ordinal))).Refusal!.Path);
    }
}

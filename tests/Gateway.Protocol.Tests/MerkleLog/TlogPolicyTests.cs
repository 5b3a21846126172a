using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.MerkleLog;

public sealed class TlogPolicyTests
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
    private static readonly NoteSigner s_log = new("gateway-log/XA/2026", NoteAlgorithm.Ed25519);
    private static readonly NoteSigner[] s_x = [.. "123".Select(n => new NoteSigner($"x{n}.example", NoteAlgorithm.Cosignature))];
    private static readonly NoteSigner[] s_y = [.. "12".Select(n => new NoteSigner($"y{n}.example", NoteAlgorithm.Cosignature))];
    private static readonly byte[] s_text = new Checkpoint("gateway-log/XA/2026", 7, Digest.Of([1])).Write();

    private static readonly string s_policy = $"""
        # a comment
        log {s_log.Key}   https://log.example/

        witness X1 {s_x[0].Key}
        witness	X2 {s_x[1].Key} https://x2.example/
          witness X3 {s_x[2].Key}
        group X-witnesses 2 X1 X2 X3
        witness Y1 {s_y[0].Key}
        witness Y2 {s_y[1].Key}
        group Y-witnesses any Y1 Y2
        group X-and-Y all X-witnesses Y-witnesses
        quorum X-and-Y

        """;

    [Theory]
    [InlineData("", false)]
    [InlineData("x1", false)]
    [InlineData("x1 x2", false)]
    [InlineData("x1 y1", false)]
    [InlineData("x1 x2 y2", true)]
    [InlineData("x1 x2 x3 y1 y2", true)]
    [InlineData("x1 x2 x3", false)]
    [InlineData("x1 x1 y2", false)]
    public void A_quorum_of_groups_counts_as_it_says(string signers, bool reached)
    {
        var policy = Read(s_policy).Value;
        var lines = signers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => s_x.Concat(s_y).Single(s => s.Key.Name == $"{n}.example").Line(s_text, s_now));
        var result = policy.Verify(SignedNote.Compose(s_text, [s_log.Line(s_text), .. lines]), s_now);
        Assert.Equal(reached ? null : RefusalCode.QuorumMissing, result.Refusal?.Code);
        // Written and read again it says the same.
        Assert.Equal(reached, TlogPolicy.Read(policy.Write()).Value.Verify(SignedNote.Compose(s_text, [s_log.Line(s_text), .. lines]), s_now).Succeeded);
    }

    [Fact]
    public void Without_the_log_no_number_of_witnesses_suffices()
    {
        var policy = Read(s_policy).Value;
        var witnesses = s_x.Concat(s_y).Select(s => s.Line(s_text, s_now)).ToList();
        Assert.Equal(RefusalCode.NoteSignature, policy.Verify(SignedNote.Compose(s_text, witnesses), s_now).Refusal?.Code);
        var forger = new NoteSigner("gateway-log/XA/2026", NoteAlgorithm.Ed25519, new byte[32]);
        Assert.Equal(RefusalCode.NoteSignature, policy.Verify(SignedNote.Compose(s_text, [forger.Line(s_text), .. witnesses]), s_now).Refusal?.Code);
    }

    [Fact]
    public void A_false_cosignature_or_one_from_the_future_refuses_the_checkpoint()
    {
        var policy = Read(s_policy).Value;
        List<NoteSignature> good = [s_log.Line(s_text), s_x[0].Line(s_text, s_now), s_x[1].Line(s_text, s_now), s_y[0].Line(s_text, s_now)];
        Assert.Equal(3, policy.Verify(SignedNote.Compose(s_text, good), s_now).Value.Cosignatures.Count);
        Assert.Equal(RefusalCode.NoteSignature, policy.Verify(SignedNote.Compose(s_text, [.. good, NoteSignature.By(s_x[2].Key, new byte[72])]), s_now).Refusal?.Code);
        Assert.True(policy.Verify(SignedNote.Compose(s_text, good), s_now - TlogPolicy.ClockTolerance).Succeeded);
        Assert.Equal(RefusalCode.NoteSignature, policy.Verify(SignedNote.Compose(s_text, good), s_now - TlogPolicy.ClockTolerance - TimeSpan.FromSeconds(1)).Refusal?.Code);
    }

    [Fact]
    public void No_quorum_asks_for_the_log_alone()
    {
        var policy = TlogPolicy.Compose([s_log.Key], [], 0);
        Assert.Equal($"log {s_log.Key}\nquorum none\n", Encoding.ASCII.GetString(policy.Write()));
        Assert.Empty(policy.Verify(SignedNote.Compose(s_text, [s_log.Line(s_text)]), s_now).Value.Cosignatures);
        var two = TlogPolicy.Compose([s_log.Key], [new PolicyWitness("a", s_x[0].Key), new PolicyWitness("b", s_x[1].Key, "https://b.example/")], 2);
        Assert.Equal(RefusalCode.QuorumMissing, two.Verify(SignedNote.Compose(s_text, [s_log.Line(s_text)]), s_now).Refusal?.Code);
        Assert.Equal(two.Write(), TlogPolicy.Read(two.Write()).Value.Write());
        Assert.Throws<ArgumentException>(() => TlogPolicy.Compose([s_log.Key], [], 1));
    }

    [Fact]
    public void A_policy_with_a_mistake_is_refused_with_its_line()
    {
        var (log, x1, x2) = (s_log.Key.ToString(), s_x[0].Key.ToString(), s_x[1].Key.ToString());
        (string Text, int Line)[] bad =
        [
            ("", 1), ("quorum", 1), ("quorum none x", 1), ("quorum none\nquorum none", 2), ("quorum A", 1), ("trust me", 1), ("log", 1), ("log x", 1), ($"log {x1}\nquorum none", 1),
            ($"log {log}\nlog {log}\nquorum none", 2), ($"log {log} a b\nquorum none", 1), ($"witness A {log}\nquorum A", 1), ($"witness none {x1}\nquorum none", 1), ($"witness A {x1}\nwitness B {x1}\nquorum A", 2),
            ($"witness A {x1}\nwitness A {x2}\nquorum A", 2), ($"witness A {x1}\ngroup A any A\nquorum A", 2), ($"witness A {x1}\ngroup G 0 A\nquorum G", 2), ($"witness A {x1}\ngroup G 2 A\nquorum G", 2),
            ($"witness A {x1}\ngroup G 01 A\nquorum G", 2), ($"witness A {x1}\ngroup G any\nquorum G", 2), ($"witness A {x1}\ngroup G any B\nquorum G", 2), ($"witness A {x1}\ngroup G any none\nquorum G", 2),
            ($"witness A {x1}\ngroup G any G\nquorum G", 2), ($"witness A {x1}\ngroup G any A A\nquorum G", 2), ($"witness A {x1}\ngroup G any A\ngroup H any A\nquorum H", 3), ("quorum none\n\u0001", 0), ("quorum none\r", 0),
        ];
        Assert.All(bad, b =>
        {
            var refusal = Read(b.Text + "\n").Refusal;
            Assert.Equal(RefusalCode.PolicyMalformed, refusal?.Code);
            if (b.Line > 0 && b.Text.Length > 0)
                Assert.StartsWith($"line {b.Line}: ", refusal!.Detail, StringComparison.Ordinal);
        });
        Assert.False(Read("quorum none").Succeeded);
        Assert.False(TlogPolicy.Read(new byte[TlogPolicy.MaxBytes + 1]).Succeeded);
    }

    [Fact]
    public void Names_and_comments_may_hold_any_octets_above_ascii()
    {
        byte[] policy = [.. "# \u00ff\nwitness "u8, 0xe9, .. Encoding.ASCII.GetBytes($" {s_x[0].Key}\nquorum "), 0xe9, (byte)'\n'];
        Assert.Equal("\u00e9", TlogPolicy.Read(policy).Value.Quorum);
    }

    private static Outcome<TlogPolicy> Read(string text) => TlogPolicy.Read(Encoding.UTF8.GetBytes(text));
}

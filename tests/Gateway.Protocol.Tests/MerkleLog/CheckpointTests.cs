using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.MerkleLog;

public sealed class CheckpointTests
{
    private const string Origin = "gateway-log/XA/2026";
    private static readonly NoteSigner s_log = new(Origin, NoteAlgorithm.Ed25519);

    [Fact]
    public void A_checkpoint_is_three_lines_and_reads_back()
    {
        var checkpoint = new Checkpoint(Origin, 5, Digest.Of([1]));
        var text = Encoding.ASCII.GetString(checkpoint.Write());
        Assert.Equal("gateway-log/XA/2026\n5\nS/Ujb77vTdVtE3OSLNZLVP7C4wRqCIiJJ3RqJz8vHBI=\n".Length, text.Length);
        Assert.Equal($"{Origin}\n5\n{Convert.ToBase64String(Digest.Of([1]).ToArray())}\n", text);
        var read = Checkpoint.Read(checkpoint.Write()).Value;
        Assert.Equal((Origin, 5L, Digest.Of([1])), (read.Origin, read.Size, read.Root));
        Assert.Empty(read.Extensions);
        Assert.Equal(["one", "two"], Checkpoint.Read((checkpoint with { Extensions = ["one", "two"] }).Write()).Value.Extensions);
    }

    [Theory]
    [InlineData("")]
    [InlineData("o\n5\n")]
    [InlineData("o\n5\nAAAA\n")]
    [InlineData("o\n05\nROOT\n")]
    [InlineData("o\n-5\nROOT\n")]
    [InlineData("o\n+5\nROOT\n")]
    [InlineData("o\n 5\nROOT\n")]
    [InlineData("o\n9223372036854775808\nROOT\n")]
    [InlineData("o\n5\nROOT")]
    [InlineData("o\n5\nROOT\n\n")]
    [InlineData("o\n5\nROOT\n\nx\n")]
    [InlineData("\n5\nROOT\n")]
    [InlineData("o\n5\nROOT \n")]
    [InlineData("o\n0\nROOT\n")]
    public void Text_that_is_not_exactly_a_checkpoint_is_refused(string text)
        => Assert.Equal(RefusalCode.CheckpointMalformed, Checkpoint.Read(Encoding.ASCII.GetBytes(text.Replace("ROOT", Convert.ToBase64String(Digest.Of([1]).ToArray()), StringComparison.Ordinal))).Refusal?.Code);

    [Fact]
    public void The_empty_log_has_the_root_of_the_empty_tree()
        => Assert.Equal(0, Checkpoint.Read(new Checkpoint(Origin, 0, TreeHash.Empty).Write()).Value.Size);

    [Fact]
    public void Only_the_key_of_its_own_log_verifies_a_checkpoint()
    {
        var text = new Checkpoint(Origin, 5, Digest.Of([1])).Write();
        var note = SignedNote.Compose(text, [s_log.Line(text)]);
        Assert.Equal(5, VerifiedCheckpoint.Open(note, [s_log.Key]).Value.Checkpoint.Size);
        var renamed = NoteKey.Of("gateway-log/XB/2026", NoteAlgorithm.Ed25519, s_log.PublicKey).Value;
        Assert.Equal(RefusalCode.NoteSignature, VerifiedCheckpoint.Open(note, [renamed]).Refusal?.Code);
        Assert.Equal(RefusalCode.NoteSignature, VerifiedCheckpoint.Open(note, []).Refusal?.Code);
        // A witness that bears the log's name is not the log.
        var witness = new NoteSigner(Origin, NoteAlgorithm.Cosignature);
        var cosigned = SignedNote.Compose(text, [witness.Line(text, DateTimeOffset.FromUnixTimeSeconds(1_790_000_000))]);
        Assert.Equal(RefusalCode.NoteSignature, VerifiedCheckpoint.Open(cosigned, [witness.Key]).Refusal?.Code);
        // Nor does a signature of another log's key under this text count.
        var other = new NoteSigner("gateway-log/XB/2026", NoteAlgorithm.Ed25519);
        Assert.Equal(RefusalCode.NoteSignature, VerifiedCheckpoint.Open(SignedNote.Compose(text, [other.Line(text)]), [other.Key, s_log.Key]).Refusal?.Code);
        Assert.Equal(RefusalCode.CheckpointMalformed, VerifiedCheckpoint.Open(SignedNote.Compose("x\n"u8.ToArray(), [s_log.Line("x\n"u8)]), [s_log.Key]).Refusal?.Code);
    }

    [Theory]
    [InlineData("gateway-log/XA/2026", 2026, 1)]
    [InlineData("gateway-log/XA/2026-2", 2026, 2)]
    [InlineData("gateway-log/XA/2026-12", 2026, 12)]
    public void The_name_of_a_log_reads_back(string origin, int year, int number)
    {
        Assert.True(LogName.TryParse(origin, out var name));
        Assert.Equal(new LogName("XA", year, number), name);
        Assert.Equal(origin, name.Origin);
    }

    [Theory]
    [InlineData("gateway-log/XA")]
    [InlineData("gateway-log/XA/")]
    [InlineData("gateway-log/xa/2026")]
    [InlineData("gateway-log/XA/26")]
    [InlineData("gateway-log/XA/2026-1")]
    [InlineData("gateway-log/XA/2026-02")]
    [InlineData("gateway-log/XA/2026-")]
    [InlineData("gateway-log/XA/2026-2-3")]
    [InlineData("gateway-log/XA/2026/2")]
    [InlineData("gateway-witness/XA/2026")]
    [InlineData("gateway-log/XA/+2026")]
    public void Other_text_is_no_name_of_a_log(string origin) => Assert.False(LogName.TryParse(origin, out _));

    [Fact]
    public void A_leaf_is_the_text_that_printf_makes()
    {
        var leaf = new LogLeaf(LeafKind.received, Digest.Of([]));
        Assert.Equal("gwlog/v1 received e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n", Encoding.ASCII.GetString(leaf.Write()));
        Assert.Equal(TreeHash.Leaf(leaf.Write()), leaf.Hash);
        foreach (var kind in Enum.GetValues<LeafKind>())
            Assert.Equal(leaf with { Kind = kind }, LogLeaf.Read((leaf with { Kind = kind }).Write()).Value);
        var text = leaf.ToString();
        string[] bad = ["", text[..^1], text + "\n", text.ToUpperInvariant(), text.Replace("received", "1", StringComparison.Ordinal), text.Replace("received", "Received", StringComparison.Ordinal), text.Replace(" ", "  ", StringComparison.Ordinal), text.Replace("v1", "v2", StringComparison.Ordinal), text.Replace("e3b0", "E3B0", StringComparison.Ordinal), text + new string(' ', 100)];
        Assert.All(bad, entry => Assert.Equal(RefusalCode.LogEntryMalformed, LogLeaf.Read(Encoding.Latin1.GetBytes(entry)).Refusal?.Code));
    }

    [Theory]
    [InlineData(0, ProofLack.Pending)]
    [InlineData(24, ProofLack.Pending)]
    [InlineData(25, ProofLack.Late)]
    [InlineData(72, ProofLack.Late)]
    [InlineData(73, ProofLack.Missing)]
    public void A_proof_that_is_missing_weighs_more_with_its_age(int hours, ProofLack lack)
    {
        var recorded = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
        Assert.Equal(lack, ProofAge.Judge(recorded, recorded.AddHours(hours)));
    }
}

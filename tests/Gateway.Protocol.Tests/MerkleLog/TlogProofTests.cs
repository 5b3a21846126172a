using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.MerkleLog;

public sealed class TlogProofTests
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
    private static readonly NoteSigner s_log = new("gateway-log/XA/2026", NoteAlgorithm.Ed25519);
    private static readonly NoteSigner s_witness = new("gateway-witness/XC", NoteAlgorithm.Cosignature);
    private static readonly TlogPolicy s_policy = TlogPolicy.Compose([s_log.Key], [new PolicyWitness("XC", s_witness.Key)], 1);
    private static readonly LogLeaf[] s_leaves = [.. Enumerable.Range(0, 300).Select(i => new LogLeaf((LeafKind)(i % 3), Digest.Of([(byte)i, (byte)(i >> 8)])))];

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 300)]
    [InlineData(277, 300)]
    [InlineData(255, 256)]
    public void A_proof_is_written_read_and_verified(int index, int size)
    {
        var file = Proof(index, size).Write();
        var read = TlogProof.Read(file).Value;
        Assert.Equal(file, read.Write());
        var witnessed = read.Verify(s_leaves[index], s_policy, s_now).Value;
        Assert.Equal((long)size, witnessed.Checkpoint.Size);
        Assert.Equal(s_now, Assert.Single(witnessed.Cosignatures).Time);
        Assert.True(read.VerifyUnwitnessed(s_leaves[index], [s_log.Key]).Succeeded);
    }

    [Fact]
    public void The_proof_of_another_leaf_is_refused()
    {
        var proof = Proof(277, 300);
        for (var other = 0; other < 300; other++)
            Assert.Equal(other == 277 ? null : RefusalCode.LogProofMismatch, proof.Verify(s_leaves[other], s_policy, s_now).Refusal?.Code);
        Assert.Equal(RefusalCode.LogProofMismatch, proof.Verify(s_leaves[277] with { Kind = LeafKind.erasure }, s_policy, s_now).Refusal?.Code);
        Assert.Equal(RefusalCode.LogProofMismatch, (proof with { Index = 276 }).Verify(s_leaves[277], s_policy, s_now).Refusal?.Code);
        Assert.Equal(RefusalCode.LogProofMismatch, (proof with { Index = 300 }).Verify(s_leaves[277], s_policy, s_now).Refusal?.Code);
        Assert.Equal(RefusalCode.LogProofMismatch, (proof with { Path = [.. proof.Path.Skip(1)] }).Verify(s_leaves[277], s_policy, s_now).Refusal?.Code);
    }

    [Fact]
    public void Size_and_root_count_only_when_the_log_signed_them_and_the_witness_saw_them()
    {
        var proof = Proof(277, 300);
        var text = proof.Checkpoint.Text.Span;
        Assert.Equal(RefusalCode.NoteSignature, (proof with { Checkpoint = SignedNote.Compose(proof.Checkpoint.Text, [s_witness.Line(text, s_now)]) }).Verify(s_leaves[277], s_policy, s_now).Refusal?.Code);
        Assert.Equal(RefusalCode.QuorumMissing, (proof with { Checkpoint = SignedNote.Compose(proof.Checkpoint.Text, [s_log.Line(text)]) }).Verify(s_leaves[277], s_policy, s_now).Refusal?.Code);
        var forger = new NoteSigner(s_log.Key.Name, NoteAlgorithm.Ed25519, new byte[32]);
        Assert.Equal(RefusalCode.NoteSignature, (proof with { Checkpoint = SignedNote.Compose(proof.Checkpoint.Text, [forger.Line(text), s_witness.Line(text, s_now)]) }).Verify(s_leaves[277], s_policy, s_now).Refusal?.Code);
    }

    [Fact]
    public void No_changed_byte_of_a_proof_verifies()
    {
        var file = Proof(277, 300).Write();
        for (var bit = 0; bit < file.Length * 8; bit += 7)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(TlogProof.Read((byte[])file.Clone()).Then(p => p.Verify(s_leaves[277], s_policy, s_now)).Succeeded, $"bit {bit}");
            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Extra_data_is_carried_and_never_relied_on()
    {
        var proof = Proof(3, 5) with { Extra = new byte[] { 1, 2 } };
        var text = Encoding.UTF8.GetString(proof.Write());
        Assert.StartsWith("c2sp.org/tlog-proof@v1\nextra AQI=\nindex 3\n", text, StringComparison.Ordinal);
        Assert.Equal([1, 2], TlogProof.Read(proof.Write()).Value.Extra!.Value.ToArray());
        Assert.Null(TlogProof.Read(Proof(3, 5).Write()).Value.Extra);
    }

    [Fact]
    public void A_file_that_is_not_exactly_a_proof_is_refused()
    {
        var good = Encoding.UTF8.GetString(Proof(3, 5).Write());
        var hash = Convert.ToBase64String(new byte[32]);
        string[] bad =
        [
            "", good[1..], good.Replace("@v1", "@v2", StringComparison.Ordinal), good.Replace("index 3", "index 03", StringComparison.Ordinal), good.Replace("index 3", "index -3", StringComparison.Ordinal),
            good.Replace("index 3", "index", StringComparison.Ordinal), good.Replace("index 3\n", "", StringComparison.Ordinal), good.Replace("index 3", "extra \nindex 3", StringComparison.Ordinal),
            good.Replace("index 3", "extra AQI\nindex 3", StringComparison.Ordinal), good.Replace("index 3", "index 3\nAAAA", StringComparison.Ordinal),
            good.Replace("index 3", "index 3\n" + string.Join('\n', Enumerable.Repeat(hash, 61)), StringComparison.Ordinal), good.Split("\n\n")[0] + "\n\n",
        ];
        Assert.All(bad, file => Assert.Contains(TlogProof.Read(Encoding.UTF8.GetBytes(file)).Refusal!.Code, new[] { RefusalCode.LogProofMalformed, RefusalCode.NoteMalformed }));
        Assert.Equal(RefusalCode.LogProofMalformed, TlogProof.Read(new byte[1_000_000]).Refusal?.Code);
    }

    private static TlogProof Proof(int index, int size)
    {
        var hashes = s_leaves[..size].Select(l => l.Hash).ToArray();
        var text = new Checkpoint(s_log.Key.Name, size, TreeNodes.Root(size, TreeNodes.Of(hashes))).Write();
        return new TlogProof(index, InclusionProof.Build(index, size, TreeNodes.Of(hashes)), SignedNote.Compose(text, [s_log.Line(text), s_witness.Line(text, s_now)]));
    }
}

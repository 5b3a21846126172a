using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Tests;

/// <summary>A small log as a gateway shows it to its users; a test makes it lie.</summary>
internal sealed class LoopbackLog(Signer signer)
{
    public const int Size = 13;
    public const string Origin = "gateway-log/XB/2026";

    private readonly List<LogLeaf> _leaves = [.. Enumerable.Range(0, Size).Select(i => new LogLeaf(LeafKind.receipt, Of(i)))];

    /// <summary>Contradictions of logs that this gateway holds.</summary>
    public List<LogConflictView> Conflicts { get; } = [];

    /// <summary>Proves this leaf whatever was asked for.</summary>
    public int? Proves { get; set; }

    /// <summary>The log in which it says that a leaf stands.</summary>
    public string Names { get; set; } = Origin;

    public Func<byte[], byte[]> OnProof { get; set; } = proof => proof;

    public Func<GrowthProof, GrowthProof> OnGrowth { get; set; } = proof => proof;

    public static Digest Of(int leaf) => Digest.Of(BitConverter.GetBytes(leaf));

    public byte[] Note(long size)
    {
        var text = new Checkpoint(Origin, size, Root(size)).Write();
        return SignedNote.Compose(text, [NoteSignature.By(signer, Origin, text)]).Bytes.ToArray();
    }

    public LogView Show() => new()
    {
        Leaves = Size,
        Epochs = { new LogEpochView { Origin = Origin, Leaves = Size, SignedSize = Size, WitnessedSize = Size - 2, SignedAt = "2026-11-20T10:00:00.000Z", WitnessedAt = "2026-11-20T09:59:00.000Z", Checkpoint = ByteString.CopyFrom(Note(Size)) } },
        LogKeys = { NoteKey.Of(Origin, NoteAlgorithm.EcdsaP256, signer.Certificate.SubjectPublicKeyInfo).Value.ToString() },
    };

    public WitnessView ShowWitness()
    {
        var view = new WitnessView { Standing = "WITNESSED", Text = "checkpoint 11 is cosigned by at least 1 of 2 peers", Quorum = 1, Peers = { new WitnessPeer { State = "XC", Cosigned = 11, At = "2026-11-20T09:59:00.000Z", CosignedByUs = 4 } } };
        view.Conflicts.AddRange(Conflicts);
        return view;
    }

    public LogProofView Prove(string id)
    {
        var leaf = Proves ?? (Digest.TryParse(id, out var digest) ? _leaves.FindIndex(l => l.Sha256 == digest) : int.Parse(id, System.Globalization.CultureInfo.InvariantCulture));
        var proof = new TlogProof(leaf, InclusionProof.Build(leaf, Size, Nodes), SignedNote.Read(Note(Size)).Value).Write();
        return new LogProofView { Leaf = (ulong)leaf, Entry = _leaves[leaf].ToString(), Origin = Names, Size = Size, Witnessed = false, Proof = ByteString.CopyFrom(OnProof(proof)) };
    }

    public GrowthProof Growth(long from, long to)
    {
        var proof = new GrowthProof { Origin = Origin, FromSize = (ulong)from, FromRoot = ByteString.CopyFrom(Root(from).ToArray()), ToSize = (ulong)to, ToRoot = ByteString.CopyFrom(Root(to).ToArray()) };
        proof.Hashes.AddRange(ConsistencyProof.Build(from, to, Nodes).Select(h => ByteString.CopyFrom(h.ToArray())));
        return OnGrowth(proof);
    }

    private NodeReader Nodes => TreeNodes.Of(_leaves.ConvertAll(l => l.Hash));

    private Digest Root(long size) => TreeNodes.Root(size, Nodes);
}

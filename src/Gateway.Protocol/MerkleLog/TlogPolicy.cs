using System.Globalization;
using System.Text;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.MerkleLog;

/// <summary>A witness that a policy names.</summary>
/// <param name="Name">Its name inside the policy.</param>
/// <param name="Key">Its cosigner key.</param>
/// <param name="Url">Where it may be asked; null when the policy does not say.</param>
public sealed record PolicyWitness(string Name, NoteKey Key, string? Url = null);

/// <summary>A group of witnesses and groups.</summary>
/// <param name="Name">Its name inside the policy.</param>
/// <param name="Threshold">How many members must have witnessed; 1 to their number.</param>
/// <param name="Members">Names defined before.</param>
public sealed record PolicyGroup(string Name, int Threshold, IReadOnlyList<string> Members);

/// <summary>
/// Which logs and which witnesses somebody trusts, and how many of them must have seen a checkpoint (C2SP tlog-policy). The file of an
/// auditor; what stands in a bundle is material until its keys were compared with peer cards.
/// </summary>
public sealed class TlogPolicy
{
    /// <summary>Longest file, and most logs, witnesses and groups, that are read.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Most lines of one kind.</summary>
    public const int MaxOfAKind = 256;

    /// <summary>The quorum that asks for no witness at all.</summary>
    public const string NoQuorum = "none";

    /// <summary>How far a witness's clock may be ahead of ours.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, PolicyWitness> _witnesses;
    private readonly Dictionary<string, PolicyGroup> _groups;

    private TlogPolicy(IReadOnlyList<NoteKey> logs, IReadOnlyList<PolicyWitness> witnesses, IReadOnlyList<PolicyGroup> groups, string quorum)
    {
        (Logs, Witnesses, Groups, Quorum) = (logs, witnesses, groups, quorum);
        _witnesses = witnesses.ToDictionary(w => w.Name, StringComparer.Ordinal);
        _groups = groups.ToDictionary(g => g.Name, StringComparer.Ordinal);
    }

    /// <summary>Any of them may have signed.</summary>
    public IReadOnlyList<NoteKey> Logs { get; }

    /// <summary>Those whose cosignatures count.</summary>
    public IReadOnlyList<PolicyWitness> Witnesses { get; }

    /// <summary>In the order of their definition.</summary>
    public IReadOnlyList<PolicyGroup> Groups { get; }

    /// <summary>The witness or group that must have witnessed, or <see cref="NoQuorum"/>.</summary>
    public string Quorum { get; }

    /// <summary>Composes a policy under which <paramref name="threshold"/> of the witnesses must have cosigned; 0 asks for none.</summary>
    /// <exception cref="ArgumentException">No policy can say this.</exception>
    public static TlogPolicy Compose(IReadOnlyList<NoteKey> logs, IReadOnlyList<PolicyWitness> witnesses, int threshold)
    {
        ArgumentNullException.ThrowIfNull(witnesses);
        var text = new StringBuilder();
        foreach (var log in logs)
            text.Append(CultureInfo.InvariantCulture, $"log {log}\n");
        foreach (var witness in witnesses)
            text.Append(CultureInfo.InvariantCulture, $"witness {witness.Name} {witness.Key}{(witness.Url is null ? "" : $" {witness.Url}")}\n");
        if (threshold > 0)
            text.Append(CultureInfo.InvariantCulture, $"group witnesses {threshold} {string.Join(' ', witnesses.Select(w => w.Name))}\n");
        text.Append(CultureInfo.InvariantCulture, $"quorum {(threshold > 0 ? "witnesses" : NoQuorum)}\n");
        return Read(Encoding.UTF8.GetBytes(text.ToString())).TryGet(out var policy, out var refusal) ? policy : throw new ArgumentException(refusal.ToString(), nameof(witnesses));
    }

    /// <summary>Reads a policy file. Names are compared octet by octet.</summary>
    public static Outcome<TlogPolicy> Read(ReadOnlyMemory<byte> bytes) => new PolicyReader().Read(bytes);

    /// <summary>The file, one line per definition.</summary>
    public byte[] Write()
    {
        var text = new StringBuilder();
        foreach (var log in Logs)
            text.Append(CultureInfo.InvariantCulture, $"log {log}\n");
        foreach (var witness in Witnesses)
            text.Append(CultureInfo.InvariantCulture, $"witness {witness.Name} {witness.Key}{(witness.Url is null ? "" : $" {witness.Url}")}\n");
        foreach (var group in Groups)
            text.Append(CultureInfo.InvariantCulture, $"group {group.Name} {group.Threshold} {string.Join(' ', group.Members)}\n");
        text.Append(CultureInfo.InvariantCulture, $"quorum {Quorum}\n");
        return PolicyReader.Octets.GetBytes(text.ToString());
    }

    /// <summary>Verifies the log's signature and every cosignature of a witness named here, then asks the quorum.</summary>
    /// <param name="note">A checkpoint from a stranger.</param>
    /// <param name="latest">A cosignature more than <see cref="ClockTolerance"/> after this refuses the note: somebody's clock or somebody's story is wrong.</param>
    public Outcome<WitnessedCheckpoint> Verify(SignedNote note, DateTimeOffset latest)
    {
        ArgumentNullException.ThrowIfNull(note);
        if (!VerifiedCheckpoint.Open(note, Logs).TryGet(out var verified, out var refusal))
            return refusal;
        if (!CosignaturesOf(note).TryGet(out var cosignatures, out refusal))
            return refusal;
        if (cosignatures.FirstOrDefault(c => c.Time > latest + ClockTolerance) is { } future)
            return new Refusal(RefusalCode.NoteSignature, $"{future.Key.Name} cosigned in the future");
        return Quorum == NoQuorum || HasWitnessed(Quorum, cosignatures)
            ? new WitnessedCheckpoint(verified, cosignatures)
            : new Refusal(RefusalCode.QuorumMissing, $"the cosignatures of {string.Join(", ", cosignatures.Select(c => c.Key.Name).DefaultIfEmpty("nobody"))} do not reach the quorum '{Quorum}'");
    }

    private Outcome<IReadOnlyList<VerifiedSignature>> CosignaturesOf(SignedNote note)
    {
        var named = Witnesses.Select(w => w.Key).ToList();
        return note.Signatures.Any(s => named.Exists(k => k.Name == s.Name && k.Id == s.KeyId))
            ? note.Verify(named)
            : new List<VerifiedSignature>();
    }

    // A name was defined before it was used, so this ends.
    private bool HasWitnessed(string name, IReadOnlyList<VerifiedSignature> cosignatures) => _witnesses.TryGetValue(name, out var witness)
        ? cosignatures.Any(c => c.Key == witness.Key)
        : _groups[name].Members.Count(member => HasWitnessed(member, cosignatures)) >= _groups[name].Threshold;

    internal static TlogPolicy Of(IReadOnlyList<NoteKey> logs, IReadOnlyList<PolicyWitness> witnesses, IReadOnlyList<PolicyGroup> groups, string quorum) => new(logs, witnesses, groups, quorum);
}

/// <summary>A checkpoint that its log signed and that enough witnesses of a policy cosigned.</summary>
public sealed class WitnessedCheckpoint
{
    internal WitnessedCheckpoint(VerifiedCheckpoint verified, IReadOnlyList<VerifiedSignature> cosignatures) => (Verified, Cosignatures) = (verified, cosignatures);

    /// <summary>The checkpoint as its log signed it.</summary>
    public VerifiedCheckpoint Verified { get; }

    /// <summary>Its text, read.</summary>
    public Checkpoint Checkpoint => Verified.Checkpoint;

    /// <summary>Those of the policy's witnesses; each has a time.</summary>
    public IReadOnlyList<VerifiedSignature> Cosignatures { get; }
}

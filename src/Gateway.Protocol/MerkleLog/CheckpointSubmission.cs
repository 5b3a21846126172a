using System.Globalization;
using System.Text;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleTree;

namespace Gateway.Protocol.MerkleLog;

/// <summary>
/// The body of <c>add-checkpoint</c> (C2SP tlog-witness): what size the reader has, the proof that the log only grew since, the checkpoint. Bundles hold it too,
/// to lead from a checkpoint that was time-stamped to a later one.
/// </summary>
/// <param name="Old">Size of the checkpoint that the reader knows, 0 for none.</param>
/// <param name="Proof">Consistency proof from there (RFC 6962 §2.1.2).</param>
/// <param name="Note">The signed note, as it came.</param>
public sealed record CheckpointSubmission(long Old, IReadOnlyList<Digest> Proof, ReadOnlyMemory<byte> Note)
{
    /// <summary>63 hashes and a note with as many signatures as a note may have.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int MaxLine = 64;

    /// <summary>Reads a body; null when it is not of this form.</summary>
    public static CheckpointSubmission? Read(ReadOnlyMemory<byte> body)
    {
        var proof = new List<Digest>();
        long? old = null;
        var rest = body;
        while (true)
        {
            var end = rest.Span[..Math.Min(rest.Length, MaxLine)].IndexOf((byte)'\n');
            if (end < 0)
                return null;
            var line = rest.Span[..end];
            rest = rest[(end + 1)..];
            if (old is null)
            {
                if ((old = OldSize(line)) is null)
                    return null;
            }
            else if (line.IsEmpty)
                return rest.IsEmpty ? null : new CheckpointSubmission(old.Value, proof, rest);
            else if (proof.Count == InclusionProof.MaxHashes || Hash(line) is not { } hash)
                return null;
            else
                proof.Add(hash);
        }
    }

    /// <summary>The bytes to post.</summary>
    public byte[] Write()
    {
        var text = new StringBuilder("old ").Append(Old.ToString(CultureInfo.InvariantCulture)).Append('\n');
        foreach (var hash in Proof)
            text.Append(Convert.ToBase64String(hash.ToArray())).Append('\n');
        return [.. Encoding.ASCII.GetBytes(text.Append('\n').ToString()), .. Note.Span];
    }

    /// <summary>A decimal number without leading zeros, as sizes are written; null when it is none, or beyond what a log can hold.</summary>
    public static long? Size(ReadOnlySpan<byte> digits)
        => digits.Length is > 0 and < 19 && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') && (digits.Length == 1 || digits[0] != '0')
            ? long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture)
            : null;

    private static long? OldSize(ReadOnlySpan<byte> line) => line.StartsWith("old "u8) ? Size(line[4..]) : null;

    private static Digest? Hash(ReadOnlySpan<byte> line)
    {
        Span<byte> bytes = stackalloc byte[MaxLine];
        // Canonical base64 only: what is written back must be what came.
        return System.Buffers.Text.Base64.DecodeFromUtf8(line, bytes, out var read, out var written) == System.Buffers.OperationStatus.Done
            && read == line.Length && written == Digest.Length && line.SequenceEqual(Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes[..written])))
            ? new Digest(bytes[..written])
            : null;
    }
}

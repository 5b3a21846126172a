using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;

namespace Gateway.Recognition.Validation;

/// <summary>Everything a verdict depends on. The same input gives the same verdict, today and in ten years.</summary>
public sealed record RecognitionInput
{
    /// <summary>The signature: CMS SignedData, DER or BER.</summary>
    public required ReadOnlyMemory<byte> Document { get; init; }

    /// <summary>The signed content when it is not inside.</summary>
    public SignedContent? Content { get; init; }

    /// <summary>The time to judge for; never read from a clock here.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who is believed, for what, and when.</summary>
    public required TrustAnchors Trust { get; init; }

    /// <summary>Certificates and revocation status besides those in the document.</summary>
    public Material Material { get; init; } = Material.None;

    /// <summary>The rules.</summary>
    public required ValidationPolicy Policy { get; init; }

    /// <summary>What the document may cost, shared by all signatures of a container; null: a budget of its own.</summary>
    internal Work? Work { get; init; }

    /// <summary>What else proves that something existed at a time: our receipts, our log.</summary>
    public IReadOnlyList<ProofOfExistence> Proofs { get; init; } = [];
}

/// <summary>Certificates, CRLs and OCSP answers, as DER (or PEM for certificates and CRLs); what cannot be read is left out and reported.</summary>
public sealed record Material(
    IReadOnlyList<ReadOnlyMemory<byte>> Certificates, IReadOnlyList<ReadOnlyMemory<byte>> RevocationLists, IReadOnlyList<ReadOnlyMemory<byte>> OcspAnswers)
{
    /// <summary>Nothing.</summary>
    public static Material None { get; } = new([], [], []);
}

/// <summary>Something outside the document that proves that bytes existed: the receipt or log entry of the gateway that holds their digest (EN 319 102-1 §5.6.2.3).</summary>
/// <param name="Sha256">SHA-256 of the whole document, or of a certificate, CRL, OCSP answer or time-stamp token.</param>
/// <param name="Time">It existed then.</param>
/// <param name="Source">What proves it, for the report: <c>receipt RelayAcceptance 12</c>.</param>
public sealed record ProofOfExistence(ReadOnlyMemory<byte> Sha256, DateTimeOffset Time, string Source);

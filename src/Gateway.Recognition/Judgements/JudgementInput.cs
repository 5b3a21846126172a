using Gateway.Protocol.Documents;
using Gateway.Recognition.Agreements;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Policy;
using Gateway.Recognition.TrustLists;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Judgements;

/// <summary>A recognition agreement with the digest of the signed document that holds it.</summary>
public sealed record SignedAgreement(Digest Sha256, Agreement Agreement);

/// <summary>Everything that a judgement depends on: the engine's input, and who is believed in the words of lists and agreements.</summary>
public sealed record JudgementInput
{
    /// <summary>The file: CMS, ASiC or PDF.</summary>
    public required ReadOnlyMemory<byte> Document { get; init; }

    /// <summary>Its name, for people.</summary>
    public string Name { get; init; } = "";

    /// <summary>The signed content, when it is not inside.</summary>
    public ReadOnlyMemory<byte>? Content { get; init; }

    /// <summary>The time to judge for.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Trusted lists and cards.</summary>
    public IReadOnlyList<TrustList> Lists { get; init; } = [];

    /// <summary>Anchors given one by one.</summary>
    public IReadOnlyList<TrustAnchor> Anchors { get; init; } = [];

    /// <summary>Agreements in force.</summary>
    public IReadOnlyList<SignedAgreement> Agreements { get; init; } = [];

    /// <summary>Certificates and revocation status.</summary>
    public Material Material { get; init; } = Material.None;

    /// <summary>The rules.</summary>
    public ValidationPolicy Policy { get; init; } = ValidationPolicy.Default;

    /// <summary>What proves a time from outside.</summary>
    public IReadOnlyList<ProofOfExistence> Proofs { get; init; } = [];

    /// <summary>Which kind of mark it is to be; null when only the technical verdict is asked for.</summary>
    public MarkUse? Use { get; init; }

    /// <summary>The State that it comes from.</summary>
    public string? Peer { get; init; }

    /// <summary>The request kind, for rules that are limited to some.</summary>
    public string? Kind { get; init; }

    /// <summary>The authority that the document names as the one which sealed or stamped.</summary>
    public string? Authority { get; init; }

    /// <summary>Language of the report's texts.</summary>
    public string Language { get; init; } = "en";
}

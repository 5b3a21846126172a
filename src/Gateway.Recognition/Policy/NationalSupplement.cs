namespace Gateway.Recognition.Policy;

/// <summary>
/// Algorithms that TS 119 312 does not speak of. None of them is accepted by default: a State's policy, or the agreement with a State, adds the rows that it takes
/// (<see cref="AlgorithmCatalogue.With"/>).
/// </summary>
public static class NationalSupplement
{
    /// <summary>The supplements by the names that policies and agreements use.</summary>
    public static IReadOnlyList<string> Names { get; } = ["GOST", "SM2", "EDDSA"];

    /// <summary>The rows of a supplement. Throws <see cref="FormatException"/> for a name that is none of <see cref="Names"/>.</summary>
    public static IReadOnlyList<AlgorithmRule> Of(string name) => name switch
    {
        "GOST" => Gost,
        "SM2" => Sm2,
        "EDDSA" => EdwardsCurves,
        _ => throw new FormatException($"'{name}' is none of {string.Join(", ", Names)}"),
    };

    /// <summary>GOST R 34.10-2012 with GOST R 34.11-2012 (Streebog), keys of 256 and 512 bits.</summary>
    public static IReadOnlyList<AlgorithmRule> Gost { get; } =
    [
        new("1.2.643.7.1.1.3.2", "GOST R 34.10-2012 256 with Streebog-256", 256, null),
        new("1.2.643.7.1.1.3.3", "GOST R 34.10-2012 512 with Streebog-512", 512, null),
        new("1.2.643.7.1.1.2.2", "Streebog-256", 0, null),
        new("1.2.643.7.1.1.2.3", "Streebog-512", 0, null),
    ];

    /// <summary>SM2 with SM3.</summary>
    public static IReadOnlyList<AlgorithmRule> Sm2 { get; } =
    [
        new("1.2.156.10197.1.501", "SM2 with SM3", 256, null),
        new("1.2.156.10197.1.401", "SM3", 0, null),
    ];

    /// <summary>Ed25519 and Ed448 (RFC 8410, RFC 8419).</summary>
    public static IReadOnlyList<AlgorithmRule> EdwardsCurves { get; } =
    [
        new("1.3.101.112", "Ed25519", 256, null),
        new("1.3.101.113", "Ed448", 448, null),
        new("2.16.840.1.101.3.4.2.18", "SHAKE256-512", 0, null),
    ];
}

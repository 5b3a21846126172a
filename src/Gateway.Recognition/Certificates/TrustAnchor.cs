namespace Gateway.Recognition.Certificates;

/// <summary>What an anchor is believed for.</summary>
[Flags]
public enum TrustPurposes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Signatures of persons and seals of authorities.</summary>
    Signatures = 1,

    /// <summary>Time-stamps.</summary>
    TimeStamps = 2,

    /// <summary>Everything.</summary>
    All = Signatures | TimeStamps,
}

/// <summary>
/// One key that is believed because somebody outside says so: a certificate, or a name and a key (RFC 5280 §6.1.1 d). Its own signature is never checked.
/// </summary>
public sealed record TrustAnchor
{
    /// <summary>DER of the certificate; empty when <see cref="Name"/> and <see cref="PublicKey"/> are given.</summary>
    public ReadOnlyMemory<byte> Certificate { get; init; }

    /// <summary>DER of the X.501 Name.</summary>
    public ReadOnlyMemory<byte> Name { get; init; }

    /// <summary>DER of the SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; init; }

    /// <summary>What it is believed for.</summary>
    public TrustPurposes Purposes { get; init; } = TrustPurposes.All;

    /// <summary>Believed for what was proved to exist from then on; null: since ever.</summary>
    public DateTimeOffset? TrustedFrom { get; init; }

    /// <summary>Sunset: believed for what was proved to exist before; null: until further notice.</summary>
    public DateTimeOffset? TrustedUntil { get; init; }

    /// <summary>Whether the certificate's own validity binds (RFC 5280 leaves it to the policy; lists of State trust usually say no).</summary>
    public bool CertificateValidityBinds { get; init; } = true;

    /// <summary>The anchor may itself be the signer's certificate (a list that names end-entity certificates).</summary>
    public bool MaySign { get; init; }

    /// <summary>Its own name in reports and findings: list, entry, file. Also what recognition agreements are matched with.</summary>
    public string Label { get; init; } = "";

    /// <summary>Code of the State whose list names it, or null.</summary>
    public string? State { get; init; }
}

/// <summary>The anchors to judge with. Several entries may name one key with different times (the history of a list).</summary>
public sealed record TrustAnchors(IReadOnlyList<TrustAnchor> Entries)
{
    /// <summary>No one is believed.</summary>
    public static TrustAnchors None { get; } = new([]);
}

using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Recognition.TrustLists;

/// <summary>What the certificates behind a trust service may make. RFC 3161 time-stamps are not marks, but are recognised as these are.</summary>
public enum MarkUse
{
    /// <summary>A person's signature.</summary>
    SIGNATURE,

    /// <summary>An authority's seal.</summary>
    SEAL,

    /// <summary>A registry's stamp.</summary>
    STAMP,

    /// <summary>A time-stamp token.</summary>
    TIMESTAMP,
}

/// <summary>What a list says of a service from one time on, until the next entry.</summary>
/// <param name="From">UTC; holds from this moment on.</param>
/// <param name="Type">The type as the list names it: a URI of ETSI TS 119 612 §5.5.1, or of the State.</param>
/// <param name="Status">The status as the list names it: <c>GRANTED</c>, <c>WITHDRAWN</c>, or a URI of ETSI TS 119 612 §5.5.4 or of the State.</param>
/// <param name="Uses">What it is for, where the list says so in words known here; empty when only an agreement can tell.</param>
/// <param name="Qualifiers">Qualifiers and additional information (URIs), for agreements that ask for one.</param>
/// <param name="NotUnderstood">A condition the list calls critical and this version does not understand: the entry grants nothing (ETSI TS 119 612 §5.5.9).</param>
public sealed record ServicePeriod(DateTimeOffset From, string Type, string Status, IReadOnlyList<MarkUse> Uses, IReadOnlyList<string> Qualifiers, string? NotUnderstood = null)
{
    /// <summary>Whether the status, in words known here, lets the service's marks count. A status of a State's own is not known until an agreement names it.</summary>
    public bool Granted => NotUnderstood is null && ServiceWords.IsGranted(Status);
}

/// <summary>A trust service: its certificates and its history.</summary>
/// <param name="Territory">ISO 3166-1 alpha-2; EL and UK are read as GR and GB.</param>
/// <param name="Provider">The provider's name.</param>
/// <param name="Name">The service's name.</param>
/// <param name="Certificates">Certificates of the service, DER, as listed.</param>
/// <param name="Periods">The newest first.</param>
/// <param name="Authority">The authority of the State that alone uses this service for its seals or stamps (<c>XB-CA</c>), or null.</param>
/// <param name="Policies">Certificate policies, one of which the signer's certificate must have; empty: any.</param>
public sealed record TrustedService(string Territory, string Provider, string Name, IReadOnlyList<ReadOnlyMemory<byte>> Certificates, IReadOnlyList<ServicePeriod> Periods, string? Authority = null, IReadOnlyList<string>? Policies = null)
{
    /// <summary>What the list says of a moment; null before its first entry.</summary>
    public ServicePeriod? At(DateTimeOffset time) => Periods.FirstOrDefault(p => p.From <= time);

    /// <summary>Whether one of the service's certificates is this one.</summary>
    public bool Has(Digest certificate) => Certificates.Any(c => Digest.Of(c.Span) == certificate);

    /// <summary>The stretches of time in which <paramref name="counts"/> holds, the oldest first; a null end means until now and on.</summary>
    public IReadOnlyList<(DateTimeOffset From, DateTimeOffset? Until)> Spans(Func<ServicePeriod, bool> counts)
    {
        var spans = new List<(DateTimeOffset From, DateTimeOffset? Until)>();
        for (var i = Periods.Count - 1; i >= 0; i--)
        {
            if (!counts(Periods[i]))
                continue;
            DateTimeOffset? until = i == 0 ? null : Periods[i - 1].From;
            if (spans is [.., { Until: { } end } last] && end == Periods[i].From)
                spans[^1] = last with { Until = until };
            else
                spans.Add((Periods[i].From, until));
        }
        return spans;
    }
}

/// <summary>Another list that a list of lists points at.</summary>
/// <param name="Territory">Whose list.</param>
/// <param name="Location">Where it is published.</param>
/// <param name="Signers">Certificates that may sign it, DER.</param>
public sealed record ListPointer(string Territory, string Location, IReadOnlyList<ReadOnlyMemory<byte>> Signers);

/// <summary>Of which kind a list is.</summary>
public enum TrustListKind
{
    /// <summary>The document of docs/protocol.md.</summary>
    STATE,

    /// <summary>ETSI TS 119 612.</summary>
    ETSI,

    /// <summary>What a peer card names.</summary>
    CARD,
}

/// <summary>A list whose signature fits. Whether its signer is the State's is decided by whoever knows the certificate expected.</summary>
public sealed record TrustList(
    TrustListKind Kind,
    string Territory,
    long Sequence,
    DateTimeOffset Issued,
    DateTimeOffset? NextUpdate,
    Digest Sha256,
    Digest Signer,
    string SignerName,
    IReadOnlyList<TrustedService> Services,
    IReadOnlyList<ListPointer> Pointers,
    IReadOnlyList<string> Remarks)
{
    /// <summary>Whether the list should have been replaced by now. An expired list is shown as such and is no reason to forget it.</summary>
    public bool ExpiredAt(DateTimeOffset time) => NextUpdate is not { } next || next < time;

    /// <summary>
    /// Whether this list may take the place of <paramref name="current"/>: same kind and territory, and a higher number. The same list again changes nothing and is no error.
    /// </summary>
    public Refusal? MayReplace(TrustList current)
    {
        ArgumentNullException.ThrowIfNull(current);
        if (current.Territory != Territory || current.Kind != Kind)
            return new(RefusalCode.TrustListSequence, $"the list is {Kind} of {Territory}, the one in use {current.Kind} of {current.Territory}");
        return Sequence > current.Sequence || Sha256 == current.Sha256
            ? null
            : new(RefusalCode.TrustListSequence, Sequence == current.Sequence ? $"another list under number {Sequence}" : $"list {Sequence} is older than {current.Sequence}, which is in use");
    }

    /// <summary>How many certificates a service that is granted at <paramref name="time"/> has: zero is an alarm, not an answer.</summary>
    public int AnchorsAt(DateTimeOffset time) => Services.Where(s => s.At(time) is { Granted: true }).Sum(s => s.Certificates.Count);
}

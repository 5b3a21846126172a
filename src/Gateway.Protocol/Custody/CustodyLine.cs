using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;

namespace Gateway.Protocol.Custody;

/// <summary>Who signed what a line says, whoever is said to have done it.</summary>
/// <param name="Name">The person as the document names it, or <see cref="CustodyEvent.Gateway"/> for the seal of the authority.</param>
/// <param name="Authority">For which authority; null where the document does not say.</param>
/// <param name="Certificate">The name in the certificate; null when it is not known here.</param>
public sealed record CustodySigner(string Name, string? Authority, string? Certificate)
{
    /// <summary>Whoever signed a document that names nobody else.</summary>
    public static CustodySigner Of(Certificate certificate, string? authority = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var name = certificate.CommonName ?? certificate.Subject;
        return new CustodySigner(name, authority, name);
    }

    /// <summary>No person: a gateway says so under its authority's seal.</summary>
    public bool IsGateway => Name == CustodyEvent.Gateway;

    /// <summary>One line for people.</summary>
    public override string ToString()
        => (IsGateway ? $"the gateway of {Authority}, by its seal" : Authority is null ? Name : $"{Name}, {Authority}") + (Certificate is { } shown && shown != Name ? $" (certificate: {shown})" : "");
}

/// <summary>One line of the table of an item's custody, whatever it was read from. Text from documents is untrusted.</summary>
/// <param name="Time">When, with the offset of the place where it is stated.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Place">Where; empty when it happened between gateways.</param>
/// <param name="Who">The person, or the receipt that says so.</param>
/// <param name="Authority">For which authority.</param>
/// <param name="Reason">Why, on which basis.</param>
public sealed record CustodyLine(DateTimeOffset Time, CustodyKind Kind, string Place, string Who, string Authority, string Reason)
{
    /// <summary>What is shown for <see cref="Kind"/> when it says more: <c>RELEASED (APPROVE)</c>.</summary>
    public string? Label { get; init; }

    /// <summary>The name of the time zone, where it is stated.</summary>
    public string? Zone { get; init; }

    /// <summary>SHA-256 of the content before.</summary>
    public Digest? HashBefore { get; init; }

    /// <summary>SHA-256 of the content after.</summary>
    public Digest? HashAfter { get; init; }

    /// <summary>Number of the physical seal before.</summary>
    public string? SealBefore { get; init; }

    /// <summary>Number of the physical seal after.</summary>
    public string? SealAfter { get; init; }

    /// <summary>Who had it before, when it changes hands.</summary>
    public string? From { get; init; }

    /// <summary>Who has it after.</summary>
    public string? To { get; init; }

    /// <summary>What the kind says beyond the common members, in one line.</summary>
    public string? Detail { get; init; }

    /// <summary>The event that it corrects.</summary>
    public Digest? Corrects { get; init; }

    /// <summary>Who signed it.</summary>
    public CustodySigner? SignedBy { get; init; }

    /// <summary>The tools that the event itself names.</summary>
    public IReadOnlyList<ForensicTool> Tools { get; init; } = [];

    /// <summary>Until when the holder said that it would be on its way or away; null when nothing was said.</summary>
    public DateTimeOffset? ExplainedUntil { get; init; }

    /// <summary>When it was signed, where that is not the time of the act itself.</summary>
    public DateTimeOffset? RecordedAt { get; init; }

    /// <summary>The State in whose chain it stands, with its number; null for what the manifest, a release or a receipt says.</summary>
    public string? State { get; init; }

    /// <summary>Its number in that chain.</summary>
    public long? Seq { get; init; }

    /// <summary>SHA-256 of the signed event.</summary>
    public Digest? Sha256 { get; init; }

    /// <summary>The file that shows it, in a bundle.</summary>
    public string File { get; init; } = "";

    /// <summary>The words for <see cref="Kind"/>.</summary>
    public string Event => Label ?? Kind.ToString();

    /// <summary>A custody entry of a manifest.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="signer">Whose certificate signed the manifest.</param>
    /// <param name="file">The file that shows it.</param>
    public static CustodyLine Of(CustodyEntry entry, Certificate? signer = null, string file = "") => new(entry.Time, entry.Event, entry.Place, entry.Actor.Name, entry.Actor.Authority, entry.Reason)
    {
        Zone = entry.Text("zone"),
        HashBefore = entry.HashBefore,
        HashAfter = entry.HashAfter ?? entry.CopyHash,
        SealBefore = SealedBefore(entry.Event, entry.Text),
        SealAfter = SealedAfter(entry.Event, entry.Text),
        From = entry.Text("from"),
        To = entry.Text("to"),
        Detail = entry.Members is { } members ? CustodyDetail.Of(EarlierCustody.Fields, members) : null,
        SignedBy = signer is null ? null : CustodySigner.Of(signer),
        Tools = entry.Members is { } given ? CustodyDetail.Tools(given) : [],
        ExplainedUntil = CustodyDetail.ExplainedUntil(entry.Text),
        File = file,
    };

    private static string? SealedBefore(CustodyKind kind, Func<string, string?> member) => member("sealBefore") ?? (kind == CustodyKind.UNSEALED ? member("sealNumber") : null);

    private static string? SealedAfter(CustodyKind kind, Func<string, string?> member) => member("sealAfter") ?? (kind == CustodyKind.UNSEALED ? null : member("sealNumber"));

    /// <summary>A signed event.</summary>
    /// <param name="custody">The event.</param>
    /// <param name="sha256">Of its signed form.</param>
    /// <param name="signed">When it was signed.</param>
    /// <param name="signer">Whose certificate signed it.</param>
    /// <param name="file">The file that shows it.</param>
    public static CustodyLine Of(CustodyEvent custody, Digest sha256, DateTimeOffset signed, Certificate? signer, string file = "")
        => new(custody.Time, custody.Event, custody.Place, custody.Actor.Name, custody.Actor.Authority, custody.Reason)
        {
            Zone = custody.Text("zone"),
            HashBefore = custody.HashBefore,
            HashAfter = custody.HashAfter ?? custody.DigestOf("computed") ?? custody.DigestOf("copyHash"),
            SealBefore = SealedBefore(custody.Event, custody.Text),
            SealAfter = SealedAfter(custody.Event, custody.Text),
            From = custody.Text("from"),
            To = custody.Text("to"),
            Detail = CustodyDetail.Of(custody.Rule.AllFields, custody.Fields),
            Corrects = custody.DigestOf("corrects"),
            SignedBy = new CustodySigner(custody.RecordedBy.Name, custody.RecordedBy.Authority, signer?.CommonName ?? signer?.Subject),
            Tools = CustodyDetail.Tools(custody.Fields),
            ExplainedUntil = CustodyDetail.ExplainedUntil(custody.Text) ?? OnItsWay(custody),
            RecordedAt = signed,
            State = custody.State,
            Seq = custody.Seq,
            Sha256 = sha256,
            File = file,
        };

    // Whoever announces a parcel need not say when it arrives; nobody is to explain each day.
    private static DateTimeOffset? OnItsWay(CustodyEvent custody)
        => custody.Event == CustodyKind.SHIPPED && custody.RecordedBy.Name == CustodyEvent.Gateway && custody.Time < DateTimeOffset.MaxValue.AddYears(-1) ? custody.Time + CustodyTable.ParcelDays : null;
}

using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;

namespace Gateway.Protocol.Custody;

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
    public static CustodyLine Of(CustodyEntry entry, string file = "") => new(entry.Time, entry.Event, entry.Place, entry.Actor.Name, entry.Actor.Authority, entry.Reason)
    {
        Zone = entry.Text("zone"),
        HashBefore = entry.HashBefore,
        HashAfter = entry.HashAfter,
        SealBefore = SealedBefore(entry.Event, entry.Text),
        SealAfter = SealedAfter(entry.Event, entry.Text),
        From = entry.Text("from"),
        To = entry.Text("to"),
        Detail = entry.Members is { } members ? CustodyDetail.Of(EarlierCustody.Fields, members) : null,
        ExplainedUntil = CustodyDetail.ExplainedUntil(entry.Text),
        File = file,
    };

    private static string? SealedBefore(CustodyKind kind, Func<string, string?> member) => member("sealBefore") ?? (kind == CustodyKind.UNSEALED ? member("sealNumber") : null);

    private static string? SealedAfter(CustodyKind kind, Func<string, string?> member) => member("sealAfter") ?? (kind == CustodyKind.UNSEALED ? null : member("sealNumber"));

    /// <summary>A signed event.</summary>
    /// <param name="custody">The event.</param>
    /// <param name="state">The State in whose chain it stands.</param>
    /// <param name="sha256">Of its signed form.</param>
    /// <param name="signed">When it was signed.</param>
    /// <param name="file">The file that shows it.</param>
    public static CustodyLine Of(CustodyEvent custody, string state, Digest sha256, DateTimeOffset signed, string file = "")
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
            ExplainedUntil = CustodyDetail.ExplainedUntil(custody.Text),
            RecordedAt = signed,
            State = state,
            Seq = custody.Seq,
            Sha256 = sha256,
            File = file,
        };
}

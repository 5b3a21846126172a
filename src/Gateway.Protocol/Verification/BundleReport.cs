using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;

namespace Gateway.Protocol.Verification;

/// <summary>The answer in one word.</summary>
public enum Verdict
{
    /// <summary>Consistent, and every State in it was confirmed by an anchor from outside.</summary>
    VALID,

    /// <summary>Nothing contradicts anything, but who signed is not confirmed by anything outside the bundle.</summary>
    CONSISTENT,

    /// <summary>Something contradicts; the findings say what and where.</summary>
    BROKEN,
}

/// <summary>One State's chain in one case.</summary>
/// <param name="Case">The case.</param>
/// <param name="State">The issuing State.</param>
/// <param name="Receipts">Receipts that could be read.</param>
/// <param name="First">Time of the first, or null.</param>
/// <param name="Last">Time of the last, or null.</param>
/// <param name="Head">SHA-256 of the last, or null.</param>
/// <param name="ConfirmedByPeer">Up to which number the other side's receipts name this chain.</param>
public sealed record ChainReport(string Case, string State, long Receipts, DateTimeOffset? First, DateTimeOffset? Last, Digest? Head, long ConfirmedByPeer)
{
    /// <summary>Who outside saw it in a log, and when; null where nobody whose word counts did.</summary>
    public ChainSeen? Seen { get; init; }
}

/// <summary>Who saw the receipts of a chain in a log of the bundle: a State that cosigned, or a time-stamp authority. Before that their times are the word of the States alone.</summary>
/// <param name="Receipts">How many were seen.</param>
/// <param name="FirstBy">Who saw the first of them.</param>
/// <param name="First">When.</param>
/// <param name="LastBy">Who saw the last of them.</param>
/// <param name="Last">When.</param>
/// <param name="Longest">The longest time between the date of a receipt and when it was seen.</param>
public sealed record ChainSeen(long Receipts, string FirstBy, DateTimeOffset First, string LastBy, DateTimeOffset Last, TimeSpan Longest);

/// <summary>A State of the bundle and the key on which its cards rest.</summary>
/// <param name="State">ISO 3166-1 alpha-2.</param>
/// <param name="CardKey">SHA-256 of the card key's SubjectPublicKeyInfo.</param>
/// <param name="Confirmed">Whether an anchor confirms it.</param>
public sealed record StateReport(string State, Digest CardKey, bool Confirmed)
{
    /// <summary>Whether it has part in the case; any other only witnesses.</summary>
    public bool Party { get; init; }
}

/// <summary>Something that the person who verifies brought along, and what it was used for.</summary>
/// <param name="Source">Where it came from, as it was given.</param>
/// <param name="CardKey">SHA-256 of the card key's SubjectPublicKeyInfo.</param>
/// <param name="Named">The State whose key it is by what was given; null when that names none.</param>
/// <param name="UsedFor">The States whose cards here are signed with it; empty: it confirms nothing here.</param>
public sealed record AnchorReport(string Source, Digest CardKey, string? Named, IReadOnlyList<string> UsedFor);

/// <summary>What a line of the story is about.</summary>
public enum StoryStep
{
    /// <summary>A request was sent.</summary>
    Asked,

    /// <summary>The judicial decision that a request relies on.</summary>
    Authorised,

    /// <summary>A person moved the case.</summary>
    Acted,

    /// <summary>A person released an item, or proposed or rejected that.</summary>
    Released,

    /// <summary>An item was sent.</summary>
    Delivered,

    /// <summary>The recipient stated what it found after decrypting.</summary>
    HandedOver,

    /// <summary>A message was rejected or could not be delivered.</summary>
    Failed,
}

/// <summary>One thing that happened, for people. Text comes from the bundle: untrusted.</summary>
/// <param name="Time">When, as its signer or the receipt says.</param>
/// <param name="Case">The case.</param>
/// <param name="Step">What kind of thing.</param>
/// <param name="By">The authority.</param>
/// <param name="Text">One line.</param>
/// <param name="File">The file of the bundle that shows it.</param>
public sealed record StoryLine(DateTimeOffset Time, string Case, StoryStep Step, string By, string Text, string File);

/// <summary>An evidence item.</summary>
/// <param name="Item">Its id.</param>
/// <param name="Case">The case.</param>
/// <param name="Exhibit">The laboratory's exhibit number.</param>
/// <param name="FileName">Name of the file.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="Sha256">SHA-256 of its content.</param>
/// <param name="Disclosed">Whether the content is in the bundle.</param>
/// <param name="HandedOver">Whether the recipient's receipt says that it decrypted it and all digests agree.</param>
public sealed record ItemReport(string Item, string Case, string Exhibit, string FileName, long SizeBytes, Digest Sha256, bool Disclosed, bool HandedOver)
{
    /// <summary>Certificates, copying records and reports of the item that are here, each with who signed it. Untrusted text.</summary>
    public IReadOnlyList<string> Records { get; init; } = [];

    /// <summary>What the certificate inside the manifest is worth where the custodian signed none; null where one did, or there is none. Untrusted text.</summary>
    public string? Stated { get; init; }
}

/// <summary>One request: what was asked, what it relies on, what came. Each a few lines; text from the bundle is untrusted.</summary>
/// <param name="Case">The case.</param>
/// <param name="Asked">Kind, reference, period of the data, legal basis.</param>
/// <param name="Authorised">The judicial decision, and the registry's number.</param>
/// <param name="Delivered">Outcome of the answer and items.</param>
/// <param name="File">The cover that holds the request.</param>
public sealed record ScopeRow(string Case, IReadOnlyList<string> Asked, IReadOnlyList<string> Authorised, IReadOnlyList<string> Delivered, string File);

/// <summary>One thing that was due.</summary>
/// <param name="Case">The case.</param>
/// <param name="What">What was due.</param>
/// <param name="By">From which authority.</param>
/// <param name="Due">When, UTC.</param>
/// <param name="Met">When it came, or null.</param>
/// <param name="Basis">Who set the date.</param>
/// <param name="File">The file that shows it.</param>
public sealed record DeadlineReport(string Case, string What, string By, DateTimeOffset Due, DateTimeOffset? Met, string Basis, string File)
{
    /// <summary>Counted between the days on which papers left and came: what seems late may have been on the way.</summary>
    public bool OnPaper { get; init; }

    /// <summary>A day on which something ends by itself, or was to be lost: nobody misses it.</summary>
    public bool IsEnd { get; init; }

    /// <summary>It came, and certainly too late.</summary>
    public bool Late => Met > Due && !OnPaper && !IsEnd;
}

/// <summary>One line of an item's chain of custody.</summary>
/// <param name="Item">The item.</param>
/// <param name="Time">When; with the offset of the place where it is stated.</param>
/// <param name="Event">What happened.</param>
/// <param name="Place">Where; empty when it happened between gateways.</param>
/// <param name="Actor">The person, or the receipt.</param>
/// <param name="Authority">For which authority.</param>
/// <param name="Reason">Why, on which basis.</param>
/// <param name="Sha256">The content's SHA-256 then, where it is stated.</param>
/// <param name="File">The file that shows it.</param>
public sealed record CustodyRow(string Item, DateTimeOffset Time, string Event, string Place, string Actor, string Authority, string Reason, string? Sha256, string File)
{
    /// <summary>The name of the time zone, where it is stated.</summary>
    public string? Zone { get; init; }

    /// <summary>SHA-256 of the content before the event.</summary>
    public string? HashBefore { get; init; }

    /// <summary>SHA-256 of the content after the event.</summary>
    public string? HashAfter { get; init; }

    /// <summary>Number of the physical seal before.</summary>
    public string? SealBefore { get; init; }

    /// <summary>Number of the physical seal after.</summary>
    public string? SealAfter { get; init; }

    /// <summary>What the event says beyond these.</summary>
    public string? Detail { get; init; }

    /// <summary>Who had it before, when it changes hands.</summary>
    public string? From { get; init; }

    /// <summary>Who has it after.</summary>
    public string? To { get; init; }

    /// <summary>Who signed it, whoever is said to have done it.</summary>
    public CustodySigner? SignedBy { get; init; }

    /// <summary>When it was signed, where that is not the time of the act itself.</summary>
    public DateTimeOffset? RecordedAt { get; init; }

    /// <summary>The State in whose chain it stands; null for what the manifest, a release or a receipt says.</summary>
    public string? State { get; init; }

    /// <summary>Its number in that chain.</summary>
    public long? Seq { get; init; }

    /// <summary>From whom to whom, for people; empty when nothing says so.</summary>
    public string Hands => From is null && To is null ? "" : $"{From ?? "?"} → {To ?? "?"}";

    /// <summary>Number and time of signing, for people; empty for what has none.</summary>
    public string Recorded => Seq is not { } seq ? "" : $"event {seq} of {State}{(RecordedAt is { } at && at != Time ? $", signed {CustodyTable.Local(at.ToOffset(Time.Offset))}" : "")}";

    /// <summary>What is remarkable about it; each is a finding too.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}

/// <summary>Who cosigned a checkpoint.</summary>
/// <param name="State">The witness.</param>
/// <param name="Time">By its clock.</param>
/// <param name="Confirmed">Whether an anchor confirms its card.</param>
/// <param name="Party">Whether it is itself a party to the case.</param>
public sealed record Cosigner(string State, DateTimeOffset Time, bool Confirmed, bool Party);

/// <summary>A State's log, as far as the bundle shows it.</summary>
/// <param name="State">Whose.</param>
/// <param name="Origin">Its name; null when its checkpoint does not hold.</param>
/// <param name="Size">Leaves under the checkpoint.</param>
/// <param name="Root">The root over them.</param>
/// <param name="Proved">Receipts of the bundle that were proved to stand in it.</param>
/// <param name="Receipts">Receipts of the bundle.</param>
/// <param name="Cosigners">Who cosigned the checkpoint.</param>
/// <param name="Stamps">Which time-stamp authorities stamped it or an earlier one.</param>
public sealed record LogReport(string State, string? Origin, long? Size, Digest? Root, long Proved, long Receipts, IReadOnlyList<Cosigner> Cosigners, IReadOnlyList<LogStamp> Stamps)
{
    /// <summary>States outside the case, confirmed, that cosigned a checkpoint under which something here is proved: the newest one may bear other names.</summary>
    public IReadOnlyList<string> Outside { get; init; } = [];

    /// <summary>Receipts of the bundle that stand under a checkpoint that one of them cosigned.</summary>
    public long SeenOutside { get; init; }
}

/// <summary>A time-stamp over a checkpoint that led to the one under which the proofs stand.</summary>
/// <param name="Authority">Its name in its certificate; untrusted text.</param>
/// <param name="Time">By its clock.</param>
/// <param name="Origin">The log.</param>
/// <param name="Size">Leaves under the checkpoint that was stamped.</param>
/// <param name="Receipts">Receipts of the bundle that it shows to have existed then.</param>
/// <param name="Confirmed">Whether its certificate leads to one that the person who verifies trusts.</param>
public sealed record LogStamp(string Authority, DateTimeOffset Time, string Origin, long Size, long Receipts, bool Confirmed);

/// <summary>A copy that is gone. No personal data.</summary>
/// <param name="Case">The case.</param>
/// <param name="By">The authority whose copy it was.</param>
/// <param name="Time">When.</param>
/// <param name="Reason">A word.</param>
/// <param name="LegalBasis">The provision or order.</param>
/// <param name="BackupsUntil">From then on no backup holds it.</param>
/// <param name="Messages">Messages whose content is gone.</param>
/// <param name="Items">Items that are gone.</param>
/// <param name="File">The file that shows it.</param>
public sealed record ErasureReport(string Case, string By, DateTimeOffset Time, string Reason, string LegalBasis, DateTimeOffset BackupsUntil, int Messages, int Items, string File);

/// <summary>What a mark on the time line stands for.</summary>
public enum TimelineKind
{
    /// <summary>A request that crosses.</summary>
    Request,

    /// <summary>An act that crosses.</summary>
    Act,

    /// <summary>An announcement of evidence that crosses.</summary>
    Evidence,

    /// <summary>A person decided on a release.</summary>
    Released,

    /// <summary>All of an item is there.</summary>
    Consigned,

    /// <summary>A message was first opened by a person.</summary>
    Opened,

    /// <summary>A recipient stated what it found after decrypting.</summary>
    HandedOver,

    /// <summary>Content, or a part of it, was disclosed.</summary>
    Disclosed,

    /// <summary>An item went to a carrier.</summary>
    Shipped,

    /// <summary>A copy was erased or destroyed.</summary>
    Erased,

    /// <summary>Something was rejected or not delivered.</summary>
    Failed,

    /// <summary>A side closed its chain.</summary>
    Closed,
}

/// <summary>A mark on the time line. Text comes from the bundle: untrusted.</summary>
/// <param name="Time">When it began, as its signer says.</param>
/// <param name="Case">The case.</param>
/// <param name="State">The State on whose side it happened or began.</param>
/// <param name="To">The State to which it crossed, or null.</param>
/// <param name="Arrived">When it was taken there, or null.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Text">A few words.</param>
/// <param name="File">The file that shows it.</param>
public sealed record TimelineEvent(DateTimeOffset Time, string Case, string State, string? To, DateTimeOffset? Arrived, TimelineKind Kind, string Text, string File);

/// <summary>Everything that was found out about a bundle.</summary>
public sealed record BundleReport
{
    /// <summary>The answer.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The case exported, as the manifest says; null when it could not be read.</summary>
    public string? Case { get; init; }

    /// <summary>Who exported; null when that could not be read.</summary>
    public Party? Exporter { get; init; }

    /// <summary>When; null when that could not be read.</summary>
    public DateTimeOffset? Exported { get; init; }

    /// <summary>Files read.</summary>
    public required int Files { get; init; }

    /// <summary>The States and their card keys.</summary>
    public required IReadOnlyList<StateReport> States { get; init; }

    /// <summary>What was brought along to confirm them.</summary>
    public IReadOnlyList<AnchorReport> Anchors { get; init; } = [];

    /// <summary>The chains.</summary>
    public required IReadOnlyList<ChainReport> Chains { get; init; }

    /// <summary>Asked, authorised, delivered: in order of time.</summary>
    public required IReadOnlyList<StoryLine> Story { get; init; }

    /// <summary>Per request: asked, authorised, delivered.</summary>
    public required IReadOnlyList<ScopeRow> Scope { get; init; }

    /// <summary>What was due when.</summary>
    public required IReadOnlyList<DeadlineReport> Deadlines { get; init; }

    /// <summary>Evidence items.</summary>
    public required IReadOnlyList<ItemReport> Items { get; init; }

    /// <summary>The chain of custody of each item.</summary>
    public required IReadOnlyList<CustodyRow> Custody { get; init; }

    /// <summary>The picture of the cases, in order of time.</summary>
    public required IReadOnlyList<TimelineEvent> Timeline { get; init; }

    /// <summary>The logs.</summary>
    public required IReadOnlyList<LogReport> Logs { get; init; }

    /// <summary>What was erased.</summary>
    public required IReadOnlyList<ErasureReport> Erasures { get; init; }

    /// <summary>All findings, the heaviest first.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Whether who verifies brought a policy, which says how many witnesses the logs need.</summary>
    public bool PolicyGiven { get; init; }

    /// <summary>What no verdict on such a bundle can prove, whatever it says.</summary>
    public IReadOnlyList<string> NotProved =>
    [
        "That nothing happened which neither State recorded: an act without a receipt leaves no trace here. Nor that a State keeps no other log than those named here, in which it told the same otherwise: its witnesses know which logs it had cosigned.",
        Logs.Any(l => l.Cosigners.Count > 0 || l.Stamps.Any(s => s.Confirmed))
            ? "That the times are right to the minute: they are the word of the two States. Proved is the order within a chain, and that what a witness cosigned or a time-stamp authority stamped was there by then."
            : "That the times are right: they are the word of the two States; only their order within a chain is proved.",
        "That a chain goes no further than shown, beyond the receipts that the other side's receipts name. So it is with custody events that no message to the other side holds, and with verdicts: their exporter can leave out the last of them with all that names them.",
        Witnesses is { Count: > 0 } witnesses
            ? $"That the two States did not make up together what happened before {string.Join(", ", witnesses)} first cosigned a checkpoint that covers it; afterwards neither can change it unnoticed.{(Unseen is > 0 and var unseen ? $" Of the {Logs.Max(l => l.Receipts)} receipts here, {unseen} stand under no checkpoint that one of them cosigned: those the two States could still have made up." : "")}"
            : "That the two States did not make up the whole story together, afterwards: nobody outside the case who is confirmed here has witnessed it.",
        .. PolicyGiven || Logs.All(l => l.Cosigners.Count == 0) ? Array.Empty<string>()
            : ["That more than one other State saw the logs: no policy of yours was given (--trust POLICY), so that one cosignature was enough beyond what the policy in the bundle asks, which its exporter wrote."],
        "That an item was what it is said to be before the laboratory first hashed it, or that what a person signed is true.",
        "That a signature counts as a signature under the law of a State: recognition is a decision of that State.",
        "That no other copy exists of what was erased or withheld: a bundle speaks for the gateway that made it.",
    ];

    private List<string> Witnesses => [.. Logs.SelectMany(l => l.Outside).Distinct().Order(StringComparer.Ordinal)];

    private long Unseen => Logs.Count == 0 ? 0 : Logs.Min(l => l.Receipts - l.SeenOutside);
}

using Gateway.Protocol.Records;
using Gateway.Protocol.Requests;
using Gateway.Runtime;

namespace Gateway.Peers;

/// <summary>Section <c>Profile</c>: what our card tells others to observe when they write to us.</summary>
internal sealed class ProfileOptions : ICheckedOptions
{
    /// <summary>Languages accepted, BCP 47, the preferred first; empty: any.</summary>
    public IReadOnlyList<string> Languages { get; init; } = ["en"];

    /// <summary>Languages accepted besides in an emergency.</summary>
    public IReadOnlyList<string> EmergencyLanguages { get; init; } = [];

    /// <summary>Shortest preservation in days.</summary>
    public int PreservationMinDays { get; init; } = 60;

    /// <summary>Least maximum penalty in months below which a request needs an exceptional justification; null: none.</summary>
    public int? MinOffenceMonths { get; init; }

    /// <summary>Longest data window in days; null: that of the kind.</summary>
    public int? MaxWindowDays { get; init; }

    /// <summary>Refuse, rather than warn about, an IP address without port or time.</summary>
    public bool StrictAddresses { get; init; }

    /// <summary>The contact point may decide on preservation and emergency requests.</summary>
    public bool ContactPointDecides { get; init; }

    /// <summary>Whether the signed original must follow: NEVER, ALWAYS, KINDS.</summary>
    public string OriginalFollowUp { get; init; } = nameof(Protocol.Requests.OriginalFollowUp.NEVER);

    /// <summary>The kinds for which it must, with KINDS.</summary>
    public IReadOnlyList<string> OriginalFollowUpKinds { get; init; } = [];

    /// <summary>Days in which the original must arrive.</summary>
    public int OriginalFollowUpDays { get; init; } = 30;

    /// <summary>Kinds that need a judicial authorisation although the table leaves it to the State.</summary>
    public IReadOnlyList<string> AuthorisationKinds { get; init; } = [];

    /// <summary>Kinds accepted police to police although they usually travel as legal assistance.</summary>
    public IReadOnlyList<string> PoliceChannelKinds { get; init; } = [];

    /// <summary>When dual criminality is demanded: NOT_REQUIRED, COERCIVE_ONLY, ALWAYS.</summary>
    public string DualCriminality { get; init; } = nameof(Protocol.Requests.DualCriminality.COERCIVE_ONLY);

    /// <summary>In an emergency one officer alone may release evidence on a duty judge's word, and another reviews it within so many hours; null: never alone.</summary>
    public int? LoneReleaseReviewHours { get; init; }

    /// <summary>Terms to the first decision other than the defaults, each for one kind and urgency.</summary>
    public IReadOnlyList<TermOptions> Deadlines { get; init; } = [];

    /// <summary>Thresholds of single kinds.</summary>
    public IReadOnlyList<KindMonthsOptions> MinOffenceMonthsByKind { get; init; } = [];

    /// <summary>Kinds for which a person's signature must be QUALIFIED.</summary>
    public IReadOnlyList<KindLevelOptions> SignatureLevels { get; init; } = [];

    /// <summary>What the State calls electronic evidence.</summary>
    public IReadOnlyList<EvidenceTermOptions> EvidenceTerms { get; init; } = [];

    /// <summary>Roles that must take part in a copying record; one that stands twice must be there twice.</summary>
    public IReadOnlyList<string> CopyingParticipants { get; init; } = [];

    /// <summary>Requests by telephone are accepted in an emergency.</summary>
    public bool AcceptsOralInEmergency { get; init; }

    /// <summary>Documents that must go with requests of single kinds.</summary>
    public IReadOnlyList<KindDocumentsOptions> SpecialDocuments { get; init; } = [];

    /// <summary>Requests need an RFC 3161 time-stamp over the signed request; gateways that send get it from their own time-stamp authority.</summary>
    public bool RequiresTimeStamp { get; init; }

    /// <summary>Kinds that are taken by some of their channels only; of a kind that stands here PoliceChannelKinds says nothing.</summary>
    public IReadOnlyList<KindChannelsOptions> ChannelsAllowed { get; init; } = [];

    /// <summary>The largest item that is taken by wire, in MiB; larger ones come by a carrier. null: no limit.</summary>
    public int? MaxItemMiB { get; init; }

    /// <summary>What is said of petty cases to whoever writes a request.</summary>
    public string DeMinimisNote { get; init; } = "";

    public void Check(string path, Mistakes mistakes)
    {
        if (MaxItemMiB is < 1 or > StateProfile.LargestItemMiB)
            mistakes.Add($"{path}:MaxItemMiB", $"{MaxItemMiB} is out of range", $"Write 1 to {StateProfile.LargestItemMiB}, or leave it out.");
        if (DeMinimisNote.Length > StateProfile.LongestNote)
            mistakes.Add($"{path}:DeMinimisNote", $"the text is longer than {StateProfile.LongestNote} characters", "Shorten it.");
        foreach (var kind in SpecialDocuments.Select(row => row.Kind).Concat(ChannelsAllowed.Select(row => row.Kind + "/")).GroupBy(k => k).Where(same => same.Count() > 1).Select(same => same.Key))
            mistakes.Add($"{path}:{(kind.EndsWith('/') ? nameof(ChannelsAllowed) : nameof(SpecialDocuments))}", $"'{kind.TrimEnd('/')}' stands twice", "Say everything about a kind in one place.");
        if (LoneReleaseReviewHours is < 1 or > 720)
            mistakes.Add($"{path}:LoneReleaseReviewHours", $"{LoneReleaseReviewHours} is out of range", "Write 1 to 720, or leave it out.");
        foreach (var language in Languages.Concat(EmergencyLanguages).Where(l => l.Length is < 2 or > 35 || l.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-')))
            mistakes.Add($"{path}:Languages", $"'{language}' is not a language tag", "Write BCP 47 tags: en, fr, zh-Hans.");
        if (PreservationMinDays is < 1 or > 36_500)
            mistakes.Add($"{path}:PreservationMinDays", $"{PreservationMinDays} is out of range", "Write 1 to 36500; the treaties ask for 60.");
        if (MinOffenceMonths is < 0 or > 1200)
            mistakes.Add($"{path}:MinOffenceMonths", $"{MinOffenceMonths} is out of range", "Write 0 to 1200, or leave it out.");
        if (MaxWindowDays is < 1 or > 36_500)
            mistakes.Add($"{path}:MaxWindowDays", $"{MaxWindowDays} is out of range", "Write 1 to 36500, or leave it out.");
        if (OriginalFollowUpDays is < 0 or > 36_500)
            mistakes.Add($"{path}:OriginalFollowUpDays", $"{OriginalFollowUpDays} is out of range", "Write 0 to 36500.");
        if (!Enum.GetNames<OriginalFollowUp>().Contains(OriginalFollowUp))
            mistakes.Add($"{path}:OriginalFollowUp", $"'{OriginalFollowUp}' is not known", $"Choose from {string.Join(", ", Enum.GetNames<OriginalFollowUp>())}.");
        if (!Enum.GetNames<DualCriminality>().Contains(DualCriminality))
            mistakes.Add($"{path}:DualCriminality", $"'{DualCriminality}' is not known", $"Choose from {string.Join(", ", Enum.GetNames<DualCriminality>())}.");
        foreach (var role in CopyingParticipants.Where(role => !RecordForms.ParticipantRoles.Contains(role)))
            mistakes.Add($"{path}:CopyingParticipants", $"'{role}' is not a role", "Write SPECIALIST, WITNESS, OWNER, DATA_HOLDER, REPRESENTATIVE or INVESTIGATOR.");
        foreach (var (name, kinds) in new[] { (nameof(OriginalFollowUpKinds), OriginalFollowUpKinds), (nameof(AuthorisationKinds), AuthorisationKinds), (nameof(PoliceChannelKinds), PoliceChannelKinds) })
        {
            foreach (var kind in kinds.Where(k => !Enum.GetNames<RequestKind>().Contains(k)))
                mistakes.Add($"{path}:{name}", $"'{kind}' is not a request kind", $"Choose from {string.Join(", ", Enum.GetNames<RequestKind>())}.");
        }
    }

    public StateProfile ToProfile() => new()
    {
        Languages = Languages,
        EmergencyLanguages = EmergencyLanguages,
        PreservationMinDays = PreservationMinDays,
        MinOffenceMonths = MinOffenceMonths,
        MaxWindowDays = MaxWindowDays,
        StrictAddresses = StrictAddresses,
        ContactPointDecides = ContactPointDecides,
        OriginalFollowUp = Enum.Parse<OriginalFollowUp>(OriginalFollowUp),
        OriginalFollowUpKinds = [.. OriginalFollowUpKinds.Select(Enum.Parse<RequestKind>)],
        OriginalFollowUpDays = OriginalFollowUpDays,
        AuthorisationKinds = [.. AuthorisationKinds.Select(Enum.Parse<RequestKind>)],
        PoliceChannelKinds = [.. PoliceChannelKinds.Select(Enum.Parse<RequestKind>)],
        DualCriminality = Enum.Parse<DualCriminality>(DualCriminality),
        LoneReleaseReviewHours = LoneReleaseReviewHours,
        Deadlines = [.. Deadlines.Select(term => new DeadlineTerm(Enum.Parse<RequestKind>(term.Kind), Enum.Parse<Urgency>(term.Urgency), term.Amount, Enum.Parse<TermUnit>(term.Unit)))],

        MinOffenceMonthsByKind = [.. MinOffenceMonthsByKind.Select(o => new KindMonths(Enum.Parse<RequestKind>(o.Kind), o.Months))],
        SignatureLevels = [.. SignatureLevels.Select(o => new KindLevel(Enum.Parse<RequestKind>(o.Kind), Enum.Parse<SignatureLevel>(o.Level)))],
        EvidenceTerms = [.. EvidenceTerms.Select(o => new Term(o.Language, o.Text))],
        CopyingParticipants = CopyingParticipants,
        AcceptsOralInEmergency = AcceptsOralInEmergency,
        SpecialDocuments = [.. SpecialDocuments.Select(o => new KindDocuments(Enum.Parse<RequestKind>(o.Kind), o.Types))],
        RequiresTimeStamp = RequiresTimeStamp,
        ChannelsAllowed = [.. ChannelsAllowed.Select(o => new KindChannels(Enum.Parse<RequestKind>(o.Kind), [.. o.Channels.Select(Enum.Parse<Channel>)]))],
        MaxItemMiB = MaxItemMiB,
        DeMinimisNote = DeMinimisNote.Length == 0 ? null : DeMinimisNote,
    };

    internal static void CheckKind(string kind, string path, Mistakes mistakes)
    {
        if (!Enum.GetNames<RequestKind>().Contains(kind))
            mistakes.Add($"{path}:Kind", $"'{kind}' is not a request kind", $"Choose from {string.Join(", ", Enum.GetNames<RequestKind>())}.");
    }
}

/// <summary>A threshold of one kind.</summary>
internal sealed class KindMonthsOptions : ICheckedOptions
{
    /// <summary>The kind.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Least maximum penalty in months.</summary>
    public int Months { get; init; }

    public void Check(string path, Mistakes mistakes)
    {
        ProfileOptions.CheckKind(Kind, path, mistakes);
        if (Months is < 0 or > 1200)
            mistakes.Add($"{path}:Months", $"{Months} is out of range", "Write 0 to 1200.");
    }
}

/// <summary>The level of a signature for one kind.</summary>
internal sealed class KindLevelOptions : ICheckedOptions
{
    /// <summary>The kind.</summary>
    public string Kind { get; init; } = "";

    /// <summary>ADVANCED or QUALIFIED.</summary>
    public string Level { get; init; } = "";

    public void Check(string path, Mistakes mistakes)
    {
        ProfileOptions.CheckKind(Kind, path, mistakes);
        if (!Enum.GetNames<SignatureLevel>().Contains(Level))
            mistakes.Add($"{path}:Level", $"'{Level}' is not a level", $"Choose from {string.Join(", ", Enum.GetNames<SignatureLevel>())}.");
    }
}

/// <summary>What must go with requests of one kind.</summary>
internal sealed class KindDocumentsOptions : ICheckedOptions
{
    /// <summary>The kind.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Document types: words of `attachments[].type`, docs/protocol.md.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    public void Check(string path, Mistakes mistakes)
    {
        ProfileOptions.CheckKind(Kind, path, mistakes);
        if (Types.Count == 0)
            mistakes.Add($"{path}:Types", "no document is named", $"Choose from {string.Join(", ", RequestFields.DocumentTypes)}.");
        foreach (var type in Types.Where(type => !RequestFields.DocumentTypes.Contains(type)))
            mistakes.Add($"{path}:Types", $"'{type}' is not a document type", $"Choose from {string.Join(", ", RequestFields.DocumentTypes)}.");
    }
}

/// <summary>The channels of one kind.</summary>
internal sealed class KindChannelsOptions : ICheckedOptions
{
    /// <summary>The kind.</summary>
    public string Kind { get; init; } = "";

    /// <summary>LEGAL_ASSISTANCE, NETWORK_24_7, POLICE, EXTRADITION, DIPLOMATIC, ASSET_RECOVERY.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];

    public void Check(string path, Mistakes mistakes)
    {
        ProfileOptions.CheckKind(Kind, path, mistakes);
        foreach (var channel in Channels.Where(c => !Enum.GetNames<Channel>().Contains(c)))
            mistakes.Add($"{path}:Channels", $"'{channel}' is not a channel", $"Choose from {string.Join(", ", Enum.GetNames<Channel>())}.");
        if (!Enum.TryParse<RequestKind>(Kind, out var kind) || !Channels.All(Enum.GetNames<Channel>().Contains))
            return;
        var row = RequestKinds.Of(kind);
        var possible = row.PoliceByProfile ? [.. row.Channels, Channel.POLICE] : row.Channels;
        if (!Channels.Select(Enum.Parse<Channel>).Any(possible.Contains))
            mistakes.Add($"{path}:Channels", $"{kind} travels by none of these channels, so nobody could send it", $"Choose from {string.Join(", ", possible)}.");
    }
}

/// <summary>A term in one language.</summary>
internal sealed class EvidenceTermOptions : ICheckedOptions
{
    /// <summary>A language tag.</summary>
    public string Language { get; init; } = "";

    /// <summary>The words.</summary>
    public string Text { get; init; } = "";

    public void Check(string path, Mistakes mistakes)
    {
        if (Language.Length is < 2 or > 35 || Text.Length is 0 or > 100)
            mistakes.Add(path, "a term has a language tag and 1 to 100 characters", "Write { \"Language\": \"en\", \"Text\": \"digital evidence\" }.");
    }
}

/// <summary>One term of <c>Profile:Deadlines</c>.</summary>
internal sealed class TermOptions : ICheckedOptions
{
    /// <summary>Request kind.</summary>
    public string Kind { get; init; } = "";

    /// <summary>EMERGENCY, URGENT, ORDINARY.</summary>
    public string Urgency { get; init; } = nameof(Protocol.Requests.Urgency.ORDINARY);

    /// <summary>How many.</summary>
    public int Amount { get; init; } = 1;

    /// <summary>HOURS, DAYS, WORKING_DAYS.</summary>
    public string Unit { get; init; } = nameof(TermUnit.DAYS);

    public void Check(string path, Mistakes mistakes)
    {
        if (!Enum.GetNames<RequestKind>().Contains(Kind))
            mistakes.Add($"{path}:Kind", $"'{Kind}' is not a request kind", $"Choose from {string.Join(", ", Enum.GetNames<RequestKind>())}.");
        if (!Enum.GetNames<Urgency>().Contains(Urgency))
            mistakes.Add($"{path}:Urgency", $"'{Urgency}' is not an urgency", $"Choose from {string.Join(", ", Enum.GetNames<Urgency>())}.");
        if (Amount is < 1 or > 36_500)
            mistakes.Add($"{path}:Amount", $"{Amount} is out of range", "Write 1 to 36500.");
        if (!Enum.GetNames<TermUnit>().Contains(Unit))
            mistakes.Add($"{path}:Unit", $"'{Unit}' is not a unit", $"Choose from {string.Join(", ", Enum.GetNames<TermUnit>())}.");
    }
}

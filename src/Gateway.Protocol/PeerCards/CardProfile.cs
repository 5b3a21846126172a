using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.PeerCards;

/// <summary>A <see cref="StateProfile"/> as it stands in a card.</summary>
internal static class CardProfile
{
    private const int MaxMonths = 1200;
    private const int MaxDays = 36_500;
    private const int MaxReviewHours = 720;

    public static StateProfile Read(DocumentReader r) => new()
    {
        Languages = r.Texts("languages", 50, 35),
        EmergencyLanguages = r.Texts("emergencyLanguages", 50, 35),
        PreservationMinDays = (int)r.Integer("preservationMinDays", 0, MaxDays),
        MinOffenceMonths = r.Next("minOffenceMonths") ? (int)r.Integer("minOffenceMonths", 0, MaxMonths) : null,
        MaxWindowDays = r.Next("maxWindowDays") ? (int)r.Integer("maxWindowDays", 1, MaxDays) : null,
        StrictAddresses = r.Flag("strictAddresses"),
        ContactPointDecides = r.Flag("contactPointDecides"),
        OriginalFollowUp = r.Word<OriginalFollowUp>("originalFollowUp"),
        OriginalFollowUpKinds = Kinds(r, "originalFollowUpKinds"),
        OriginalFollowUpDays = (int)r.Integer("originalFollowUpDays", 0, MaxDays),
        AuthorisationKinds = Kinds(r, "authorisationKinds"),
        PoliceChannelKinds = Kinds(r, "policeChannelKinds"),
        DualCriminality = r.Word<DualCriminality>("dualCriminality"),
        LoneReleaseReviewHours = r.Next("loneReleaseReviewHours") ? (int)r.Integer("loneReleaseReviewHours", 1, MaxReviewHours) : null,
        Deadlines = r.Next("deadlines") ? [.. r.Objects("deadlines", 100, ReadDeadline).OfType<DeadlineTerm>()] : [],
        MinOffenceMonthsByKind = OfKind(r, "minOffenceMonthsByKind", (o, kind) => new KindMonths(kind, (int)o.Integer("months", 0, MaxMonths))),
        SignatureLevels = OfKind(r, "signatureLevels", (o, kind) => new KindLevel(kind, o.Word<SignatureLevel>("level"))),
        EvidenceTerms = r.Next("evidenceTerms") ? r.Objects("evidenceTerms", 50, o => new Term(o.Text("language", 35), o.Text("text", 100))) : [],
        CopyingParticipants = r.Next("copyingParticipants") ? r.Texts("copyingParticipants", 20, 60) : [],
        AcceptsOralInEmergency = r.Next("acceptsOralInEmergency") && r.Flag("acceptsOralInEmergency"),
        SpecialDocuments = OfKind(r, "specialDocuments", (o, kind) => new KindDocuments(kind, o.Texts("types", 20, 60))),
        RequiresTimeStamp = r.Next("requiresTimeStamp") && r.Flag("requiresTimeStamp"),
        ChannelsAllowed = OfKind(r, "channelsAllowed", (o, kind) => new KindChannels(kind, Channels(o.Texts("channels", 20, 60)))),
        MaxItemMiB = r.Next("maxItemMiB") ? (int)r.Integer("maxItemMiB", 1, StateProfile.LargestItemMiB) : null,
        DeMinimisNote = r.OptionalText("deMinimisNote", StateProfile.LongestNote),
    };

    public static void Write(DocumentWriter w, StateProfile profile)
    {
        w.Texts("languages", profile.Languages)
            .Texts("emergencyLanguages", profile.EmergencyLanguages)
            .Integer("preservationMinDays", profile.PreservationMinDays);
        if (profile.MinOffenceMonths is { } months)
            w.Integer("minOffenceMonths", months);
        if (profile.MaxWindowDays is { } days)
            w.Integer("maxWindowDays", days);
        w.Flag("strictAddresses", profile.StrictAddresses)
            .Flag("contactPointDecides", profile.ContactPointDecides)
            .Word("originalFollowUp", profile.OriginalFollowUp)
            .Texts("originalFollowUpKinds", profile.OriginalFollowUpKinds.Select(k => k.ToString()))
            .Integer("originalFollowUpDays", profile.OriginalFollowUpDays)
            .Texts("authorisationKinds", profile.AuthorisationKinds.Select(k => k.ToString()))
            .Texts("policeChannelKinds", profile.PoliceChannelKinds.Select(k => k.ToString()))
            .Word("dualCriminality", profile.DualCriminality);
        if (profile.LoneReleaseReviewHours is { } hours)
            w.Integer("loneReleaseReviewHours", hours);
        if (profile.Deadlines.Count > 0)
        {
            w.Objects("deadlines", profile.Deadlines, (d, term) => d
                .Word("kind", term.Kind).Word("urgency", term.Urgency).Integer("amount", term.Amount).Word("unit", term.Unit));
        }
        if (profile.MinOffenceMonthsByKind.Count > 0)
            w.Objects("minOffenceMonthsByKind", profile.MinOffenceMonthsByKind, (o, row) => o.Word("kind", row.Kind).Integer("months", row.Months));
        if (profile.SignatureLevels.Count > 0)
            w.Objects("signatureLevels", profile.SignatureLevels, (o, row) => o.Word("kind", row.Kind).Word("level", row.Level));
        if (profile.EvidenceTerms.Count > 0)
            w.Objects("evidenceTerms", profile.EvidenceTerms, (o, term) => o.Text("language", term.Language).Text("text", term.Text));
        if (profile.CopyingParticipants.Count > 0)
            w.Texts("copyingParticipants", profile.CopyingParticipants);
        if (profile.AcceptsOralInEmergency)
            w.Flag("acceptsOralInEmergency", true);
        if (profile.SpecialDocuments.Count > 0)
            w.Objects("specialDocuments", profile.SpecialDocuments, (o, row) => o.Word("kind", row.Kind).Texts("types", row.Types));
        if (profile.RequiresTimeStamp)
            w.Flag("requiresTimeStamp", true);
        if (profile.ChannelsAllowed.Count > 0)
            w.Objects("channelsAllowed", profile.ChannelsAllowed, (o, row) => o.Word("kind", row.Kind).Texts("channels", row.Channels.Select(c => c.ToString())));
        if (profile.MaxItemMiB is { } most)
            w.Integer("maxItemMiB", most);
        w.OptionalText("deMinimisNote", profile.DeMinimisNote);
    }

    private static List<T> OfKind<T>(DocumentReader r, string name, Func<DocumentReader, RequestKind, T> read) where T : class
    {
        var known = new List<T>();
        if (!r.Next(name))
            return known;
        r.Objects(name, 500, o =>
        {
            var word = o.Text("kind", 60);
            var row = read(o, Enum.TryParse<RequestKind>(word, out var kind) ? kind : default);
            if (Enum.GetNames<RequestKind>().Contains(word))
                known.Add(row);
            return row;
        });
        return known;
    }

    private static DeadlineTerm ReadDeadline(DocumentReader r)
        => new(r.Word<RequestKind>("kind"), r.Word<Urgency>("urgency"), (int)r.Integer("amount", 1, MaxDays), r.Word<TermUnit>("unit"));

    // A channel that this version does not know is none by which it could send.
    private static Channel[] Channels(IReadOnlyList<string> words) => [.. words.Where(c => Enum.GetNames<Channel>().Contains(c)).Select(Enum.Parse<Channel>)];

    // A kind that this version does not know is none that it could send.
    private static RequestKind[] Kinds(DocumentReader r, string name)
        => [.. r.Texts(name, 100, 60).Where(k => Enum.GetNames<RequestKind>().Contains(k)).Select(Enum.Parse<RequestKind>)];
}

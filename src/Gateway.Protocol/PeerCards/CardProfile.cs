using Gateway.Protocol.Documents;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.PeerCards;

/// <summary>A <see cref="StateProfile"/> as it stands in a card.</summary>
internal static class CardProfile
{
    private const int MaxMonths = 1200;
    private const int MaxDays = 36_500;

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
        OriginalFollowUpKinds = [.. r.Texts("originalFollowUpKinds", 100, 60).Where(k => Enum.GetNames<RequestKind>().Contains(k)).Select(Enum.Parse<RequestKind>)],
        OriginalFollowUpDays = (int)r.Integer("originalFollowUpDays", 0, MaxDays),
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
            .Integer("originalFollowUpDays", profile.OriginalFollowUpDays);
    }
}

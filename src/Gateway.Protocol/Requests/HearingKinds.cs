using static Gateway.Protocol.Requests.Channel;
using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;

namespace Gateway.Protocol.Requests;

/// <summary>Hearings, service, records and expert examinations.</summary>
internal static class HearingKinds
{
    private static readonly NeedWhen[] OfficersNamed = [new("officersPresent", "true", "officers")];

    public static readonly RequestRow[] Rows =
    [
        new(RequestKind.TAKE_EVIDENCE, Hearing)
        {
            Channels = [LEGAL_ASSISTANCE],
            Receiver = DataReceiver.BOTH,
            When = OfficersNamed,
            Decision = Within.Days(30),
            Execution = TimeSpan.FromDays(90),
            DeadlineAfter = "EIO 12",
            Articles = ["UNCC 40(3)"],
        },
        new(RequestKind.VIDEO_HEARING,
        [
            .. Hearing,
            List("slots", Required, 20,
                Of("from", Shape.LocalTime, Required),
                Of("to", Shape.LocalTime, Required)),
            Text("zoneRequesting", Required, 60) with { Hint = "time zone of the requesting authority, Europe/Paris" },
            Text("zoneRequested", Required, 60) with { Hint = "time zone of the requested authority" },
            Text("system", Required, 500) with { Hint = "the conference system" },
            Of("interpreterLanguages", Shape.Languages, Optional) with { Max = 10 },
            Word("equipmentProvider", Required, "REQUESTED", "REQUESTING"),
            Text("identityCheck", Required, 2000),
            Text("conductedBy", Required, 300),
            Texts("agreements", Required, 20) with { Hint = "references of the agreement of both sides" },
        ])
        {
            Channels = [LEGAL_ASSISTANCE],
            Receiver = DataReceiver.BOTH,
            When = OfficersNamed,
            Decision = Within.Days(30),
            Execution = TimeSpan.FromDays(90),
            DeadlineAfter = "EIO 12",
            Articles = ["UNCC 40(18)", "CETS224 11"],
        },
        new(RequestKind.SERVE_DOCUMENTS,
        [
            Text("addressee", Required, 300),
            Text("address", Required, 1000),
            List("documents", Required, 50,
                Text("title", Required, 300),
                Of("sha256", Shape.Digest, Required) with { Attached = true, Hint = "of the document to be served, attached" }),
            Flag("personalService", Required) with { Hint = "true: to the person in person" },
            Of("serveBefore", Shape.Day, Required) with { Hint = "after this day service is of no use" },
            Of("addresseeLanguage", Shape.Language, Required),
        ])
        {
            Channels = [LEGAL_ASSISTANCE],
            Receiver = DataReceiver.BOTH,
            DoesWithout = ["factsSummary"],
            Decision = Within.Days(30),
            Articles = ["UNCC 40(3)"],
        },
        new(RequestKind.CONSULAR_ACTION,
        [
            Text("mission", Required, 300),
            Text("person", Required, 300),
            Of("nationality", Shape.Country, Required) with { Hint = "must be that of the sending State" },
            Word("action", Required, "SERVE", "HEAR"),
            Flag("voluntary", Required) with { Hint = "true: nothing is done against the person's will" },
            Flag("hostStateInformed", Required),
        ])
        {
            Channels = [DIPLOMATIC],
            Recipients = [Role.CENTRAL_AUTHORITY_MLA, Role.DIPLOMATIC_MISSION],
            Receiver = DataReceiver.BOTH,
            DoesWithout = ["offence"],
            Raised = ["voluntary"],
            Decision = Within.Days(30),
            Articles = [],
        },
        new(RequestKind.DOCUMENTS_RECORDS,
        [
            Text("holder", Required, 500),
            Text("records", Required, 10_000),
            Word("form", Required, "CERTIFIED_COPY", "PLAIN_COPY", "ORIGINAL"),
            Flag("certificateWanted", Required) with { Hint = "true: with the holder's certificate" },
        ])
        {
            Channels = [LEGAL_ASSISTANCE],
            Authorisation = Authorisation.BY_PROFILE,
            Receiver = DataReceiver.REQUESTING,
            Decision = Within.Days(30),
            Execution = TimeSpan.FromDays(90),
            DeadlineAfter = "EIO 12",
            Articles = ["UNCC 40(3)"],
        },
        new(RequestKind.EXPERT_EXAMINATION,
        [
            Text("object", Required, 2000),
            Texts("questions", Required, 200),
            Flag("destructiveTests", Required) with { Hint = "whether tests may use up the object" },
            Text("objectReturn", Required, 2000) with { Hint = "what becomes of the object afterwards" },
        ])
        {
            Channels = [LEGAL_ASSISTANCE],
            // What is found in an object is somebody's, and whoever examines it has it before him.
            Receiver = DataReceiver.BOTH,
            MayLackHandling = true,
            Decision = Within.Days(30),
            Execution = TimeSpan.FromDays(90),
            DeadlineAfter = "EIO 12",
            Articles = ["UNCC 40(3)"],
        },
    ];

    private static Field[] Hearing =>
    [
        Text("person", Required, 300),
        Word("capacity", Required, "SUSPECT", "ACCUSED", "WITNESS", "EXPERT", "VICTIM"),
        Texts("questions", Required, 200),
        Text("rights", Required, 10_000) with { Hint = "the rights to be read to the person" },
        Word("oath", Required, "NONE", "OATH", "AFFIRMATION", "LOCAL_LAW"),
        Flag("officersPresent", Required) with { Hint = "whether officers of the requesting State wish to attend" },
        Texts("officers", Optional, 20) with { Hint = "their names and posts" },
    ];
}

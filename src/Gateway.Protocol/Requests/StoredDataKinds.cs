using static Gateway.Protocol.Requests.Channel;
using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;

namespace Gateway.Protocol.Requests;

/// <summary>Data that providers and systems hold, and search.</summary>
internal static class StoredDataKinds
{
    private static readonly string[] DataKind = ["itemsAccounts", "linkToOffence", "dataWindow", "safeguards"];

    public static readonly RequestRow[] Rows =
    [
        new(RequestKind.SUBSCRIBER_INFO,
        [
            Text("provider", Required, 500),
            OneOrMore("fieldsWanted", Required, "NAME", "ADDRESS", "PAYMENT", "CONTACT", "SERVICE_PERIOD", "ASSIGNED_ADDRESSES"),
        ])
        {
            Channels = [LEGAL_ASSISTANCE, NETWORK_24_7, POLICE],
            Expedited = true,
            StoredData = true,
            Receiver = DataReceiver.REQUESTING,
            Requires = ["itemsAccounts", "linkToOffence", "dataWindow"],
            Decision = Within.Days(20),
            DeadlineAfter = "CETS224 8",
            Articles = ["UNCC 44", "UNCC 47", "BUDAPEST 31", "CETS224 8"],
        },
        new(RequestKind.STORED_TRAFFIC_DATA,
        [
            Text("provider", Required, 500),
            OneOrMore("recordsWanted", Required, "CONNECTION_LOGS", "CALL_RECORDS", "MESSAGE_HEADERS", "ADDRESS_ASSIGNMENTS", "CELL_LOCATIONS", "LOG_IN_HISTORY", "OTHER"),
        ])
        {
            Channels = [LEGAL_ASSISTANCE],
            AssistanceOnly = true,
            StoredData = true,
            Coercive = true,
            Authorisation = Authorisation.JUDICIAL,
            Receiver = DataReceiver.REQUESTING,
            MaxWindowDays = 730,
            Requires = DataKind,
            Decision = Within.Days(45),
            DeadlineAfter = "CETS224 8",
            Articles = ["UNCC 44", "BUDAPEST 31", "CETS224 8"],
        },
        new(RequestKind.STORED_CONTENT_DATA,
        [
            OneOrMore("contentTypes", Required, "EMAIL", "MESSAGES", "FILES", "IMAGES", "VIDEO", "AUDIO", "CONTACTS", "CALENDAR", "BACKUPS", "LOCATION_HISTORY", "OTHER"),
            Object("filters", Required,
                Texts("keywords", Optional, 200),
                Texts("correspondents", Optional, 200),
                Text("noneReason", Optional, 2000) with { Hint = "why the content cannot be narrowed" }) with { AnyOf = ["keywords", "correspondents", "noneReason"] },
            Text("privilegeHandling", Required, 4000) with { Hint = "how privileged or immune material is kept apart" },
        ])
        {
            Channels = [LEGAL_ASSISTANCE],
            AssistanceOnly = true,
            StoredData = true,
            Coercive = true,
            Authorisation = Authorisation.JUDICIAL,
            Receiver = DataReceiver.REQUESTING,
            MaxWindowDays = 730,
            Requires = DataKind,
            Decision = Within.Days(30),
            Execution = TimeSpan.FromDays(90),
            DeadlineAfter = "EIO 12",
            Articles = ["UNCC 44", "BUDAPEST 31"],
        },
        new(RequestKind.SEARCH_SEIZE,
        [
            Text("premises", Optional, 2000) with { Hint = "the place to be searched" },
            Text("system", Optional, 2000) with { Hint = "or the system" },
            Text("objects", Required, 10_000) with { Hint = "what is looked for" },
            Word("measure", Required, "SEIZE", "COPY", "SEIZE_AND_COPY"),
            Flag("officersPresent", Required) with { Hint = "whether officers of the requesting State wish to be present" },
            Texts("officers", Optional, 20) with { Hint = "their names and posts" },
        ])
        {
            Channels = [LEGAL_ASSISTANCE],
            StoredData = true,
            Coercive = true,
            Authorisation = Authorisation.JUDICIAL,
            Receiver = DataReceiver.REQUESTING,
            Requires = ["linkToOffence", "dataWindow", "safeguards"],
            AnyOf = [["premises", "system"]],
            When = [new("officersPresent", "true", "officers")],
            Decision = Within.Days(30),
            Execution = TimeSpan.FromDays(90),
            DeadlineAfter = "EIO 12",
            Articles = ["UNCC 44", "UNCC 40(3)", "BUDAPEST 31"],
        },
    ];
}

using static Gateway.Protocol.Requests.Channel;
using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;

namespace Gateway.Protocol.Requests;

/// <summary>Keeping data, prolonging it, the first disclosure of traffic data, and disclosure in an emergency.</summary>
internal static class PreservationKinds
{
    public static readonly RequestRow[] Rows =
    [
        new(RequestKind.PRESERVE_DATA,
        [
            Text("custodian", Optional, 500) with { Hint = "provider or person that holds the data" },
            Text("systemLocation", Optional, 500),
            Flag("unknownCustodian", Optional) with { Hint = "true when neither is known; link the LOCATE_IDENTIFY by which it is looked for" },
            Text("dataDescription", Required, 10_000, 20),
            OneOrMore("dataCategories", Required, RequestFields.DataCategories),
            Text("necessity", Required, 10_000, 20) with { Source = "BUDAPEST 29(2)(e)" },
            Of("estimatedDataLossAt", Shape.LocalTime, Required),
            Integer("preserveDays", Required, 1, 3650) with { Source = "BUDAPEST 29(7)" },
            Flag("intendsMla", Required) with { Source = "BUDAPEST 29(2)(f)", Hint = "true: a request for disclosure will follow" },
            Flag("noNoticeToUser", Required),
        ])
        {
            Channels = [LEGAL_ASSISTANCE, NETWORK_24_7],
            Expedited = true,
            StoredData = true,
            Requires = ["linkToOffence"],
            AnyOf = [["custodian", "systemLocation", "unknownCustodian"]],
            Decision = Within.Hours(24, 48),
            DeadlineAfter = "BUDAPEST 29",
            Articles = ["UNCC 42", "BUDAPEST 29"],
        },
        new(RequestKind.PRESERVE_EXTENSION,
        [
            Of("preservedUntil", Shape.LocalTime, Required) with { Hint = "when the preservation ends as things stand" },
            Integer("additionalDays", Required, 1, 3650),
            Text("extensionReason", Required, 10_000, 20),
            Of("disclosureExpectedOn", Shape.Day, Required) with { Hint = "when the request for disclosure may be expected" },
        ])
        {
            Channels = [LEGAL_ASSISTANCE, NETWORK_24_7],
            Expedited = true,
            StoredData = true,
            RequiredRelation = Relation.EXTENDS,
            Decision = Within.Hours(24, 48),
            Articles = ["UNCC 42", "BUDAPEST 29(7)"],
        },
        new(RequestKind.DISCLOSE_PRESERVED_TRAFFIC,
        [
            List("communications", Required, 100,
                Text("description", Required, 2000),
                Of("at", Shape.LocalTime, Optional),
                Text("source", Optional, 500),
                Text("destination", Optional, 500)) with { Hint = "the communications concerned" },
            Flag("pathWanted", Required) with { Source = "BUDAPEST 30", Hint = "true: enough data to identify the provider and the path" },
        ])
        {
            Channels = [LEGAL_ASSISTANCE, NETWORK_24_7],
            AssistanceOnly = true,
            Expedited = true,
            StoredData = true,
            Authorisation = Authorisation.BY_PROFILE,
            Receiver = DataReceiver.REQUESTING,
            MaxWindowDays = 730,
            Requires = ["linkToOffence", "dataWindow", "safeguards"],
            RequiredRelation = Relation.FOLLOWS_PRESERVATION,
            Decision = Within.Days(10),
            DeadlineAfter = "EU2023-1543 10",
            Articles = ["UNCC 43", "BUDAPEST 30"],
        },
        new(RequestKind.EMERGENCY_DISCLOSURE,
        [
            Text("provider", Optional, 500),
            Text("system", Optional, 500) with { Hint = "the system, when no provider is known" },
            Text("dataDescription", Required, 10_000, 20),
            OneOrMore("dataCategories", Required, RequestFields.DataCategories),
            Flag("formalRequestFollows", Required) with { Source = "BUDAPEST 25(3)" },
            Integer("formalRequestDays", Optional, 1, 365) with { Hint = "needed when a formal request follows" },
            Text("callBackPerson", Required, 300) with { Hint = "who answers when the number in the directory is called back" },
        ])
        {
            Channels = [NETWORK_24_7, LEGAL_ASSISTANCE],
            Expedited = true,
            StoredData = true,
            Receiver = DataReceiver.REQUESTING,
            OnlyUrgency = Urgency.EMERGENCY,
            Requires = ["linkToOffence", "dataWindow", "emergencyCategory", "emergencyFacts", "emergencyLink"],
            AnyOf = [["provider", "system"]],
            When = [new("formalRequestFollows", "true", "formalRequestDays")],
            Decision = Within.Hours(8, 8),
            DeadlineAfter = "EU2023-1543 10",
            Articles = ["UNCC 41", "CETS224 9", "CETS224 10"],
        },
    ];
}

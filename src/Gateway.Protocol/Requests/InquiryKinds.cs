using static Gateway.Protocol.Requests.Channel;
using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;

namespace Gateway.Protocol.Requests;

/// <summary>Questions and information: locating, advice, law, spontaneous information, further use, police information.</summary>
internal static class InquiryKinds
{
    public static readonly RequestRow[] Rows =
    [
        new(RequestKind.LOCATE_IDENTIFY,
        [
            Word("sought", Required, "PERSON", "DATA", "PROVIDER", "DEVICE"),
            Text("knownFacts", Required, 10_000, 20),
        ])
        {
            Channels = [NETWORK_24_7, POLICE, LEGAL_ASSISTANCE],
            Expedited = true,
            Receiver = DataReceiver.REQUESTING,
            Decision = Within.Days(10),
            Articles = ["UNCC 41", "UNCC 47", "BUDAPEST 35"],
        },
        new(RequestKind.TECHNICAL_ADVICE, [Text("topic", Required, 300), Text("question", Required, 10_000, 20)])
        {
            Channels = [NETWORK_24_7],
            Expedited = true,
            DoesWithout = ["offence"],
            Decision = Within.Days(5),
            Articles = ["UNCC 41", "BUDAPEST 35(1)(a)"],
        },
        new(RequestKind.LEGAL_INFORMATION, [Text("topic", Required, 300), Text("question", Required, 10_000, 20)])
        {
            Channels = [NETWORK_24_7, LEGAL_ASSISTANCE],
            Expedited = true,
            DoesWithout = ["offence"],
            Decision = Within.Days(5),
            Articles = ["UNCC 41", "BUDAPEST 35(1)(c)"],
        },
        new(RequestKind.SPONTANEOUS_INFORMATION,
        [
            Text("information", Required, 20_000, 20),
            Word("sourceReliability", Required, "RELIABLE", "USUALLY_RELIABLE", "NOT_RELIABLE", "UNKNOWN"),
            Text("conditionsProposed", Required, 4000) with { Source = "BUDAPEST 26" },
            Flag("conditionsAcceptedBeforeSending", Required) with { Source = "BUDAPEST 26" },
        ])
        {
            // Whoever learns something tells it: by every road there is.
            Channels = [LEGAL_ASSISTANCE, NETWORK_24_7, POLICE, ASSET_RECOVERY, EXTRADITION, DIPLOMATIC],
            Expedited = true,
            Receiver = DataReceiver.REQUESTED,
            Decision = Within.Days(30),
            Articles = ["UNCC 40(4)", "BUDAPEST 26"],
        },
        new(RequestKind.FURTHER_USE_CONSENT,
        [
            Of("originalCase", Shape.Case, Required) with { Hint = "the case in which the data were given" },
            Word("newPurposeCode", Required, RequestFields.Purposes),
            Text("newPurposeText", Required, 4000),
            Text("dataConcerned", Required, 10_000, 20),
            Text("thirdParty", Optional, 500) with { Hint = "to whom they are to be passed on" },
            Of("thirdPartyState", Shape.Country, Optional) with { Hint = "the State of the third party, to which they may go then; the own one when the third party is there" },
            Object("usePeriod", Required,
                Of("from", Shape.Day, Required),
                Of("to", Shape.Day, Required)),
        ])
        {
            Channels = [LEGAL_ASSISTANCE],
            Receiver = DataReceiver.REQUESTING,
            // A consent holds for one State; words alone would be read as the own one.
            When = [new("thirdParty", null, "thirdPartyState")],
            Decision = Within.Days(30),
            Articles = ["UNCC 40(19)", "UNCC 36", "BUDAPEST 28"],
        },
        new(RequestKind.LAW_ENFORCEMENT_INFO,
        [
            Text("informationSought", Required, 10_000, 20),
            Flag("notForUseAsEvidence", Required) with { Hint = "true: information only, until a request for legal assistance formalises it" },
        ])
        {
            Channels = [POLICE],
            Receiver = DataReceiver.REQUESTING,
            Raised = ["notForUseAsEvidence"],
            Decision = Within.Days(10),
            Articles = ["UNCC 47"],
        },
    ];
}

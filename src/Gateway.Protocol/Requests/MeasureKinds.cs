using static Gateway.Protocol.Requests.Channel;
using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;

namespace Gateway.Protocol.Requests;

/// <summary>Measures in real time and covert ones.</summary>
internal static class MeasureKinds
{
    private const int SixMonths = 184;

    public static readonly RequestRow[] Rows =
    [
        new(RequestKind.REALTIME_TRAFFIC, RealTime(Optional))
        {
            Channels = [LEGAL_ASSISTANCE],
            AssistanceOnly = true,
            FutureData = true,
            Coercive = true,
            Authorisation = Authorisation.JUDICIAL,
            Receiver = DataReceiver.REQUESTING,
            MaxWindowDays = SixMonths,
            Requires = ["itemsAccounts", "linkToOffence", "dataWindow", "safeguards"],
            Decision = Within.Days(10),
            Articles = ["UNCC 45", "BUDAPEST 33"],
        },
        new(RequestKind.INTERCEPT_CONTENT, RealTime(Required))
        {
            Channels = [LEGAL_ASSISTANCE],
            AssistanceOnly = true,
            FutureData = true,
            Coercive = true,
            Authorisation = Authorisation.JUDICIAL,
            Receiver = DataReceiver.REQUESTING,
            MaxWindowDays = SixMonths,
            Requires = ["itemsAccounts", "linkToOffence", "dataWindow", "safeguards"],
            Decision = Within.Days(10),
            Articles = ["UNCC 46", "BUDAPEST 34"],
        },
        new(RequestKind.COVERT_MEASURE,
        [
            Word("measure", Required, "SURVEILLANCE", "UNDERCOVER", "EXTENDED_SEARCH", "CONTROLLED_DELIVERY", "OTHER"),
            Text("objective", Required, 10_000, 20),
            Object("measurePeriod", Required,
                Of("from", Shape.LocalTime, Required),
                Of("to", Shape.LocalTime, Required)),
            List("needToKnow", Required, 50,
                Of("authority", Shape.Authority, Required),
                Text("person", Required, 200) with { Hint = "the name in the person's signing certificate" }) with { Hint = "everybody who may read it, on both sides" },
            Text("terminationRule", Required, 4000) with { Hint = "when and how the measure ends" },
            Text("compartment", Required, 60) with { Hint = "a label that says nothing" },
        ])
        {
            Channels = [LEGAL_ASSISTANCE],
            PoliceByProfile = true,
            Coercive = true,
            NeedToKnow = true,
            Authorisation = Authorisation.JUDICIAL,
            Receiver = DataReceiver.REQUESTING,
            Requires = ["linkToOffence", "safeguards"],
            Decision = Within.Days(10),
            Articles = ["UNCC 40(3)", "UNCC 47"],
        },
    ];

    private static Field[] RealTime(Need reviewBody) =>
    [
        Text("technicalParameters", Required, 4000) with { Hint = "protocols, interfaces, formats" },
        Integer("deliveryIntervalDays", Required, 1, 7),
        Of("deliveryCertificateSha256", Shape.Digest, Required) with { Hint = "of the evidence certificate that deliveries are encrypted to" },
        Text("reviewBody", reviewBody, 300) with { Hint = "the body that reviews the measure" },
    ];
}

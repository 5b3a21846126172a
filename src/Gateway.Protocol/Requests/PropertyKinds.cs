using static Gateway.Protocol.Requests.Channel;
using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;

namespace Gateway.Protocol.Requests;

/// <summary>Property: trace and freeze, confiscate, return.</summary>
internal static class PropertyKinds
{
    public static readonly RequestRow[] Rows =
    [
        new(RequestKind.ASSET_TRACE_FREEZE, [.. Property, Word("measure", Required, "TRACE", "FREEZE", "SEIZE")])
        {
            Channels = [LEGAL_ASSISTANCE, ASSET_RECOVERY],
            Coercive = true,
            Authorisation = Authorisation.JUDICIAL,
            Requires = ["linkToOffence"],
            // The request names claimants; the answer says whose the property is, what it holds, and to whom it went.
            Receiver = DataReceiver.BOTH,
            MayLackHandling = true,
            Decision = Within.Days(90),
            Articles = ["UNCC 50"],
        },
        new(RequestKind.ASSET_CONFISCATE, [.. Property, Decision, Text("destinationAccount", Optional, 500)])
        {
            Channels = [LEGAL_ASSISTANCE],
            Coercive = true,
            Authorisation = Authorisation.JUDICIAL,
            Requires = ["linkToOffence"],
            // The request names claimants; the answer says whose the property is, what it holds, and to whom it went.
            Receiver = DataReceiver.BOTH,
            MayLackHandling = true,
            Decision = Within.Days(90),
            Articles = ["UNCC 50", "UNCC 49"],
        },
        new(RequestKind.ASSET_RETURN, [.. Property, Decision, Text("destinationAccount", Required, 500)])
        {
            Channels = [LEGAL_ASSISTANCE],
            Requires = ["linkToOffence"],
            // The request names claimants; the answer says whose the property is, what it holds, and to whom it went.
            Receiver = DataReceiver.BOTH,
            MayLackHandling = true,
            Decision = Within.Days(90),
            Articles = ["UNCC 52"],
        },
    ];

    private static Field[] Property =>
    [
        List("property", Required, 200,
            Word("type", Required, "REAL_ESTATE", "BANK_ACCOUNT", "SECURITIES", "VEHICLE", "VIRTUAL_ASSET", "COMPANY_SHARES", "CASH", "OTHER"),
            Text("identifier", Required, 500),
            Integer("value", Optional, 0, 1_000_000_000_000_000) with { Hint = "in whole units of the currency" },
            Text("currency", Optional, 3, 3) with { Hint = "three letters" },
            Text("location", Required, 500)),
        List("claimants", Required, 200,
            Text("name", Required, 300),
            Word("interest", Required, "OWNER", "CLAIMANT", "VICTIM", "NONE_KNOWN")) with { Hint = "owners, claimants and victims" },
        Text("expenses", Required, 4000) with { Source = "UNCC 40(29)", Hint = "expenses to be deducted or borne, and by whom" },
    ];

    private static Field Decision => Object("decision", Required,
        Text("body", Required, 300),
        Text("number", Required, 120),
        Of("date", Shape.Day, Required),
        Flag("final", Required),
        Of("documentSha256", Shape.Digest, Required) with { Attached = true, Hint = "of the decision, attached" });
}

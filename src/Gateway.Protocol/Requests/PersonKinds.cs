using static Gateway.Protocol.Requests.Channel;
using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;

namespace Gateway.Protocol.Requests;

/// <summary>Extradition, transfer of persons and of proceedings, joint investigations.</summary>
internal static class PersonKinds
{
    public static readonly RequestRow[] Rows =
    [
        new(RequestKind.EXTRADITION,
        [
            Person,
            Object("warrant", Required,
                Word("form", Required, "WARRANT", "JUDGMENT"),
                Text("body", Required, 300),
                Text("number", Required, 120),
                Of("date", Shape.Day, Required),
                Of("documentSha256", Shape.Digest, Required) with { Attached = true, Hint = "of the warrant or judgment, attached" }),
            Text("limitation", Required, 4000) with { Hint = "statement on limitation of prosecution or enforcement" },
            Word("deathPenalty", Required, "NOT_PROVIDED", "PROVIDED"),
            Text("deathPenaltyAssurance", Optional, 4000) with { Hint = "needed when the law provides it" },
        ])
        {
            Channels = [EXTRADITION],
            Coercive = true,
            Receiver = DataReceiver.BOTH,
            MinPenaltyMonths = 12,
            When = [new("deathPenalty", "PROVIDED", "deathPenaltyAssurance")],
            Decision = Within.Days(90),
            Articles = ["UNCC 37", "BUDAPEST 24"],
        },
        new(RequestKind.TRANSFER_SENTENCED,
        [
            Person,
            Object("judgment", Required,
                Text("body", Required, 300),
                Text("number", Required, 120),
                Of("date", Shape.Day, Required),
                Of("documentSha256", Shape.Digest, Required) with { Attached = true, Hint = "of the judgment, attached" }),
            Integer("remainingMonths", Required, 0, 1200),
            Object("consent", Required,
                Flag("given", Required) with { Hint = "true: nobody is transferred who does not consent" },
                Of("date", Shape.Day, Required),
                Text("before", Required, 300) with { Hint = "before whom it was declared" }),
        ])
        {
            Raised = ["consent.given"],
            Channels = [EXTRADITION, LEGAL_ASSISTANCE],
            Receiver = DataReceiver.BOTH,
            Decision = Within.Days(90),
            Articles = ["UNCC 38"],
        },
        new(RequestKind.TRANSFER_PROCEEDINGS,
        [
            Texts("caseFiles", Required, 200) with { Hint = "the files that are handed over" },
            Text("transferReason", Required, 10_000),
            Text("victimsPosition", Required, 10_000),
        ])
        {
            Channels = [EXTRADITION, LEGAL_ASSISTANCE],
            // The file goes there, and how the proceedings ended comes back.
            Receiver = DataReceiver.BOTH,
            MayLackHandling = true,
            Decision = Within.Days(90),
            Articles = ["UNCC 39", "BUDAPEST 24(6)"],
        },
        new(RequestKind.JOINT_INVESTIGATION,
        [
            List("members", Required, 100,
                Text("name", Required, 300),
                Text("body", Required, 300),
                Text("function", Required, 300)),
            Object("teamPeriod", Required,
                Of("from", Shape.Day, Required),
                Of("to", Shape.Day, Required)),
            Text("teamPurpose", Required, 10_000),
            Of("draftAgreementSha256", Shape.Digest, Required) with { Attached = true, Hint = "of the draft agreement, attached" },
        ])
        {
            Channels = [LEGAL_ASSISTANCE],
            Decision = Within.Days(30),
            Articles = ["UNCC 48", "CETS224 12"],
        },
    ];

    private static Field Person => Object("person", Required,
        Text("name", Required, 300),
        Of("dateOfBirth", Shape.Day, Required),
        Of("nationality", Shape.Country, Required),
        Text("description", Required, 4000),
        Text("lastKnownPlace", Optional, 500));
}

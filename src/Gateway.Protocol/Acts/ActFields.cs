using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Requests;
using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;

namespace Gateway.Protocol.Acts;

/// <summary>The members of an act after <c>v</c> and <c>type</c>, in their order. Which of the optional ones an act needs, <see cref="Transitions"/> says.</summary>
public static class ActFields
{
    /// <summary>Most conditions of one act.</summary>
    public const int MaxConditions = 60;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Field> All { get; } =
    [
        Of("id", Shape.Id, Always) with { Filled = true },
        Word<ActKind>("kind", Always),
        Of("case", Shape.Case, Always),
        Of("requestMessage", Shape.Id, Always),
        Of("after", Shape.Id, Optional) with { Filled = true, Hint = "id of the last act of the other side that the author had received" },
        Of("authority", Shape.Authority, Always),
        Text("reference", Optional, 120) with { Hint = "own file number" },
        Text("text", Optional, 20_000),
        Word<ActOutcome>("outcome", Optional),
        Of("dueAt", Shape.UtcTime, Optional),
        List("grounds", Optional, 20,
            Word("code", Always, [.. Grounds.All.Select(row => row.Code)]),
            Text("provision", Always, 2000) with { Hint = "the provision relied on" },
            Text("reasons", Always, 10_000)) with { Source = "UNCC 40(24)" },
        Text("consultationWaivedReason", Optional, 2000) with { Source = "UNCC 40(27)", Hint = "why there was no consultation before a refusal or postponement" },
        Word("finality", Optional, "FINAL", "APPEAL_POSSIBLE", "NEW_REQUEST_POSSIBLE") with { Hint = "of a refusal" },
        Of("reviewOn", Shape.Day, Optional) with { Hint = "when a postponement is looked at again" },
        List("questions", Optional, 100,
            Text("path", Optional, 200) with { Hint = "the member of the request that is missing or unclear" },
            Text("question", Always, 4000)) with { Source = "UNCC 40(16)" },
        List("answers", Optional, 100,
            Text("path", Optional, 200) with { Hint = "the member that the question named" },
            Text("answer", Always, 20_000)),
        List("conditions", Optional, MaxConditions,
            Word("code", Always, "NO_ONWARD_TRANSFER", "NO_OTHER_PURPOSE", "KEEP_CONFIDENTIAL", "RETURN_AFTER_USE", "DELETE_AFTER_USE", "REPORT_ON_USE", "NO_DEATH_PENALTY_USE",
                "COURT_USE_ONLY", "ASSURANCE", "COSTS", "OTHER"),
            Text("text", Always, 4000)) with { Source = "UNCC 40(27)", Hint = "proposed; with an answer, those of the case, which the gateway fills in" },
        Text("referredTo", Optional, 500) with { Source = "BUDAPEST 27(9)", Hint = "the authority to which it was passed on, with a way to reach it" },
        Integer("part", Optional, 1, 100_000) with { Hint = "number of an answer in part, or of a delivery" },
        Integer("parts", Optional, 1, 100_000) with { Hint = "how many there will be, when known" },
        Of("until", Shape.UtcTime, Optional) with { Hint = "the end of a preservation" },
        Of("periodFrom", Shape.UtcTime, Optional),
        Of("periodTo", Shape.UtcTime, Optional),
        Texts("identifiers", Optional, 200) with { Hint = "numbers, addresses or accounts that an answer or a delivery covers" },
        Word("procedure", Optional, "APPLIED", "APPLIED_IN_PART", "NOT_POSSIBLE") with { Hint = "of an answer: the formalities that the request asked for" },
        Text("procedureReason", Optional, 4000) with { Hint = "what was not applied, and why" },
        Text("ownQualification", Optional, 4000) with { Hint = "the offence under the law of the side that acts" },
        Integer("ownMaxPenaltyMonths", Optional, 0, 1200) with { Hint = "its penalty there; 1200 is for life" },
        Texts("items", Optional, 200) with { Hint = "evidence items concerned" },
        Word("originalComparison", Optional, "MATCH", "DIFFERENT") with { Hint = "the original against the electronic request" },
        Of("originalSha256", Shape.Digest, Optional) with { Hint = "SHA-256 of the original, when it came as a file: MATCH exactly when it is that of the signed request or of its sealed message" },
        Word<DeadlineRule>("deadlineRule", Optional) with { Hint = "the deadline that was missed" },
        Of("deadlineAt", Shape.UtcTime, Optional) with { Hint = "when it was due" },
        Object("languages", Optional, RequestFields.Languages(Always)) with { Hint = "in which it is written, and of which a translation of it goes with it" },
        List("attachments", Optional, 50, RequestFields.Attachment(Always, "SERVICE_PROOF", "ASSURANCE", "JUDICIAL_AUTHORISATION", "WARRANT", "JUDGMENT", "TEXT_OF_LAW", "TRANSLATION", "TRANSLATOR_STATEMENT",
            "CUSTODIAN_CERTIFICATE", "LAB_REPORT", "COPYING_RECORD", "HASH_REPORT", "QUESTIONS_LIST", "DIPLOMATIC_NOTE", "COVER_LETTER", "OTHER")) with { Hint = "the documents that go with it" },
        Of("time", Shape.UtcTime, Always) with { Filled = true },
    ];
}

using Gateway.Protocol.Refusals;
using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;

namespace Gateway.Protocol.Requests;

/// <summary>The members that every request has, in the order of the document; the members of its kind follow.</summary>
public static class RequestFields
{
    /// <summary>Categories of data (Budapest Convention art. 1, 18; UNCC art. 2).</summary>
    internal static readonly string[] DataCategories = ["SUBSCRIBER", "ACCESS_IDENTIFIER", "TRAFFIC", "CONTENT", "OTHER_STORED"];

    /// <summary>Purposes for which personal data may be transferred.</summary>
    internal static readonly string[] Purposes =
    [
        "CRIMINAL_PROCEEDINGS", "ADMINISTRATIVE_PROCEEDINGS", "CIVIL_PROCEEDINGS", "RELATED_JUDICIAL_FUNCTION",
        "PREVENT_IMMEDIATE_SERIOUS_THREAT", "SECURITY_OF_DATA_SUBJECT",
    ];

    private static readonly string[] Documents =
    [
        "REQUEST_LETTER", "JUDICIAL_AUTHORISATION", "WARRANT", "JUDGMENT", "TEXT_OF_LAW", "TRANSLATION", "TRANSLATOR_STATEMENT",
        "QUESTIONS_LIST", "DIPLOMATIC_NOTE", "ASSURANCE", "COVER_LETTER", "OTHER",
    ];

    /// <summary>Types of documents that go with a request.</summary>
    public static IReadOnlyList<string> DocumentTypes => Documents;

    /// <summary>Members of <c>handling</c>: under what conditions personal data are used, and how long they are kept.</summary>
    internal static readonly Field[] Handling =
    [
        Of("controllerState", Shape.Country, Required),
        Word("purposeCode", Required, Purposes) with { Content = RefusalCode.PurposeNotPermitted },
        Text("purposeText", Required, 4000),
        OneOrMore("dataCategories", Required, DataCategories),
        List("conditions", Required, 20,
            Word("code", Required, "NO_ONWARD_TRANSFER", "NO_OTHER_PURPOSE", "KEEP_CONFIDENTIAL", "NO_DISCLOSURE_TO_SUBJECT_UNTIL", "RETURN_AFTER_USE",
                "DELETE_AFTER_USE", "REPORT_ON_USE", "NO_DEATH_PENALTY_USE", "COURT_USE_ONLY", "OTHER"),
            Of("until", Shape.Day, Optional),
            Text("text", Optional, 2000)),
        Word("retention", Required, "UNTIL_DATE", "UNTIL_FINAL_JUDGMENT_PLUS_DAYS", "UNTIL_CASE_CLOSED"),
        Of("retainUntil", Shape.Day, Optional),
        Integer("retainDays", Optional, 1, 36_500),
        Integer("reviewEveryDays", Optional, 1, 3650),
        Flag("legalHold", Optional),
        Flag("specialCategory", Optional),
    ];

    /// <summary>Members of one of the documents that go with a request or an act.</summary>
    internal static Field[] Attachment(Need need, params IReadOnlyList<string> types) =>
    [
        Text("name", need, 200),
        Word("type", need, types),
        Text("mediaType", need, 100),
        Integer("sizeBytes", need, 1, 8 * 1024 * 1024),
        Of("sha256", Shape.Digest, need) with { Attached = true },
        Of("language", Shape.Language, need),
        Of("translationOf", Shape.Digest, Optional),
    ];

    /// <summary>Members of <c>languages</c>.</summary>
    internal static Field[] Languages(Need need) => [Of("authoritative", Shape.Language, need), Of("translations", Shape.Languages, Optional) with { Max = 10 }];

    /// <summary>The members that every kind has.</summary>
    public static IReadOnlyList<Field> Shared => Common;

    /// <summary>The first members, of which <c>kind</c> decides the rest.</summary>
    internal static readonly Field[] Common =
    [
        Of("id", Shape.Id, Always) with { Filled = true },
        Of("reference", Shape.Reference, Always) with { Hint = "RQ-<State>-<year>-<six digits>; the gateway numbers it when empty" },
        Word<RequestKind>("kind", Always),
        Word<Urgency>("urgency", Always),
        Of("created", Shape.UtcTime, Always) with { Filled = true },
        Of("requestingAuthority", Shape.Authority, Always) with { Source = "UNCC 40(15)(a)" },
        Of("requestedAuthority", Shape.Authority, Always),
        Object("onBehalfOf", Required,
            Text("name", Required, 300),
            Text("function", Required, 300),
            Text("post", Optional, 300),
            Text("contact", Required, 500)) with { Source = "UNCC 40(15)(b)", Hint = "the authority conducting the case" },
        Text("caseReference", Always, 120) with { Hint = "own file number" },
        Word("proceedingType", Required, "CRIMINAL", "ADMINISTRATIVE", "CIVIL"),
        Word("proceedingStage", Required, "INVESTIGATION", "PROSECUTION", "TRIAL", "ENFORCEMENT"),
        List("offence", Required, 50,
            Text("title", Required, 500),
            Text("provision", Required, 20_000) with { Hint = "text of the provision" },
            Integer("maxPenaltyMonths", Required, 0, 1200),
            Word("scope", Required, "CONVENTION", "SERIOUS_CRIME", "OTHER"),
            Text("place", Optional, 500),
            Of("from", Shape.Day, Optional),
            Of("to", Shape.Day, Optional)) with { Source = "UNCC 40(15)(b)" },
        Text("factsSummary", Required, 20_000, 50) with { Content = RefusalCode.FactsTooShort, Source = "UNCC 40(15)(c)" },
        Text("assistanceSought", Required, 10_000, 20) with { Source = "UNCC 40(15)(d)" },
        Text("requestedProcedure", Optional, 10_000) with { Source = "UNCC 40(17)", Hint = "formalities to be observed; absent: local law" },
        List("persons", Optional, 200,
            Text("name", Required, 300),
            Word("role", Required, "SUSPECT", "ACCUSED", "WITNESS", "VICTIM", "ACCOUNT_HOLDER", "UNKNOWN"),
            Word("subjectType", Optional, "NATURAL_PERSON", "LEGAL_PERSON"),
            Of("dateOfBirth", Shape.Day, Optional),
            Of("nationality", Shape.Country, Optional),
            Text("location", Optional, 500)) with { Source = "UNCC 40(15)(e)" },
        Flag("noPersonKnown", Optional) with { Hint = "true when 'persons' is absent" },
        List("itemsAccounts", Optional, 500,
            Word("type", Required, "IP", "IP_PORT", "SERVER_IP", "PHONE", "EMAIL", "URL", "ACCOUNT_ID", "IMEI", "MAC", "DEVICE_SERIAL", "WALLET", "OTHER"),
            Text("value", Required, 2000),
            Of("at", Shape.LocalTime, Optional) with { Hint = "the exact second at which the identifier was used" },
            Text("provider", Optional, 300),
            Of("country", Shape.Country, Optional),
            Text("location", Optional, 500)) with { Source = "UNCC 40(15)" },
        Text("linkToOffence", Optional, 10_000, 20) with { Hint = "why this data relates to the offence" },
        Object("dataWindow", Optional,
            Of("from", Shape.LocalTime, Required) with { Missing = RefusalCode.WindowOpenEnded },
            Of("to", Shape.LocalTime, Required) with { Missing = RefusalCode.WindowOpenEnded }) with { Source = "UNCC 40(15)" },
        Word("purposeCode", Required, Purposes) with { Content = RefusalCode.PurposeNotPermitted, Source = "UNCC 40(15)(f)" },
        Text("purposeText", Required, 4000) with { Source = "UNCC 40(15)(f)" },
        List("legalBasis", Required, 20,
            Word("instrument", Required, "UNCC", "UNTOC", "UNCAC", "BUDAPEST", "CETS224", "BILATERAL", "RECIPROCITY", "OTHER"),
            Text("article", Required, 100),
            Text("title", Optional, 500) with { Hint = "name and date of a bilateral or other instrument" }),
        Text("rationale", Required, 10_000),
        Text("collectionTimeframe", Required, 2000),
        Of("deadlineRequested", Shape.LocalTime, Optional),
        Text("deadlineReason", Optional, 2000) with { Hint = "needed when the deadline is shorter than the default" },
        Word("confidentiality", Required, "NONE", "REQUEST_CONFIDENTIAL", "NO_NOTICE_TO_USER") with { Source = "UNCC 40(20)" },
        Text("confidentialityEnds", Optional, 1000) with { Hint = "the condition that ends it; needed unless confidentiality is NONE" },
        Object("handling", Optional, Handling) with { Missing = RefusalCode.HandlingMissing, Source = "UNCC 36" },
        Object("judicialAuthorisation", Optional,
            Text("body", Required, 300),
            Text("number", Required, 120),
            Of("date", Shape.Day, Required),
            Text("scope", Required, 4000),
            Of("validUntil", Shape.LocalTime, Required),
            Text("legalStandard", Required, 1000) with { Hint = "the standard met: reasonable suspicion, probable cause …" },
            Of("documentSha256", Shape.Digest, Required) with { Attached = true, Hint = "of the decision, attached" }) with { Missing = RefusalCode.AuthorisationMissing },
        Text("exceptionalJustification", Optional, 10_000),
        Text("impactIfRefused", Optional, 10_000),
        Word("emergencyCategory", Optional, "RISK_TO_LIFE", "RISK_TO_PHYSICAL_SAFETY", "CHILD_AT_RISK", "PERSON_MISSING",
            "CRITICAL_INFRASTRUCTURE_RISK_TO_LIFE", "SECURITY_OF_DATA_SUBJECT") with { Missing = RefusalCode.EmergencyFactsMissing },
        Text("emergencyFacts", Optional, 4000, 30) with { Missing = RefusalCode.EmergencyFactsMissing, Content = RefusalCode.EmergencyFactsMissing },
        Text("emergencyLink", Optional, 4000, 30) with { Missing = RefusalCode.EmergencyFactsMissing, Content = RefusalCode.EmergencyFactsMissing },
        Of("oralRequestAt", Shape.LocalTime, Optional) with { Hint = "when the same was asked by telephone: this request confirms it" },
        List("linkedRequests", Optional, 50,
            Word<Relation>("relation", Always),
            Of("case", Shape.Case, Always),
            Of("message", Shape.Id, Optional)),
        List("parallelChannels", Optional, 20,
            Text("channel", Required, 100),
            Text("reference", Required, 120),
            Of("date", Shape.Day, Required)),
        Object("originalFollowup", Always,
            Flag("required", Always),
            Of("by", Shape.Day, Optional)) with { Filled = true },
        Object("languages", Required, Languages(Required)) with { Source = "UNCC 40(13)" },
        List("attachments", Optional, 50, Attachment(Required, Documents)),
        Object("safeguards", Optional,
            Text("necessity", Required, 4000),
            Text("proportionality", Required, 4000),
            Flag("personNotified", Required)),
    ];
}

using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using static Gateway.Protocol.Requests.Field;
using static Gateway.Protocol.Requests.Need;

namespace Gateway.Protocol.Records;

/// <summary>The layout in which a custodian's certificate is printed; all say the same.</summary>
public enum CertificateRendering
{
    /// <summary>No State's form in particular.</summary>
    GENERIC,

    /// <summary>Part A by the party, Part B by an expert, as section 63(4)(c) of the Bharatiya Sakshya Adhiniyam, 2023 (India) asks for.</summary>
    IN_BSA_63_4,

    /// <summary>In the order of rules 902(13) and 902(14) of the Federal Rules of Evidence (United States): the process that made the record, then its digital identification.</summary>
    US_902_13_14,
}

/// <summary>The custodian's certificate, the copying record, the laboratory's report: one table each.</summary>
public static class RecordForms
{
    /// <summary>Who may take part in a copying.</summary>
    public static IReadOnlyList<string> ParticipantRoles { get; } = ["OWNER", "DATA_HOLDER", "REPRESENTATIVE", "SPECIALIST", "WITNESS", "INVESTIGATOR"];

    private static readonly Field[] Head =
    [
        Of("id", Shape.Id, Always) with { Filled = true },
        Of("item", Shape.Id, Optional) with { Hint = "when it has an id already" },
        Of("case", Shape.Case, Optional),
        Text("exhibitNumber", Required, 100),
    ];

    private static readonly Field Digests = List("digests", Required, 20,
        Word("algorithm", Required, [.. DigestAlgorithm.All.Select(a => a.Name)]), Text("value", Required, 128)) with { Hint = "SHA256 or stronger among them" };

    private static readonly Field[] Person = [Text("name", Required, 200), Text("post", Required, 200), Text("organisation", Required, 300)];

    // Who holds a certificate of an office, or under another spelling, says so inside what is signed.
    private static readonly Field SigningCertificate = Of("signingCertificate", Shape.Digest, Optional) with { Hint = "SHA-256 of the certificate with which this person signs, where it bears another name" };

    private static readonly Field Tools = List("tools", Required, 50,
        Text("name", Required, 200), Text("vendor", Required, 200), Text("version", Required, 100), Text("purpose", Required, 500), Text("validation", Optional, 300) with { Hint = "licence or validation reference" });

    /// <summary>Whoever had lawful control of the source says what it was and how the copy was made (V034, and V036 where it is lacking).</summary>
    public static RecordForm CustodianCertificate { get; } = new("custodianCertificate", "Certificate of the custodian of an electronic record",
    [
        .. Head,
        Word<CertificateRendering>("rendering", Required) with { Hint = "layout on paper" },
        Object("certifier", Required, Text("name", Required, 200), Text("relation", Required, 300) with { Hint = "to the source: owner, system administrator …" }, Text("organisation", Required, 300), Text("address", Required, 500), SigningCertificate),
        Word<SourceType>("sourceType", Required),
        Text("makeModel", Optional, 200), Text("colour", Optional, 60), Text("serialNumber", Optional, 200),
        Texts("deviceIds", Optional, 50) with { Hint = "IMEI, UIN, UID, MAC address, cloud id, each with its kind" },
        OneOrMore("control", Required, Enum.GetNames<CustodianRelation>()) with { Hint = "what the certifier did with the source" },
        OneOrMore("statements", Required, Enum.GetNames<CustodianStatement>()),
        Text("malfunction", Optional, 2000) with { Hint = "what did not work, and why it had no effect" },
        Text("copying", Required, 4000) with { Hint = "how the copy was made" },
        Digests,
        Text("hashReport", Optional, 300) with { Hint = "reference of the enclosed report of digests" },
        Of("time", Shape.LocalTime, Required), Text("zone", Optional, 64), Text("place", Required, 300),
        Object("expert", Optional,
            [.. Person, Digests, Of("time", Shape.LocalTime, Required), Text("place", Required, 300), SigningCertificate]) with { Hint = "a second person who computed the same digests; Part B" },
    ]) { Rules = Certificate, OnMaking = IndianCertificate, Signatories = ["certifier", "expert"] };

    /// <summary>The protocol of copying from a seized medium, with everybody who was there (V037).</summary>
    public static RecordForm CopyingRecord { get; } = new("copyingRecord", "Record of the copying of electronic information",
    [
        .. Head,
        Text("place", Required, 300),
        Of("from", Shape.LocalTime, Required) with { Hint = "to the minute" },
        Of("to", Shape.LocalTime, Required),
        Text("zone", Optional, 64),
        Object("author", Required, Person) with { Hint = "who draws it up" },
        List("participants", Required, 50,
            Text("name", Required, 200),
            Word("role", Required, [.. ParticipantRoles]),
            Text("address", Optional, 500), Text("organisation", Optional, 300),
            Of("presentFrom", Shape.LocalTime, Optional), Of("presentTo", Shape.LocalTime, Optional),
            Word("signature", Required, "SIGNED", "REFUSED"), Text("refusedBecause", Optional, 1000)),
        Object("localRule", Optional,
            Of("state", Shape.Country, Required), Text("provision", Required, 300),
            OneOrMore("roles", Required, [.. ParticipantRoles]) with { Hint = "who must be there" },
            Integer("witnesses", Required, 0, 10)) with { Hint = "what the law asks for beyond the State's profile; a specialist is always needed" },
        List("technicalMeans", Required, 50, Text("name", Required, 200), Text("purpose", Required, 500), Text("conditions", Optional, 1000), Text("order", Optional, 1000) with { Hint = "order of use" }),
        Texts("objects", Required, 100) with { Hint = "what was copied from" },
        Texts("actions", Required, 200) with { Hint = "in order" },
        Text("results", Required, 4000),
        Of("sourceHashBefore", Shape.Digest, Required), Of("sourceHashAfter", Shape.Digest, Required),
        Of("copyHash", Shape.Digest, Required) with { Hint = "the three agree (V033)" },
        Object("medium", Required, Text("description", Required, 500), Text("sealNumber", Optional, 100), Text("handedTo", Required, 300)) with { Hint = "what the copy is on, and who has it" },
        List("remarks", Optional, 50, Text("name", Required, 200), Text("text", Required, 2000)) with { Hint = "of participants" },
        Flag("rightsExplained", Required),
        List("annexes", Optional, 100, Text("name", Required, 255), Of("sha256", Shape.Digest, Required)) with { Hint = "photographs, video" },
    ]) { Rules = Copying, Signatories = ["author"] };

    /// <summary>The laboratory's report in one form for all laboratories.</summary>
    public static RecordForm LabReport { get; } = new("labReport", "Report of a forensic laboratory",
    [
        .. Head,
        Text("reportNumber", Required, 100),
        Of("reportSha256", Shape.Digest, Optional) with { Hint = "of the laboratory's own report, where there is one beside this form" },
        Text("requestReference", Required, 120),
        Texts("questions", Required, 100),
        List("itemsReceived", Required, 100, Text("exhibitNumber", Required, 100), Text("sealNumber", Optional, 100), Flag("sealIntact", Required), Text("condition", Required, 500)),
        Text("method", Required, 10_000), Text("sopReference", Required, 300),
        Tools,
        List("results", Required, 100, Integer("question", Required, 1, 100), Text("answer", Required, 10_000)),
        List("relevantParts", Optional, 100,
            Text("exhibitNumber", Required, 100), Text("part", Required, 500) with { Hint = "a file, message or period of the delivered set, which stays whole" }, Text("why", Required, 2000)) with { Hint = "of an inspection: what of the set matters to the case" },
        Text("limitations", Required, 4000) with { Hint = "what was not done or cannot be said; 'none' when there is none" },
        Texts("itemsReturned", Optional, 100), Texts("itemsRetained", Optional, 100),
        Of("from", Shape.LocalTime, Required), Of("to", Shape.LocalTime, Required),
        Object("examiner", Required, [.. Person, Text("accreditation", Optional, 300)]),
        Object("reviewer", Required, Person) with { Hint = "another person" },
    ]) { Rules = Report, OnMaking = OtherReviewer, Signatories = ["examiner", "reviewer"] };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RecordForm> All { get; } = [CustodianCertificate, CopyingRecord, LabReport];

    /// <summary>The form of a document type; null for others.</summary>
    public static RecordForm? Find(string? type) => All.FirstOrDefault(form => form.Type == type);

    private static IEnumerable<Refusal> Certificate(JsonElement d)
    {
        foreach (var problem in CheckDigests(d, "digests"))
            yield return problem;
        var statements = Strings(d, "statements");
        if (!statements.Contains(nameof(CustodianStatement.WORKING_PROPERLY)) && !statements.Contains(nameof(CustodianStatement.MALFUNCTION_WITHOUT_EFFECT)))
            yield return new(RefusalCode.RequiredFieldEmpty, "say whether the source worked properly, or that a malfunction had no effect", "statements");
        if (statements.Contains(nameof(CustodianStatement.MALFUNCTION_WITHOUT_EFFECT)) && !d.TryGetProperty("malfunction", out _))
            yield return new(RefusalCode.RequiredFieldEmpty, "describe the malfunction and why it had no effect", "malfunction");
        if (!d.TryGetProperty("expert", out var expert))
        {
            if (Said(d, "rendering") == nameof(CertificateRendering.IN_BSA_63_4))
                yield return new(RefusalCode.RequiredFieldEmpty, "this form has a Part B, signed by an expert", "expert");
            yield break;
        }
        foreach (var problem in CheckDigests(expert, "expert.digests"))
            yield return problem;
        if (d.TryGetProperty("certifier", out var certifier) && Said(certifier, "name") is { } name && Said(expert, "name") is { } other && RecordSignatures.SameName(name, other))
            yield return new(RefusalCode.SamePersonTwice, "the expert is another person than the certifier", "expert.name");
        if (certifier.ValueKind == JsonValueKind.Object && Said(certifier, "signingCertificate") is { } certificate && certificate == Said(expert, "signingCertificate"))
            yield return new(RefusalCode.SamePersonTwice, "the expert signs with another certificate than the certifier", "expert.signingCertificate");
        if (!Pairs(d).SetEquals(Pairs(expert)))
            yield return new(RefusalCode.ItemDigestMismatch, "the expert states other digests than the certifier", "expert.digests");
    }

    // Section 63(2)(a) and (c) of the Bharatiya Sakshya Adhiniyam: without these two, the certificate says nothing that the section asks for.
    private static IEnumerable<Refusal> IndianCertificate(JsonElement d)
    {
        var statements = Strings(d, "statements");
        var lacking = ((string[])[nameof(CustodianStatement.LAWFUL_CONTROL), nameof(CustodianStatement.REGULAR_USE)]).Where(name => !statements.Contains(name)).ToList();
        if (Said(d, "rendering") == nameof(CertificateRendering.IN_BSA_63_4) && lacking.Count > 0)
            yield return new(RefusalCode.RequiredFieldEmpty, $"this form states lawful control and regular use; missing: {string.Join(", ", lacking)}", "statements");
    }

    private static IEnumerable<Refusal> OtherReviewer(JsonElement d)
    {
        if (d.TryGetProperty("examiner", out var examiner) && d.TryGetProperty("reviewer", out var reviewer) && Said(examiner, "name") is { } name && Said(reviewer, "name") is { } other && RecordSignatures.SameName(name, other))
            yield return new(RefusalCode.SamePersonTwice, "the reviewer is another person than the examiner", "reviewer.name");
    }

    private static IEnumerable<Refusal> Copying(JsonElement d)
    {
        if (Time(d, "from") is { } from && Time(d, "to") is { } to && to < from)
            yield return new(RefusalCode.WindowOrder, "it ends before it begins", "to");
        if (((string[])["sourceHashBefore", "sourceHashAfter", "copyHash"]).Select(name => Said(d, name)).OfType<string>().Distinct().Count() > 1)
            yield return new(RefusalCode.ItemDigestMismatch, "the source before, the source after and the copy differ", "copyHash");
        var present = d.TryGetProperty("participants", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToList() : [];
        var roles = present.Select(p => Said(p, "role")).OfType<string>().ToList();
        List<string> lacking = roles.Contains("SPECIALIST") ? [] : ["SPECIALIST"];
        var state = "";
        if (d.TryGetProperty("localRule", out var rule))
        {
            state = $" required by {Said(rule, "state")} ({Said(rule, "provision")})";
            lacking.AddRange(Strings(rule, "roles").Where(role => !roles.Contains(role) && !lacking.Contains(role)));
            if (rule.TryGetProperty("witnesses", out var count) && count.TryGetInt64(out var witnesses) && roles.Count(role => role == "WITNESS") < witnesses)
                lacking.Add($"{witnesses} WITNESS");
        }
        if (present.Count > 0 && lacking.Count > 0)
            yield return new(RefusalCode.CopyingRecordParticipants, $"Copying record needs a specialist and the participants{state}; missing: {string.Join(", ", lacking)}.", "participants");
        for (var i = 0; i < present.Count; i++)
        {
            if (Said(present[i], "signature") == "REFUSED" && Said(present[i], "refusedBecause") is null)
                yield return new(RefusalCode.RequiredFieldEmpty, "say why the signature was refused", $"participants[{i}].refusedBecause");
        }
    }

    private static IEnumerable<Refusal> Report(JsonElement d)
    {
        if (Time(d, "from") is { } from && Time(d, "to") is { } to && to < from)
            yield return new(RefusalCode.WindowOrder, "the examination ends before it begins", "to");
        if (d.TryGetProperty("examiner", out var examiner) && d.TryGetProperty("reviewer", out var reviewer) && Said(examiner, "name") is { } name && name == Said(reviewer, "name"))
            yield return new(RefusalCode.SamePersonTwice, "the reviewer is another person than the examiner", "reviewer.name");
        var questions = Strings(d, "questions").Count;
        var answered = d.TryGetProperty("results", out var results) && results.ValueKind == JsonValueKind.Array
            ? results.EnumerateArray().Select(r => r.TryGetProperty("question", out var n) && n.TryGetInt32(out var number) ? number : 0).ToHashSet() : [];
        if (answered.Count > 0 && Enumerable.Range(1, questions).FirstOrDefault(n => !answered.Contains(n)) is > 0 and var open)
            yield return new(RefusalCode.RequiredFieldEmpty, $"question {open} has no result", "results");
        if (d.TryGetProperty("relevantParts", out var parts) && parts.ValueKind == JsonValueKind.Array && d.TryGetProperty("itemsReceived", out var items) && items.ValueKind == JsonValueKind.Array)
        {
            var received = items.EnumerateArray().Select(item => Said(item, "exhibitNumber")).OfType<string>().ToHashSet(StringComparer.Ordinal);
            foreach (var (part, index) in parts.EnumerateArray().Select((part, index) => (part, index)))
            {
                if (Said(part, "exhibitNumber") is { } exhibit && !received.Contains(exhibit))
                    yield return new(RefusalCode.DocumentValue, "no such exhibit was received", $"relevantParts[{index}].exhibitNumber");
            }
        }
        if (answered.Any(n => n > questions))
            yield return new(RefusalCode.DocumentValue, $"there are {questions} questions", "results");
    }

    // The same rule as for manifests: names, lengths, and a strong one among them (V034).
    private static IEnumerable<Refusal> CheckDigests(JsonElement of, string path)
    {
        if (!of.TryGetProperty("digests", out var list) || list.ValueKind != JsonValueKind.Array)
            yield break;
        var digests = list.EnumerateArray().Select(e => new ItemDigest(Said(e, "algorithm") ?? "", Said(e, "value") ?? "")).ToList();
        for (var i = 0; i < digests.Count; i++)
        {
            if (DigestAlgorithm.Find(digests[i].Algorithm) is { } algorithm && (digests[i].Value.Length != 2 * algorithm.Bytes || !Ids.IsHex(digests[i].Value)))
                yield return new(RefusalCode.DocumentValue, $"expected {2 * algorithm.Bytes} lower-case hexadecimal digits", $"{path}[{i}].value");
        }
        if (digests.Count > 0 && digests.TrueForAll(d => DigestAlgorithm.Find(d.Algorithm)?.Weak == true))
            yield return new(RefusalCode.OnlyWeakDigests, "MD5/SHA-1 may accompany but not replace SHA-256 or stronger.", path);
    }

    private static HashSet<(string?, string?)> Pairs(JsonElement of)
        => of.TryGetProperty("digests", out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(e => (Said(e, "algorithm"), Said(e, "value")))] : [];

    private static List<string> Strings(JsonElement of, string name)
        => of.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(e => FieldCheck.String(e) ?? "")] : [];

    private static string? Said(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) ? FieldCheck.String(value) : null;

    private static DateTimeOffset? Time(JsonElement of, string name) => Said(of, name) is { } text && DocumentReader.TryLocalTime(text, out var time) ? time : null;

    private static Field Of(string name, Shape shape, Need need) => Field.Of(name, shape, need);
}

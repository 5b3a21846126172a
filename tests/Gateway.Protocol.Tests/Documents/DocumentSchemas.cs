using System.Text.Json.Nodes;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.MerkleTree;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Parts;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Receipts;
using Gateway.Protocol.Records;
using Gateway.Protocol.Requests;
using static Gateway.Protocol.Tests.Documents.Schema;

namespace Gateway.Protocol.Tests.Documents;

/// <summary>The schema of every type of document; requests and acts come from their tables.</summary>
internal static class DocumentSchemas
{
    private const long MaxItemBytes = Chunk.MaxCount * Chunk.PlainBytes;

    public static IReadOnlyDictionary<string, JsonObject> All { get; } = new Dictionary<string, JsonObject>
    {
        ["request"] = new JsonObject { ["$defs"] = new JsonObject(Common()), ["oneOf"] = new JsonArray([.. RequestKinds.All.Select(OfKind)]) },
        ["act"] = Document("act", Members(ActFields.All)),
        ["stamp"] = Document("stamp", ("authority", Authority()), ("office", Text(300)), ("number", Text(120)), ("time", Time()), ("requestSha256", Digest())),
        ["cover"] = Document("cover",
            ("message", Id()), ("case", Case()), ("suite", Text(60)), ("created", Time()), ("sender", Party()), ("recipient", Party()),
            ("about", Word<CoverAbout>()), ("inReplyTo", Nullable(Id())),
            ("parts", List(Object(("role", Word<PartRole>()), ("name", Text(255)), ("mediaType", Text(100)), ("size", Integer(0, Cover.MaxPartBytes)),
                ("sha256", Digest()), ("content", Base64(Cover.MaxPartBytes))), 64))),
        ["receipt"] = Document("receipt",
            ("event", Word<ReceiptEvent>()), ("issuer", Party()), ("peer", Party()), ("channel", Word<ReceiptChannel>()), ("case", Nullable(Case())),
            ("seq", Integer(1, Receipt.MaxSeq)), ("previous", Nullable(Digest())), ("peerSeq", Integer(0, Receipt.MaxSeq)), ("peerHead", Nullable(Digest())),
            ("subject", Object(("message", Id()), ("coverSha256", Nullable(Digest())), ("envelopeSha256", Nullable(Digest())), ("item", Nullable(Id())), ("manifestSha256", Nullable(Digest())))),
            ("reasons", List(Pattern("^[VT][0-9]{3}$"), 20)), ("time", Time()), ("clockHeld", Flag()), ("nonce", Id())),
        ["peerCard"] = Document("peerCard",
            ("state", State()), ("version", Integer(1, long.MaxValue >> 11)), ("issued", Time()), ("expires", Time()), ("personAuthorities", Certificates()),
            ("authorities", List(Object(("id", Authority()), ("name", Text(200)), ("roles", List(Text(60), 10)), ("endpoint", Text(200, 0)),
                ("timeZone?", Text(60)), ("dutyPhone?", Text(60)), ("callBackPhone?", Text(60)), ("tls", Certificates()),
                ("seal", Certificates()), ("encryption", Certificates()), ("evidence", Certificates()), ("stamp", Certificates()),
                ("functions?", List(Text(60), 100)), ("parent?", Authority()), ("validFrom?", Day()), ("validTo?", Day()), ("address?", Text(500)), ("designation?", Text(500)),
                ("names?", List(Object(("language", Text(35)), ("text", Text(200))), 50))), 100, 1)),
            ("log?", Object(("keys", List(Pattern("^[A-Za-z0-9+/]{43}=$"), CardLog.MaxKeys, 1)), ("cosigners", List(Pattern("^[A-Za-z0-9+/]{43}=$"), CardLog.MaxKeys, 1)),
                ("certificates", List(Text(12_000), CardLog.MaxKeys, 1)),
                ("renewal?", Object(("origin", Text(40)), ("checkpoint", Base64(LogRenewal.MaxNote)), ("reason", Text(LogRenewal.MaxReason)))))),
            ("suites", List(Text(60), 20)), ("documentVersion", Integer(1, 1000)),
            ("profile", Object(("languages", List(Text(35), 50)), ("emergencyLanguages", List(Text(35), 50)), ("preservationMinDays", Integer(0, 36_500)),
                ("minOffenceMonths?", Integer(0, 1200)), ("maxWindowDays?", Integer(1, 36_500)), ("strictAddresses", Flag()), ("contactPointDecides", Flag()),
                ("originalFollowUp", Word<OriginalFollowUp>()), ("originalFollowUpKinds", List(Text(60), 100)), ("originalFollowUpDays", Integer(0, 36_500)),
                ("authorisationKinds", List(Text(60), 100)), ("policeChannelKinds", List(Text(60), 100)), ("dualCriminality", Word<DualCriminality>()), ("loneReleaseReviewHours?", Integer(1, 720)),
                ("deadlines?", List(Object(("kind", Word<RequestKind>()), ("urgency", Word<Urgency>()), ("amount", Integer(1, 36_500)), ("unit", Word<TermUnit>())), 100)),
                ("minOffenceMonthsByKind?", List(Object(("kind", Text(60)), ("months", Integer(0, 1200))), 500)),
                ("signatureLevels?", List(Object(("kind", Text(60)), ("level", Word<SignatureLevel>())), 500)),
                ("evidenceTerms?", List(Object(("language", Text(35)), ("text", Text(100))), 50)), ("copyingParticipants?", List(Text(60), 20)), ("acceptsOralInEmergency?", Flag()),
                ("specialDocuments?", List(Object(("kind", Text(60)), ("types", List(Text(60), 20))), 500)), ("requiresTimeStamp?", Flag()),
                ("channelsAllowed?", List(Object(("kind", Text(60)), ("channels", List(Text(60), 20))), 500)), ("maxItemMiB?", Integer(1, StateProfile.LargestItemMiB)), ("deMinimisNote?", Text(StateProfile.LongestNote))))),
        ["manifest"] = Manifest(),
        ["fileEntry"] = Document("fileEntry",
            ("item", Id()), ("index", Integer(0, FileEntry.MaxCount - 1)), ("path", Text(FilePaths.MaxLength)), ("kind", Word<FileKind>()), ("size", Integer(0, MaxItemBytes)),
            ("modified", Time()), ("sha256", Nullable(Digest())), ("offset?", Integer(0, MaxItemBytes)), ("target?", Text(FilePaths.MaxLength)),
            ("unread?", List(Object(("from", Integer(0, MaxItemBytes)), ("bytes", Integer(1, MaxItemBytes))), UnreadRange.MaxCount)),
            ("problem?", Word<FileProblem>()), ("salt", Base64(FileEntry.SaltBytes))),
        ["partProof"] = Document("partProof",
            ("item", Id()), ("manifestSha256", Digest()),
            ("chunks?", List(Object(("index", Integer(0, Chunk.MaxCount - 1)), ("key", Base64(ItemKey.Length)), ("path", List(Text(64), InclusionProof.MaxHashes))), PartProof.MaxChunks)),
            ("file?", Object(("entry", Base64(FileEntry.MaxBytes)), ("path", List(Text(64), InclusionProof.MaxHashes))))),
        ["keyGrant"] = Document("keyGrant", ("itemId", Id()), ("manifestSha256", Digest()), ("itemKey", Base64(32)), ("grantedTo", Text(100)), ("time", Time())),
        ["release"] = Document("release",
            ("id", Id()), ("itemId", Id()), ("manifestSha256", Digest()), ("case", Case()), ("authority", Authority()), ("role", Word<Role>()), ("decision", Word<ReleaseDecision>()),
            ("legalBasis", Text(2000)), ("time", Time()), ("conditions", Nullable(Text(4000))), ("dutyJudge", Nullable(Text(500))), ("terms?", Text(Release.MaxTerms))),
        ["shipment"] = Document("shipment",
            ("id", Id()), ("itemId", Id()), ("manifestSha256", Digest()), ("case", Case()), ("authority", Authority()), ("carrier", Text(200)), ("sealNumber", Text(100)),
            ("media", Text(1000)), ("tracking", Nullable(Text(200))), ("time", Time()), ("expected?", Day())),
        ["loss"] = Document("loss",
            ("id", Id()), ("itemId", Id()), ("manifestSha256", Digest()), ("case", Case()), ("authority", Authority()), ("role", Word<Role>()), ("what", Word<LossWhat>()),
            ("shipment", Nullable(Digest())), ("reason", Text(2000)), ("time", Time())),
        ["handOver"] = Document("handOver",
            ("itemId", Id()), ("manifestSha256", Digest()), ("case", Case()), ("outcome", Word<HandOverOutcome>()), ("digests", Digests(0)), ("time", Time())),
        ["grantRequest"] = Document("grantRequest", ("itemId", Id()), ("purpose", Text(1000)), ("certificate", Base64(16 * 1024)), ("time", Time()), ("acknowledged?", List(Word<Sensitivity>(), Enum.GetValues<Sensitivity>().Length))),
        ["custodyEvent"] = new JsonObject { ["$defs"] = new JsonObject(OfCustody()), ["oneOf"] = new JsonArray([.. CustodyRules.All.Select(OfRule)]) },
        ["custodianCertificate"] = Document("custodianCertificate", Members(RecordForms.CustodianCertificate.Fields)),
        ["copyingRecord"] = Document("copyingRecord", Members(RecordForms.CopyingRecord.Fields)),
        ["labReport"] = Document("labReport", Members(RecordForms.LabReport.Fields)),
        ["paperRecord"] = Document("paperRecord",
            ("id", Id()), ("case", Case()), ("authority", Authority()), ("way", Word<PaperWay>()), ("channel", Word<PaperChannel>()), ("reference", Nullable(Text(200))), ("message", Id()),
            ("coverSha256", Digest()), ("at", Time()), ("person", Text(200)),
            ("files", List(Object(("name", Text(255)), ("mediaType", Text(100)), ("size", Integer(0, int.MaxValue)), ("sha256", Digest())), PaperRecord.MaxFiles)),
            ("encryptedTo", Nullable(Digest())), ("says", Nullable(Word<ActKind>())), ("acts", List(Word<ActKind>(), PaperRecord.MaxActs)), ("after", Nullable(Id())),
            ("dueAt?", Time()), ("until?", Time()), ("outcome", Nullable(Word<ActOutcome>())), ("time", Time())),
        ["paperRequest"] = Document("paperRequest",
            ("id", Id()), ("case", Case()), ("authority", Authority()), ("from", Authority()), ("channel", Word<PaperChannel>()), ("reference", Nullable(Text(200))), ("at", Time()), ("person", Text(200)),
            ("checkedBy", Text(200)), ("check", Text(2000)), ("request", Digest()),
            ("files", List(Object(("name", Text(255)), ("mediaType", Text(100)), ("size", Integer(0, int.MaxValue)), ("sha256", Digest())), PaperRecord.MaxFiles)), ("time", Time())),
        ["treatyApproval"] = Document("treatyApproval",
            ("id", Id()), ("authority", Authority()), ("provisions", List(Object(("id", Text(60)), ("sha256", Digest())), 500)), ("checkedAgainst", Text(500)), ("time", Time())),
        ["erasureDecision"] = Document("erasureDecision",
            ("id", Id()), ("case", Case()), ("authority", Authority()), ("decision", Word<ErasureStep>()), ("reason", Word<ErasureReason>()), ("legalBasis", Text(2000)), ("time", Time())),
        ["erasure"] = Document("erasure",
            ("id", Id()), ("case", Case()), ("authority", Party()), ("peer", Party()), ("reason", Word<ErasureReason>()), ("legalBasis", Text(2000)), ("retainUntil?", Time()),
            ("proposal", Digest()), ("approval", Digest()), ("time", Time()), ("backupsUntil", Time()),
            ("chains", List(Object(("state", State()), ("count", Integer(1, Receipt.MaxSeq)), ("head", Digest())), 2)),
            ("messages", List(Object(("message", Id()), ("coverSha256", Digest())), Erasure.MaxEntries)),
            ("items", List(Object(("item", Id()), ("manifestSha256", Nullable(Digest()))), Erasure.MaxEntries)),
            ("records", List(Digest(), Erasure.MaxEntries)), ("nonce", Id())),
    };

    /// <summary>The file of a type, as it is committed.</summary>
    public static JsonObject File(string type)
    {
        var file = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = $"{type}.schema.json",
            ["title"] = $"{type}, version 1",
            ["description"] = "Compact UTF-8 JSON; the members stand in the order of 'properties'; one line feed ends the document.",
        };
        foreach (var (keyword, argument) in All[type])
            file[keyword] = argument!.DeepClone();
        return file;
    }

    // What all kinds have in common stands once; only whether a member is required differs.
    private static IEnumerable<KeyValuePair<string, JsonNode?>> Common()
        => Members(RequestKinds.All[0].AllFields.Take(CommonMembers)).Where(member => member.Name != "kind").Select(member => KeyValuePair.Create(member.Name.TrimEnd('?'), (JsonNode?)member.Schema));

    private static int CommonMembers => RequestKinds.All[0].AllFields.Count - RequestKinds.All[0].Fields.Count;

    private static JsonObject OfKind(RequestRow row)
    {
        var members = Members(row.AllFields).Select((member, index) => member.Name == "kind" ? (member.Name, Const(row.Kind.ToString()))
            : index < CommonMembers ? (member.Name, new JsonObject { ["$ref"] = $"#/$defs/{member.Name.TrimEnd('?')}" }) : member).ToArray();
        var schema = Document("request", members);
        schema["title"] = row.Kind.ToString();
        schema["description"] = row.Articles.Count == 0 ? "of no treaty" : string.Join("; ", row.Articles.Select(article => Treaties.Cite(article)));
        return row.AnyOf.Count == 0 ? schema : WithAnyOf(schema, row.AnyOf[0]);
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> OfCustody()
        => Members([.. CustodyFields.Before, .. CustodyFields.Behind]).Where(member => member.Name != "event").Select(member => KeyValuePair.Create(member.Name.TrimEnd('?'), (JsonNode?)member.Schema));

    private static JsonObject OfRule(CustodyRule rule)
    {
        var common = CustodyFields.Before.Concat(CustodyFields.Behind).Select(field => field.Name).ToHashSet();
        var schema = Document("custodyEvent", [.. Members(rule.AllFields).Select(member => member.Name == "event" ? (member.Name, Const(rule.Kind.ToString()))
            : common.Contains(member.Name.TrimEnd('?')) ? (member.Name, new JsonObject { ["$ref"] = $"#/$defs/{member.Name.TrimEnd('?')}" }) : member)]);
        schema["title"] = rule.Kind.ToString();
        schema["anyOf"] = Hashed(rule.Kind);
        return schema;
    }

    // The table says what people fill in; in the document the members that have a default are always there.
    private static JsonObject Manifest()
    {
        var always = ManifestFields.All.Select(field => field.Name is "rootExhibitNumber" or "mediaType" or "fileName" or "custody" ? field with { Need = Need.Always } : field);
        var computed = new Dictionary<string, JsonObject>
        {
            ["sizeBytes"] = Integer(0, MaxItemBytes),
            ["digests"] = Digests(1),
            ["chunkBytes"] = Const(Chunk.PlainBytes),
            ["chunks"] = Integer(1, Chunk.MaxCount),
            ["suite"] = Const(Chunk.Suite),
            ["custody"] = List(new JsonObject { ["oneOf"] = new JsonArray([.. EarlierCustody.Kinds.Select(Earlier)]) }, Gateway.Protocol.Evidence.Manifest.MaxCustody, 1),
        };
        return Document("manifest", [.. Members(always).Select(member => computed.TryGetValue(member.Name, out var schema) ? (member.Name, schema) : member)]);
    }

    private static JsonObject Earlier(CustodyKind kind)
    {
        var schema = Object([.. Members(EarlierCustody.FieldsOf(kind)).Select(member => member.Name == "event" ? (member.Name, Const(kind.ToString())) : member)]);
        schema["title"] = kind.ToString();
        schema["anyOf"] = Hashed(kind);
        return schema;
    }

    // A digest of the content, or why there is none; of an acquisition also those of its source and its copy.
    private static JsonArray Hashed(CustodyKind kind) => new([.. ((string[])["hashBefore", "hashAfter", "hashNotApplicable"]).Select(name => (JsonNode)new JsonObject
    {
        ["required"] = kind == CustodyKind.ACQUIRED && name != "hashNotApplicable" ? new JsonArray(name, "sourceHashBefore", "sourceHashAfter", "copyHash") : new JsonArray(name),
    })]);

    private static JsonObject Party() => Object(("state", State()), ("authority", Authority()));

    private static JsonObject Certificates() => List(Text(12_000), 20);

    private static JsonObject Digests(int min)
        => List(Object(("algorithm", Word(DigestAlgorithm.All.Select(a => a.Name))), ("value", Pattern("^[0-9a-f]{32,128}$"))), 20, min);
}

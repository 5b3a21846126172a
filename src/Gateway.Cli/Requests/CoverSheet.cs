using System.Globalization;
using System.Text.Json;
using Gateway.Cli.Records;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>
/// The sheet on top of a parcel, a disk or an e-mail: from whom to whom, under which number, what is inside and by which digests it is known, how it is opened. It lies outside of the
/// encryption: no person, no fact, no identifier stands on it, and of a measure with a need-to-know list not even its kind.
/// </summary>
internal static class CoverSheet
{
    /// <summary>The PDF.</summary>
    /// <param name="labels">Language of labels.</param>
    /// <param name="opened">The sealed message.</param>
    /// <param name="from">Name and address of the sender.</param>
    /// <param name="to">Name and address of the addressee.</param>
    /// <param name="files">What lies in the parcel.</param>
    public static PrintedPaper Pdf(Labels labels, OpenMessageReply opened, string from, string to, IReadOnlyList<(string Name, byte[] Content)> files)
    {
        var seal = SignedDocument.Open(opened.SealedCover.Memory).Value;
        return RecordPdf.Draw(labels["form.coverSheet"], Sections(labels, opened, seal, from, to, files), [], new PageWords(labels, opened.Message.CaseId) { Signatures = false });
    }

    /// <summary>What stands on it.</summary>
    public static IReadOnlyList<RecordSection> Sections(Labels labels, OpenMessageReply opened, SignedDocument seal, string from, string to, IReadOnlyList<(string Name, byte[] Content)> files)
    {
        var message = opened.Message;
        var hidden = Enum.TryParse<RequestKind>(message.Kind, out var kind) && Enum.IsDefined(kind) && RequestKinds.Of(kind).NeedToKnow;
        List<(string, string)> head =
        [
            (labels["form.from"], from),
            (labels["form.to"], to),
            (labels["form.answerTo"], Reference(opened) is { } reference && !hidden ? $"{reference}\n{message.CaseId}" : message.CaseId),
            (labels["field.kind"], hidden ? labels["watch.restricted"] : message.About == "REQUEST" ? labels.Word("kind", message.Kind) : message.Kind),
            (labels["field.urgency"], labels.Word("urgency", message.Urgency)),
            (labels["field.created"], message.Time),
        ];
        // Codes only: their words may name somebody.
        if (!hidden && opened.Conditions.Select(c => c.Split(':')[0]).Where(code => code != "CONSENT").Distinct().ToList() is { Count: > 0 } codes)
            head.Add((labels["sheet.conditions"], string.Join(", ", codes)));
        List<RecordSection> sections = [new("", head)];
        List<(string, string)> contents = [];
        foreach (var (name, content) in files)
            contents.AddRange([(labels["form.file"], $"{name}, {content.Length.ToString("N0", CultureInfo.InvariantCulture)} B"), (labels["field.sha256"], Digest.Of(content).ToString())]);
        contents.Add((labels["form.sealed"], Digest.Of(opened.SealedCover.Span).ToString()));
        contents.Add((labels["form.seal"], seal.Signer.Sha256.ToString()));
        contents.Add(("", labels["form.fingerprint"]));
        sections.Add(new RecordSection(labels["form.contents"], contents));
        sections.Add(new RecordSection(labels["form.open"],
        [
            ("1", "openssl cms -decrypt -binary -inform DER -in FILE -inkey KEY.pem -recip CERTIFICATE.pem -out sealed.cms"),
            ("2", "openssl cms -verify -cades -binary -inform DER -in sealed.cms -CAfile SENDER.pem -no-CApath -no-CAstore -purpose any -out cover.json"),
        ]));
        sections.Add(new RecordSection(labels["form.sealNumber"], [("", "…………………………………………")]));
        sections.Add(new RecordSection(labels["form.received"], [], ""));
        return sections;
    }

    private static string? Reference(OpenMessageReply opened)
    {
        if (opened.Parts.FirstOrDefault(p => p.Role is "request" or "act") is not { } part || !SignedDocument.Open(part.Content.Memory).TryGet(out var signed, out _))
            return null;
        using var json = JsonDocument.Parse(signed.Content);
        return json.RootElement.TryGetProperty("reference", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}

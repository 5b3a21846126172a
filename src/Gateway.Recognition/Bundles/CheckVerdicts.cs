using Gateway.Protocol.Bundles;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Verification;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.Reports;
using Gateway.Recognition.Validation;
using Finding = Gateway.Protocol.Bundles.Finding;

namespace Gateway.Recognition.Bundles;

/// <summary>
/// Repeats the verdicts that a bundle records, with the material in it: the same engine, the same bytes, the same time must give the same report. Then judges for today, with the
/// receipt as the proof of when the document existed. What the bundle calls trusted is not the verifying person's trust: a repeated verdict says that the exporter judged
/// honestly by the lists that it shows.
/// </summary>
public static class CheckVerdicts
{
    // A hostile bundle must not keep a verifier busy for days: each of these is judged twice.
    private const int MaxVerdicts = 1000;
    private const int MaxCovers = 8;
    private static readonly TimeSpan Promptness = TimeSpan.FromHours(1);

    /// <summary>The check, for <see cref="BundleCheck.Run"/>.</summary>
    public static IEnumerable<Finding> Run(BundleContents contents)
    {
        ArgumentNullException.ThrowIfNull(contents);
        var reports = contents.In(BundlePlace.Recognition);
        if (reports.Count == 0)
            return [];
        var repeat = new RepeatJudgement(Material(contents));
        var findings = reports.Take(MaxVerdicts).SelectMany(entry => Report(contents, entry, repeat)).ToList();
        if (reports.Count > MaxVerdicts)
            findings.Add(new(FindingCode.VerdictMaterialMissing, $"{reports.Count - MaxVerdicts} of {reports.Count} recorded verdicts were not repeated: more than {MaxVerdicts} are not judged in one run"));
        return findings;
    }

    private static Func<Digest, ReadOnlyMemory<byte>?> Material(BundleContents contents)
    {
        // Cards lie where the States' keys are; a report names them by the same digest.
        var places = contents.In(BundlePlace.TrustMaterial).Concat(contents.In(BundlePlace.PeerCard))
            .Select(e => (Entry: e, Sha256: contents.DigestOf(e))).Where(p => p.Sha256 is not null).DistinctBy(p => p.Sha256).ToDictionary(p => p.Sha256!.Value, p => p.Entry);
        return digest => places.TryGetValue(digest, out var entry) && contents.Read(entry) is { } bytes ? (ReadOnlyMemory<byte>?)bytes : null;
    }

    private static IEnumerable<Finding> Report(BundleContents contents, BundleEntry entry, RepeatJudgement repeat)
    {
        if (contents.Read(entry) is not { } bytes)
            yield break;
        if (!RecognitionReport.Read(bytes).TryGet(out var recorded, out var refusal))
        {
            yield return new(FindingCode.VerdictUnreadable, refusal.ToString(), entry.Name);
            yield break;
        }
        if (contents.RecordedAt(Digest.Of(bytes)) is { } time)
        {
            if ((time - recorded.ValidationTime).Duration() > Promptness)
                yield return new(FindingCode.VerdictNotLogged, $"{About(recorded)}: the record that names this report is of {time:yyyy-MM-dd HH:mm} UTC, another time", entry.Name);
        }
        else if (contents.HasLog)
            yield return new(FindingCode.VerdictNotLogged, $"{About(recorded)}: no record in the exporter's log names this report; it may have been written at any time", entry.Name);
        if (Find(contents, recorded) is not { } found)
        {
            yield return new(FindingCode.VerdictDocumentAbsent, $"{About(recorded)}: the file that it is about is not in the bundle (withheld, erased or rejected), so the verdict cannot be repeated", entry.Name);
            yield break;
        }
        // The exporter may have judged by the time of its receipt; then the receipt is here, and says that time.
        if (recorded.Inputs.Proofs.FirstOrDefault(p => p.Sha256 != recorded.Document.Sha256 || contents.Taken(found.Part) is not { } taken || taken.Time > p.Time) is { } claimed)
            yield return new(FindingCode.VerdictMaterialMissing, $"{About(recorded)}: it rests on the file having existed on {claimed.Time:yyyy-MM-dd HH:mm} UTC ({claimed.Source}), which no receipt here says", entry.Name);
        var again = repeat.Of(recorded, found.Document, content: found.Content);
        if (again.Report is not { } today)
        {
            yield return new(FindingCode.VerdictMaterialMissing, $"{About(recorded)}: it cannot be repeated: {Why(again)}", entry.Name);
            yield break;
        }
        yield return Compare(recorded, today, entry.Name);
        if (contents.At is { } at && at > recorded.ValidationTime && Now(contents, recorded, found, repeat, at) is { } later && !recorded.SameVerdictAs(later))
            yield return new(FindingCode.VerdictOtherToday, $"{About(recorded)}: judged for {at:yyyy-MM-dd HH:mm} UTC with the material of then, the answer is {Short(later)} ({Reasons(later)})", entry.Name);
    }

    private static Finding Compare(RecognitionReport recorded, RecognitionReport today, string file)
    {
        if (recorded.Engine == RecognitionReport.ThisEngine)
            return recorded.SameFactsAs(today)
                ? new(FindingCode.VerdictRepeated, $"{About(recorded)}: repeated with the same bytes, the same", file)
                : new(FindingCode.VerdictDiffers, recorded.SameVerdictAs(today)
                    ? $"{About(recorded)}: repeated with the same bytes, the verdict is the same, but the report states other facts about it"
                    : $"{About(recorded)}: repeated with the same bytes, the answer is {Short(today)} ({Reasons(today)})", file);
        return recorded.SameVerdictAs(today)
            ? new(FindingCode.VerdictRepeated, $"{About(recorded)}: repeated with the same bytes by engine {RecognitionReport.ThisEngine} (recorded by {recorded.Engine}), the same", file)
            : new(FindingCode.VerdictOfOtherEngine, $"{About(recorded)}: recorded by engine {recorded.Engine}; engine {RecognitionReport.ThisEngine} answers {Short(today)} ({Reasons(today)})", file);
    }

    private static RecognitionReport? Now(BundleContents contents, RecognitionReport recorded, Found found, RepeatJudgement repeat, DateTimeOffset at)
    {
        var proofs = contents.Taken(found.Part) is { } taken ? (ProofOfExistence[])[new(recorded.Document.Sha256.ToArray(), taken.Time, $"receipt {taken.Receipt}")] : [];
        return repeat.Of(recorded, found.Document, at, proofs, found.Content).Report;
    }

    /// <summary>A judged file: the part of a cover that it is, and the signed content when that is not inside.</summary>
    private sealed record Found(Digest Part, ReadOnlyMemory<byte> Document, ReadOnlyMemory<byte>? Content);

    private static Found? Find(BundleContents contents, RecognitionReport recorded)
    {
        foreach (var entry in contents.CoversWith(recorded.Document.Sha256).Take(MaxCovers))
        {
            if (contents.Read(entry) is not { } bytes || !SignedDocument.Open(bytes).TryGet(out var seal, out _) || !Cover.Read(seal.Content).TryGet(out var cover, out _)
                || cover.Parts.FirstOrDefault(p => p.Sha256 == recorded.Document.Sha256) is not { } part)
                continue;
            if (recorded.Document.ContentSha256 is not { } detached)
                return new Found(part.Sha256, part.Content, null);
            // Detached: over another attachment, or over the signed document inside one of the parts.
            if (cover.Parts.FirstOrDefault(p => p.Sha256 == detached) is { } beside)
                return new Found(part.Sha256, part.Content, beside.Content);
            foreach (var signed in cover.Parts.Where(p => p.Role is PartRole.request or PartRole.act or PartRole.manifest))
            {
                if (SignedDocument.Open(signed.Content).TryGet(out var opened, out _) && Digest.Of(opened.Content.Span) == detached)
                    return new Found(part.Sha256, part.Content, opened.Content);
            }
        }
        return null;
    }

    private static string About(RecognitionReport report)
        => $"'{(report.Document.Name.Length > 0 ? report.Document.Name : report.Mark ?? "file")}' {report.Document.Sha256.ToString()[..16]}, recorded {report.ValidationTime:yyyy-MM-dd HH:mm} UTC as {Short(report)}";

    private static string Short(RecognitionReport report) => string.Join(", ", report.Signatures.Select(s => s.Recognition.Decision).Distinct().Prepend(report.Document.Indication));

    private static string Reasons(RecognitionReport report)
        => string.Join(", ", report.Signatures.SelectMany(s => s.SubIndications).Concat(report.Signatures.SelectMany(s => s.Messages).Where(m => m.Severity == "ERROR").Select(m => m.Key))
            .Concat(report.Messages.Where(m => m.Severity == "ERROR").Select(m => m.Key)).Concat(report.Signatures.Select(s => s.Recognition.Reason)).Distinct().Take(8).DefaultIfEmpty("no reason given"));

    private static string Why(Repetition again) => again.Obstacle
        ?? $"{string.Join(", ", again.Missing.Take(5))}{(again.Missing.Count > 5 ? $" and {again.Missing.Count - 5} more" : "")} on which it rests {(again.Missing.Count == 1 ? "is" : "are")} not here";
}

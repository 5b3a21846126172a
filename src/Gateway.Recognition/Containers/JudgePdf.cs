using System.Security.Cryptography;
using Gateway.Recognition.Asn1;
using Gateway.Recognition.Pdf;
using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Containers;

/// <summary>
/// Signatures and time-stamps in a PDF (ISO 32000-2 §12.8, EN 319 142-1). Each covers the file up to its own end, but for its own value; what came later is named, and only what leaves
/// the signed version as it looked is taken.
/// </summary>
internal sealed class JudgePdf
{
    private const int MaxSignatures = 64;

    private readonly RecognitionInput _input;
    private readonly PdfBudget _budget = new();
    private readonly PdfFile _file;
    private readonly List<SignatureVerdict> _signatures = [];
    private readonly List<TimeStampVerdict> _timeStamps = [];
    private readonly Dictionary<int, PdfFile> _versions = [];
    private IReadOnlySet<int> _ofFields = new HashSet<int>();

    private JudgePdf(RecognitionInput input)
    {
        _input = input;
        _file = PdfFile.Open(input.Document, _budget, exactEnd: false);
    }

    public static Verdict Of(RecognitionInput input)
    {
        var mentions = input.Document.Span.IndexOf("/ByteRange"u8) >= 0;
        try
        {
            if (input.Document.Length <= input.Policy.Limits.MaxDocumentBytes)
                return new JudgePdf(input).Run();
            return Refused(input, FindingKey.StructureTooLarge, $"{input.Document.Length} bytes, more than {input.Policy.Limits.MaxDocumentBytes}");
        }
        catch (InvalidDataException e) when (mentions)
        {
            return Refused(input, FindingKey.PdfMalformed, e.Message);
        }
        catch (InvalidDataException e)
        {
            return new Verdict(Indication.NoSignatureFound, [], [], [Combine.Warning(FindingKey.PdfMalformed, e.Message)], input.At, input.Policy.Id) { Container = "PDF" };
        }
    }

    private static Verdict Refused(RecognitionInput input, FindingKey key, string detail)
        => new(Indication.Failed, [], [], [Combine.Error(key, SubIndication.FormatFailure, detail)], input.At, input.Policy.Id) { Container = "PDF" };

    private Verdict Run()
    {
        var findings = new List<Finding>();
        var found = FindSignatures.In(_file);
        if (found.Count > MaxSignatures)
            throw new InvalidDataException($"more than {MaxSignatures} signatures");
        _ofFields = found.Where(s => s.Field is not null).Select(s => s.Number).ToHashSet();
        if (found.Count > 0 && _file.Trailer["Encrypt"] is not null)
            findings.Add(Combine.Error(FindingKey.FormatNotSupported, SubIndication.SigConstraintsFailure, "the PDF is encrypted"));
        var ranges = found.Select(s => (Signature: s, Range: SignedRange.Read(s.Dictionary, _input.Document.Length, out var problem), Problem: problem)).ToList();
        var material = WithDss();
        // Time-stamps first: what they cover is proved to have existed then.
        var proofs = new List<ProofOfExistence>(_input.Proofs);
        foreach (var (signature, range, problem) in ranges.Where(r => r.Signature.IsTimeStamp))
            Stamp(signature, range, problem, material, ranges, proofs);
        foreach (var (signature, range, problem) in ranges.Where(r => !r.Signature.IsTimeStamp))
            Sign(signature, range, Overlap(signature, range, ranges) ?? problem, material, proofs);
        return new Verdict(Combine.Whole(_signatures, _timeStamps, findings), _signatures, _timeStamps, findings, _input.At, _input.Policy.Id) { Container = "PDF" };
    }

    // Each later signature covers the earlier ones whole: their values never lie across each other's ends.
    private static string? Overlap(PdfSignature signature, SignedRange? range, List<(PdfSignature Signature, SignedRange? Range, string Problem)> all)
    {
        if (range is not { } own)
            return null;
        var other = all.FirstOrDefault(o => !ReferenceEquals(o.Signature, signature) && o.Range is { } r && !(r.GapStart >= own.End || own.GapStart >= r.End)).Signature;
        return other is null ? null : $"the ranges of {signature.Label} and {other.Label} lie across each other";
    }

    private void Sign(PdfSignature signature, SignedRange? range, string problem, Material material, List<ProofOfExistence> proofs)
    {
        var findings = Form(signature, range, problem);
        var value = Value(signature, findings);
        if (findings.Any(f => f.Severity == Severity.Error) || range is not { } covered || value is not { } cms)
        {
            _signatures.Add(Empty(signature).With(findings));
            return;
        }

        findings.AddRange(Later(signature, covered));
        findings.AddRange(Combine.NotDetached(cms, _input.Policy.Limits, null)); // ISO 32000-2 §12.8.3.3
        var content = covered.Content(_input.Document.Span);
        var inner = Recogniser.Recognise(_input with
        {
            Document = cms,
            Content = new SignedContent(content, signature.Label),
            Material = material,
            Policy = _input.Policy with { AllowNoSignedAttributes = false }, // EN 319 142-1 §4.1: CAdES, so attributes
            Proofs = [.. proofs, .. Combine.ProofsFor(_input, cms).Skip(_input.Proofs.Count)],
        });
        if (inner.Signatures.Count == 0 && inner.Indication == Indication.Indeterminate)
        {
            // It was not looked at: nothing is known, neither good nor bad.
            _signatures.Add(Empty(signature).With([.. findings, .. inner.Findings]));
            return;
        }

        if (inner.Signatures.Count != 1)
            findings.Add(Combine.Error(FindingKey.StructureMalformed, SubIndication.FormatFailure, $"the signature value holds {inner.Signatures.Count} signatures; a PDF signature has one"));
        findings.AddRange(inner.Findings.Where(f => f.Severity == Severity.Error));
        var scope = new Scope(signature.Label, covered.End == _input.Document.Length ? "FULL" : "PARTIAL", "SHA-256", Convert.ToHexStringLower(SHA256.HashData(content)));
        if (inner.Signatures.Count == 0)
            _signatures.Add(Empty(signature).With(findings) with { Scopes = [scope] });
        foreach (var verdict in inner.Signatures)
            _signatures.Add(verdict.With(findings) with { Scopes = [scope], Level = verdict.Level.Replace("CADES_", "PADES_", StringComparison.Ordinal) });
    }

    private void Stamp(PdfSignature signature, SignedRange? range, string problem, Material material, List<(PdfSignature Signature, SignedRange? Range, string Problem)> all, List<ProofOfExistence> proofs)
    {
        var findings = Form(signature, range, Overlap(signature, range, all) ?? problem);
        var value = Value(signature, findings);
        if (findings.Any(f => f.Severity == Severity.Error) || range is not { } covered || value is not { } token)
        {
            _timeStamps.Add(new TimeStampVerdict("DOCUMENT", null, Indication.Indeterminate, [], null, "", []).With(findings));
            return;
        }

        findings.AddRange(Later(signature, covered));
        var verdict = Recogniser.RecogniseTimeStamp(_input with { Document = token, Content = new SignedContent(covered.Content(_input.Document.Span), signature.Label), Material = material }).With(findings);
        _timeStamps.Add(verdict);
        if (verdict.Indication != Indication.Passed || verdict.Time is not { } time)
            return;
        foreach (var (earlier, inside, _) in all)
        {
            if (!ReferenceEquals(earlier, signature) && inside is { } r && r.End <= covered.End && Value(earlier, []) is { } cms)
                proofs.Add(new ProofOfExistence(SHA256.HashData(cms.Span), time, $"document time-stamp, {signature.Label}"));
        }
    }

    private static List<Finding> Form(PdfSignature signature, SignedRange? range, string problem)
    {
        var findings = new List<Finding>();
        if (signature.Field is null)
            findings.Add(Combine.Error(FindingKey.PdfMalformed, SubIndication.FormatFailure, $"no field of the form leads to the signature in object {signature.Number}"));
        if (range is null || problem.Length > 0)
            findings.Add(Combine.Error(FindingKey.PdfRangeWrong, SubIndication.FormatFailure, $"{signature.Label}: {problem}"));
        if (signature.Dictionary.Name("SubFilter") is var filter && filter is not ("ETSI.CAdES.detached" or "adbe.pkcs7.detached" or "ETSI.RFC3161"))
            findings.Add(Combine.Error(FindingKey.FormatNotSupported, SubIndication.SigConstraintsFailure, $"{signature.Label}: signatures of kind '{filter}' are not evaluated"));
        return findings;
    }

    /// <summary>The CMS in Contents; behind it only the zeros that fill the place.</summary>
    private ReadOnlyMemory<byte>? Value(PdfSignature signature, List<Finding> findings)
    {
        if (signature.Dictionary["Contents"] is not PdfString contents)
            return null;
        var limits = _input.Policy.Limits;
        if (Asn1Guard.Check(contents.Bytes, limits.MaxDepth, limits.MaxElements, out var length) is { } fault)
            findings.Add(Combine.Error(FindingKey.StructureMalformed, SubIndication.FormatFailure, $"{signature.Label}: the signature value is no CMS: {fault.Detail}"));
        else if (contents.Bytes.AsSpan(length).ContainsAnyExcept((byte)0))
            findings.Add(Combine.Error(FindingKey.TrailingBytes, SubIndication.FormatFailure, $"{signature.Label}: something other than zeros stands behind the CMS"));
        else
            return contents.Bytes.AsMemory(0, length);
        return null;
    }

    private IEnumerable<Finding> Later(PdfSignature signature, SignedRange range)
    {
        var whole = _input.Document.Length;
        if (range.End == whole)
            yield break;
        PdfChanges? changes = null;
        var problem = "";
        try
        {
            if (!_versions.TryGetValue(range.End, out var version))
                _versions[range.End] = version = PdfFile.Open(_input.Document[..range.End], _budget, exactEnd: true);
            changes = PdfChanges.Between(version, _file, signature.Permissions(version) == 1, _ofFields);
            var tail = _input.Document.Span[(_input.Document.Span.LastIndexOf("%%EOF"u8) + 5)..];
            if (tail.ContainsAnyExcept("\r\n \t\0"u8))
                problem = "bytes follow the last version of the file";
        }
        catch (InvalidDataException e)
        {
            problem = e.Message;
        }

        if (changes is null || problem.Length > 0)
            yield return Combine.Error(FindingKey.PdfNotCovered, SubIndication.FormatFailure, $"{signature.Label} covers {range.End} of {whole} bytes, and what it covers is no whole version of the file: {problem}");
        else if (changes.Refused.Count > 0)
            yield return Combine.Error(FindingKey.PdfChangedLater, SubIndication.FormatFailure, $"after {signature.Label} was made, these were changed: {string.Join("; ", changes.Refused)}");
        else
            yield return Combine.Warning(FindingKey.PdfChangedLater, $"after {signature.Label} was made, the file grew by {whole - range.End} bytes: {(changes.Taken.Count == 0 ? "nothing that can be seen" : string.Join("; ", changes.Taken))}");
    }

    // EN 319 142-1 §5.4.2: certificates, CRLs and OCSP answers that travel with the file.
    private Material WithDss()
    {
        if (_file.Resolve(_file.Catalog["DSS"]) is not PdfDictionary dss)
            return _input.Material;
        var (certificates, lists, answers) = (Streams(dss["Certs"], 128), Streams(dss["CRLs"], 64), Streams(dss["OCSPs"], 64));
        return new Material([.. _input.Material.Certificates, .. certificates], [.. _input.Material.RevocationLists, .. lists], [.. _input.Material.OcspAnswers, .. answers]);
    }

    private List<ReadOnlyMemory<byte>> Streams(PdfValue? list, int most)
    {
        var streams = new List<ReadOnlyMemory<byte>>();
        foreach (var item in (_file.Resolve(list) as PdfArray)?.Items.Take(most) ?? [])
        {
            try
            {
                if (_file.Resolve(item) is PdfStream stream)
                    streams.Add(_budget.Inflate(stream.Raw, stream.Dictionary));
            }
            catch (InvalidDataException)
            {
                continue; // material that cannot be read is material that is not there
            }
        }

        return streams;
    }

    private static SignatureVerdict Empty(PdfSignature signature) => new()
    {
        Id = Convert.ToHexStringLower(SHA256.HashData((signature.Dictionary["Contents"] as PdfString)?.Bytes ?? [])),
        Indication = Indication.Indeterminate,
        SubIndications = [],
        Findings = [],
        Level = "PDF",
    };
}

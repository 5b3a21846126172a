using System.Security.Cryptography;
using System.Xml;
using Gateway.Protocol.Bundles;
using Gateway.Recognition.Validation;
using Finding = Gateway.Recognition.Validation.Finding;
using Severity = Gateway.Recognition.Validation.Severity;

namespace Gateway.Recognition.Containers;

/// <summary>
/// ASiC-S and ASiC-E with CAdES, and containers with time-stamps only (EN 319 162-1). Signatures in XML (XAdES) and evidence records are named as not supported, never passed over.
/// </summary>
internal sealed class JudgeAsic
{
    private const string DigitalSignature = "http://www.w3.org/2000/09/xmldsig#";

    private readonly RecognitionInput _input;
    private readonly AsicContainer _container;
    private readonly CheckReferences _references;
    private readonly List<Finding> _findings;
    private readonly List<SignatureVerdict> _signatures = [];
    private readonly List<TimeStampVerdict> _timeStamps = [];
    private readonly HashSet<string> _covered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(BundleEntry Entry, byte[] Bytes, AsicManifest Manifest)>> _manifests = new(StringComparer.Ordinal);

    private JudgeAsic(RecognitionInput input, AsicContainer container, List<Finding> findings)
        => (_input, _container, _references, _findings) = (input, container, new CheckReferences(container), findings);

    public static Verdict Of(RecognitionInput input)
    {
        var findings = new List<Finding>();
        var container = AsicContainer.Open(input.Document, findings);
        if (container is null)
            return new Verdict(Indication.Failed, [], [], findings, input.At, input.Policy.Id) { Container = "ZIP" };
        return new JudgeAsic(input, container, findings).Run();
    }

    private Verdict Run()
    {
        foreach (var entry in _container.Of(AsicRole.Manifest).Concat(_container.Of(AsicRole.ArchiveManifest)))
            ReadManifest(entry);
        var simple = _container.Type == AsicContainer.TypeS || (_container.Type != AsicContainer.TypeE && !_container.Of(AsicRole.Manifest).Any());
        if (simple)
            Simple();
        else
            Extended();
        foreach (var entry in _container.Of(AsicRole.XadesSignatures))
            NotSupported(entry);
        foreach (var entry in _container.Of(AsicRole.EvidenceRecord))
            _findings.Add(Combine.Warning(FindingKey.FormatNotSupported, $"'{entry.Name}' is an evidence record; it is not evaluated"));

        var notCovered = _container.Of(AsicRole.DataObject).Select(e => e.Name).Where(n => !_covered.Contains(n)).ToList();
        if (_signatures.Count + _timeStamps.Count > 0)
        {
            foreach (var name in notCovered.Take(100))
                _findings.Add(Combine.Warning(FindingKey.DataObjectNotCovered, $"'{name}' is in the container and covered by nothing that may pass"));
        }

        return new Verdict(Combine.Whole(_signatures, _timeStamps, _findings), _signatures, _timeStamps, _findings, _input.At, _input.Policy.Id)
        {
            Container = simple ? "ASIC_S" : "ASIC_E",
            NotCovered = notCovered,
        };
    }

    private void ReadManifest(BundleEntry entry)
    {
        var problem = $"more than {AsicManifest.MaxBytes} bytes";
        var bytes = entry.Size <= AsicManifest.MaxBytes ? _container.Read(entry) : null;
        var manifest = bytes is null ? null : AsicManifest.Read(bytes, out problem);
        if (manifest is null)
        {
            _findings.Add(Combine.Error(FindingKey.ManifestMalformed, SubIndication.FormatFailure, $"'{entry.Name}': {problem}"));
            return;
        }

        if (manifest.Signature is null || _container.Find(manifest.Signature) is null)
        {
            _findings.Add(Combine.Error(FindingKey.DataObjectMissing, SubIndication.SignedDataNotFound, $"'{entry.Name}' names a signature that is not in the container"));
            return;
        }

        if (!_manifests.TryGetValue(manifest.Signature, out var of))
            _manifests[manifest.Signature] = of = [];
        of.Add((entry, bytes!, manifest));
    }

    // EN 319 162-1 §4.3: one file, signed or stamped as it is.
    private void Simple()
    {
        var data = _container.Of(AsicRole.DataObject).ToList();
        var only = data.Count == 1 ? data[0] : null;
        if (only is null && (_container.Of(AsicRole.CadesSignature).Any() || _container.Of(AsicRole.TimeStamp).Any()))
            _findings.Add(Combine.Error(FindingKey.ContainerMalformed, SubIndication.FormatFailure, $"an ASiC-S container holds one file; here are {data.Count}"));
        if (_container.Of(AsicRole.CadesSignature).Count() > 1)
            _findings.Add(Combine.Error(FindingKey.ContainerMalformed, SubIndication.FormatFailure, "an ASiC-S container with several signature files"));
        foreach (var entry in _container.Of(AsicRole.CadesSignature))
            Sign(entry, only is null ? null : _container.Content(only), only is null ? [] : [only.Name], _ => []);
        foreach (var entry in _container.Of(AsicRole.TimeStamp))
        {
            if (_manifests.ContainsKey(entry.Name))
                StampManifest(entry);
            else
                Stamp(entry, only is null ? null : _container.Content(only), only is null ? [] : [only.Name], []);
        }
    }

    // EN 319 162-1 §4.4: signatures over manifests, which bind files by digest.
    private void Extended()
    {
        foreach (var entry in _container.Of(AsicRole.CadesSignature))
        {
            if (!_manifests.TryGetValue(entry.Name, out var manifests))
            {
                Sign(entry, null, [], _ => [Combine.Error(FindingKey.DataObjectMissing, SubIndication.SignedDataNotFound, $"no manifest names '{entry.Name}': it is not known what it signs")]);
                continue;
            }

            var (manifestEntry, bytes, manifest) = manifests[0];
            Sign(entry, new SignedContent(bytes, manifestEntry.Name), Names(manifest), at => [.. Ambiguous(manifests), .. _references.Run(manifest, _input.Policy, at)]);
        }

        foreach (var entry in _container.Of(AsicRole.TimeStamp))
            StampManifest(entry);
    }

    private void StampManifest(BundleEntry entry)
    {
        if (!_manifests.TryGetValue(entry.Name, out var manifests))
        {
            Stamp(entry, null, [], [Combine.Error(FindingKey.DataObjectMissing, SubIndication.SignedDataNotFound, $"no manifest names '{entry.Name}': it is not known what it stamps")]);
            return;
        }

        var (manifestEntry, bytes, manifest) = manifests[0];
        Stamp(entry, new SignedContent(bytes, manifestEntry.Name), Names(manifest), [.. Ambiguous(manifests), .. _references.Run(manifest, _input.Policy, _input.At)]);
    }

    private static IEnumerable<Finding> Ambiguous(List<(BundleEntry Entry, byte[] Bytes, AsicManifest Manifest)> manifests)
    {
        if (manifests.Count > 1)
            yield return Combine.Error(FindingKey.ManifestMalformed, SubIndication.FormatFailure, $"{manifests.Count} manifests name the same signature");
    }

    private static List<string> Names(AsicManifest manifest) => [.. manifest.References.Where(r => r.Name is not null).Select(r => r.Name!)];

    private void Sign(BundleEntry entry, SignedContent? content, IReadOnlyList<string> names, Func<DateTimeOffset, List<Finding>> check)
    {
        if (_container.Read(entry) is not { } cms)
        {
            _findings.Add(Combine.Error(FindingKey.ContainerLimit, SubIndication.FormatFailure, $"'{entry.Name}' is larger than a signature may be"));
            return;
        }

        var inner = Recogniser.Recognise(_input with { Document = cms, Content = content, Proofs = Combine.ProofsFor(_input, cms) });
        if (inner.Signatures.Count == 0 && inner.Indication == Indication.Indeterminate)
        {
            // It was not looked at: nothing is known, neither good nor bad.
            _findings.AddRange(inner.Findings);
            return;
        }

        if (inner.Signatures.Count == 0)
        {
            // A signature file without a signature: whatever it is, it does not cover the data.
            _findings.AddRange(inner.Findings);
            _findings.Add(Combine.Error(FindingKey.ContainerMalformed, SubIndication.FormatFailure, $"'{entry.Name}' holds no signature"));
            return;
        }

        _findings.AddRange(inner.Findings.Where(f => f.Severity == Severity.Error));
        var notDetached = Combine.NotDetached(cms, _input.Policy.Limits, content);
        foreach (var signature in inner.Signatures)
        {
            var judged = signature.With(notDetached).With(check(signature.BestSignatureTime ?? _input.At)) with { Scopes = [.. names.Select(n => new Scope(n, "FULL"))] };
            _signatures.Add(judged);
            if (judged.Indication != Indication.Failed)
                _covered.UnionWith(names);
        }
    }

    private void Stamp(BundleEntry entry, SignedContent? content, IReadOnlyList<string> names, List<Finding> findings)
    {
        if (_container.Read(entry) is not { } token || content is null)
        {
            if (content is null)
                findings.Add(Combine.Error(FindingKey.DataObjectMissing, SubIndication.SignedDataNotFound, $"what '{entry.Name}' stamps is not known"));
            _timeStamps.Add(new TimeStampVerdict("DOCUMENT", null, Indication.Indeterminate, [], null, "", []).With(findings));
            return;
        }

        var verdict = Recogniser.RecogniseTimeStamp(_input with { Document = token, Content = content, Proofs = Combine.ProofsFor(_input, token) }).With(findings);
        _timeStamps.Add(verdict);
        if (verdict.Indication != Indication.Failed)
            _covered.UnionWith(names);
        // Beside signatures a stamp is an addition: what is wrong with it is told, and the signatures stand on their own.
        if (verdict.Indication == Indication.Failed && _container.Of(AsicRole.CadesSignature).Any())
            _findings.Add(Combine.Warning(FindingKey.TimeStampNotTrusted, $"the time-stamp '{entry.Name}' is not good"));
    }

    private void NotSupported(BundleEntry entry)
    {
        if (_container.Read(entry) is not { } xml || CountSignatures(xml) is not { } count)
        {
            _findings.Add(Combine.Error(FindingKey.ContainerMalformed, SubIndication.FormatFailure, $"'{entry.Name}' is no well-formed XML without DTD"));
            return;
        }

        for (var i = 0; i < Math.Min(count, 64); i++)
        {
            _signatures.Add(new SignatureVerdict
            {
                Id = Convert.ToHexStringLower(SHA256.HashData([.. xml, (byte)i])),
                Indication = Indication.Indeterminate,
                SubIndications = [SubIndication.SigConstraintsFailure],
                Findings = [Combine.Error(FindingKey.FormatNotSupported, SubIndication.SigConstraintsFailure, $"'{entry.Name}' is a signature in XML (XAdES), which this version does not evaluate")],
                Level = "XADES",
            });
        }
    }

    private static int? CountSignatures(ReadOnlyMemory<byte> xml)
    {
        try
        {
            using var reader = AsicManifest.OpenXml(xml);
            var count = 0;
            while (reader.Read())
            {
                if (reader.Depth > 256)
                    return null;
                if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "Signature" && reader.NamespaceURI == DigitalSignature)
                    count++;
            }

            return count;
        }
        catch (XmlException)
        {
            return null;
        }
    }
}

using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;

namespace Gateway.Recognition.TrustLists;

/// <summary>
/// Reads a trusted list of ETSI TS 119 612 (versions 5 and 6), after its signature. What deviates from the schema without touching trust is passed over
/// and said in <see cref="TrustList.Remarks"/>; an entry that cannot be understood grants nothing.
/// </summary>
public static class EtsiList
{
    private const string Tsl = "http://uri.etsi.org/02231/v2#";
    private const string Additional = "http://uri.etsi.org/02231/v2/additionaltypes#";
    private const string Qualification = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#";
    private const int MaxServices = 20_000;
    private const int MaxRemarks = 100;

    /// <summary>Whether the bytes look like XML rather than DER or PEM.</summary>
    public static bool IsXml(ReadOnlySpan<byte> bytes)
    {
        var text = bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        return text.TrimStart(" \t\r\n"u8).StartsWith("<"u8);
    }

    /// <summary>
    /// Verifies the list's signature and reads it. Refuses with <see cref="RefusalCode.TrustListNotReadable"/>, <see cref="RefusalCode.TrustListSignature"/> or, when
    /// <paramref name="signers"/> are given and none of them signed it, <see cref="RefusalCode.TrustListSigner"/>.
    /// </summary>
    /// <param name="bytes">The list as published.</param>
    /// <param name="signers">SHA-256 of the certificates that may sign it; null when the caller vouches for the file itself.</param>
    public static Outcome<TrustList> Open(ReadOnlyMemory<byte> bytes, IReadOnlyCollection<Digest>? signers)
    {
        if (!XmlSource.Read(bytes).TryGet(out var source, out var refusal))
            return refusal;
        if (!source.Root.Is(Tsl, "TrustServiceStatusList"))
            return Unreadable("the root is not a TrustServiceStatusList");
        if (!XmlSignature.Verify(source).TryGet(out var signer, out refusal))
            return refusal;
        if (signers is not null && !signers.Contains(signer.Sha256))
            return new Refusal(RefusalCode.TrustListSigner, $"the list is signed by a certificate that is not expected ({signer.Sha256})");
        return new Reading(source.Root, bytes, signer).Read();
    }

    private static Refusal Unreadable(string detail) => new(RefusalCode.TrustListNotReadable, detail);

    /// <summary>ISO 3166-1: the lists of the European Union write EL and UK.</summary>
    private static string State(string territory) => territory.Trim() switch { "EL" => "GR", "UK" => "GB", var other => other };

    private sealed class Reading(XmlPart root, ReadOnlyMemory<byte> bytes, XmlSigner signer)
    {
        private readonly List<string> _remarks = [];

        public Outcome<TrustList> Read()
        {
            if (root.Find(Tsl, "SchemeInformation") is not { } scheme)
                return Unreadable("the list has no SchemeInformation");
            var territory = State(scheme.Find(Tsl, "SchemeTerritory")?.Text ?? "");
            // Two letters, but for lists of tests and of what is no State; a list without territory vouches for no State.
            if (territory.Length > 16 || !territory.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
                return Unreadable("the list names no territory");
            if (territory.Length == 0)
                Remark("the list names no territory: it vouches for no State");
            if (!long.TryParse(scheme.Find(Tsl, "TSLSequenceNumber")?.Text.Trim(), System.Globalization.NumberStyles.None, null, out var sequence))
                return Unreadable("the list has no sequence number");
            if (EtsiTime.Read(scheme.Find(Tsl, "ListIssueDateTime")?.Text) is not { } issued)
                return Unreadable("the list does not say when it was issued");
            // An empty NextUpdate closes a scheme (§5.3.15): such a list counts as expired.
            var next = EtsiTime.Read(scheme.Find(Tsl, "NextUpdate")?.Find(Tsl, "dateTime")?.Text);
            var services = (root.Find(Tsl, "TrustServiceProviderList")?.All(Tsl, "TrustServiceProvider") ?? []).SelectMany(p => Provider(p, territory)).Take(MaxServices + 1).ToList();
            if (services.Count > MaxServices)
                return Unreadable($"more than {MaxServices} services");
            var pointers = (scheme.Find(Tsl, "PointersToOtherTSL")?.All(Tsl, "OtherTSLPointer") ?? []).Select(Pointer).OfType<ListPointer>().ToList();
            var name = Certificate.Read(signer.Signer).TryGet(out var certificate, out _) ? certificate.Subject : "";
            return new TrustList(TrustListKind.ETSI, territory, sequence, issued, next, Digest.Of(bytes.Span), signer.Sha256, name, services, pointers, _remarks);
        }

        private IEnumerable<TrustedService> Provider(XmlPart provider, string territory)
        {
            var name = Name(provider.Find(Tsl, "TSPInformation")?.Find(Tsl, "TSPName"));
            foreach (var service in provider.Find(Tsl, "TSPServices")?.All(Tsl, "TSPService") ?? [])
            {
                if (service.Find(Tsl, "ServiceInformation") is not { } current || Period(current) is not { } now)
                {
                    Remark($"a service of {name} has no type, status or time and was passed over");
                    continue;
                }
                var past = (service.Find(Tsl, "ServiceHistory")?.All(Tsl, "ServiceHistoryInstance") ?? []).Select(Period).ToList();
                if (past.Contains(null))
                    Remark($"a past status of a service of {name} has no type, status or time: what was before is not known");
                // Before a gap nothing is known, so nothing older is believed.
                var known = past.TakeWhile(p => p is not null).OfType<ServicePeriod>().Prepend(now).OrderByDescending(p => p.From).ToList();
                var certificates = Identities(current).ToList();
                if (certificates.Count == 0)
                    Remark($"service '{Name(current.Find(Tsl, "ServiceName"))}' names no certificate");
                yield return new TrustedService(territory, name, Name(current.Find(Tsl, "ServiceName")), certificates, known);
            }
        }

        private static ServicePeriod? Period(XmlPart information)
        {
            if (information.Find(Tsl, "ServiceTypeIdentifier")?.Text.Trim() is not { Length: > 0 and <= 500 } type
                || information.Find(Tsl, "ServiceStatus")?.Text.Trim() is not { Length: > 0 and <= 500 } status
                || EtsiTime.Read(information.Find(Tsl, "StatusStartingTime")?.Text) is not { } from)
                return null;
            var (details, qualifiers) = (new List<string>(), new List<string>());
            string? notUnderstood = null;
            foreach (var extension in information.Find(Tsl, "ServiceInformationExtensions")?.All(Tsl, "Extension") ?? [])
            {
                foreach (var part in extension.Parts)
                {
                    if (part.Is(Tsl, "AdditionalServiceInformation"))
                        details.AddRange(part.All(Tsl, "URI").Select(u => u.Text.Trim()));
                    else if (part.Is(Qualification, "Qualifications"))
                        qualifiers.AddRange(part.Descendants().Where(p => p.Is(Qualification, "Qualifier")).Select(q => q.Attribute("uri") ?? ""));
                    else if (!part.Is(Tsl, "ExpiredCertsRevocationInfo") && !part.Is(Additional, "TakenOverBy") && extension.Attribute("Critical") is "true" or "1")
                        notUnderstood ??= part.Name;
                }
            }
            return new ServicePeriod(from, type, status, ServiceWords.Uses(type, details), [.. details.Concat(qualifiers).Where(u => u.Length is > 0 and <= 500).Distinct(StringComparer.Ordinal)], notUnderstood);
        }

        private static IEnumerable<ReadOnlyMemory<byte>> Identities(XmlPart information)
            => (information.Find(Tsl, "ServiceDigitalIdentity")?.All(Tsl, "DigitalId") ?? [])
                .Select(d => d.Find(Tsl, "X509Certificate")).OfType<XmlPart>().Select(XmlSignature.Bytes).OfType<byte[]>()
                .Where(b => b.Length <= Certificate.MaxBytes).Select(b => new ReadOnlyMemory<byte>(b));

        private static ListPointer? Pointer(XmlPart pointer)
        {
            var location = pointer.Find(Tsl, "TSLLocation")?.Text.Trim();
            var territory = pointer.Find(Tsl, "AdditionalInformation")?.Descendants().FirstOrDefault(p => p.Is(Tsl, "SchemeTerritory"))?.Text;
            if (location is not { Length: > 0 and <= 2000 } || territory is null)
                return null;
            var signers = (pointer.Find(Tsl, "ServiceDigitalIdentities")?.All(Tsl, "ServiceDigitalIdentity") ?? []).SelectMany(i => i.All(Tsl, "DigitalId"))
                .Select(d => d.Find(Tsl, "X509Certificate")).OfType<XmlPart>().Select(XmlSignature.Bytes).OfType<byte[]>().Select(b => new ReadOnlyMemory<byte>(b)).ToList();
            return new ListPointer(State(territory), location, signers);
        }

        private static string Name(XmlPart? names)
        {
            var all = names?.All(Tsl, "Name").ToList() ?? [];
            var name = (all.FirstOrDefault(n => n.Attributes.Any(a => a is { Prefix: "xml", Name: "lang", Value: "en" })) ?? all.FirstOrDefault())?.Text.Trim() ?? "";
            return name.Length <= 300 ? name : name[..300];
        }

        private void Remark(string remark)
        {
            if (_remarks.Count < MaxRemarks)
                _remarks.Add(remark);
        }
    }
}

using Gateway.Protocol.Custody;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>What a manifest must satisfy beyond the shape of each member: the same rules when it is composed and when it is read.</summary>
internal static class ManifestRules
{
    // A lab's clock may be a little ahead of the one that made the document (V045).
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    /// <summary>Every violation, in the order of the members.</summary>
    public static IReadOnlyList<Refusal> Check(Manifest m)
    {
        var found = new List<Refusal>();
        void Refuse(bool violated, RefusalCode code, string detail, string path)
        {
            if (violated)
                found.Add(new Refusal(code, detail, path));
        }

        foreach (var (name, value) in RequiredTexts(m))
            Refuse(string.IsNullOrWhiteSpace(value), RefusalCode.RequiredFieldEmpty, "the field is blank", name);
        Refuse(m.ParentItem == m.ItemId, RefusalCode.DocumentValue, "an item is not derived from itself", "parentItem");
        if (m.Source is { } source)
            Refuse(((Digest?[])[source.HashBefore, source.HashAfter, source.CopyHash]).OfType<Digest>().Distinct().Count() > 1, RefusalCode.ItemDigestMismatch, "the source before, the source after and the copy differ", "source.copyHash");
        Refuse(m.AcquiredTo < m.AcquiredFrom, RefusalCode.WindowOrder, "the acquisition ends before it begins", "acquiredTo");
        Refuse(m.AcquiredTo - m.Time > ClockTolerance, RefusalCode.ClockSkew, "the acquisition ends after the manifest was made", "acquiredTo");
        Refuse(m.WriteBlocker is null && NeedsWriteBlocker(m), RefusalCode.RequiredFieldEmpty, "a storage medium was copied; say whether a write blocker was used", "writeBlocker");
        Refuse(m.Tools.Count == 0, RefusalCode.RequiredFieldEmpty, "at least one tool is named", "tools");
        Refuse(!IsMediaType(m.MediaType), RefusalCode.DocumentValue, "expected a media type such as application/octet-stream", "mediaType");
        if (FileNames.Problem(m.FileName) is { } problem)
            found.Add(new Refusal(RefusalCode.DocumentValue, problem, "fileName"));
        if (DocumentMembers.CheckDigests(m.Digests, "digests") is { } digests)
            found.Add(digests);
        Refuse(m.Chunks != Chunk.CountFor(m.SizeBytes), RefusalCode.DocumentValue, $"{m.SizeBytes} bytes are {Chunk.CountFor(m.SizeBytes)} chunks, not {m.Chunks}", "chunks");
        CheckSource(m, found, Refuse);
        CheckCertificate(m, Refuse);
        Refuse(m.Sensitivity.Count == 0, RefusalCode.RequiredFieldEmpty, "name what restricts access, or NONE", "sensitivity");
        Refuse(m.Sensitivity.Count > 1 && m.Sensitivity.Contains(Sensitivity.NONE), RefusalCode.DocumentValue, "NONE stands alone", "sensitivity");
        found.AddRange(m.Handling?.Problems() ?? []);
        Refuse(m.LawfulBasis is { AuthorisationType: not null, Authorisation: null }, RefusalCode.RequiredFieldEmpty, "name the authorisation of this type", "lawfulBasis.authorisation");
        CheckCustody(m, Refuse);
        return found;
    }

    private static void CheckSource(Manifest m, List<Refusal> found, Action<bool, RefusalCode, string, string> refuse)
    {
        if (UnreadRange.Check(m.Unread, m.SizeBytes, "unread") is { } unread)
            found.Add(unread);
        if (m.Files is { } files)
        {
            refuse(m.MediaType != FileTree.MediaType, RefusalCode.DocumentValue, $"an item made of a folder has the media type {FileTree.MediaType}", "mediaType");
            refuse(m.Unread.Count > 0, RefusalCode.DocumentValue, "what could not be read of a folder stands in its list", "unread");
            refuse(files.NotTaken > files.Entries || files.ListFrom + files.ListBytes > m.SizeBytes, RefusalCode.DocumentValue, "the list of files lies outside the item, or counts more than it has", "files");
        }
        // What a list said and what was computed cannot both be right.
        foreach (var recorded in m.Recorded.Where(r => r is { Scope: DigestScope.FILE, Compared: true }))
            refuse(m.Digests.FirstOrDefault(d => d.Algorithm == recorded.Algorithm) is { } own && own.Value != recorded.Value,
                RefusalCode.RecordedDigestDiffers, $"{recorded.By} records another {recorded.Algorithm}", "recorded");
    }

    /// <summary>Of an image: the digests of source and copy, or why there are none, and that the copy is the item. Asked of whoever makes a manifest; those made before are read as they are.</summary>
    public static IEnumerable<Refusal> OfAnImage(Manifest m)
    {
        if (m.Derivation != Derivation.FORENSIC_IMAGE)
            yield break;
        if (m.Source is not { HashBefore: not null, HashAfter: not null, CopyHash: not null } && !m.Custody.Any(entry => entry.Event == CustodyKind.ACQUIRED))
            yield return new Refusal(RefusalCode.RequiredFieldEmpty, "of an image, give hashBefore, hashAfter and copyHash; or record the ACQUIRED event in 'custody', with its digests or, in its hashNotApplicable, why there are none", "source");
        // Of several media each has its own copy. An item that is one of several segments, or one partition, is not the whole that was copied: the event says so.
        if (m.Custody.Any(entry => entry.Event == CustodyKind.ACQUIRED && entry.IsChanged))
            yield break;
        var acquired = m.Custody.Select((entry, i) => (Copy: entry.CopyHash, Path: $"custody[{i}].copyHash")).Where(c => c.Copy is not null).Reverse().ToList();
        var stated = m.Source?.CopyHash;
        if (stated is not null && acquired.Count > 0 && acquired.TrueForAll(c => c.Copy != stated))
            yield return new Refusal(RefusalCode.ItemDigestMismatch, "the acquisition made another copy than 'source' states", acquired[0].Path);
        // The copy that was made is the item itself only where no container is around it, and nothing of it was read as zeros.
        if (m is not { Format: ItemFormat.RAW, Files: null, Unread.Count: 0 } || m.Digests.FirstOrDefault(d => d.Algorithm == DigestSet.Sha256)?.Value is not { } own)
            yield break;
        var copies = stated is null ? acquired : [.. acquired.Prepend((stated, "source.copyHash"))];
        if (copies is [var (copy, path), ..] && copies.TrueForAll(c => c.Copy?.ToString() != own))
            yield return new Refusal(RefusalCode.ItemDigestMismatch, $"the item has SHA-256 {own}; the copy that was made {copy}: if the item is a part of it, say so in 'change' of the ACQUIRED event", path);
    }

    /// <summary>Of an item that was derived from another: it is no original, and has its root. Asked of whoever makes a manifest; whether the other one fits, its gateway knows.</summary>
    public static IEnumerable<Refusal> OfAChild(Manifest m, bool rootStated)
    {
        if (m.ParentItem is null)
            yield break;
        if (m.Derivation == Derivation.ORIGINAL)
            yield return new Refusal(RefusalCode.DocumentValue, "an original is derived from no other item; say how this one was made, or leave parentItem out", "derivation");
        if (!rootStated)
            yield return new Refusal(RefusalCode.RequiredFieldEmpty, "of an item that was derived from another, write the root exhibit number of that one", "rootExhibitNumber");
    }

    private static void CheckCertificate(Manifest m, Action<bool, RefusalCode, string, string> refuse)
    {
        refuse(m.Certificate is null && m.CertificateExemption is null, RefusalCode.CertificateMissing, "the item has no custodian certificate and no exemption", "certificate");
        refuse(m.Certificate is not null && m.CertificateExemption is not null, RefusalCode.DocumentValue, "there is a certificate, so there is no exemption", "certificateExemption");
        if (m.Certificate is { } certificate)
            refuse(certificate.Statements.Count == 0, RefusalCode.RequiredFieldEmpty, "the certificate states nothing", "certificate.statements");
        if (m.CertificateExemption is { } exemption)
            refuse(exemption.Due is null == (exemption.Code == ExemptionCode.EMERGENCY_CERTIFICATE_TO_FOLLOW), RefusalCode.DocumentValue,
                "a date is due with EMERGENCY_CERTIFICATE_TO_FOLLOW and with no other code", "certificateExemption.due");
    }

    private static void CheckCustody(Manifest m, Action<bool, RefusalCode, string, string> refuse)
    {
        var attached = m.Custody.Count > 0 ? m.Custody[^1] : null;
        refuse(attached?.Event != CustodyKind.ATTACHED, RefusalCode.DocumentValue, "the last event is not ATTACHED", "custody");
        foreach (var incomplete in EarlierCustody.Check(m.Custody))
            refuse(true, incomplete.Code, incomplete.Detail, incomplete.Path!);
        for (var i = 0; i < m.Custody.Count; i++)
        {
            refuse(m.Custody[i].Event > CustodyKind.ATTACHED, RefusalCode.DocumentValue, $"{m.Custody[i].Event} happens after a manifest is made", $"custody[{i}].event");
            refuse(i > 0 && m.Custody[i].Time < m.Custody[i - 1].Time, RefusalCode.WindowOrder, "the events are not in order of time", $"custody[{i}].time");
            refuse(m.Custody[i].Time - m.Time > ClockTolerance, RefusalCode.ClockSkew, "the event is after the manifest was made", $"custody[{i}].time");
        }
        var stated = m.Digests.FirstOrDefault(d => d.Algorithm == DigestSet.Sha256)?.Value;
        refuse(attached?.Event == CustodyKind.ATTACHED && attached.HashAfter?.ToString() != stated,
            RefusalCode.ItemDigestMismatch, $"File \"{m.FileName}\": expected SHA-256 {stated}, attached was {attached?.HashAfter?.ToString() ?? "nothing that was hashed"}. The item is not taken: attach it again.", $"custody[{m.Custody.Count - 1}].hashAfter");
    }

    private static bool NeedsWriteBlocker(Manifest m)
        => m.SourceType is SourceType.COMPUTER_STORAGE or SourceType.FLASH_DRIVE
            && m.AcquisitionType is AcquisitionType.PHYSICAL_IMAGE or AcquisitionType.LOGICAL or AcquisitionType.FILE_SYSTEM;

    private static bool IsMediaType(string text)
        => text.Split('/') is [{ Length: > 0 }, { Length: > 0 }] && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$&-^_.+/".Contains(c, StringComparison.Ordinal));

    private static IEnumerable<(string Name, string Value)> RequiredTexts(Manifest m) =>
    [
        ("exhibitNumber", m.ExhibitNumber), ("rootExhibitNumber", m.RootExhibitNumber), ("description", m.Description),
        ("acquiredPlace", m.AcquiredPlace), ("methodDescription", m.MethodDescription),
        ("examiner.name", m.Examiner.Name), ("examiner.post", m.Examiner.Post), ("examiner.organisation", m.Examiner.Organisation),
        ("lawfulBasis.instrument", m.LawfulBasis.Instrument), ("lawfulBasis.provision", m.LawfulBasis.Provision),
    ];
}

using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// What whoever makes a manifest says of an item beyond what the document needs to be read: what is missing is refused (V035), what is recommended is told. Manifests made before are read as they
/// are. What concerns a physical source stands in the manifest of the item that was taken from it, and is not asked again of what was derived from that item.
/// </summary>
internal static class IntakeRules
{
    // What is written where there is nothing to name.
    private const string None = "none";

    /// <summary>What is missing, each member by its name.</summary>
    /// <param name="m">The manifest.</param>
    /// <param name="rootStated">Whether the form itself says the root exhibit number.</param>
    public static IEnumerable<Refusal> Missing(Manifest m, bool rootStated)
    {
        if (m.Derivation != Derivation.ORIGINAL && m.ParentItem is null && !rootStated)
            yield return Lacks("rootExhibitNumber", $"of what was it made ({m.Derivation})? Name that item as \"parentItem\" or, when it is not exchanged, its exhibit number here");
        if (IsPhysical(m))
        {
            if (m.Device?.MakeModel is null)
                yield return Lacks("device.makeModel", "the source is a physical one: its make and model, or what can be read on it");
            if (m.Device is null or { SerialNumber: null, DeviceIds.Count: 0 })
                yield return Lacks("device.serialNumber", "the source is a physical one: its serial number, or another number in \"deviceIds\"; 'none' where it bears none");
            if (m.Source?.SealNumber is null)
                yield return Lacks("source.sealNumber", "the source is a physical one: the number on its physical seal; 'none' where it came without");
            if (m.Source?.Packaging is null)
                yield return Lacks("source.packaging", "the source is a physical one: what it was packed in; 'none' where it came without");
        }
        if (m.Source?.Zone is null)
            yield return Lacks("source.zone", "the time zone in which it was acquired, beside the offset of the times: Europe/Paris");
        if (m.SopReference is null)
            yield return Lacks("sopReference", "the written procedure that was followed; 'none' where there is none");
        if (m.WriteBlocker is { Used: true, Model: null })
            yield return Lacks("writeBlocker.model", "which write blocker was used");
        if (m.WriteBlocker is { Used: true, Version: null })
            yield return Lacks("writeBlocker.version", "which version of it was used");
    }

    /// <summary>What is recommended and not said: one line for each part of the form.</summary>
    public static IEnumerable<Refusal> Recommended(Manifest m)
    {
        (bool Said, string Name)[] source =
        [
            (m.Source?.ClockOffsetSeconds is not null, "clockOffsetSeconds"), (m.Source?.ClockSource is not null, "clockSource"),
            .. IsPhysical(m)
                ? ((bool, string)[])
                [
                    (m.Source?.Colour is not null, "colour"), (m.Source?.ConditionOnReceipt is not null, "conditionOnReceipt"), (m.Source?.PowerState is not null, "powerState"),
                    (m.Source?.EncryptionState is not null, "encryptionState"), (m.Source?.SealPhotoSha256 is not null || m.Source?.SealNumber == None, "sealPhotoSha256"),
                ]
                : [],
        ];
        if (source.Where(s => !s.Said).Select(s => s.Name).ToList() is { Count: > 0 } unsaid && m.ParentItem is null)
            yield return new Refusal(RefusalCode.ManifestIncomplete, $"not said, though recommended: {string.Join(", ", unsaid)}", "source");
        if (m.Tools.Any(tool => tool.Validation is null))
            yield return new Refusal(RefusalCode.ManifestIncomplete, $"no licence or validation is named of {string.Join(", ", m.Tools.Where(tool => tool.Validation is null).Select(tool => tool.Name))}", "tools");
        if (m.Examiner.Accreditation is null)
            yield return new Refusal(RefusalCode.ManifestIncomplete, "no accreditation is named", "examiner");
    }

    private static bool IsPhysical(Manifest m)
        => m is { ParentItem: null, SourceType: SourceType.COMPUTER_STORAGE or SourceType.DVR or SourceType.MOBILE or SourceType.FLASH_DRIVE or SourceType.OPTICAL };

    private static Refusal Lacks(string path, string what) => new(RefusalCode.ManifestIncomplete, $"The form of the item is not complete. Missing: \"{path}\" – {what}.", path);
}

namespace Gateway.Recognition.TrustLists;

/// <summary>The words of ETSI TS 119 612 §5.5.1 and §5.5.4 and of our own list, as far as they are understood here.</summary>
public static class ServiceWords
{
    /// <summary>The service may be relied on.</summary>
    public const string Granted = "GRANTED";

    /// <summary>The service may no longer be relied on.</summary>
    public const string Withdrawn = "WITHDRAWN";

    private const string Status = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/";
    private const string StatusBefore2016 = "http://uri.etsi.org/TrstSvc/eSigDir-1999-93-EC-TrustedList/Svcstatus/";
    private const string Type = "http://uri.etsi.org/TrstSvc/Svctype/";
    private const string Information = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/";

    /// <summary>Whether marks count while a service has this status (ETSI TS 119 615 §4.4: granted, or the forms of that before July 2016).</summary>
    public static bool IsGranted(string status)
    {
        if (status == Granted)
            return true;
        var word = Tail(status, Status) ?? Tail(status, StatusBefore2016);
        return word is "granted" or "recognisedatnationallevel" or "setbynationallaw" or "undersupervision" or "supervisionincessation" or "accredited";
    }

    /// <summary>What a service type is for. A CA for qualified certificates says by additional information which of them; one that says nothing issued for signatures.</summary>
    public static IReadOnlyList<MarkUse> Uses(string type, IReadOnlyCollection<string> information) => Tail(type, Type) switch
    {
        "CA/QC" when information.Contains(Information + "ForeSeals") => information.Contains(Information + "ForeSignatures")
            ? [MarkUse.SIGNATURE, MarkUse.SEAL, MarkUse.STAMP]
            : [MarkUse.SEAL, MarkUse.STAMP],
        "CA/QC" when information.Contains(Information + "ForWebSiteAuthentication") && !information.Contains(Information + "ForeSignatures") => [],
        "CA/QC" => [MarkUse.SIGNATURE],
        "CA/PKC" or "NationalRootCA-QC" => [MarkUse.SIGNATURE, MarkUse.SEAL, MarkUse.STAMP],
        "TSA/QTST" or "TSA" or "TSA/TSS-QC" or "TSA/TSS-AdESQCandQES" => [MarkUse.TIMESTAMP],
        _ => [],
    };

    private static string? Tail(string uri, string prefix) => uri.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? uri[prefix.Length..] : null;
}

using System.Globalization;

namespace Gateway.Recognition.TrustLists;

/// <summary>xsd:dateTime as trusted lists write it; without a zone it is taken as UTC.</summary>
internal static class EtsiTime
{
    public static DateTimeOffset? Read(string? text)
        => text is { Length: >= 19 and <= 40 } && DateTimeOffset.TryParse(text.Trim(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}

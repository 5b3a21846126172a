namespace Gateway.Cli.Requests;

/// <summary>Purposes for which personal data may be read, as requests state them.</summary>
internal static class Purposes
{
    private static readonly string[] Codes =
    [
        "CRIMINAL_PROCEEDINGS", "ADMINISTRATIVE_PROCEEDINGS", "CIVIL_PROCEEDINGS", "RELATED_JUDICIAL_FUNCTION", "PREVENT_IMMEDIATE_SERIOUS_THREAT", "SECURITY_OF_DATA_SUBJECT",
    ];

    /// <summary>The code with which a purpose begins; empty when it begins with none.</summary>
    public static string CodeOf(string? purpose) => Codes.FirstOrDefault(code => purpose == code || purpose?.StartsWith(code + " ", StringComparison.Ordinal) == true || purpose?.StartsWith(code + ":", StringComparison.Ordinal) == true) ?? "";
}

using System.Collections.Concurrent;
using System.Text;

namespace Gateway.Recognition.Validation;

/// <summary>The names of indications, sub-indications and findings as reports write them.</summary>
public static class Wording
{
    private static readonly ConcurrentDictionary<Enum, string> Names = new();

    /// <summary><c>PASSED</c>, <c>FAILED</c>, <c>INDETERMINATE</c>, <c>NO_SIGNATURE_FOUND</c>.</summary>
    public static string Text(this Indication indication) => Snake(indication);

    /// <summary>The same with <c>TOTAL_</c> where EN 319 102-1 puts it: on signatures and documents.</summary>
    public static string TotalText(this Indication indication) =>
        indication is Indication.Passed or Indication.Failed ? "TOTAL_" + Snake(indication) : Snake(indication);

    /// <summary>The name of table 3 of EN 319 102-1: <c>HASH_FAILURE</c>.</summary>
    public static string Text(this SubIndication subIndication) => Snake(subIndication);

    /// <summary>The stable key of a finding: <c>SIGNATURE_VALUE_WRONG</c>.</summary>
    public static string Text(this FindingKey key) => Snake(key);

    /// <summary><c>ERROR</c>, <c>WARNING</c>, <c>INFORMATION</c>.</summary>
    public static string Text(this Severity severity) => Snake(severity);

    private static string Snake(Enum value) => Names.GetOrAdd(value, static v =>
    {
        var text = new StringBuilder();
        foreach (var c in v.ToString())
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToUpperInvariant(c));
        }

        return text.ToString();
    });
}

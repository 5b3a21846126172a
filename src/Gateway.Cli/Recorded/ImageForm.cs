using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Documents;

namespace Gateway.Cli.Recorded;

/// <summary>Fills the intake form with what the imaging tool wrote into an E01, so that nobody types it again.</summary>
internal static class ImageForm
{
    public static string Fill(string form, EwfImage image)
    {
        string? Of(string name) => image.Header.GetValueOrDefault(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
        var acquired = Time(Of("m"));
        string? description = (Of("a"), Of("c")) switch
        {
            ({ } text, { } number) => $"{text} (case number in the image: {number})",
            (var text, var number) => text ?? (number is null ? null : $"case number in the image: {number}"),
        };
        foreach (var (member, value) in ((string, string?)[])[
            ("exhibitNumber", Of("n")), ("derivation", "FORENSIC_IMAGE"), ("description", description), ("makeModel", Of("md")), ("serialNumber", Of("sn")),
            ("acquisitionType", "PHYSICAL_IMAGE"), ("acquiredFrom", acquired), ("methodDescription", Of("t") is { } notes ? $"notes in the image: {notes}" : null), ("format", "E01")])
            form = Put(form, member, value);
        if (Of("av") is { } version)
            form = Put(Put(form, "name", "writer of the E01 image", after: "\"tools\""), "version", $"{version}{(Of("ov") is { } system ? $" on {system}" : "")}", after: "\"tools\"");
        return Of("e") is { } examiner ? Put(form, "name", examiner, after: "\"examiner\"") : form;
    }

    // The wide header gives seconds since 1970, in UTC; the old one local time without a zone, which nobody elsewhere can use.
    private static string? Time(string? text)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1L << 33
            ? DocumentWriter.FormatLocalTime(DateTimeOffset.FromUnixTimeSeconds(seconds))
            : null;

    private static string Put(string form, string member, string? value, string? after = null)
    {
        var empty = $"\"{member}\": \"\"";
        var from = after is null ? 0 : form.IndexOf(after, StringComparison.Ordinal);
        var at = from < 0 ? -1 : form.IndexOf(empty, from, StringComparison.Ordinal);
        return value is null || at < 0 ? form : $"{form[..at]}\"{member}\": {JsonSerializer.Serialize(value)}{form[(at + empty.Length)..]}";
    }
}

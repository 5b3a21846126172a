using System.Globalization;
using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Requests;

namespace Gateway.Cli.Recorded;

/// <summary>Fills the intake form with what the imaging tool wrote into an E01, so that nobody types it again.</summary>
internal static class ImageForm
{
    /// <summary>Fills it; what stands in the image and in no form, such as a text that is too long, is told instead of cut.</summary>
    public static (string Form, IReadOnlyList<string> LeftOut) Fill(string form, EwfImage image)
    {
        string? Of(string name) => image.Header.GetValueOrDefault(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
        string? description = (Of("a"), Of("c")) switch
        {
            ({ } text, { } number) => $"{text} (case number in the image: {number})",
            (var text, var number) => text ?? (number is null ? null : $"case number in the image: {number}"),
        };
        var leftOut = new List<string>();
        foreach (var (path, value) in ((string, string?)[])[
            ("exhibitNumber", Of("n")), ("derivation", "FORENSIC_IMAGE"), ("description", description), ("device.makeModel", Of("md")), ("device.serialNumber", Of("sn")),
            ("acquisitionType", "PHYSICAL_IMAGE"), ("acquiredFrom", Time(Of("m"))), ("methodDescription", Of("t") is { } notes ? $"notes in the image: {notes}" : null), ("format", "E01"),
            ("tools.name", Of("av") is null ? null : "writer of the E01 image"), ("tools.version", Of("av") is { } version ? $"{version}{(Of("ov") is { } system ? $" on {system}" : "")}" : null),
            ("examiner.name", Of("e"))])
        {
            if (value is null)
                continue;
            if (Problem(path.Split('.'), value) is { } problem)
                leftOut.Add($"{path}: {problem}");
            else
                form = Put(form, path.Split('.'), value);
        }
        return (form, leftOut);
    }

    private static string? Problem(string[] path, string value)
    {
        var field = ManifestFields.Form.First(f => f.Name == path[0]);
        field = path.Length == 1 ? field : field.Fields.First(f => f.Name == path[1]);
        return FormCheck.Problems(JsonSerializer.SerializeToElement(new Dictionary<string, string> { [field.Name] = value }), [field]) is [var problem, ..] ? problem.Detail : null;
    }

    // The wide header gives seconds since 1970, in UTC; the old one local time without a zone, which nobody elsewhere can use.
    private static string? Time(string? text)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1L << 33
            ? DocumentWriter.FormatLocalTime(DateTimeOffset.FromUnixTimeSeconds(seconds))
            : null;

    // The first empty member of that name, or the first behind the object that it belongs to.
    private static string Put(string form, string[] path, string value)
    {
        var empty = $"\"{path[^1]}\": \"\"";
        var from = path.Length == 1 ? 0 : form.IndexOf($"\"{path[0]}\"", StringComparison.Ordinal);
        var at = from < 0 ? -1 : form.IndexOf(empty, from, StringComparison.Ordinal);
        return at < 0 ? form : $"{form[..at]}\"{path[^1]}\": {JsonSerializer.Serialize(value)}{form[(at + empty.Length)..]}";
    }
}

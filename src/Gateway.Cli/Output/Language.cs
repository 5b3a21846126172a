using System.CommandLine;
using System.Globalization;
using Gateway.Cli.Connection;
using Gateway.Protocol.Wording;

namespace Gateway.Cli.Output;

/// <summary>The option <c>--lang</c>: the language of labels and lines; what people wrote stays as it is.</summary>
internal static class Language
{
    public static Option<string?> Option(string what = "Language of labels")
    {
        var lang = new Option<string?>("--lang") { Description = $"{what}: {string.Join(", ", Labels.Languages)}", HelpName = "TAG" };
        lang.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } tag && Labels.Find(tag) is null)
                result.AddError($"'{tag}' is not at hand; there are {string.Join(", ", Labels.Languages)}");
        });
        return lang;
    }

    /// <summary>The language that was given, else the one of the context, else English. For commands that talk to a gateway.</summary>
    public static Labels Of(Invocation run, Option<string?> lang) => Labels.Of(run.Value(lang) ?? run.Context.Language);

    /// <summary>A code with its word: <c>acknowledged (ACKNOWLEDGED)</c>; the code alone where it is its own word or has none.</summary>
    public static string Coded(this Labels labels, string group, string code)
    {
        var word = code.Length == 0 ? code : labels.Word(group, code);
        return word == code ? code : $"{word} ({code})";
    }

    /// <summary>A time as it was sent, and what the reader's own clock showed then: <c>2026-02-13T01:52:10+01:00 = 2026-02-13 06:22:10 +05:30</c>. Whatever is no time stays as it is.</summary>
    public static string Both(string sent, TimeZoneInfo zone)
    {
        // Without its offset nobody knows which moment it was.
        if (!sent.Contains('T', StringComparison.Ordinal) || !DateTimeOffset.TryParse(sent, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return sent;
        var local = TimeZoneInfo.ConvertTime(time, zone);
        return local.Offset == time.Offset ? sent : $"{sent} = {local.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture)}";
    }
}

using System.CommandLine;
using Gateway.Protocol.Wording;

namespace Gateway.Cli.Output;

/// <summary>The option <c>--lang</c>: the language of labels and lines; what people wrote stays as it is.</summary>
internal static class Language
{
    public static Option<string?> Option()
    {
        var lang = new Option<string?>("--lang") { Description = $"Language of labels: {string.Join(", ", Labels.Languages)}", HelpName = "TAG" };
        lang.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } tag && Labels.Find(tag) is null)
                result.AddError($"'{tag}' is not at hand; there are {string.Join(", ", Labels.Languages)}");
        });
        return lang;
    }
}

using System.Collections.Frozen;
using System.Text.Json;

namespace Gateway.Recognition.Reports;

/// <summary>The sentences for people, in one language: what was found, and what to do. The keys are the same in every language and never change.</summary>
public sealed class ReportTexts
{
    /// <summary>Languages there are texts in (ISO 639-1); the first is the one used for any other.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["en", "fr", "ru"];

    private static readonly Dictionary<string, Lazy<ReportTexts>> All = Languages.ToDictionary(l => l, l => new Lazy<ReportTexts>(() => new ReportTexts(l)));

    private readonly FrozenDictionary<string, (string Text, string Next)> _texts;

    private ReportTexts(string language)
    {
        Language = language;
        using var stream = typeof(ReportTexts).Assembly.GetManifestResourceStream($"texts.{language}.json")!;
        using var json = JsonDocument.Parse(stream);
        _texts = json.RootElement.EnumerateObject().ToFrozenDictionary(p => p.Name, p => (p.Value[0].GetString()!, p.Value[1].GetString()!), StringComparer.Ordinal);
    }

    /// <summary>The language.</summary>
    public string Language { get; }

    /// <summary>Every key that has a sentence.</summary>
    public IEnumerable<string> Keys => _texts.Keys;

    /// <summary>The texts in a language (<c>fr</c>, <c>fr-CA</c>), or in the first one.</summary>
    public static ReportTexts In(string? language) => All.GetValueOrDefault(language?.Split('-')[0].ToLowerInvariant() ?? "", All[Languages[0]]).Value;

    /// <summary>What was found. A key that this version does not know is its own text.</summary>
    public string Text(string key) => _texts.TryGetValue(key, out var texts) ? texts.Text : key;

    /// <summary>What to do; empty when nothing.</summary>
    public string Next(string key) => _texts.TryGetValue(key, out var texts) ? texts.Next : "";
}

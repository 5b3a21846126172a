using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gateway.Protocol.Wording;

/// <summary>
/// Words for people in one language: codes, deadlines, the duty officer's lines, forms. One file per language (<c>en.json</c>); a further
/// language is a further file with the same keys. What travels stays in codes.
/// </summary>
public sealed class Labels
{
    private const string Fallback = "en";
    private const char Isolate = '\u2068';
    private const char EndIsolate = '\u2069';

    private static readonly FrozenSet<string> RightToLeftLanguages = FrozenSet.ToFrozenSet(["ar", "fa", "he", "ur"]);
    private static readonly FrozenDictionary<string, Labels> All = Load();

    private readonly FrozenDictionary<string, string> _texts;

    private Labels(string language, FrozenDictionary<string, string> texts)
    {
        (Language, _texts) = (language, texts);
        RightToLeft = RightToLeftLanguages.Contains(language);
    }

    /// <summary>The languages at hand, as tags.</summary>
    public static IReadOnlyList<string> Languages { get; } = [.. All.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The tag of this language.</summary>
    public string Language { get; }

    /// <summary>Written from right to left.</summary>
    public bool RightToLeft { get; }

    /// <summary>Every key.</summary>
    public IReadOnlyList<string> Keys => [.. _texts.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The text of a key; in English when this language lacks it; the key itself when nobody knows it.</summary>
    public string this[string key] => _texts.GetValueOrDefault(key) ?? All[Fallback]._texts.GetValueOrDefault(key) ?? key;

    /// <summary>The language of a tag (<c>fr-CH</c> is <c>fr</c>); English when it is not at hand.</summary>
    public static Labels Of(string? tag) => Find(tag) ?? All[Fallback];

    /// <summary>The language of a tag, or null.</summary>
    public static Labels? Find(string? tag)
    {
        var language = tag?.Split('-', '_')[0].ToLowerInvariant();
        return language is null ? null : All.GetValueOrDefault(language);
    }

    /// <summary>The label of a word that travels: <c>kind.PRESERVE_DATA</c>; the word itself when there is none.</summary>
    public string Word(string group, string code)
    {
        var key = $"{group}.{code}";
        var text = this[key];
        return text == key ? code : text;
    }

    /// <summary>The label of an enum's value; the group is the first part of the key.</summary>
    public string Word<TEnum>(string group, TEnum code) where TEnum : struct, Enum => Word(group, code.ToString());

    /// <summary>
    /// The text with its <c>{name}</c> filled in. Values stand inside isolates where the direction of writing could mix them up, and
    /// signs that would change it for what follows are taken out of them.
    /// </summary>
    public string Format(string key, params ReadOnlySpan<(string Name, string Value)> values)
    {
        var text = this[key];
        foreach (var (name, value) in values)
            text = text.Replace($"{{{name}}}", Set(value), StringComparison.Ordinal);
        return text;
    }

    /// <summary>How long it is until a time, in words; or since when it is past.</summary>
    public string Left(TimeSpan left)
    {
        var span = left.Duration();
        var words = span >= TimeSpan.FromDays(2)
            ? Format("time.days", ("d", Number((int)span.TotalDays)), ("h", Number(span.Hours)))
            : span >= TimeSpan.FromHours(1)
                ? Format("time.hours", ("h", Number((int)span.TotalHours)), ("m", Number(span.Minutes)))
                : Format("time.minutes", ("m", Number((int)span.TotalMinutes)));
        return left < TimeSpan.Zero ? Format("time.late", ("time", words)) : words;
    }

    /// <summary>A value of foreign origin that cannot turn the line around it.</summary>
    public string Set(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var clean = new StringBuilder(value.Length + 2);
        foreach (var c in value)
        {
            if (!IsDirectional(c))
                clean.Append(c);
        }
        return RightToLeft || value.Any(IsRightToLeft) ? $"{Isolate}{clean}{EndIsolate}" : clean.ToString();
    }

    private static bool IsDirectional(char c) => c is '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    private static bool IsRightToLeft(char c) => c is (>= '\u0590' and <= '\u08ff') or (>= '\ufb1d' and <= '\ufdff') or (>= '\ufe70' and <= '\ufeff');

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static FrozenDictionary<string, Labels> Load()
    {
        var assembly = typeof(Labels).Assembly;
        var all = new Dictionary<string, Labels>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith("labels.", StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var json = JsonDocument.Parse(stream);
            var language = name.Split('.')[1];
            all.Add(language, new Labels(language, json.RootElement.EnumerateObject().ToFrozenDictionary(text => text.Name, text => text.Value.GetString()!, StringComparer.Ordinal)));
        }
        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }
}

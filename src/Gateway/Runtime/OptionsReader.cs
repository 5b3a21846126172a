using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Gateway.Runtime;

/// <summary>Options that know more about themselves than their types say.</summary>
internal interface ICheckedOptions
{
    /// <summary>Adds every mistake in the values, each under <paramref name="path"/>.</summary>
    void Check(string path, Mistakes mistakes);
}

/// <summary>The text (or each text of the list) is a file or folder, relative to the folder of the configuration file.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FilePathAttribute : Attribute;

/// <summary>
/// Fills options classes from JSON: names spelt exactly, unknown ones refused, all mistakes collected. The framework's binder stops
/// at the first conversion that fails and cannot name a misspelt key inside a list, hence this one.
/// </summary>
internal sealed class OptionsReader(string folder, Mistakes mistakes)
{
    /// <summary>Reads one object. Its value is usable only when no mistake was found.</summary>
    public T Read<T>(JsonElement element, string path) where T : class, new() => (T)ReadObject(typeof(T), element, path);

    private object ReadObject(Type type, JsonElement element, string path)
    {
        var options = Activator.CreateInstance(type)!;
        if (element.ValueKind != JsonValueKind.Object)
        {
            mistakes.Add(path, $"expected an object, not {Kind(element)}", "Write { … }.");
            return options;
        }
        var properties = type.GetProperties().Where(p => p.CanWrite).ToDictionary(p => p.Name, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            var at = Join(path, member.Name);
            if (!properties.TryGetValue(member.Name, out var property))
                mistakes.Add(at, "this key is not known", Suggestion(member.Name, properties.Keys));
            else if (!seen.Add(member.Name))
                mistakes.Add(at, "this key stands twice", "Remove one of them.");
            else if (ReadValue(property.PropertyType, member.Value, at, property.IsDefined(typeof(FilePathAttribute))) is { } value)
                property.SetValue(options, value);
        }
        // A section that is not in the file has its defaults checked all the same.
        foreach (var property in properties.Values.Where(p => !seen.Contains(p.Name)))
            (property.GetValue(options) as ICheckedOptions)?.Check(Join(path, property.Name), mistakes);
        (options as ICheckedOptions)?.Check(path, mistakes);
        return options;
    }

    private object? ReadValue(Type type, JsonElement element, string path, bool isPath)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
            return ReadText(element, path, isPath);
        if (type == typeof(int))
            return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var number) ? number : Wrong(element, path, "a whole number");
        if (type == typeof(bool))
            return element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : Wrong(element, path, "true or false");
        if (type == typeof(TimeSpan))
            return element.ValueKind == JsonValueKind.String && TimeSpan.TryParseExact(element.GetString(), "c", CultureInfo.InvariantCulture, out var span)
                ? span
                : Wrong(element, path, "a duration such as \"00:00:30\"");
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return ReadList(type.GetGenericArguments()[0], element, path, isPath);
        return ReadObject(type, element, path);
    }

    private Array ReadList(Type type, JsonElement element, string path, bool isPath)
    {
        // One element may stand without its brackets: most authorities have one key of each kind.
        var elements = element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()] : new[] { element };
        var single = element.ValueKind != JsonValueKind.Array;
        var values = elements.Select((e, i) => ReadValue(type, e, single ? path : $"{path}[{i}]", isPath)).OfType<object>().ToList();
        var list = Array.CreateInstance(type, values.Count);
        for (var i = 0; i < values.Count; i++)
            list.SetValue(values[i], i);
        return list;
    }

    private string? ReadText(JsonElement element, string path, bool isPath)
    {
        if (element.ValueKind != JsonValueKind.String)
            return (string?)Wrong(element, path, "a text");
        var text = element.GetString()!;
        return isPath && text.Length > 0 ? Path.GetFullPath(text, folder) : text;
    }

    private object? Wrong(JsonElement element, string path, string expected)
    {
        mistakes.Add(path, $"expected {expected}, not {Kind(element)}", "Correct the value.");
        return null;
    }

    private static string Suggestion(string name, IEnumerable<string> known)
    {
        var names = known.Order(StringComparer.Ordinal).ToList();
        return names.Find(n => n.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } near
            ? $"Write {near}."
            : $"Known here: {string.Join(", ", names)}.";
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}:{name}";

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => $"the number {element.GetRawText()}",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null or JsonValueKind.Undefined => "null",
    };
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Cli.Output;

/// <summary>
/// The part of YAML 1.2 that forms need, read strictly: mappings and lists by indentation with spaces, plain, single- and double-quoted texts, literal blocks
/// (<c>|</c>), lists of texts in brackets, comments. Every value is a text; the table of the form says what is a number or a yes. No anchors, aliases, tags, merge
/// keys, flow mappings or several documents: what is not in this list is refused with its line.
/// </summary>
internal sealed class YamlFile
{
    private const int MaxDepth = 16;
    private const int MaxLines = 20_000;

    private readonly List<(int Number, int Indent, string Text)> _lines = [];
    private readonly string[] _raw;
    private int _at;

    private YamlFile(string text)
    {
        _raw = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
        if (_raw.Length > MaxLines)
            throw new FormatException($"a form has at most {MaxLines} lines");
        for (var i = 0; i < _raw.Length; i++)
        {
            var line = _raw[i];
            var body = line.TrimStart(' ');
            if (body.StartsWith('\t'))
                throw Wrong(i + 1, "indent with spaces, not with tabs");
            if (body.Length > 0 && body[0] != '#' && !(i == 0 && body == "---"))
                _lines.Add((i + 1, line.Length - body.Length, body.TrimEnd()));
        }
    }

    /// <summary>One mapping. Throws <see cref="FormatException"/> with the line that is not of the subset.</summary>
    public static JsonObject Read(string text)
    {
        var file = new YamlFile(text);
        if (file._lines.Count == 0)
            return [];
        var value = file.Block(file._lines[0].Indent, 0);
        if (file._at < file._lines.Count)
            throw Wrong(file._lines[file._at].Number, "the indentation fits no line above");
        return value as JsonObject ?? throw new FormatException("a form is a mapping: NAME: VALUE");
    }

    private JsonNode? Block(int indent, int depth)
    {
        if (depth > MaxDepth)
            throw Wrong(_lines[_at].Number, $"nested deeper than {MaxDepth}");
        return IsElement(_lines[_at].Text) ? List(indent, depth) : Mapping(indent, depth);
    }

    private JsonObject Mapping(int indent, int depth)
    {
        var mapping = new JsonObject();
        while (_at < _lines.Count && _lines[_at].Indent == indent && !IsElement(_lines[_at].Text))
        {
            var (number, _, text) = _lines[_at];
            var (name, rest) = Member(number, text);
            if (mapping.ContainsKey(name))
                throw Wrong(number, $"'{name}' stands twice");
            _at++;
            mapping[name] = Value(number, rest, indent, depth);
        }
        if (_at < _lines.Count && _lines[_at].Indent > indent)
            throw Wrong(_lines[_at].Number, "the line is indented more than its neighbours");
        return mapping;
    }

    private JsonArray List(int indent, int depth)
    {
        var list = new JsonArray();
        while (_at < _lines.Count && _lines[_at].Indent == indent && IsElement(_lines[_at].Text))
        {
            var (number, _, text) = _lines[_at];
            var rest = text.Length == 1 ? "" : text[2..].TrimStart();
            if (rest.Length > 0 && rest[0] is not ('"' or '\'' or '[' or '|' or '#') && IsMember(rest))
            {
                // The mapping begins on the line of the hyphen: its members stand where that first one does.
                var inner = indent + (text.Length - rest.Length);
                _lines[_at] = (number, inner, rest);
                list.Add(Mapping(inner, depth + 1));
                continue;
            }
            _at++;
            list.Add(Value(number, rest, indent, depth));
        }
        return list;
    }

    private JsonNode? Value(int number, string rest, int indent, int depth)
    {
        rest = WithoutComment(rest);
        if (rest.Length == 0)
        {
            // A list may stand at the indentation of the member that it belongs to.
            var nested = _at < _lines.Count && (_lines[_at].Indent > indent || (_lines[_at].Indent == indent && IsElement(_lines[_at].Text)));
            return nested && _lines[_at].Number > number ? Block(_lines[_at].Indent, depth + 1) : null;
        }
        if (rest is "|" or "|-")
            return Literal(number, indent);
        if (rest[0] == '[')
            return Flow(number, rest);
        return Scalar(number, rest);
    }

    // The lines as they stand, less the indentation of the first; comments inside are text.
    private JsonNode Literal(int number, int indent)
    {
        var text = new StringBuilder();
        var inner = -1;
        var line = number;
        for (; line < _raw.Length; line++)
        {
            var raw = _raw[line];
            var here = raw.Length - raw.TrimStart(' ').Length;
            if (raw.Trim().Length > 0 && here <= indent)
                break;
            if (inner < 0 && raw.Trim().Length > 0)
                inner = here;
            text.Append(raw.Length > inner && inner >= 0 ? raw[inner..].TrimEnd() : "").Append('\n');
        }
        while (_at < _lines.Count && _lines[_at].Number <= line)
            _at++;
        return text.ToString().TrimEnd('\n');
    }

    private static JsonArray Flow(int number, string text)
    {
        if (text[^1] != ']')
            throw Wrong(number, "a list in brackets ends on its line");
        var inner = text[1..^1].Trim();
        var list = new JsonArray();
        if (inner.Length == 0)
            return list;
        foreach (var element in inner.Split(','))
        {
            var word = element.Trim();
            if (word.Length == 0 || word.IndexOfAny(['[', ']', '{', '}', '"', '\'']) >= 0)
                throw Wrong(number, "a list in brackets holds plain words only; write the others one a line, each after a hyphen");
            list.Add(Scalar(number, word));
        }
        return list;
    }

    private static JsonNode? Scalar(int number, string text) => text[0] switch
    {
        '"' => DoubleQuoted(number, text),
        '\'' => SingleQuoted(number, text),
        '&' or '*' or '!' or '{' or '}' or '>' or '%' or '@' or '`' or '?' or ']' or ',' => throw Wrong(number, $"'{text[0]}' at the beginning of a value is not part of the subset; put the value into quotes"),
        _ => text is "~" or "null" ? null : text.Contains(": ", StringComparison.Ordinal) ? throw Wrong(number, "a value with ': ' stands in quotes") : text,
    };

    private static string SingleQuoted(int number, string text)
    {
        if (text.Length < 2 || text[^1] != '\'' || text[1..^1].Replace("''", "", StringComparison.Ordinal).Contains('\'', StringComparison.Ordinal))
            throw Wrong(number, "a quoted value ends on its line; a quote inside is written twice");
        return text[1..^1].Replace("''", "'", StringComparison.Ordinal);
    }

    private static string DoubleQuoted(int number, string text)
    {
        var value = new StringBuilder();
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"')
                return i == text.Length - 1 ? value.ToString() : throw Wrong(number, "there is text behind the quoted value");
            if (text[i] != '\\')
            {
                value.Append(text[i]);
                continue;
            }
            i++;
            value.Append(i < text.Length ? text[i] switch
            {
                'n' => '\n',
                't' => '\t',
                '"' => '"',
                '\\' => '\\',
                'u' when i + 4 < text.Length && ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) => Coded(ref i, code),
                _ => throw Wrong(number, "known after a backslash: n t \" \\ uXXXX"),
            } : throw Wrong(number, "the quoted value does not end"));
        }
        throw Wrong(number, "a quoted value ends on its line");
    }

    private static char Coded(ref int i, ushort code)
    {
        i += 4;
        return (char)code;
    }

    private static (string Name, string Value) Member(int number, string text)
    {
        if (!IsMember(text))
            throw Wrong(number, "expected NAME: VALUE");
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return (text[..colon], text[(colon + 1)..].TrimStart());
    }

    // The names of members are letters and digits: no quotes, no question mark, no merge.
    private static bool IsMember(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && (colon == text.Length - 1 || text[colon + 1] == ' ') && text[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
    }

    private static bool IsElement(string text) => text == "-" || text.StartsWith("- ", StringComparison.Ordinal);

    // Behind a space, outside quotes.
    private static string WithoutComment(string text)
    {
        if (text.Length == 0 || text[0] == '#')
            return "";
        if (text[0] is '"' or '\'')
        {
            var quote = text[0];
            for (var i = 1; i < text.Length; i++)
            {
                if (text[i] == '\\' && quote == '"')
                    i++;
                else if (text[i] == quote && quote == '\'' && i + 1 < text.Length && text[i + 1] == quote)
                    i++;
                else if (text[i] == quote)
                    return text[(i + 1)..].TrimStart() is "" or ['#', ..] ? text[..(i + 1)] : text;
            }
            return text;
        }
        var at = text.IndexOf(" #", StringComparison.Ordinal);
        return (at < 0 ? text : text[..at]).TrimEnd();
    }

    private static FormatException Wrong(int line, string text) => new(string.Create(CultureInfo.InvariantCulture, $"line {line}: {text}"));
}

using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Requests;

namespace Gateway.Cli.Custody;

/// <summary>
/// Members given as <c>NAME=VALUE</c>. A dot goes into an object, a number into a list of objects (<c>participants.0.name</c>), and a name given
/// again adds to a list. The table of the form says what is a number or a yes.
/// </summary>
internal static class GivenMembers
{
    private const int MaxElements = 1000;

    public static void Add(JsonObject form, IReadOnlyList<Field> fields, IEnumerable<string> given)
    {
        foreach (var text in given)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
                throw StopException.Usage($"'{text}' is not NAME=VALUE");
            Put(form, fields, text[..equals].Split('.'), text[(equals + 1)..], text[..equals]);
        }
    }

    private static void Put(JsonObject into, IReadOnlyList<Field> fields, ReadOnlySpan<string> path, string value, string name)
    {
        // A name that the table does not know goes on as it is: the composer names it together with the other problems.
        var first = path[0];
        var field = fields.FirstOrDefault(f => f.Name == first && !f.Filled);
        if (field?.Shape == Shape.Object && path.Length > 1)
            Put(Object(into, path[0], name), field.Fields, path[1..], value, name);
        else if (field?.Shape == Shape.Objects && path.Length > 2 && int.TryParse(path[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            Put(Element(into, path[0], index, name), field.Fields, path[2..], value, name);
        else if (field?.Shape is Shape.Object or Shape.Objects)
            throw StopException.Usage($"'{name}' has members: write {path[0]}{(field.Shape == Shape.Objects ? ".0" : "")}.{field.Fields[0].Name}=…");
        else if (field?.Shape is Shape.Texts or Shape.Words or Shape.Languages)
        {
            if (into[path[0]] is not JsonArray list)
                into[path[0]] = list = [];
            list.Add(value);
        }
        else
            into[string.Join('.', path.ToArray())] = FieldsFile.Typed(field, value);
    }

    private static JsonObject Object(JsonObject into, string member, string name)
    {
        if (into[member] is null)
            into[member] = new JsonObject();
        return into[member] as JsonObject ?? throw StopException.Usage($"'{name}' was given as a text before");
    }

    private static JsonObject Element(JsonObject into, string member, int index, string name)
    {
        if (into[member] is null)
            into[member] = new JsonArray();
        if (into[member] is not JsonArray list || index > list.Count || index >= MaxElements)
            throw StopException.Usage($"'{name}': elements are counted from 0 without a gap");
        if (index == list.Count)
            list.Add(new JsonObject());
        return (JsonObject)list[index]!;
    }
}

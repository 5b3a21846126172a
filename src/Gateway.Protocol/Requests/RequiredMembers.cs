using System.Text.Json;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>Names every required member of a table that a document lacks, members of objects too.</summary>
internal static class RequiredMembers
{
    /// <summary>Adds what is missing, unless a problem with the same place or the object around it is known.</summary>
    public static void Missing(JsonElement element, IReadOnlyList<Field> fields, string path, List<Refusal> problems)
    {
        foreach (var field in fields)
        {
            var here = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            if (!element.TryGetProperty(field.Name, out var value))
            {
                if (field.Need != Need.Optional && !problems.Exists(known => known.Path is { } at && (here == at || here.StartsWith(at + ".", StringComparison.Ordinal))))
                    problems.Add(new Refusal(field.Missing, "the field is empty", here));
            }
            else if (field.Shape == Shape.Object)
                Missing(value, field.Fields, here, problems);
            else if (field.Shape == Shape.Objects)
            {
                for (var i = 0; i < value.GetArrayLength(); i++)
                    Missing(value[i], field.Fields, $"{here}[{i}]", problems);
            }
        }
    }
}

using System.Text.Json;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>What the table alone can judge: required members (V001 and the codes that stand for it) and values with a V-code of their own.</summary>
internal static class RequiredFields
{
    public static void Check(RequestView view, JsonElement parent, IReadOnlyList<Field> fields, string path)
    {
        foreach (var field in fields)
        {
            var here = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            if (!parent.TryGetProperty(field.Name, out var value))
            {
                if (field.Need != Need.Optional)
                    Missing(view, field, here);
            }
            else if (field.Shape == Shape.Object && value.ValueKind == JsonValueKind.Object)
                Inside(view, field, value, here);
            else if (field.Shape == Shape.Objects)
            {
                foreach (var (element, at) in RequestView.ListIn(parent, field.Name, here))
                    Inside(view, field, element, at);
            }
            else if (field.Content is { } code)
                Content(view, field, code, FieldCheck.String(value) ?? "", here);
        }
        if (path.Length == 0 && view.Row is { } row)
        {
            foreach (var group in row.AnyOf)
                OneOf(view, parent, group, "");
        }
    }

    private static void Inside(RequestView view, Field field, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return; // reported as a wrong shape
        Check(view, value, field.Fields, path);
        if (field.AnyOf.Count > 0)
            OneOf(view, value, field.AnyOf, path + ".");
    }

    private static void OneOf(RequestView view, JsonElement parent, IReadOnlyList<string> names, string prefix)
    {
        // A flag counts only when it is raised.
        if (!names.Any(name => parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.False))
            view.Refuse(RefusalCode.RequiredFieldEmpty, $"One of {string.Join(", ", names.Select(name => $"\"{prefix}{name}\""))} is needed.", prefix + names[0]);
    }

    private static void Missing(RequestView view, Field field, string path)
    {
        switch (field.Missing)
        {
            case RefusalCode.AuthorisationMissing:
                view.Refuse(field.Missing, $"Judicial authorisation is missing; {view.Kind} needs it.", path);
                break;
            case RefusalCode.EmergencyFactsMissing:
                view.Refuse(field.Missing, ContentRules.EmergencyText(path), path);
                break;
            case RefusalCode.HandlingMissing when view is { Context.Arrived: true, Row.MayLackHandling: true } && !view.Has("persons"):
                break;
            case RefusalCode.HandlingMissing:
                HandlingMissing(view, path);
                break;
            case RefusalCode.WindowOpenEnded:
                view.Refuse(field.Missing, $"\"dataWindow\" must have a start and an end. Longest allowed: {TimeRules.LongestWindow(view)} days.", path);
                break;
            default:
                view.RefuseEmpty(path, field.Source, field.Missing);
                break;
        }
    }

    public static void HandlingMissing(RequestView view, string path)
        => view.Refuse(RefusalCode.HandlingMissing, "Personal data is requested. Declare purpose, legal basis and retention (\"handling\").", path);

    private static void Content(RequestView view, Field field, RefusalCode code, string value, string path)
    {
        if (field.Shape == Shape.Word)
        {
            if (!field.Words.Contains(value))
                view.Refuse(code, $"Purpose \"{StrictJson.Shown(value)}\" is not allowed for transfer. Allowed: {string.Join(", ", field.Words)}.", path);
        }
        else if (value.Length < field.Min)
        {
            view.Refuse(code, code == RefusalCode.FactsTooShort
                ? $"\"{path}\" has {value.Length} characters; at least {field.Min} are needed: who, what, when, where, how."
                : $"\"{path}\" has {value.Length} characters; at least {field.Min} are needed. {ContentRules.EmergencyText(path)}", path);
        }
    }
}

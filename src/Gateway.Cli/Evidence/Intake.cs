using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Cli.Sources;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Refusals;

namespace Gateway.Cli.Evidence;

/// <summary>What the lab writes down of an item: the human part of its manifest, members in any order (<see cref="ManifestFields.Form"/>).</summary>
internal sealed class Intake
{
    private readonly JsonObject _form;

    private Intake(JsonObject form, string? request) => (_form, Request) = (form, request);

    /// <summary>The message of the request that it answers; null when the form does not name it.</summary>
    public string? Request { get; }

    /// <summary>A text of the form; empty when it is not there.</summary>
    public string Text(string name) => _form[name] is JsonValue text && text.GetValueKind() == JsonValueKind.String ? text.GetValue<string>() : "";

    public static Intake Read(string path) => Of(FieldsFile.Read(path, ManifestFields.Form));

    /// <summary>A form that is not yet judged.</summary>
    public static Intake Of(JsonObject form)
    {
        var fields = (JsonObject)form.DeepClone();
        var request = fields["request"] is JsonValue named && named.GetValueKind() == JsonValueKind.String ? named.GetValue<string>() : null;
        if (fields["request"] is not null && !Ids.IsId(request ?? ""))
            throw StopException.Usage("'request' of the intake is not a message id, 32 hexadecimal digits");
        fields.Remove("request");
        return new Intake(fields, request);
    }

    /// <summary>The exact bytes of the manifest of an item that was encrypted; stops with everything that is wrong in it.</summary>
    public byte[] For(AttachedItem item, EncryptedItem encrypted, SourceFindings findings, Actor technician, DateTimeOffset now)
    {
        var composed = ManifestComposer.Compose(Form(item.IsFolder), encrypted, Context(item, technician, now) with
        {
            Unread = findings.Unread,
            Files = findings.Files,
            Recorded = [.. item.Recorded.Select(recorded => Compared(recorded, encrypted.Digests))],
        });
        return composed.Document ?? throw StopException.Refused([.. composed.Problems.Select(StopException.ToWire)]);
    }

    /// <summary>Tells mistakes of the form, all of them, before hours are spent on hashing; gives what is in order and yet lacking, a line each.</summary>
    public IReadOnlyList<string> Check(AttachedItem item, Actor technician, DateTimeOffset now)
    {
        var composed = ManifestComposer.Check(Form(item.IsFolder), Context(item, technician, now));
        return composed.Problems.Count > 0
            ? throw StopException.Refused([.. composed.Problems.Select(StopException.ToWire)])
            : [.. composed.Warnings.Select(warning => $"{warning.Path}: {warning.Detail}")];
    }

    /// <summary>What an item of any name and case would be refused for.</summary>
    public IReadOnlyList<Refusal> Problems(DateTimeOffset now)
        => ManifestComposer.Check(Form(isFolder: false), new ManifestContext(Ids.New(), $"XX-{Ids.New()}", Ids.New(), "XX-LAB", "-", "-", "item", now)).Problems;

    // A folder has the format of its archive, whatever the files in it are.
    private JsonElement Form(bool isFolder)
    {
        var form = (JsonObject)_form.DeepClone();
        if (isFolder)
            (form["format"], form["mediaType"]) = (nameof(ItemFormat.OTHER), FileTree.MediaType);
        return JsonSerializer.SerializeToElement(form);
    }

    private ManifestContext Context(AttachedItem item, Actor technician, DateTimeOffset now)
        => new(item.ItemId, item.CaseId, item.RequestMessage, technician.Authority, technician.Name, (_form["examiner"] as JsonObject)?["organisation"]?.ToString() ?? technician.Authority, item.FileName, now);

    private static RecordedDigest Compared(RecordedDigest recorded, IReadOnlyList<ItemDigest> digests)
    {
        if (recorded.Scope != DigestScope.FILE || digests.FirstOrDefault(d => d.Algorithm == recorded.Algorithm) is not { } own)
            return recorded;
        return own.Value == recorded.Value
            ? recorded with { Compared = true }
            : throw StopException.Refused(new Refusal(RefusalCode.RecordedDigestDiffers, $"{recorded.By} records {recorded.Algorithm} {recorded.Value}; computed was {own.Value}", "recorded"));
    }
}

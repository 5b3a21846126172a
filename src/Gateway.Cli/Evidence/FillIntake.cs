using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Custody;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Requests;

namespace Gateway.Cli.Evidence;

/// <summary>Fills an item form from an image, a file, flags, then answers; the memory of the laboratory stands behind the questions. Nothing that an item cannot bear is taken.</summary>
internal static class FillIntake
{
    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The form as text.</summary>
    /// <param name="run">For notes.</param>
    /// <param name="image">What was read out of an image; empty when there is none.</param>
    /// <param name="from">A file with members.</param>
    /// <param name="given">Members as NAME=VALUE.</param>
    /// <param name="lab">Whose answers are remembered; null: nothing is asked.</param>
    public static string Fill(Invocation run, JsonObject image, string? from, string[] given, string? lab)
    {
        var form = (JsonObject)image.DeepClone();
        foreach (var (name, value) in from is null ? [] : FieldsFile.Read(from, ManifestFields.Form))
            form[name] = value?.DeepClone();
        GivenMembers.Add(form, ManifestFields.Form, given);
        if (FormCheck.Problems(Element(form), ManifestFields.Form) is { Count: > 0 } problems)
            throw StopException.Refused([.. problems.Select(StopException.ToWire)]);
        if (lab is not null)
        {
            var memory = IntakeMemory.Of(run.Contexts, lab);
            new IntakeQuestions(Console.In, Console.Error).Ask(form, ManifestFields.Form, memory.Known);
            memory.Keep(form, image);
            foreach (var problem in Intake.Of(form).Problems(run.Clock.GetLocalNow()))
                run.Terminal.Note($"still to be mended in the form: {problem.Path}: {problem.Detail}");
        }
        return form.ToJsonString(s_readable) + "\n";
    }

    private static JsonElement Element(JsonObject form) => JsonSerializer.SerializeToElement(form);
}

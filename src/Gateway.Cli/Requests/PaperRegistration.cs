using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Requests;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Requests;

/// <summary>A request that came on paper: the officer signs what was entered from it, then how it came and who checked it. Both go with the files as they came.</summary>
internal sealed record PaperRegistration(string Form, string? Case, string Channel, string At, string Person, string? Reference, string CheckedBy, string Check)
{
    public async Task<SubmitReply> SubmitAsync(Invocation run, IReadOnlyList<Attachment> came)
    {
        var composed = await SignAndSubmit.ComposeAsync(run, "request", FieldsFile.Read(Form), At);
        var from = Request.Read(composed).OrStop().RequestingAuthority;
        var entered = SignAndSubmit.Sign(run, composed);
        var fields = new JsonObject
        {
            ["from"] = from,
            ["channel"] = Channel,
            ["at"] = At,
            ["person"] = Person,
            ["checkedBy"] = CheckedBy,
            ["check"] = Check,
            ["request"] = Digest.Of(entered).ToString(),
            ["files"] = new JsonArray([.. came.Select(f => (JsonNode)RequestExport.FileOf(f.Name, f.MediaType, f.Content.Span))]),
        };
        foreach (var (name, value) in new[] { ("case", Case), ("reference", Reference) })
        {
            if (!string.IsNullOrWhiteSpace(value))
                fields[name] = value;
        }
        var record = SignAndSubmit.Sign(run, await SignAndSubmit.ComposeAsync(run, PaperRequest.Type, fields));
        return await SignAndSubmit.SubmitAsync(run, record, attachments: [new Attachment { Name = "request.cms", MediaType = "application/pkcs7-mime", Content = ByteString.CopyFrom(entered) }, .. came]);
    }
}

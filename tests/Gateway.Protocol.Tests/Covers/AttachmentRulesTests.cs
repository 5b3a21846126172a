using System.Text;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Refusals;
using Xunit;

namespace Gateway.Protocol.Tests.Covers;

/// <summary>V044: documents are what their type says, and nothing in them acts.</summary>
public class AttachmentRulesTests
{
    [Theory]
    [InlineData("application/pdf", "%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj")]
    [InlineData("text/plain", "Order of the court of 2 March, § 12.")]
    [InlineData("text/plain; charset=utf-8", "Приказ суда")]
    [InlineData("text/csv", "number,seal\n1,A-17\n")]
    [InlineData("application/json", "{\"a\":1}")]
    [InlineData("application/xml", "<?xml version=\"1.0\"?><order/>")]
    [InlineData("application/pkcs7-mime", "0\u0001")]
    public void A_document_of_an_accepted_type_passes(string mediaType, string content)
        => Assert.Null(AttachmentRules.Check("a", mediaType, Encoding.UTF8.GetBytes(content), "attachments[0]"));

    [Theory]
    [InlineData("application/x-msdownload", "MZ", null)]
    [InlineData("text/html", "<html>", null)]
    [InlineData("image/svg+xml", "<svg/>", null)]
    [InlineData("application/zip", "PK\u0003\u0004", null)]
    [InlineData("application/vnd.ms-word.document.macroEnabled.12", "PK\u0003\u0004", null)]
    [InlineData("application/octet-stream", "x", null)]
    [InlineData("application/pdf", "MZ\u0090", "its bytes are something else")]
    [InlineData("image/png", "\u007fELF", "its bytes are something else")]
    [InlineData("text/plain", "abc\u0000def", "its bytes are something else")]
    [InlineData("text/plain", "#!/bin/sh\nrm -r .", "it holds active content (#!)")]
    [InlineData("text/plain", "see <ScRiPt>alert(1)</script>", "it holds active content (<script)")]
    [InlineData("application/xml", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a/>", "it holds active content (<!entity)")]
    [InlineData("application/pdf", "%PDF-1.7 << /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>", "it holds active content (/JavaScript)")]
    [InlineData("application/pdf", "%PDF-1.7 << /S /J#61vaScript >>", "it holds active content (/JavaScript)")]
    [InlineData("application/pdf", "%PDF-1.7 << /S/Launch/F(cmd.exe) >>", "it holds active content (/Launch)")]
    [InlineData("application/pdf", "%PDF-1.7 << /Names << /EmbeddedFiles 3 0 R >> >>", "it holds active content (/EmbeddedFiles)")]
    public void What_is_of_another_type_or_acts_is_no_document(string mediaType, string content, string? why)
    {
        var refusal = AttachmentRules.Check("a", mediaType, Encoding.Latin1.GetBytes(content), "attachments[0]")!;
        Assert.Equal("V044", refusal.Code.Text());
        Assert.EndsWith($"is not accepted as a document{(why is null ? "" : $": {why}")}. Evidence files go as evidence items.", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_only_begin_like_those_of_active_content_are_none()
        => Assert.Null(AttachmentRules.Check("a", "application/pdf", "%PDF-1.7 << /JSON 1 /JavaScriptless 2 /Launcher 3 >>"u8, "attachments[0]"));
}

using System.IO.Compression;
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

    [Theory]
    [InlineData("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", "7 0 << /S /JavaScript /JS (app.alert(1)) >>", "it holds active content (/JavaScript)")]
    [InlineData("/Type /Obj#53tm /N 1 /First 4 /Filter /Fl", "7 0 << /S /L#61unch /F (cmd.exe) >>", "it holds active content (/Launch)")]
    [InlineData("/N 1 /First 4 /Filter /FlateDecode", "% a comment first\n7 0 << /Names << /EmbeddedFiles 3 0 R >> >>", "it holds active content (/EmbeddedFiles)")]
    [InlineData("/Filter /FlateDecode", "7 0 << /S /SubmitForm >>", "it holds active content (/SubmitForm)")]
    [InlineData("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", "7 0 << /Type /Pages /Count 1 >>", null)]
    [InlineData("/Subtype /Image /Filter /FlateDecode", "picture /JavaScript by chance", null)]
    [InlineData("/Filter /FlateDecode", "1 0 0 1 72 720 cm BT (Order of the court) Tj ET", null)]
    public void What_acts_is_found_in_compressed_objects_too(string dictionary, string objects, string? why) => Refused(Pdf(dictionary, Deflate(Encoding.Latin1.GetBytes(objects))), why);

    [Theory]
    [InlineData("/Type /ObjStm /N 1 /First 4 /Filter [/ASCIIHexDecode /FlateDecode]", "789c")]
    [InlineData("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", "encrypted")]
    [InlineData("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", "x\u009c\u0007broken")]
    public void Objects_that_cannot_be_looked_into_are_not_taken(string dictionary, string data)
        => Refused(Pdf(dictionary, Encoding.Latin1.GetBytes(data)), "it holds objects that are encrypted, or compressed in a way that is not looked into; save it without a password, or print it as PDF anew");

    [Fact]
    public void A_file_that_inflates_without_end_is_not_taken_and_a_large_picture_is()
    {
        Refused(Pdf("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", Deflate([.. "7 0 "u8, .. new byte[(64 << 20) + 1]])), "it inflates to more than is looked into");
        Refused(Pdf("/Subtype /Image /Filter /FlateDecode", Deflate(new byte[(64 << 20) + 1])), null);
    }

    private static void Refused(byte[] pdf, string? why)
    {
        var refusal = AttachmentRules.Check("a", "application/pdf", pdf, "attachments[0]");
        Assert.Equal(why is null, refusal is null);
        if (refusal is not null)
            Assert.EndsWith($"is not accepted as a document: {why}. Evidence files go as evidence items.", refusal.Detail, StringComparison.Ordinal);
    }

    private static byte[] Pdf(string dictionary, byte[] data)
        => [.. Encoding.Latin1.GetBytes($"%PDF-1.7\n1 0 obj << /Type /Catalog /Outlines << /First 2 0 R >> >> endobj\n5 0 obj\n<< {dictionary} /Length {data.Length} >>\nstream\r\n"), .. data, .. "\nendstream endobj\n%%EOF\n"u8];

    private static byte[] Deflate(byte[] content)
    {
        using var output = new MemoryStream();
        using (var deflater = new ZLibStream(output, CompressionLevel.Optimal, leaveOpen: true))
            deflater.Write(content);
        return output.ToArray();
    }

    [Fact]
    public void Names_that_only_begin_like_those_of_active_content_are_none()
        => Assert.Null(AttachmentRules.Check("a", "application/pdf", "%PDF-1.7 << /JSON 1 /JavaScriptless 2 /Launcher 3 >>"u8, "attachments[0]"));
}

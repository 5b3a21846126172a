using System.Buffers;
using System.Text;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Covers;

/// <summary>
/// Which files travel as documents (V044): PDF, text, tables, images and signed documents, and only when the bytes are what the type
/// says and hold nothing that acts when it is opened. The sender's gateway and the addressee's apply it alike.
/// </summary>
public static class AttachmentRules
{
    private const string SignedMessage = "application/pkcs7-mime";

    private static readonly string[] Texts = ["text/plain", "text/csv", "application/json", "application/xml"];

    // Media type, and what its bytes begin with; none: text.
    private static readonly (string MediaType, byte[][] Beginnings)[] Types =
    [
        ("application/pdf", ["%PDF-"u8.ToArray()]),
        ("image/png", [[0x89, .. "PNG\r\n\x1a\n"u8]]),
        ("image/jpeg", [[0xff, 0xd8, 0xff]]),
        ("image/tiff", [[.. "II*\0"u8], [.. "MM\0*"u8]]),
        (SignedMessage, [[0x30]]),
        ("application/pkcs7-signature", [[0x30]]),
        ("application/timestamp-reply", [[0x30]]),
        ("application/vnd.etsi.asic-e+zip", ["PK\u0003\u0004"u8.ToArray()]),
        ("application/vnd.etsi.asic-s+zip", ["PK\u0003\u0004"u8.ToArray()]),
        .. Texts.Select(text => (text, Array.Empty<byte[]>())),
    ];

    // Names in a PDF for what acts: scripts, programs to start, files inside, forms that send themselves. ISO 32000-1 §12.6.4, §7.11.4.
    internal static readonly string[] ActiveNames = ["/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia", "/SubmitForm", "/ImportData", "/XFA"];

    // What makes a text a program or a page to a machine that opens it by a double click.
    private static readonly string[] ActiveTexts = ["<script", "<html", "<!doctype html", "<svg", "<?php", "#!", "<!entity", "<!doctype", "<?xml-stylesheet", "javascript:"];

    private static readonly SearchValues<byte> Delimiters = SearchValues.Create("\0\t\n\f\r ()<>[]{}/%"u8);

    /// <summary>The media types that are taken.</summary>
    public static IReadOnlyList<string> MediaTypes { get; } = [.. Types.Select(type => type.MediaType)];

    /// <summary>Null when the file may travel as a document.</summary>
    /// <param name="name">File name, for the message.</param>
    /// <param name="mediaType">As declared.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="path">Member path for the refusal.</param>
    public static Refusal? Check(string name, string mediaType, ReadOnlySpan<byte> content, string path)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(mediaType);
        var type = Plain(mediaType);
        if (CheckType(type, path) is { } unknown)
            return unknown;
        var row = Array.Find(Types, t => t.MediaType == type);
        var text = row.Beginnings.Length == 0;
        if (text ? !IsText(content) : !Begins(content, row.Beginnings))
            return Refuse(type, "its bytes are something else", path);
        return text && ActiveText(content) is { } word ? Refuse(type, $"it holds active content ({word})", path)
            : type == "application/pdf" && ActiveName(content) is { } active ? Refuse(type, $"it holds active content ({active})", path)
            : null;
    }

    /// <summary>Null when every one of these attachments of a request or an act may travel; else every problem.</summary>
    public static Refusal? Check(IEnumerable<Part> attachments)
        => attachments.Select((a, i) => Check(a.Name, a.MediaType, a.Content, $"attachments[{i}]")).OfType<Refusal>().ToList() is { Count: > 0 } problems ? Refusal.Joined(problems) : null;

    /// <summary>Null when files of this media type are taken; says nothing about a file.</summary>
    public static Refusal? CheckType(string mediaType, string path)
    {
        ArgumentNullException.ThrowIfNull(mediaType);
        return MediaTypes.Contains(Plain(mediaType)) ? null : Refuse(Plain(mediaType), null, path);
    }

    /// <summary>Whether a file is declared as a PDF.</summary>
    public static bool IsPdf(string mediaType)
    {
        ArgumentNullException.ThrowIfNull(mediaType);
        return Plain(mediaType) == "application/pdf";
    }

    /// <summary>The refusal of a file that holds what acts (V044).</summary>
    /// <param name="mediaType">As declared.</param>
    /// <param name="active">What was found in it.</param>
    /// <param name="path">Member path for the refusal.</param>
    public static Refusal RefuseActive(string mediaType, string active, string path)
    {
        ArgumentNullException.ThrowIfNull(mediaType);
        return Refuse(Plain(mediaType), $"it holds active content ({active})", path);
    }

    // Without parameters: text/plain; charset=utf-8.
    private static string Plain(string mediaType) => mediaType.Split(';')[0].Trim().ToLowerInvariant();

    private static Refusal Refuse(string type, string? why, string path)
        => new(RefusalCode.AttachmentNotAllowed, $"File type {Documents.StrictJson.Shown(type)} is not accepted as a document{(why is null ? "" : $": {why}")}. Evidence files go as evidence items.", path);

    private static bool Begins(ReadOnlySpan<byte> content, byte[][] beginnings)
    {
        foreach (var beginning in beginnings)
        {
            if (content.StartsWith(beginning))
                return true;
        }
        return false;
    }

    private static bool IsText(ReadOnlySpan<byte> content)
    {
        var controls = content.IndexOfAnyInRange((byte)0, (byte)8) >= 0;
        return !controls && System.Text.Unicode.Utf8.IsValid(content);
    }

    private static string? ActiveText(ReadOnlySpan<byte> content)
    {
        var text = Encoding.UTF8.GetString(content);
        return Array.Find(ActiveTexts, word => word == "#!" ? text.StartsWith(word, StringComparison.Ordinal) : text.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsWritten(ReadOnlySpan<byte> content, int at)
        => content[Math.Max(0, at - 12)..Math.Min(content.Length, at + 16)].IndexOfAnyExceptInRange((byte)'\t', (byte)'~') < 0;

    // A name may be written with #xx for any letter (ISO 32000-1 §7.3.5), so names are read, not searched. What stands in compressed
    // object streams is not seen here: Gateway.Recognition reads those.
    private static string? ActiveName(ReadOnlySpan<byte> content)
    {
        var name = new StringBuilder();
        for (var at = content.IndexOf((byte)'/'); at >= 0;)
        {
            var rest = content[(at + 1)..];
            var length = rest.IndexOfAny(Delimiters);
            var raw = length < 0 ? rest : rest[..length];
            if (raw.Length <= 60)
            {
                name.Clear().Append('/');
                for (var i = 0; i < raw.Length; i++)
                {
                    if (raw[i] == '#' && i + 2 < raw.Length && byte.TryParse(Encoding.ASCII.GetString(raw.Slice(i + 1, 2)), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var code))
                    {
                        name.Append((char)code);
                        i += 2;
                    }
                    else
                        name.Append((char)raw[i]);
                }
                // So short a name also stands by chance in a compressed picture, but not among letters.
                if (Array.IndexOf(ActiveNames, name.ToString()) >= 0 && (raw.Length > 4 || IsWritten(content, at)))
                    return name.ToString();
            }
            var next = rest[raw.Length..].IndexOf((byte)'/');
            at = next < 0 ? -1 : at + 1 + raw.Length + next;
        }
        return null;
    }
}

using Gateway.Cli.Output;

namespace Gateway.Cli.Requests;

/// <summary>The media types of documents that may go with a request; evidence travels as evidence items.</summary>
internal static class MediaTypes
{
    public static string Of(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".PDF" => "application/pdf",
        ".TXT" => "text/plain",
        ".CSV" => "text/csv",
        ".JSON" => "application/json",
        ".XML" => "application/xml",
        ".PNG" => "image/png",
        ".JPG" or ".JPEG" => "image/jpeg",
        ".TIF" or ".TIFF" => "image/tiff",
        var other => throw StopException.Usage($"{path}: a document of kind '{other}' cannot go with a request; use PDF, text or an image, and attach evidence with 'gatewayctl evidence attach'"),
    };
}

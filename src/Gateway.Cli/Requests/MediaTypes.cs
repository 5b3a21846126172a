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
        // Signed by others: the receiving gateway judges them.
        ".P7M" => "application/pkcs7-mime",
        ".P7S" => "application/pkcs7-signature",
        ".ASICS" or ".SCS" => "application/vnd.etsi.asic-s+zip",
        ".ASICE" or ".SCE" => "application/vnd.etsi.asic-e+zip",
        var other => throw StopException.Usage($"{path}: a document of kind '{other}' cannot go with a request; use PDF, text, an image or a signed file (.p7m, .p7s, .asics, .asice), and attach evidence with 'gatewayctl evidence attach'"),
    };
}

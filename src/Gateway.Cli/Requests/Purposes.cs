using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Cli.Requests;

/// <summary>Purposes for which personal data may be read, as requests state them.</summary>
internal static class Purposes
{
    private static readonly string[] Codes =
    [
        "CRIMINAL_PROCEEDINGS", "ADMINISTRATIVE_PROCEEDINGS", "CIVIL_PROCEEDINGS", "RELATED_JUDICIAL_FUNCTION", "PREVENT_IMMEDIATE_SERIOUS_THREAT", "SECURITY_OF_DATA_SUBJECT",
    ];

    /// <summary>The option. It has no default: nobody reads for a purpose that the program made up.</summary>
    public static Option<string?> Option() => new("--purpose")
    {
        Description = "Why it is read; recorded with the access, and asked for when left out. For received personal data it begins with the purpose code of the request: CRIMINAL_PROCEEDINGS: analysis",
        HelpName = "CODE|TEXT",
    };

    /// <summary>What was given, else what the person at the terminal says; a script has to give it.</summary>
    public static string Of(Invocation run, Option<string?> option)
    {
        if (run.Value(option)?.Trim() is { Length: > 0 } given)
            return given;
        if (!Console.IsInputRedirected && run.Terminal.Interactive)
        {
            run.Terminal.Line($"Why is it read? It is recorded. For received personal data begin with the purpose of the request: {string.Join(", ", Codes)}");
            if (Console.In.ReadLine()?.Trim() is { Length: > 0 } said)
                return said;
        }
        throw StopException.Usage("say why it is read: --purpose \"CRIMINAL_PROCEEDINGS: analysis\", or in other words where no personal data were received");
    }

    /// <summary>Opens a message for what a command needs of it, and says so; when it holds personal data that were received, the person says for what. Nobody else can.</summary>
    public static async Task<OpenMessageReply> OpenAsync(Invocation run, string message, string need, Option<string?> option)
    {
        if (run.Value(option)?.Trim() is { Length: > 0 } given)
            return await OpenAsync(run, message, given);
        try
        {
            return await OpenAsync(run, message, need);
        }
        catch (RpcException e) when (RefusedCalls.RefusalOf(e) is { Code: "T850" })
        {
            return await OpenAsync(run, message, Of(run, option));
        }
    }

    private static async Task<OpenMessageReply> OpenAsync(Invocation run, string message, string why)
        => await run.Gateway.OpenMessageAsync(new OpenMessageRequest { Message = message, Purpose = why, PurposeCode = CodeOf(why) }, cancellationToken: run.Cancel);

    /// <summary>The code with which a purpose begins; empty when it begins with none.</summary>
    public static string CodeOf(string? purpose) => Codes.FirstOrDefault(code => purpose == code || purpose?.StartsWith(code + " ", StringComparison.Ordinal) == true || purpose?.StartsWith(code + ":", StringComparison.Ordinal) == true) ?? "";
}

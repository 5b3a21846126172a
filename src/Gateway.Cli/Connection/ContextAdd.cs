using System.CommandLine;
using System.Security.Cryptography;
using Gateway.Cli.Output;

namespace Gateway.Cli.Connection;

internal static class ContextAdd
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "A short name: xa-duty" };
        var endpoint = new Option<string>("--endpoint") { Description = "https://host:port of the operator service", Required = true, HelpName = "URL" };
        var server = new Option<string>("--server-cert") { Description = "The gateway's TLS certificate, or the root that issued it (PEM)", Required = true, HelpName = "FILE" };
        var client = new Option<string>("--client-cert") { Description = "Own certificate for TLS (PEM)", Required = true, HelpName = "FILE" };
        var clientKey = new Option<string?>("--client-key") { Description = "Its key (PEM, mode 0600); left out: in the same file", HelpName = "FILE" };
        var signing = new Option<string?>("--sign-cert") { Description = "Own certificate for signing documents: PEM, or PKCS #12 (.p12, .pfx) without a password, with its key inside", HelpName = "FILE" };
        var signingKey = new Option<string?>("--sign-key") { Description = "Its key (PEM, mode 0600); left out: in the same file", HelpName = "FILE" };
        var use = new Option<bool>("--use") { Description = "Make it the current context" };
        var lang = Output.Language.Option("Language in which commands speak when they are given none");
        var command = new Command("add", "Adds or replaces a context: a gateway's address and the files that say who you are") { name, endpoint, server, client, clientKey, signing, signingKey, lang, use };
        return command.Runs(run =>
        {
            var certificate = run.Value(client)!;
            var context = new Context(
                run.Value(endpoint)!,
                Full(run.Value(server)!),
                Full(certificate),
                Full(run.Value(clientKey) ?? certificate),
                run.Value(signing) is { } s ? Full(s) : null,
                run.Value(signing) is { } sign ? Full(run.Value(signingKey) ?? sign) : null,
                run.Value(lang));
            GatewayConnection.RequireEndpoint(context.Endpoint);
            Try(context, run.Clock);
            run.Contexts.Add(run.Value(name), context, run.Value(use));
            run.Terminal.Line($"context {run.Value(name)} kept in {run.Contexts.FilePath}; current: {run.Contexts.Current}");
            run.Terminal.Write(json => ContextList.WriteAll(json, run.Contexts));
            return Task.FromResult(ExitCode.Good);
        });
    }

    private static string Full(string path)
        => File.Exists(path) ? Path.GetFullPath(path) : throw StopException.Usage($"there is no file {path}");

    // A file that cannot be used is better found now than at 3 a.m.
    private static void Try(Context context, TimeProvider clock)
    {
        try
        {
            ServerPin.FromFile(context.ServerCertificate, clock);
            PersonKeys.Client(context).Dispose();
            if (context.SigningCertificate is not null)
                PersonKeys.Signing(context).Dispose();
        }
        catch (CryptographicException e)
        {
            throw StopException.Incomplete($"certificate and key cannot be used: {e.Message}", e);
        }
    }
}

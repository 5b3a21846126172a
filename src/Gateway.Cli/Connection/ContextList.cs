using System.CommandLine;
using System.Text.Json;
using Gateway.Cli.Output;

namespace Gateway.Cli.Connection;

internal static class ContextList
{
    public static Command Create() => new Command("list", "Shows the contexts; * marks the current one").Runs(run =>
    {
        var current = run.Contexts.Current;
        run.Terminal.Table("no contexts yet; 'gatewayctl context add' makes one", ["", "name", "endpoint", "client certificate", "signs", "language"],
            run.Contexts.All().Select(c => new[] { c.Key == current ? "*" : "", c.Key, c.Value.Endpoint, c.Value.ClientCertificate, c.Value.SigningCertificate is null ? "no" : "yes", c.Value.Language }));
        run.Terminal.Write(json => WriteAll(json, run.Contexts));
        return Task.FromResult(ExitCode.Good);
    });

    internal static void WriteAll(Utf8JsonWriter json, ContextStore contexts)
    {
        json.WriteStartObject();
        json.WriteString("current", contexts.Current);
        json.WriteStartArray("contexts");
        foreach (var (name, context) in contexts.All())
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("endpoint", context.Endpoint);
            json.WriteString("serverCertificate", context.ServerCertificate);
            json.WriteString("clientCertificate", context.ClientCertificate);
            json.WriteString("clientKey", context.ClientKey);
            json.WriteString("signingCertificate", context.SigningCertificate);
            json.WriteString("signingKey", context.SigningKey);
            json.WriteString("language", context.Language);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

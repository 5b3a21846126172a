using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.Protocol.Marks;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Users;

internal static class UserAdd
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "User name" };
        var roles = new Option<string[]>("--role") { Description = "A role (repeat for several)", Required = true, HelpName = "ROLE" };
        var authority = new Option<string>("--authority") { Description = "Id of the authority: XA-CA", Required = true, HelpName = "ID" };
        var client = new Option<string>("--client-cert") { Description = "The person's certificate for TLS (PEM or DER)", Required = true, HelpName = "FILE" };
        var signing = new Option<string?>("--sign-cert") { Description = "The person's certificate for signing (PEM or DER)", HelpName = "FILE" };
        var system = new Option<bool>("--system") { Description = "A system account: it must name the person it acts for" };
        return new Command("add", "Adds a person or a ministry's own system") { name, roles, authority, client, signing, system }.Runs(async run =>
        {
            var request = new AddUserRequest
            {
                Name = run.Value(name),
                Authority = run.Value(authority)!,
                ClientCertificate = CertificateIn(run.Value(client)!),
                SigningCertificate = run.Value(signing) is { } path ? CertificateIn(path) : ByteString.Empty,
                SystemAccount = run.Value(system),
            };
            request.Roles.AddRange(run.Value(roles));
            UserList.ShowOne(run.Terminal, await run.Gateway.AddUserAsync(request, cancellationToken: run.Cancel));
            return ExitCode.Good;
        });
    }

    private static ByteString CertificateIn(string path)
    {
        var bytes = InputFile.Read(path);
        var isPem = bytes.AsSpan().IndexOf("-----BEGIN CERTIFICATE-----"u8) >= 0;
        var certificate = isPem ? Certificate.ReadPem(System.Text.Encoding.UTF8.GetString(bytes)) : Certificate.Read(bytes);
        return ByteString.CopyFrom(certificate.OrStop().Der.Span);
    }
}

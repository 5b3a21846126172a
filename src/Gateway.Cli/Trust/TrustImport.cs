using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Trust;

/// <summary>Documents of trust at the gateway: trusted lists in two steps by two persons, agreements with the lawyer's signature.</summary>
internal static class TrustImport
{
    public static Command Import()
    {
        var file = new Argument<string>("file") { Description = "A trusted list, a recognition agreement signed by the lawyer, the certificate of an authority between the listed ones and persons, or a revocation list of one of them" };
        var state = new Option<string?>("--state") { Description = "The State whose list, certificate or revocation list it is", HelpName = "STATE" };
        return new Command("import", "Gives a trusted list, an agreement or revocation status to the gateway; a trusted list by a new signer waits for a second person") { file, state }.Runs(async run =>
        {
            var view = await run.Gateway.ImportTrustAsync(new ImportTrustRequest { Content = UnsafeByteOperations.UnsafeWrap(SignatureCheck.Read(run.Value(file))), State = run.Value(state) ?? "" }, cancellationToken: run.Cancel);
            run.Terminal.Facts(
                ("document", $"{view.Kind} {view.Name} {view.Number} of {view.State}"),
                ("status", view.Status),
                ("signer's fingerprint", view.Fingerprint),
                ("next", view.Status == "PROPOSED" ? $"a second person compares the fingerprint with {view.State} by another way and runs: gatewayctl trust approve {view.State} --fingerprint …" : null));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }

    public static Command Approve()
    {
        var state = new Argument<string>("state") { Description = "The State whose list waits" };
        var fingerprint = new Option<string>("--fingerprint") { Description = "Of the list's signer, as heard by another way", Required = true, HelpName = "HEX" };
        return new Command("approve", "The second person approves the signer of a trusted list") { state, fingerprint }.Runs(async run =>
        {
            var view = await run.Gateway.ApproveTrustAsync(new ApproveTrustRequest { State = run.Value(state), Fingerprint = run.Value(fingerprint)! }, cancellationToken: run.Cancel);
            run.Terminal.Facts(("document", $"{view.Kind} {view.Name} {view.Number} of {view.State}"), ("status", view.Status));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }

    public static Command List() => new Command("list", "What the gateway believes: lists, agreements, revocation lists").Runs(async run =>
    {
        var reply = await run.Gateway.ListTrustAsync(new ListTrustRequest(), cancellationToken: run.Cancel);
        run.Terminal.Table("No trusted list and no agreement was imported; marks are judged by peer cards alone.", ["state", "kind", "name", "number", "status", "by", "approved by"],
            reply.Documents.Select(d => new string?[] { d.State, d.Kind, d.Name, $"{d.Number}", d.Status, d.TakenBy, d.ApprovedBy }));
        run.Terminal.Write(reply);
        return ExitCode.Good;
    });
}

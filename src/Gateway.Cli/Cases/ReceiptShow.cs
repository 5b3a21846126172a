using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.V1;

namespace Gateway.Cli.Cases;

internal static class ReceiptShow
{
    public static Command Create()
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var receipt = new Argument<string>("receipt") { Description = "STATE/NUMBER (XB/2), or the receipt's SHA-256 or the beginning of it" };
        var target = new Option<string?>("--out") { Description = "Write the signed receipt (CMS, DER) to this file", HelpName = "FILE" };
        return new Command("show", "One receipt, as it was signed") { @case, receipt, target }.Runs(async run =>
        {
            var reply = await run.Gateway.ListReceiptsAsync(new ListReceiptsRequest { CaseId = run.Value(@case) }, cancellationToken: run.Cancel);
            var found = Find(reply.Receipts, run.Value(receipt));
            var signed = SignedDocument.Open(found.Der.Memory).OrStop();
            if (signed.Sha256.ToString() != found.Sha256)
                throw StopException.No($"the gateway gave a receipt with SHA-256 {signed.Sha256} as {found.Sha256}");
            if (run.Value(target) is { } path)
                NewFile.Write(path, found.Der.Span);
            run.Terminal.Facts(("sha256", found.Sha256), ("sealed by", signed.Signer.Subject), ("written to", run.Value(target)));
            run.Terminal.Block(ReadableJson.Text(signed.Content));
            run.Terminal.Write(json => ReceiptText.Write(json, found.Der.ToByteArray()));
            return ExitCode.Good;
        });
    }

    private static ReceiptView Find(IEnumerable<ReceiptView> receipts, string wanted)
    {
        var parts = wanted.Split('/');
        var matching = parts.Length == 2 && Ids.IsState(parts[0]) && ulong.TryParse(parts[1], out var number)
            ? receipts.Where(r => r.IssuerState == parts[0] && r.Seq == number).ToList()
            : receipts.Where(r => wanted.Length >= 6 && r.Sha256.StartsWith(wanted, StringComparison.Ordinal)).ToList();
        return matching.Count == 1 ? matching[0] : throw StopException.No(matching.Count == 0 ? $"the case has no receipt {wanted}" : $"'{wanted}' fits {matching.Count} receipts");
    }
}

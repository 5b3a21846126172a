using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;
using Gateway.V1;
using Google.Protobuf;

namespace Gateway.Cli.Records;

/// <summary>Records on their way: from the laboratory's disk to the gateway, which sends them on with the item; and back onto the disk of whoever may see them.</summary>
internal static class RecordTravel
{
    public static Command Add()
    {
        var item = new Argument<string>("item") { Description = "Id of the item" };
        var file = new Argument<string>("record") { Description = "The .json file; its signatures lie beside it" };
        return new Command("add", "Gives a signed record to the gateway, which keeps it with the item and sends it to the other side") { item, file }.Runs(async run =>
        {
            var record = SignedRecord.Open(run.Value(file));
            var signatures = record.Signatures();
            if (signatures.Count == 0)
                throw StopException.No($"nobody has signed it; each person does with: gatewayctl evidence record sign {run.Value(file)}");
            if (record.Unsigned is { Count: > 0 } open)
                throw StopException.Refused(new Protocol.Refusals.Refusal(Protocol.Refusals.RefusalCode.CertifierDiffers, $"no signature is there of {string.Join(" and of ", open)}", "signatures"));
            // A witness may sign a week later: it goes all the same, and nobody is left to believe that it is whole.
            foreach (var part in record.Lacking)
                run.Terminal.Note($"not signed by {part}; the signature can be brought later with the same command");
            var request = new AddRecordRequest { Item = run.Value(item) };
            request.Signatures.AddRange(signatures.Select(s => UnsafeByteOperations.UnsafeWrap(s.Der)));
            var reply = await run.Gateway.AddRecordAsync(request, cancellationToken: run.Cancel);
            run.Terminal.Facts(("record", reply.Sha256), ("signatures", $"{reply.Signatures}"), ("goes to the other side", reply.Travels ? "yes, behind the item's announcement" : "no, the item came from there"));
            run.Terminal.Write(reply);
            return ExitCode.Good;
        });
    }

    public static Command Fetch()
    {
        var item = new Argument<string>("item") { Description = "Id of the item" };
        var to = new Option<string>("--to") { Description = "Folder for the records", Required = true, HelpName = "DIR" };
        return new Command("fetch", "Writes the records that the gateway keeps with an item, with their signatures") { item, to }.Runs(async run =>
        {
            var reply = await run.Gateway.FetchCustodyAsync(new FetchCustodyRequest { Item = run.Value(item) }, cancellationToken: run.Cancel);
            var folder = Directory.CreateDirectory(run.Value(to)!).FullName;
            foreach (var copies in reply.Records.Select(der => SignedDocument.Open(der.Memory).OrStop()).GroupBy(signed => Digest.Of(signed.Content.Span)))
            {
                var record = RecordDocument.Read(copies.First().Content).OrStop();
                if (record.Item != run.Value(item))
                    throw StopException.No($"the gateway gave a record of item {record.Item}");
                var name = Path.Combine(folder, $"{record.Form.Type}-{SafeText.FileName(record.ExhibitNumber)}-{record.Sha256.ToString()[..8]}.json");
                var written = SignedRecord.Create(name, copies.First().Content.ToArray());
                foreach (var copy in copies)
                {
                    written.Keep(copy);
                    run.Terminal.Line($"{name}: signed by {copy.Signer.Subject}, {DocumentWriter.FormatTime(copy.SigningTime)}");
                }
                RecordCommands.SayUnsigned(run.Terminal, written);
                RecordCommands.Report(run.Terminal, written, name);
            }
            foreach (var waiting in reply.Waiting)
                run.Terminal.Line($"UNDETERMINED: a {waiting.Type} (signatures: {waiting.Signatures}) waits for an officer's decision: {waiting.Held}. Look: gatewayctl request show {waiting.Message} --save DIR. Decide: gatewayctl request decide {waiting.Message} --accept|--refuse --reason …");
            if (reply.Records.Count + reply.Waiting.Count == 0)
                run.Terminal.Line("no record is kept with this item");
            return ExitCode.Good;
        });
    }
}

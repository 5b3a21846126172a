using System.CommandLine;
using System.Globalization;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.MerkleTree;
using Gateway.V1;

namespace Gateway.Cli.Cases;

/// <summary>The gateway's log. What the gateway says is computed again here before it is shown as true.</summary>
internal static class LogCommands
{
    public static Command Status()
    {
        var proofs = new Option<string?>("--save-contradictions") { Description = "Write the two checkpoints of each contradiction of a log into this folder", HelpName = "DIR" };
        return new Command("status", "How many leaves there are, how far they are signed and witnessed, and which logs contradict themselves") { proofs }.Runs(async run =>
        {
            var view = await run.Gateway.ShowLogAsync(new ShowLogRequest(), cancellationToken: run.Cancel);
            run.Terminal.Facts(("leaves", Number(view.Leaves)));
            run.Terminal.Table("no log yet", ["log", "leaves", "signed", "at", "witnessed", "since"],
                view.Epochs.Select(e => new[] { e.Origin, Number(e.Leaves), Number(e.SignedSize), e.SignedAt, Number(e.WitnessedSize), e.WitnessedAt }));
            foreach (var key in view.LogKeys.Where(k => view.Epochs.Count > 0 && NoteKey.Read(k) is { Succeeded: true } read && read.Value.Name == view.Epochs[^1].Origin))
                run.Terminal.Facts(("key", key));
            var witness = await run.Gateway.ShowWitnessAsync(new ShowWitnessRequest(), cancellationToken: run.Cancel);
            run.Terminal.Facts(("standing", witness.Standing.Length == 0 ? "-" : witness.Standing), ("", witness.Text));
            run.Terminal.Table("no peer can witness yet", ["witness", "cosigned of ours", "at", "we cosigned of theirs", "problem"],
                witness.Peers.Select(p => new[] { p.State, Number(p.Cosigned), p.At, Number(p.CosignedByUs), p.Problem }));
            foreach (var conflict in witness.Conflicts)
                run.Terminal.Facts(("CONTRADICTION", $"{conflict.Origin} of {conflict.State}: {Contradicts(conflict)}; the second came from {conflict.Source} at {conflict.Seen}"));
            if (run.Value(proofs) is { } folder)
                run.Terminal.Facts(("written to", Save(folder, witness.Conflicts)));
            run.Terminal.Write(w =>
            {
                w.WriteStartObject();
                w.WritePropertyName("log");
                ProtoJson.Write(w, view);
                w.WritePropertyName("witness");
                ProtoJson.Write(w, witness);
                w.WriteEndObject();
            });
            return witness.Conflicts.Any(c => c.Kind == "ROOTS") ? ExitCode.No : ExitCode.Good;
        });
    }

    private static string Contradicts(LogConflictView conflict) => conflict.Kind switch
    {
        "ROOTS" => $"two checkpoints of size {conflict.SecondSize} with different roots",
        "FORMER" => $"a checkpoint of size {conflict.SecondSize} with another root, signed by keys only that the card does not name any more",
        _ => $"{conflict.SecondSize} leaves were not proved to have grown from {conflict.FirstSize}",
    };

    /// <summary>Two files per contradiction: what an auditor, or the other State, is shown.</summary>
    private static string Save(string folder, Google.Protobuf.Collections.RepeatedField<LogConflictView> conflicts)
    {
        Directory.CreateDirectory(folder);
        for (var i = 0; i < conflicts.Count; i++)
        {
            NewFile.Write(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{i + 1}-first.note")), conflicts[i].First.Span);
            NewFile.Write(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{i + 1}-second.note")), conflicts[i].Second.Span);
        }
        return $"{folder}: {2 * conflicts.Count} notes";
    }

    public static Command Proof()
    {
        var id = new Argument<string>("id") { Description = "SHA-256 (sha256sum of the file) of a receipt, custody event, signed record, erasure or record of a verdict, the id of an erasure, or the number of a leaf" };
        var target = new Option<string?>("--out") { Description = "Write the proof to this file (.tlog-proof); any verifier of such files reads it", HelpName = "FILE" };
        return new Command("proof", "The proof that something stands in the log") { id, target }.Runs(async run =>
        {
            var view = await run.Gateway.ProveLoggedAsync(new ProveLoggedRequest { Id = run.Value(id) }, cancellationToken: run.Cancel);
            var leaf = LogLeaf.Read(System.Text.Encoding.UTF8.GetBytes(view.Entry)).OrStop();
            if (Digest.TryParse(run.Value(id), out var asked) && leaf.Sha256 != asked)
                throw StopException.No($"the gateway proves {leaf.Sha256}, and not what was asked for");
            var keys = (await run.Gateway.ShowLogAsync(new ShowLogRequest(), cancellationToken: run.Cancel)).LogKeys.Select(k => NoteKey.Read(k).OrStop()).ToList();
            var proof = TlogProof.Read(view.Proof.Memory).OrStop();
            // The keys are the gateway's own word: this finds damage, and a lie only beside the State's card.
            if (!keys.Exists(k => k.Name == view.Origin))
                throw StopException.No($"the gateway names no key of {view.Origin}, so this proof cannot be verified here");
            proof.VerifyUnwitnessed(leaf, keys).OrStop();
            if (run.Value(target) is { } path)
                NewFile.Write(path, view.Proof.Span);
            run.Terminal.Facts(("leaf", Number(view.Leaf)), ("entry", view.Entry.TrimEnd()), ("log", view.Origin), ("under checkpoint", Number(view.Size)),
                ("witnessed", view.Witnessed ? "yes" : "not yet: ask again later for a proof that counts"), ("written to", run.Value(target)));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }

    public static Command Growth()
    {
        var from = new Argument<ulong>("from") { Description = "Size of the older checkpoint" };
        var to = new Argument<ulong>("to") { Description = "Size of the newer one; 0: the newest", DefaultValueFactory = _ => 0 };
        var origin = new Option<string?>("--log") { Description = "Which log; without it the one that grows", HelpName = "ORIGIN" };
        return new Command("growth", "The proof that the log only grew between two checkpoints") { from, to, origin }.Runs(async run =>
        {
            var view = await run.Gateway.ProveGrowthAsync(new ProveGrowthRequest { FromSize = run.Value(from), ToSize = run.Value(to), Origin = run.Value(origin) ?? "" }, cancellationToken: run.Cancel);
            if (view.Hashes.Append(view.FromRoot).Append(view.ToRoot).Any(h => h.Length != Digest.Length)
                || !ConsistencyProof.Verify(view.FromSize, view.ToSize, new Digest(view.FromRoot.Span), new Digest(view.ToRoot.Span), [.. view.Hashes.Select(h => new Digest(h.Span))]))
                throw StopException.No("the gateway's proof does not hold: the log did not only grow");
            run.Terminal.Facts(("log", view.Origin), ($"root of {Number(view.FromSize)}", Convert.ToBase64String(view.FromRoot.Span)), ($"root of {Number(view.ToSize)}", Convert.ToBase64String(view.ToRoot.Span)),
                ("proof", $"{view.Hashes.Count} hashes, verified here; compare the roots with the checkpoints that you hold"));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }

    private static string Number(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}

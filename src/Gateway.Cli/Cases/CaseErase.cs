using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Deadlines;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Paper;
using Gateway.V1;

namespace Gateway.Cli.Cases;

/// <summary>Two persons decide that a case is erased: one proposes, another approves or rejects. Each signs. For a State that no gateway serves, a carrier takes the sealed erasure along.</summary>
internal static class CaseErase
{
    public static Command Create()
    {
        var @case = new Argument<string>("case") { Description = "Id of the case" };
        var reason = new Option<ErasureReason?>("--reason") { Description = "Why: RETENTION_ENDED, CONDITION_OF_USE, ORDERED, UNLAWFUL (to propose)", HelpName = "REASON" };
        var basis = new Option<string?>("--basis") { Description = "The provision, retention rule or order relied on; no personal data, it is kept for ever. Without it, and without --reason: the retention that has ended", HelpName = "TEXT" };
        var approve = new Option<bool>("--approve") { Description = "As the second person: erase it" };
        var reject = new Option<bool>("--reject") { Description = "Reject what another person proposed" };
        var file = new Option<string?>("--out") { Description = "The case is erased, and the other State has no gateway: write the sealed erasure into this file for a carrier, and record that it was handed over", HelpName = "FILE" };
        var channel = new Option<string?>("--channel") { Description = "By what it goes, with --out", HelpName = "WORD" };
        channel.AcceptOnlyFromAmong(Enum.GetNames<PaperChannel>());
        var person = new Option<string?>("--to") { Description = "To whom it is handed, with --out: a mailbox, an office, a courier", HelpName = "TEXT" };
        var reference = new Option<string?>("--reference") { Description = "The carrier's number, with --out", HelpName = "TEXT" };
        return new Command("erase", "Destroy a closed case, two persons together; its receipts stay") { @case, reason, basis, approve, reject, file, channel, person, reference }.Runs(async run =>
        {
            if (run.Value(approve) && run.Value(reject))
                throw StopException.No("choose one of --approve and --reject");
            if (run.Value(file) is { } path)
            {
                if (run.Value(approve) || run.Value(reject) || run.Value(reason) is not null || run.Value(basis) is not null)
                    throw StopException.Usage("--out takes out what was decided before; it decides nothing");
                await CarryAsync(run, path, new CarryErasureRequest
                {
                    CaseId = run.Value(@case),
                    Channel = run.Value(channel) ?? throw StopException.Usage("--out needs --channel: by what it goes"),
                    Person = run.Value(person) ?? throw StopException.Usage("--out needs --to: to whom it is handed"),
                    Reference = run.Value(reference) ?? "",
                });
                return ExitCode.Good;
            }
            if (run.Value(channel) is not null || run.Value(person) is not null || run.Value(reference) is not null)
                throw StopException.Usage("--channel, --to and --reference belong to --out");
            var step = run.Value(approve) ? ErasureStep.APPROVE : run.Value(reject) ? ErasureStep.REJECT : ErasureStep.PROPOSE;
            var (why, ground) = (run.Value(reason), run.Value(basis));
            if (why is null && ground is null && step != ErasureStep.REJECT && await EndedAsync(run, run.Value(@case)) is { } ended)
                (why, ground) = (step == ErasureStep.PROPOSE ? ErasureReason.RETENTION_ENDED : (ErasureReason?)null, ended);
            if (ground is null)
                throw StopException.No("no retention of this case has ended: say what is relied on with --basis");
            if (step == ErasureStep.PROPOSE && why is null)
                throw StopException.No("a proposal needs --reason");
            var fields = new JsonObject { ["case"] = run.Value(@case), ["decision"] = step.ToString(), ["legalBasis"] = ground };
            if (why is not null)
                fields["reason"] = why.ToString();
            SignAndSubmit.Show(run.Terminal, await SignAndSubmit.ComposeSignSubmitAsync(run, ErasureDecision.Type, fields));
            return ExitCode.Good;
        });
    }

    // Its own bytes are what is certified: nothing is encrypted, and no word of the case stands in it.
    private static async Task CarryAsync(Invocation run, string path, CarryErasureRequest call)
    {
        _ = NewFile.Temporary(path, force: false); // say now that the place is taken, not after it was recorded
        var reply = await run.Gateway.CarryErasureAsync(call, cancellationToken: run.Cancel);
        NewFile.Write(path, reply.Erasure.Span);
        run.Terminal.Facts(("case", call.CaseId), ("written", path), ("sha256", Digest.Of(reply.Erasure.Span).ToString()), ("handed over", $"by {call.Channel} to {call.Person}"));
        run.Terminal.Line($"check the seal: openssl cms -verify -cades -binary -inform DER -in {Path.GetFileName(path)} -CAfile OUR-AUTHORITY.pem -no-CApath -no-CAstore -purpose any -out erasure.json");
        run.Terminal.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("caseId", call.CaseId);
            json.WriteString("file", path);
            json.WriteString("sha256", Digest.Of(reply.Erasure.Span).ToString());
            json.WriteEndObject();
        });
    }

    /// <summary>The basis of an erasure for which the time has come; null when it has not.</summary>
    private static async Task<string?> EndedAsync(Invocation run, string caseId)
    {
        var reply = await run.Gateway.ListDeadlinesAsync(new ListDeadlinesRequest { CaseId = caseId, MissedOnly = true, OwnOnly = true, Rule = nameof(DeadlineRule.RETENTION) }, cancellationToken: run.Cancel);
        return reply.Deadlines is [{ } due, ..] ? $"retention ended {due.Due}: {due.Basis}" : null;
    }
}

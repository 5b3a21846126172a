using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>Calling the other authority back before an emergency is believed: the number comes from the directory, and what was said is recorded. It warns, it never blocks.</summary>
internal static class RequestCallBack
{
    public static Command Create()
    {
        var caseId = new Argument<string>("case") { Description = "Id of the case" };
        var spokeTo = new Option<string?>("--spoke-to") { Description = "Who answered and confirmed", HelpName = "NAME" };
        var note = new Option<string?>("--note") { Description = "What else was said", HelpName = "TEXT" };
        return new Command("callback", "Shows the number to call back; with --spoke-to records that it was done") { caseId, spokeTo, note }.Sends(async run =>
        {
            var view = await run.Gateway.ShowCaseAsync(new ShowCaseRequest { CaseId = run.Value(caseId) }, cancellationToken: run.Cancel);
            var authority = await AuthorityDirectory.FindAsync(run, view.PeerAuthority);
            var phone = authority?.CallBackPhone is { Length: > 0 } number ? number : "";
            run.Terminal.Facts(("case", view.CaseId), ("from", $"{view.PeerAuthority} {AuthorityDirectory.NameIn(Labels.Of(run.Context.Language), authority)}".Trim()), ("call back", phone), ("duty officer", authority?.DutyPhone));
            if (phone.Length == 0)
                run.Terminal.Note($"warning: the directory names no number for {view.PeerAuthority}; find it another way, and never call one that stands in the message");
            if (run.Value(spokeTo) is not { Length: > 0 } person)
            {
                run.Terminal.Line($"when it is done: gatewayctl request callback {view.CaseId} --spoke-to NAME");
                run.Terminal.Write(json =>
                {
                    json.WriteStartObject();
                    json.WriteString("caseId", view.CaseId);
                    json.WriteString("authority", view.PeerAuthority);
                    json.WriteString("callBackPhone", phone);
                    json.WriteEndObject();
                });
                return ExitCode.Good;
            }
            var text = $"Confirmed by call-back{(phone.Length > 0 ? $" to {phone}" : "")} at {DocumentWriter.FormatTime(run.Clock.GetUtcNow())}; spoke to {person}.{(run.Value(note) is { Length: > 0 } more ? $" {more}" : "")}";
            await SignAndSubmit.FinishActAsync(run, await SignAndSubmit.ComposeAsync(run, "act", new JsonObject { ["kind"] = nameof(ActKind.CALLED_BACK), ["case"] = view.CaseId, ["text"] = text }));
            return ExitCode.Good;
        });
    }
}

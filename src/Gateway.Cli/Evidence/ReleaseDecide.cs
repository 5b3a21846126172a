using System.CommandLine;
using System.Text.Json.Nodes;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

/// <summary>Two officers of a competent authority decide that an item leaves: one proposes, another approves. Each signs. In an emergency one decides alone, and another reviews it.</summary>
internal static class ReleaseDecide
{
    private static readonly Argument<string> Item = new("item") { Description = "Id of the item" };
    private static readonly Option<string> Basis = new("--basis") { Description = "The provision and the order relied on; for a rejection, the ground", Required = true, HelpName = "TEXT" };
    private static readonly Option<string?> Conditions = new("--conditions") { Description = "Conditions of use that go with the item", HelpName = "TEXT" };

    private static readonly Option<string?> As = new("--role") { Description = "The role in which you decide, where you hold several: COMPETENT_AUTHORITY …; filled in by the gateway", HelpName = "ROLE" };

    private static readonly Option<string?> DutyJudge = new("--duty-judge") { Description = "The duty judge's decision: court, number, how it was given", Required = true, HelpName = "TEXT" };

    public static Command Propose() => Of("propose", "Proposes to hand an item over to the requesting authority", ReleaseDecision.PROPOSE, Conditions);

    public static Command Alone() => Of("alone", "Releases an item alone: in an emergency, on a duty judge's word, where the State's profile allows it", ReleaseDecision.ALONE, Conditions, DutyJudge);

    public static Command Uphold() => Of("uphold", "Reviews a release by one person, as another: it was right", ReleaseDecision.UPHOLD, null);

    public static Command Object() => Of("object", "Reviews a release by one person, as another: it was not right", ReleaseDecision.OBJECT, null);

    public static Command Approve() => Of("approve", "Approves a release, as the second officer; the item is sent", ReleaseDecision.APPROVE, null);

    public static Command Reject() => Of("reject", "Rejects a proposed release", ReleaseDecision.REJECT, null);

    private static Command Of(string name, string description, ReleaseDecision decision, Option<string?>? conditions, Option<string?>? dutyJudge = null)
    {
        var command = new Command(name, description) { Item, Basis, As };
        if (conditions is not null)
            command.Add(conditions);
        if (dutyJudge is not null)
            command.Add(dutyJudge);
        return command.Runs(async run =>
        {
            var manifest = await SignedManifest.FetchAsync(run, run.Value(Item));
            manifest.Show(run.Terminal);
            run.Terminal.Line();
            var fields = new JsonObject
            {
                ["itemId"] = manifest.Manifest.ItemId,
                ["manifestSha256"] = manifest.Sha256.ToString(),
                ["case"] = manifest.Manifest.Case,
                ["decision"] = decision.ToString(),
                ["legalBasis"] = run.Value(Basis),
            };
            if (run.Value(As) is { } role)
                fields["role"] = role.ToUpperInvariant();
            if (conditions is not null && run.Value(conditions) is { } text)
                fields["conditions"] = text;
            if (dutyJudge is not null)
                fields["dutyJudge"] = run.Value(dutyJudge);
            SignAndSubmit.Show(run.Terminal, await SignAndSubmit.ComposeSignSubmitAsync(run, "release", fields));
            return ExitCode.Good;
        });
    }
}

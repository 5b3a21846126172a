using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Requests;

namespace Gateway.Cli.Custody;

/// <summary>What each type of event needs, who signs it and whether it travels: the table of the format, for people.</summary>
internal static class CustodyKinds
{
    public static Command Create() => new Command("types", "The types of custody events, what each needs and who signs it").Runs(run =>
    {
        run.Terminal.Line($"every event: {string.Join(", ", CustodyFields.Before.Where(f => f is { Filled: false, Need: Need.Required }).Select(f => f.Name))}; and hashBefore, hashAfter or hashNotApplicable");
        run.Terminal.Table("", ["type", "needs", "may have", "signed by", "travels"], CustodyRules.All.Select(rule => new[]
        {
            rule.Kind.ToString(), string.Join(", ", rule.Needs.Concat(rule.Fields.Where(f => f.Need != Need.Optional).Select(f => f.Name))),
            string.Join(", ", rule.Fields.Where(f => f.Need == Need.Optional).Select(f => f.Name)), rule.OnlyGateway ? "the gateway" : string.Join(", ", rule.Signers), rule.Travels ? "yes" : "",
        }));
        run.Terminal.Write(json =>
        {
            json.WriteStartArray();
            foreach (var rule in CustodyRules.All)
            {
                json.WriteStartObject();
                json.WriteString("type", rule.Kind.ToString());
                json.WriteStartArray("needs");
                foreach (var name in rule.Needs.Concat(rule.Fields.Where(f => f.Need != Need.Optional).Select(f => f.Name)))
                    json.WriteStringValue(name);
                json.WriteEndArray();
                json.WriteStartArray("signers");
                foreach (var role in rule.Signers)
                    json.WriteStringValue(role.ToString());
                json.WriteEndArray();
                json.WriteBoolean("travels", rule.Travels);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        return Task.FromResult(ExitCode.Good);
    });
}

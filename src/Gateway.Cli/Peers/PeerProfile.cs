using System.CommandLine;
using System.Text.Json;
using Gateway.Cli.Output;
using Gateway.Cli.Requests;
using Gateway.V1;

namespace Gateway.Cli.Peers;

/// <summary>What a State asks of those who write to it: read before drafting, and later for the case as it was then.</summary>
internal static class PeerProfile
{
    public static Command Create()
    {
        var state = new Argument<string?>("state") { Description = "Your own State, a peer, or a State on paper", Arity = ArgumentArity.ZeroOrOne };
        var version = new Option<ulong>("--version-of-card") { Description = "An earlier version of its card, or of its description; left out: the newest", HelpName = "N" };
        var @case = new Option<string?>("--case") { Description = "As the requested State's profile was when this case was opened", HelpName = "CASE" };
        return new Command("profile", "Languages, thresholds, signatures, originals: what a State asks of those who write to it") { state, version, @case }.Runs(async run =>
        {
            var view = await run.Gateway.ShowProfileAsync(new ShowProfileRequest { State = run.OptionalValue(state) ?? "", Version = run.Value(version), CaseId = run.Value(@case) ?? "" }, cancellationToken: run.Cancel);
            if (view.Source.Length > 0)
            {
                run.Terminal.Facts(("State", view.State), ("no gateway", "reached on paper, as two administrators described it"), ("description", $"{view.Version}{(view.Issued.Length > 0 ? $", in force since {view.Issued}" : "")}"),
                    ("descriptions kept", string.Join(", ", view.Versions)), ("known from", view.Source));
                if (view.NotThatOfCase)
                    run.Terminal.Note("which description held when this case was opened was not kept: this is the one in force now");
            }
            else
                run.Terminal.Facts(("State", view.State), ("card", $"{view.Version}, issued {view.Issued}, valid until {view.Expires}"), ("versions kept", string.Join(", ", view.Versions)));
            using var profile = JsonDocument.Parse(view.ProfileJson);
            if (profile.RootElement.TryGetProperty("acceptsOralInEmergency", out var oral) && oral.ValueKind == JsonValueKind.True)
                run.Terminal.Facts(("in an emergency", "also by telephone; the request follows, with the time of the call in oralRequestAt"));
            if (profile.RootElement.TryGetProperty("deMinimisNote", out var note))
                run.Terminal.Facts(("petty cases", note.GetString()));
            run.Terminal.Block(ReadableJson.Text(System.Text.Encoding.UTF8.GetBytes(view.ProfileJson)));
            run.Terminal.Table("no authorities", ["authority", "name", "other names", "roles", "kinds", "from", "to", "works for"],
                view.Authorities.Select(a => new[] { a.Authority, a.Name, string.Join("; ", a.Names.OrderBy(n => n.Key, StringComparer.Ordinal).Select(n => $"{n.Key}: {n.Value}")), string.Join(", ", a.Roles), a.Functions.Count == 0 ? "those of its roles" : string.Join(", ", a.Functions), a.ValidFrom, a.ValidTo, a.Parent }));
            run.Terminal.Write(view);
            return ExitCode.Good;
        });
    }
}

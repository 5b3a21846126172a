using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>A refusal, an answer in part or a postponement as the letter that it becomes. Grounds stand in the reader's language; provision and reasons as they were written.</summary>
internal static class DecisionLetter
{
    /// <summary>Whether an act is a decision with grounds.</summary>
    public static bool Is(JsonElement act)
        => act.TryGetProperty("grounds", out var grounds) && grounds.ValueKind == JsonValueKind.Array && grounds.GetArrayLength() > 0;

    /// <summary>The letter in the languages of both States, and why when one of them is another.</summary>
    /// <param name="run">The command; asks the gateway for both profiles.</param>
    /// <param name="act">The act.</param>
    /// <param name="view">Its case.</param>
    /// <param name="own">The language of the own copy; null: that of the own State.</param>
    public static async Task<string> InBothAsync(Invocation run, JsonElement act, CaseView view, Labels? own = null)
    {
        var approved = await LegalBasis.ApprovedAsync(run);
        var ownState = view.OwnAuthority.Split('-')[0];
        var languages = LetterLanguages.Of(ownState, await AskedAsync(run, ownState), view.Peer, await AskedAsync(run, view.Peer), own);
        // On paper the word about it may have gone another way than by a message.
        var consulted = Is(act) ? (await CaseMessages.ActsAsync(run, view.CaseId)).Find(m => m.Kind == nameof(ActKind.CONSULTATION_OPENED)) : null;
        var letters = new List<string>();
        foreach (var labels in languages.All)
        {
            var names = await NamesAsync(run, act, view, labels);
            letters.Add(Is(act) ? Write(act, view, labels, approved, consulted, names) : ConsultationLetter.Write(act, view, labels, names));
        }
        return string.Join('\n', [.. languages.Notes.Select(note => $"{note}\n"), .. letters]);
    }

    // Each in the language of the letter, where its card has one; a letter without names is a letter.
    private static async Task<string> NamesAsync(Invocation run, JsonElement act, CaseView view, Labels labels)
    {
        var names = new StringBuilder();
        var from = act.TryGetProperty("authority", out var authority) ? authority.GetString()! : view.OwnAuthority;
        foreach (var one in new[] { from, from == view.OwnAuthority ? view.PeerAuthority : view.OwnAuthority })
        {
            if (await AuthorityDirectory.NameAsync(run, one, labels) is { } name)
                names.Append(CultureInfo.InvariantCulture, $"{one}: {labels.Set(name)}\n");
        }
        return names.ToString();
    }

    public static string Write(JsonElement act, CaseView view, Labels labels, IReadOnlySet<string>? approved = null, MessageView? consulted = null, string names = "")
    {
        string? Given(string name) => act.TryGetProperty(name, out var value) ? value.GetString() : null;
        var kind = Given("kind");
        var inPart = kind is nameof(ActKind.PARTIALLY_ANSWERED) or nameof(ActKind.EXECUTED);
        var from = Given("authority") ?? view.OwnAuthority;
        var letter = new StringBuilder();
        letter.Append(CultureInfo.InvariantCulture, $"[{labels.Language}] {from} → {(from == view.OwnAuthority ? view.PeerAuthority : view.OwnAuthority)}\n{names}");
        letter.Append(CultureInfo.InvariantCulture, $"{labels["letter.yourRequest"]}: {labels.Set(view.Reference)} ({labels.Word("kind", view.Kind)}, {view.Kind})\n");
        if (Given("reference") is { } reference)
            letter.Append(CultureInfo.InvariantCulture, $"{labels["letter.ourReference"]}: {labels.Set(reference)}\n");
        letter.Append('\n').Append(labels[kind == nameof(ActKind.REFUSED) ? "letter.refused" : inPart ? "letter.partly" : "letter.postponed"]).Append('\n');
        foreach (var ground in act.GetProperty("grounds").EnumerateArray())
            Ground(letter, ground, labels, approved);
        letter.Append('\n');
        if (!inPart)
            letter.Append(Given("consultationWaivedReason") is { } waived ? $"{labels["letter.noConsultation"]}: {labels.Set(waived)}\n" : $"{Consulted(view, labels, consulted)}\n");
        if (Given("reviewOn") is { } day)
            letter.Append(labels.Format("letter.review", ("day", day))).Append('\n');
        if (Given("text") is { } text)
            letter.Append(labels.Set(text)).Append('\n');
        letter.Append(labels["letter.asWritten"]).Append('\n');
        Enclosures(letter, act, labels);
        if (Given("finality") is { } finality)
            letter.Append(labels.Word("finality", finality)).Append('\n');
        return letter.ToString();
    }

    private static void Enclosures(StringBuilder letter, JsonElement act, Labels labels)
    {
        if (!act.TryGetProperty("attachments", out var attachments) || attachments.ValueKind != JsonValueKind.Array || attachments.GetArrayLength() == 0)
            return;
        letter.Append(CultureInfo.InvariantCulture, $"\n{labels["letter.enclosures"]}:\n");
        foreach (var file in attachments.EnumerateArray())
            letter.Append(CultureInfo.InvariantCulture, $"  {labels.Set(file.GetProperty("name").GetString()!)}: {labels.Word("word", file.GetProperty("type").GetString()!)}, {labels.Word("language", file.GetProperty("language").GetString()!)}, SHA-256 {file.GetProperty("sha256").GetString()}\n");
        letter.Append('\n');
    }

    private static string Consulted(CaseView view, Labels labels, MessageView? consulted) => consulted is null ? labels["letter.consulted"]
        : labels.Format("letter.consultedOn", ("day", consulted.Time[..10]), ("authority", consulted.Sender), ("side", labels.Word("side", ConsultationLetter.SideOf(consulted.Sender, view))));

    private static void Ground(StringBuilder letter, JsonElement ground, Labels labels, IReadOnlySet<string>? approved)
    {
        var code = ground.GetProperty("code").GetString()!;
        letter.Append(CultureInfo.InvariantCulture, $"\n  {code}: {labels.Word("ground", code)}");
        if (Grounds.Of(code) is { Source: var source })
            letter.Append(CultureInfo.InvariantCulture, $" ({source}{(Treaties.Cite(source, approved) == source ? "" : $", {labels["letter.unconfirmed"]}")})");
        letter.Append(CultureInfo.InvariantCulture, $"\n  {labels["letter.provision"]}: {labels.Set(ground.GetProperty("provision").GetString()!)}\n");
        letter.Append(CultureInfo.InvariantCulture, $"  {labels["letter.reasons"]}: {labels.Set(ground.GetProperty("reasons").GetString()!)}\n");
    }

    // The profile that is in force now: the letter is read now, however old the case is.
    private static async Task<IReadOnlyList<string>> AskedAsync(Invocation run, string state)
    {
        var view = await run.Gateway.ShowProfileAsync(new ShowProfileRequest { State = state }, cancellationToken: run.Cancel);
        using var profile = JsonDocument.Parse(view.ProfileJson);
        return profile.RootElement.TryGetProperty("languages", out var languages) ? [.. languages.EnumerateArray().Select(language => language.GetString()!)] : [];
    }
}

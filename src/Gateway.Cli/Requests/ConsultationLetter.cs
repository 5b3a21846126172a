using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Wording;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>The opening of a consultation as a letter: which side asks, what, and by when it expects an answer.</summary>
internal static class ConsultationLetter
{
    private const string Requesting = "REQUESTING";

    /// <summary>Whether an act opens a consultation.</summary>
    public static bool Is(JsonElement act) => act.TryGetProperty("kind", out var kind) && kind.GetString() == nameof(ActKind.CONSULTATION_OPENED);

    public static string Write(JsonElement act, CaseView view, Labels labels, string names = "")
    {
        string? Given(string name) => act.TryGetProperty(name, out var value) ? value.GetString() : null;
        var from = Given("authority") ?? view.OwnAuthority;
        var side = SideOf(from, view);
        var letter = new StringBuilder();
        letter.Append(CultureInfo.InvariantCulture, $"[{labels.Language}] {from} → {(from == view.OwnAuthority ? view.PeerAuthority : view.OwnAuthority)}\n{names}");
        letter.Append(CultureInfo.InvariantCulture, $"{labels[side == Requesting ? "letter.ourRequest" : "letter.yourRequest"]}: {labels.Set(view.Reference)} ({labels.Word("kind", view.Kind)}, {view.Kind})\n");
        if (Given("reference") is { } reference)
            letter.Append(CultureInfo.InvariantCulture, $"{labels["letter.ourReference"]}: {labels.Set(reference)}\n");
        letter.Append('\n').Append(labels.Format("letter.consultation", ("authority", from), ("side", labels.Word("side", side)))).Append('\n');
        letter.Append(labels.Set(Given("text") ?? "")).Append("\n\n");
        letter.Append(Given("dueAt") is { } due && DateTimeOffset.TryParse(due, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? labels.Format("letter.expected", ("time", string.Create(CultureInfo.InvariantCulture, $"{time.UtcDateTime:yyyy-MM-dd HH:mm} UTC"))) : labels["letter.noneExpected"]);
        return letter.Append('\n').ToString();
    }

    /// <summary>The side of the State of an authority, which need not be the authority at whose desk the case lies.</summary>
    public static string SideOf(string authority, CaseView view)
        => Ids.StateOf(authority) == Ids.StateOf(view.OwnAuthority) ? view.Side : view.Side == Requesting ? "REQUESTED" : Requesting;
}

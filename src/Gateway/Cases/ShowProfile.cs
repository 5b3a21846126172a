using System.Text;
using System.Text.Json;
using Gateway.Access;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Refusals;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.Users;
using Gateway.V1;
using Refusal = Gateway.Protocol.Refusals.Refusal;

namespace Gateway.Cases;

/// <summary>The profile of a State, in any version that was ever in force: an old case is judged by what held when it was opened.</summary>
internal sealed class ShowProfile(Database database, PeerDirectory peers, NeedToKnow access)
{
    public Outcome<ProfileView> Run(ShowProfileRequest request, User by) => database.Read<Outcome<ProfileView>>(s =>
    {
        var (state, version, onPaper) = (request.State, (long)Math.Min(request.Version, long.MaxValue), false);
        if (request.CaseId.Length > 0)
        {
            if (by.Refuse(Permission.ReadReceipts) is { } notPermitted)
                return notPermitted;
            if (CaseRow.Seen(s, access.Of(by, Permission.ReadReceipts), request.CaseId) is not { } row)
                return NeedToKnow.NoCase();
            onPaper = row.Side == CaseSide.Requesting && PaperCases.Has(s, row.Id);
            (state, version) = (row.Side == CaseSide.Requesting ? row.Peer : peers.OwnCard.Card.State, onPaper ? PaperCases.Description(s, row.Id) : 0);
            // Of a case on its way the one under which it was written.
            if (!onPaper)
                version = (CaseCards.Delivered(s, row) is { } delivered ? peers.CardOf(state, delivered)?.Version : CaseFacts.Of(s, row.Id).CardVersion) ?? 0;
        }
        // What a State without a gateway asks stands in the descriptions that two administrators brought. A case that runs on paper has its own for good, whatever card came later.
        if (Ids.IsState(state) && (onPaper || PeerRows.Find(s, state) is null) && PaperStates.Find(s, state, version) is { } described)
        {
            var shown = View(described.Options.ToCard(), described.Options.Source);
            (shown.Version, shown.Issued, shown.NotThatOfCase) = ((ulong)described.Number, described.Since, onPaper && version == 0);
            shown.Versions.AddRange(PaperStates.Numbers(s, state).Select(n => (ulong)n));
            return shown;
        }
        var cards = Ids.IsState(state) ? PeerRows.Cards(s, state) : [];
        if (cards.LastOrDefault(c => version == 0 || c.Card.Version == version) is not { Card: var card })
            return new Refusal(RefusalCode.NotFound, "there is no such State, or no such version of its card or description", "state");
        var view = View(card, "");
        (view.Version, view.Issued, view.Expires) = ((ulong)card.Version, DocumentWriter.FormatTime(card.Issued), DocumentWriter.FormatTime(card.Expires));
        view.Versions.AddRange(cards.Select(c => (ulong)c.Card.Version).Reverse());
        return view;
    });

    private static ProfileView View(PeerCard card, string source)
    {
        var view = new ProfileView { State = card.State, ProfileJson = Profile(card), Source = source };
        view.Authorities.AddRange(card.Authorities.Select(PeerViews.Of));
        return view;
    }

    private static string Profile(PeerCard card)
    {
        using var json = JsonDocument.Parse(card.Write());
        return json.RootElement.GetProperty("profile").GetRawText();
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Requests;
using Gateway.V1;

namespace Gateway.Cli.Requests;

/// <summary>A refusal or postponement as the letter that it becomes. Grounds stand in the reader's language; provision and reasons as they were written.</summary>
internal static class DecisionLetter
{
    private static readonly Dictionary<string, string> French = new(StringComparer.Ordinal)
    {
        ["RF-FORM"] = "La demande n'a pas le contenu requis.",
        ["RF-ESSENTIAL-SOVEREIGNTY"] = "L'exécution risque de porter atteinte à la souveraineté de l'État requis.",
        ["RF-ESSENTIAL-SECURITY"] = "L'exécution risque de porter atteinte à la sécurité de l'État requis.",
        ["RF-ESSENTIAL-PUBLIC_ORDER"] = "L'exécution risque de porter atteinte à l'ordre public de l'État requis.",
        ["RF-ESSENTIAL-OTHER"] = "L'exécution risque de porter atteinte à d'autres intérêts essentiels de l'État requis.",
        ["RF-DOMESTIC"] = "La loi de l'État requis interdirait la mesure pour une infraction analogue.",
        ["RF-LEGALSYSTEM"] = "Donner suite serait contraire au système juridique de l'État requis en matière d'entraide.",
        ["RF-DUAL"] = "Les faits ne constituent pas une infraction au regard de la loi de l'État requis.",
        ["RF-DISCRIM"] = "Le but est de punir une personne pour son sexe, sa race, sa langue, sa religion, sa nationalité, son origine ethnique ou ses opinions politiques.",
        ["RF-POLITICAL"] = "L'infraction est considérée comme politique.",
        ["RF-NEBIS"] = "La personne a été jugée ou est poursuivie pour les mêmes faits.",
        ["RF-DEMINIMIS"] = "L'affaire est mineure et n'a pas été suffisamment justifiée.",
        ["RF-IMMUNITY"] = "Une immunité, un privilège ou la liberté de la presse s'y oppose.",
        ["RF-FUNDRIGHTS"] = "L'exécution serait incompatible avec les obligations de protection des droits de l'homme.",
        ["RF-PERSDATA"] = "Le transfert de données à caractère personnel est interdit.",
        ["PP-OWNCASE"] = "L'exécution entraverait des enquêtes ou des procédures propres.",
        ["EX-DUAL"] = "Les faits ne constituent pas une infraction au regard de la loi de l'État requis.",
        ["EX-NEBIS"] = "La personne a été condamnée ou est poursuivie dans l'État requis pour la même infraction.",
        ["EX-DISCRIM"] = "L'intention est de poursuivre ou de punir une personne pour sa race, son sexe, sa religion, sa nationalité ou son origine ethnique, ou pour des motifs politiques.",
        ["EX-ESSENTIAL"] = "L'extradition porterait atteinte à la souveraineté, à la sécurité, à l'ordre public ou à d'autres intérêts essentiels.",
        ["EX-DEATH"] = "L'infraction est punie de mort et aucune assurance suffisante n'a été donnée.",
        ["EX-TERRITORY"] = "L'infraction a été commise en tout ou en partie sur le territoire de l'État requis.",
        ["EX-NATIONAL"] = "La personne est ressortissante de l'État requis ; le transfert de la procédure peut être demandé.",
        ["PD-CONSTITUTION"] = "Protection des fondements de l'ordre constitutionnel.",
        ["PD-MORALITY"] = "Protection de la morale.",
        ["PD-HEALTH"] = "Protection de la santé.",
        ["PD-RIGHTS"] = "Protection des droits et des intérêts légitimes des citoyens.",
        ["PD-DEFENCE"] = "Protection de la défense nationale.",
        ["PD-STATESECURITY"] = "Protection de la sécurité de l'État.",
        ["PD-ECONOMIC"] = "Protection des intérêts économiques et financiers.",
        ["PD-SOVEREIGNTY"] = "Protection de la souveraineté.",
        ["PD-TERRITORIAL"] = "Protection de l'intégrité territoriale.",
        ["PD-OTHERINT"] = "Protection d'autres intérêts.",
    };

    /// <summary>The languages in which the letter is shown.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["en", "fr"];

    /// <summary>The words of a ground in a language; English where there are no others.</summary>
    public static string GroundText(string code, string language) => language == "fr" && French.TryGetValue(code, out var text) ? text : Grounds.Of(code)!.Text;

    public static string Write(JsonElement act, CaseView view, string language, IReadOnlySet<string>? approved = null)
    {
        string Say(string english, string french) => language == "fr" ? french : english;
        string? Given(string name) => act.TryGetProperty(name, out var value) ? value.GetString() : null;
        var refused = Given("kind") == nameof(ActKind.REFUSED);
        var letter = new StringBuilder();
        letter.Append(CultureInfo.InvariantCulture, $"[{language}] {view.OwnAuthority} → {view.PeerAuthority}\n");
        letter.Append(CultureInfo.InvariantCulture, $"{Say("Your request", "Votre demande")}: {view.Reference} ({view.Kind})\n");
        if (Given("reference") is { } reference)
            letter.Append(CultureInfo.InvariantCulture, $"{Say("Our reference", "Notre référence")}: {reference}\n");
        var partly = Given("kind") == nameof(ActKind.PARTIALLY_ANSWERED);
        letter.Append('\n').Append(refused
            ? Say("The request is refused on the following grounds:", "La demande est refusée pour les motifs suivants :")
            : partly ? Say("The request is answered in part. What is missing is refused on the following grounds:", "Il est répondu en partie à la demande. Le reste est refusé pour les motifs suivants :")
            : Say("The request is postponed on the following grounds:", "L'exécution de la demande est reportée pour les motifs suivants :")).Append('\n');
        foreach (var ground in act.GetProperty("grounds").EnumerateArray())
        {
            var code = ground.GetProperty("code").GetString()!;
            letter.Append(CultureInfo.InvariantCulture, $"\n  {code}: {GroundText(code, language)} ({Treaties.Cite(Grounds.Of(code)!.Source, approved)})\n");
            letter.Append(CultureInfo.InvariantCulture, $"  {Say("Provision relied on", "Disposition invoquée")}: {ground.GetProperty("provision").GetString()}\n");
            letter.Append(CultureInfo.InvariantCulture, $"  {Say("Reasons", "Motivation")}: {ground.GetProperty("reasons").GetString()}\n");
        }
        letter.Append('\n');
        if (!partly)
        {
            letter.Append(Given("consultationWaivedReason") is { } waived
                ? $"{Say("There was no consultation", "Il n'y a pas eu de consultation")}: {waived}\n"
                : Say("A consultation took place before.\n", "Une consultation a eu lieu auparavant.\n"));
        }
        if (Given("reviewOn") is { } day)
            letter.Append(CultureInfo.InvariantCulture, $"{Say("It is looked at again on", "Elle sera réexaminée le")} {day}.\n");
        if (Given("text") is { } text)
            letter.Append(text).Append('\n');
        if (refused)
            letter.Append(FinalityText(Given("finality"), Say)).Append('\n');
        return letter.ToString();
    }

    private static string FinalityText(string? finality, Func<string, string, string> say) => finality switch
    {
        "APPEAL_POSSIBLE" => say("The case is closed. The law of the requested State allows an appeal against this decision.", "Le dossier est clos. La loi de l'État requis permet un recours contre cette décision."),
        "NEW_REQUEST_POSSIBLE" => say("The case is closed. A new request that removes the grounds may be sent.", "Le dossier est clos. Une nouvelle demande qui écarte ces motifs peut être adressée."),
        _ => say("This decision is final; the case is closed.", "Cette décision est définitive ; le dossier est clos."),
    };
}

using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Acts;

/// <summary>A ground as an act states it.</summary>
/// <param name="Code">A word of <see cref="Grounds"/>.</param>
/// <param name="Provision">The provision relied on.</param>
/// <param name="Reasons">Why it applies here.</param>
public sealed record Ground(string Code, string Provision, string Reasons);

/// <summary>A ground that may be chosen.</summary>
/// <param name="Code">The word on the wire.</param>
/// <param name="Text">What it says, in words for a letter.</param>
/// <param name="Source">The provisions that allow it.</param>
public sealed record GroundRow(string Code, string Text, string Source);

/// <summary>The closed list of grounds to refuse, postpone or restrict, and the rules that go with it (V040, V041).</summary>
public static class Grounds
{
    private const string Extradition = "EX-";
    private const string PersonalData = "PD-";
    private const string Postponement = "PP-";

    private static readonly GroundRow[] Table =
    [
        new("RF-FORM", "The request does not have the content required.", "UNCC 40(21)"),
        new("RF-ESSENTIAL-SOVEREIGNTY", "Execution is likely to prejudice the sovereignty of the requested State.", "UNCC 40(21)"),
        new("RF-ESSENTIAL-SECURITY", "Execution is likely to prejudice the security of the requested State.", "UNCC 40(21)"),
        new("RF-ESSENTIAL-PUBLIC_ORDER", "Execution is likely to prejudice the public order of the requested State.", "UNCC 40(21)"),
        new("RF-ESSENTIAL-OTHER", "Execution is likely to prejudice other essential interests of the requested State.", "UNCC 40(21)"),
        new("RF-DOMESTIC", "The law of the requested State would prohibit the measure for a similar offence.", "UNCC 40(21)"),
        new("RF-LEGALSYSTEM", "Granting the request would be contrary to the legal system of the requested State on mutual legal assistance.", "UNCC 40(21)"),
        new("RF-DUAL", "The conduct is no offence under the law of the requested State.", "UNCC 40(8)"),
        new("RF-DISCRIM", "The purpose is to punish a person for sex, race, language, religion, nationality, ethnic origin or political opinion.", "UNCC 40(22)"),
        new("RF-POLITICAL", "The offence is regarded as political.", "BUDAPEST 27(4)(a)"),
        new("RF-NEBIS", "The person was tried or is prosecuted for the same conduct.", "EIO 11"),
        new("RF-DEMINIMIS", "The matter is petty and no sufficient justification was given.", "UNCC 40(8)"),
        new("RF-IMMUNITY", "An immunity, a privilege or the freedom of the press stands against it.", "EIO 11"),
        new("RF-FUNDRIGHTS", "Execution would be incompatible with duties to protect human rights.", "EIO 11"),
        new("RF-PERSDATA", "The transfer of personal data is prohibited.", "UNCC 36"),
        new("PP-OWNCASE", "Execution would interfere with own investigations or proceedings.", "UNCC 40(26)"),
        new("EX-DUAL", "The conduct is no offence under the law of the requested State.", "UNCC 37"),
        new("EX-NEBIS", "The person was sentenced or is prosecuted in the requested State for the same offence.", "UNCC 37"),
        new("EX-DISCRIM", "The intention is to prosecute or punish a person for race, sex, religion, nationality or ethnic origin, or for political reasons.", "UNCC 37"),
        new("EX-ESSENTIAL", "Extradition would prejudice sovereignty, security, public order or other essential interests.", "UNCC 37"),
        new("EX-DEATH", "The offence is punishable by death and no sufficient assurance was given.", "UNCC 37"),
        new("EX-TERRITORY", "The offence was committed in whole or in part in the territory of the requested State.", "UNCC 37"),
        new("EX-NATIONAL", "The person is a national of the requested State; a transfer of the proceedings may be asked for.", "UNCC 37"),
        new("PD-CONSTITUTION", "Protection of the foundations of the constitutional order.", "UNCC 36"),
        new("PD-MORALITY", "Protection of morality.", "UNCC 36"),
        new("PD-HEALTH", "Protection of health.", "UNCC 36"),
        new("PD-RIGHTS", "Protection of the rights and legitimate interests of citizens.", "UNCC 36"),
        new("PD-DEFENCE", "Protection of national defence.", "UNCC 36"),
        new("PD-STATESECURITY", "Protection of the security of the State.", "UNCC 36"),
        new("PD-ECONOMIC", "Protection of economic and financial interests.", "UNCC 36"),
        new("PD-SOVEREIGNTY", "Protection of sovereignty.", "UNCC 36"),
        new("PD-TERRITORIAL", "Protection of territorial integrity.", "UNCC 36"),
        new("PD-OTHERINT", "Protection of other interests.", "UNCC 36"),
    ];

    /// <summary>All grounds.</summary>
    public static IReadOnlyList<GroundRow> All => Table;

    /// <summary>The row of a code, or null.</summary>
    public static GroundRow? Of(string code) => Array.Find(Table, row => row.Code == code);

    /// <summary>The grounds on which a request may be refused in whole or in part.</summary>
    public static IReadOnlyList<GroundRow> For(RequestKind kind, DualCriminality dual)
        => [.. Table.Where(row => !row.Code.StartsWith(Postponement, StringComparison.Ordinal) && MayRefuse(row.Code, kind, dual))];

    /// <summary>What is wrong with the grounds of an act; empty when nothing is.</summary>
    /// <param name="act">The act.</param>
    /// <param name="kind">Kind of the request.</param>
    /// <param name="conventionOffence">An offence of the request is one of the convention.</param>
    /// <param name="dual">When the requested State demands dual criminality, as its card says.</param>
    public static IEnumerable<Refusal> Judge(Act act, RequestKind kind, bool conventionOffence, DualCriminality dual)
    {
        var grounds = act.Grounds;
        // The last answer refuses what it leaves out just as one of several does.
        var inPart = act is { Kind: ActKind.EXECUTED, Outcome: nameof(ActOutcome.PARTIAL) };
        if (act.Kind is not (ActKind.REFUSED or ActKind.POSTPONED or ActKind.PARTIALLY_ANSWERED) && !inPart)
        {
            if (grounds.Count > 0)
                yield return new Refusal(RefusalCode.DocumentValue, $"{act.Kind}{(act.Outcome is { } outcome ? $" ({outcome})" : "")} has no grounds", "grounds");
            yield break;
        }
        if (grounds.Count == 0 && inPart)
            yield return new Refusal(RefusalCode.RefusalWithoutGround, "An answer in part needs a ground code, reasons and the provision relied on for what it leaves out; where nothing is refused, another outcome says why the rest is not there.", "grounds");
        else if (grounds.Count == 0 && act.Kind != ActKind.PARTIALLY_ANSWERED)
            yield return new Refusal(RefusalCode.RefusalWithoutGround, "Refusal needs a ground code, reasons and the provision relied on.", "grounds");
        for (var i = 0; i < grounds.Count; i++)
        {
            var (code, provision, reasons) = grounds[i];
            if (provision.Length == 0 || reasons.Length == 0)
                yield return new Refusal(RefusalCode.RefusalWithoutGround, "Refusal needs a ground code, reasons and the provision relied on.", $"grounds[{i}].{(provision.Length == 0 ? "provision" : "reasons")}");
            var fits = act.Kind == ActKind.POSTPONED ? code.StartsWith(Postponement, StringComparison.Ordinal) && MayPostpone(kind) : !code.StartsWith(Postponement, StringComparison.Ordinal) && MayRefuse(code, kind, dual);
            if (!fits)
                yield return new Refusal(RefusalCode.RefusalWithoutGround, $"{code} is no ground for {act.Kind} of {kind}.", $"grounds[{i}].code");
        }
        var personal = grounds.Any(ground => ground.Code.StartsWith(PersonalData, StringComparison.Ordinal));
        if (grounds.Any(ground => ground.Code == "RF-PERSDATA") != personal)
            yield return new Refusal(RefusalCode.RefusalWithoutGround, "RF-PERSDATA stands together with the PD ground that prohibits the transfer.", "grounds");
        if (act.Kind == ActKind.REFUSED && conventionOffence && grounds.Count > 0 && grounds.All(ground => ground.Code == "RF-POLITICAL"))
            yield return new Refusal(RefusalCode.GroundNotAlone, "This ground alone is not accepted for an offence of the convention. Add another ground or withdraw the refusal.", "grounds");
    }

    /// <summary>Whether a ground is open on which a request of this kind may be postponed: what is only kept, not given, disturbs no proceedings of the State that keeps it.</summary>
    public static bool MayPostpone(RequestKind kind) => kind is not (RequestKind.PRESERVE_DATA or RequestKind.PRESERVE_EXTENSION);

    private static bool MayRefuse(string code, RequestKind kind, DualCriminality dual) => kind switch
    {
        RequestKind.EXTRADITION => code.StartsWith(Extradition, StringComparison.Ordinal) || code == "RF-FORM",
        // A preservation is only kept, not given: few grounds are open against it.
        RequestKind.PRESERVE_DATA or RequestKind.PRESERVE_EXTENSION
            => code == "RF-POLITICAL" || code.StartsWith("RF-ESSENTIAL", StringComparison.Ordinal) || (code == "RF-DUAL" && dual == DualCriminality.ALWAYS),
        _ => !code.StartsWith(Extradition, StringComparison.Ordinal)
            && (code != "RF-DUAL" || dual == DualCriminality.ALWAYS || (dual == DualCriminality.COERCIVE_ONLY && RequestKinds.Of(kind).Coercive)),
    };
}

using Gateway.Cases;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;
using Gateway.Storage;

namespace Gateway.Reception;

/// <summary>For what the data of a case may be used: the terms of the case, and what the State that gave them allowed besides. They hold for every message of the case, and whoever reads one says for what.</summary>
/// <param name="Terms">Purpose and conditions.</param>
/// <param name="Received">Personal data come to our side: we read them for the purpose of the request, or not at all.</param>
/// <param name="Consents">What the other State allowed besides, today.</param>
internal sealed record DataUse(UseTerms Terms, bool Received, IReadOnlyList<GrantedUse> Consents)
{
    /// <summary>Whether the terms go with what we received.</summary>
    public bool Binds => Received || Terms.Accepted;

    /// <summary>The purpose code of the request.</summary>
    public string Purpose => Terms.Purpose;

    /// <summary>From the request of the case and the acts since; null when its content is gone.</summary>
    public static DataUse? Of(Session s, CaseKeys caseKeys, CaseRow row, DateTimeOffset now)
    {
        if (UseTerms.Of(s, caseKeys, row) is not { } terms)
            return null;
        var own = Ids.StateOf(row.OwnAuthority);
        var received = row.Side.IsIn(terms.Personal);
        // Only what we received is used under a consent; what we gave is ours.
        var consents = received
            ? Submission.Consents.Granted(s, caseKeys, row.Peer).Where(c => c.Refuse(row.Id, c.PurposeCode, own, own, now) is null)
                .Select(c => new GrantedUse(c, c.Case == row.Id ? [] : UseTerms.AcceptedOf(s, caseKeys, CaseRow.Find(s, c.Case)!))).ToList()
            : [];
        return new DataUse(terms, received, consents);
    }

    /// <summary>Of a request that waits for a decision about its marks and has opened no case yet: it is read all the same.</summary>
    public static DataUse Of(Request request) => new(UseTerms.Of(request, []), CaseSide.Requested.IsIn(request.Receiver), []);

    /// <summary>In one line, for what leaves with the data.</summary>
    public string Line => Terms.LineWith(string.Concat(Consents.Select(c => $", and for {c}")));

    /// <summary>The conditions for whoever reads the data: the consents too, each with the data for which it was asked.</summary>
    public IEnumerable<string> Shown => Terms.Conditions.Select(c => c.ToString()).Concat(Consents.Select(c => $"CONSENT: {c}: {c.Use.Data}"));

    /// <summary>The same for a purpose in words: they begin with its code, <c>CRIMINAL_PROCEEDINGS: examination of the disk</c>.</summary>
    public Refusal? RefuseWords(string words) => Refuse(CodeIn(words));

    /// <summary>The code with which words begin; empty when they begin with none.</summary>
    public static string CodeIn(string words)
    {
        var code = new string([.. words.TakeWhile(c => char.IsAsciiLetterUpper(c) || c == '_')]);
        return code.Length > 1 && code.Contains('_', StringComparison.Ordinal) && (code.Length == words.Length || words[code.Length] is ' ' or ':') ? code : "";
    }

    /// <summary>Why somebody who declares this purpose may not read; null when he may.</summary>
    public Refusal? Refuse(string declared)
    {
        if (!Received || declared == Purpose || Consents.Any(c => c.Use.PurposeCode == declared))
            return null;
        return declared.Length == 0
            ? new Refusal(RefusalCode.AccessPurposeMissing, $"these are personal data: declare the purpose; the request states {Purpose}", "purposeCode")
            : new Refusal(RefusalCode.PurposeDiffers, $"Declared purpose differs from the request's purpose ({Purpose}){(Consents.Count > 0 ? $" and from what was consented to ({string.Join("; ", Consents.Select(c => c.Use))})" : "")}. Send FURTHER_USE_CONSENT.", "purposeCode");
    }
}

/// <summary>A consent to further use with the conditions under which it was given.</summary>
internal sealed record GrantedUse(FurtherUse Use, IReadOnlyList<UseCondition> Conditions)
{
    public override string ToString() => Conditions.Count == 0 ? Use.ToString() : $"{Use} ({string.Join("; ", Conditions)})";
}

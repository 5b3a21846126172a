using System.Globalization;
using Gateway.Cases;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
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
    private const int LeastReason = 10;
    private const int MaxCode = 60;
    private const int MaxWords = 500;
    private static readonly string SayWhy = string.Create(CultureInfo.InvariantCulture, $"say beside the code in {LeastReason} characters or more why they are read");

    /// <summary>Special categories of personal data are among them: whoever reads them says in words why.</summary>
    public bool Special { get; private init; } = Terms.Special;

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
        // Only what we received is used under a consent; what we gave is ours. An item may bring what the request did not.
        var consents = received || s.Number("SELECT EXISTS (SELECT 1 FROM items WHERE case_id = $1 AND direction = 'IN')", row.Id) == 1
            ? Submission.Consents.Granted(s, caseKeys, row.Peer).Where(c => c.Refuse(row.Id, c.PurposeCode, own, own, now) is null)
                .Select(c => new GrantedUse(c, c.Case == row.Id ? [] : UseTerms.AcceptedOf(s, caseKeys, CaseRow.Find(s, c.Case)!))).ToList()
            : [];
        return new DataUse(terms, received, consents);
    }

    /// <summary>Of a request that waits for a decision about its marks and has opened no case yet: it is read all the same.</summary>
    public static DataUse Of(Request request) => new(UseTerms.Of(request, []), CaseSide.Requested.IsIn(request.Receiver), []);

    /// <summary>The same for an item that came to us: what its manifest declares counts, whatever the request says.</summary>
    public DataUse With(ItemHandling? handling) => handling is null ? this : this with { Received = true, Special = Special || handling.IsSpecial };

    /// <summary>In one line, for what leaves with the data.</summary>
    public string Line => Terms.LineWith(string.Concat(Consents.Select(c => $", and for {c}")));

    /// <summary>The conditions for whoever reads the data: the consents too, each with the data for which it was asked.</summary>
    public IEnumerable<string> Shown => Terms.Conditions.Select(c => c.ToString()).Concat(Consents.Select(c => $"CONSENT: {c}: {c.Use.Data}"));

    /// <summary>The same for a purpose in words: they begin with its code, <c>CRIMINAL_PROCEEDINGS: examination of the disk</c>.</summary>
    public Refusal? RefuseWords(string words) => Refuse(CodeIn(words), words);

    /// <summary>The code with which words begin; empty when they begin with none.</summary>
    public static string CodeIn(string words)
    {
        var code = new string([.. words.TakeWhile(c => char.IsAsciiLetterUpper(c) || c == '_')]);
        return code.Length > 1 && code.Contains('_', StringComparison.Ordinal) && (code.Length == words.Length || words[code.Length] is ' ' or ':') ? code : "";
    }

    /// <summary>Why somebody who declares this purpose may not read; null when he may.</summary>
    /// <param name="declared">The purpose code.</param>
    /// <param name="words">What is said beside it; it may begin with the code.</param>
    public Refusal? Refuse(string declared, string words)
    {
        if (!Received)
            return null;
        if (declared != Purpose && !Consents.Any(c => c.Use.PurposeCode == declared))
            return declared.Length == 0
                ? new Refusal(RefusalCode.AccessPurposeMissing, $"these are personal data{(Special ? $" of a special category: {SayWhy}, and" : ":")} declare the purpose; the request states {Purpose}", "purposeCode")
                : new Refusal(RefusalCode.PurposeDiffers, $"Declared purpose differs from the request's purpose ({Purpose}){(Consents.Count > 0 ? $" and from what was consented to ({string.Join("; ", Consents.Select(c => c.Use))})" : "")}. Send FURTHER_USE_CONSENT.", "purposeCode");
        return Special && Beside(declared, words).Length < LeastReason
            ? new Refusal(RefusalCode.AccessPurposeMissing, $"these are personal data of a special category: {SayWhy}", "purpose")
            : null;
    }

    /// <summary>Why a purpose cannot be recorded as it is said; it is recorded whole or the act does not take place.</summary>
    public static Refusal? RefuseForm(string code, string words)
        => code.Length > MaxCode || code.Contains('\0', StringComparison.Ordinal) ? new Refusal(RefusalCode.ArgumentNotValid, $"a purpose code has at most {MaxCode} characters", "purposeCode")
            : words.Length > MaxWords || words.Contains('\0', StringComparison.Ordinal) ? new Refusal(RefusalCode.ArgumentNotValid, $"say in {MaxWords} characters at most why; it is recorded", "purpose")
            : null;

    private static string Beside(string code, string words)
        => (words.StartsWith(code, StringComparison.Ordinal) ? words[code.Length..].TrimStart(':', ' ') : words).Trim();
}

/// <summary>A consent to further use with the conditions under which it was given.</summary>
internal sealed record GrantedUse(FurtherUse Use, IReadOnlyList<UseCondition> Conditions)
{
    public override string ToString() => Conditions.Count == 0 ? Use.ToString() : $"{Use} ({string.Join("; ", Conditions)})";
}

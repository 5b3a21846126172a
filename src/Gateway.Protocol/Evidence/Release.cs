using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Requests;

namespace Gateway.Protocol.Evidence;

/// <summary>A person's part in a release: two different persons must say PROPOSE and APPROVE before an item leaves.</summary>
public enum ReleaseDecision
{
    /// <summary>The first person.</summary>
    PROPOSE,

    /// <summary>The second person.</summary>
    APPROVE,

    /// <summary>The second person says no.</summary>
    REJECT,

    /// <summary>One person alone, in an emergency, on a duty judge's word, where the State's profile allows it; another person reviews it later.</summary>
    ALONE,

    /// <summary>The review finds that the lone release was right.</summary>
    UPHOLD,

    /// <summary>The review finds that it was not.</summary>
    OBJECT,
}

/// <summary>A decision on handing an item over. Type <c>release</c>, version 1, signed by the person who decides.</summary>
/// <param name="Id">Of the proposal or lone release; an approval, a rejection or a review repeats the id of what it decides about.</param>
/// <param name="ItemId">The item.</param>
/// <param name="ManifestSha256">SHA-256 of the signed manifest.</param>
/// <param name="Case">The case to which the item is released.</param>
/// <param name="Authority">The competent authority for which the person decides.</param>
/// <param name="Role">The role in which the person decides: one that the person holds, that may release, and that the State's card gives to the authority.</param>
/// <param name="Decision">What is decided.</param>
/// <param name="LegalBasis">The provision and the order relied on; for a rejection, the ground.</param>
/// <param name="Time">UTC.</param>
/// <param name="Conditions">Conditions of use that go with the item and every copy of it, or null.</param>
/// <param name="DutyJudge">The duty judge's decision on which a lone release rests: court, number, how it was given. With ALONE, and only there.</param>
/// <param name="Terms">Under what the data of the case may be used, as its request promised and the requesting side accepted, in one line; filled in by the gateway. Null: nothing binds them, or the decision releases nothing.</param>
public sealed record Release(
    string Id, string ItemId, Digest ManifestSha256, string Case, string Authority, Role Role, ReleaseDecision Decision, string LegalBasis, DateTimeOffset Time, string? Conditions = null,
    string? DutyJudge = null, string? Terms = null)
{
    /// <summary>Longest text of <see cref="Terms"/>.</summary>
    public const int MaxTerms = 20_000;

    private const string Type = "release";

    /// <summary>Reads a decision.</summary>
    public static Outcome<Release> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var release = new Release(
            r.Id("id", Ids.IsId), r.Id("itemId", Ids.IsId), r.Digest("manifestSha256"), r.Id("case", Ids.IsCase), r.Id("authority", Ids.IsAuthority), r.Word<Role>("role"),
            r.Word<ReleaseDecision>("decision"), r.Text("legalBasis", 2000), r.Time("time"), r.TextOrNull("conditions", 4000), r.TextOrNull("dutyJudge", 500), r.OptionalText("terms", MaxTerms));
        if (!r.Failed && release.Decision == ReleaseDecision.ALONE && release.DutyJudge is null)
            r.Refuse(RefusalCode.RequiredFieldEmpty, "a lone release names the duty judge's decision on which it rests", "dutyJudge");
        else if (!r.Failed && release.Decision != ReleaseDecision.ALONE && release.DutyJudge is not null)
            r.Refuse(RefusalCode.DocumentValue, "only a lone release names a duty judge", "dutyJudge");
        return release;
    });

    /// <summary>Null when every text says something; asked of what is new.</summary>
    public Refusal? RefuseBlank() => SaidText.Refuse(("legalBasis", LegalBasis), ("conditions", Conditions), ("dutyJudge", DutyJudge), ("terms", Terms));

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w
        .Text("id", Id).Text("itemId", ItemId).Digest("manifestSha256", ManifestSha256).Text("case", Case).Text("authority", Authority)
        .Word("role", Role).Word("decision", Decision).Text("legalBasis", LegalBasis).Time("time", Time).TextOrNull("conditions", Conditions).TextOrNull("dutyJudge", DutyJudge).OptionalText("terms", Terms));
}

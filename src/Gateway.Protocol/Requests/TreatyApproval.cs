using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Requests;

/// <summary>A provision as it was approved: number and subject, by digest.</summary>
/// <param name="Id">Of <see cref="Treaties"/>.</param>
/// <param name="Sha256"><see cref="TreatyEntry.Sha256"/> at that time; a later change of the table needs a new approval.</param>
public sealed record ApprovedProvision(string Id, Digest Sha256);

/// <summary>
/// The ministry's lawyer has compared provisions with their official text. Type <c>treatyApproval</c>, version 1, signed by that person;
/// kept at the own gateway, never sent.
/// </summary>
/// <param name="Id">128 random bits.</param>
/// <param name="Authority">For which the lawyer works.</param>
/// <param name="Provisions">What was compared.</param>
/// <param name="CheckedAgainst">The text with which it was compared.</param>
/// <param name="Time">UTC.</param>
public sealed record TreatyApproval(string Id, string Authority, IReadOnlyList<ApprovedProvision> Provisions, string CheckedAgainst, DateTimeOffset Time)
{
    /// <summary>The document type.</summary>
    public const string Type = "treatyApproval";

    private const int MaxText = 500;

    /// <summary>Reads the exact bytes.</summary>
    public static Outcome<TreatyApproval> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r => new TreatyApproval(
        r.Id("id", Ids.IsId),
        r.Id("authority", Ids.IsAuthority),
        r.Objects("provisions", 500, o => new ApprovedProvision(o.Text("id", 60), o.Digest("sha256"))),
        r.Text("checkedAgainst", MaxText),
        r.Time("time")));

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w => w
        .Text("id", Id)
        .Text("authority", Authority)
        .Objects("provisions", Provisions, (o, provision) => o.Text("id", provision.Id).Digest("sha256", provision.Sha256))
        .Text("checkedAgainst", CheckedAgainst)
        .Time("time", Time));

    /// <summary>Null when every provision is in the table as it stands today, else which is not.</summary>
    public Refusal? Check()
    {
        if (Provisions.Count == 0)
            return new(RefusalCode.RequiredFieldEmpty, "name the provisions that were compared", "provisions");
        var stray = Provisions.FirstOrDefault(p => Treaties.ById(p.Id)?.Sha256 != p.Sha256);
        return stray is null ? null : new(RefusalCode.DocumentValue, $"{StrictJson.Shown(stray.Id)} is not in the table of provisions, or says something else there now", "provisions");
    }
}

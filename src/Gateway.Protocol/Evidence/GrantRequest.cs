using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// An officer asks the own gateway for the key of an item. Type <c>grantRequest</c>, version 1, signed by the officer, so that the grant
/// can only go to a key that this person chose.
/// </summary>
/// <param name="ItemId">The item.</param>
/// <param name="Purpose">What it is needed for; kept in the access log.</param>
/// <param name="Certificate">The certificate, DER, of the key to which the grant is to be encrypted.</param>
/// <param name="Time">UTC.</param>
public sealed record GrantRequest(string ItemId, string Purpose, byte[] Certificate, DateTimeOffset Time)
{
    /// <summary>What the officer knows the content to be, by the laboratory's word; empty: nothing that restricts who may see it.</summary>
    public IReadOnlyList<Sensitivity> Acknowledged { get; init; } = [];

    private const string Type = "grantRequest";
    private const int MaxCertificate = 16 * 1024;

    /// <summary>Reads a request; the certificate is not yet judged.</summary>
    public static Outcome<GrantRequest> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, 1, r =>
    {
        var request = new GrantRequest(r.Id("itemId", Ids.IsId), r.Text("purpose", 1000), r.Base64("certificate", MaxCertificate), r.Time("time"))
        {
            Acknowledged = r.Next("acknowledged") ? r.Words<Sensitivity>("acknowledged") : [],
        };
        // Nobody keeps a request, so that none of before is read here.
        if (!r.Failed && SaidText.Refuse(("purpose", request.Purpose)) is not null)
            r.Refuse(RefusalCode.RequiredFieldEmpty, "say what the item is needed for", "purpose");
        if (!r.Failed && request.Certificate.Length == 0)
            r.Refuse(RefusalCode.DocumentValue, "the certificate is empty", "certificate");
        return request;
    });

    /// <summary>Null when all that restricts access to the item was acknowledged by name: who opens such content must have known it.</summary>
    public Refusal? RefuseFor(Manifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var unsaid = manifest.Sensitivity.Where(s => s != Sensitivity.NONE && !Acknowledged.Contains(s)).ToList();
        return unsaid.Count == 0 ? null
            : new Refusal(RefusalCode.RequiredFieldEmpty, $"the laboratory says that the content is {string.Join(", ", unsaid)}; acknowledge it by name (--acknowledge {string.Join(",", manifest.Sensitivity)}) before it is opened", "acknowledged");
    }

    /// <summary>The bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, 1, w =>
    {
        w.Text("itemId", ItemId).Text("purpose", Purpose).Base64("certificate", Certificate).Time("time", Time);
        if (Acknowledged.Count > 0)
            w.Texts("acknowledged", Acknowledged.Select(s => s.ToString()));
    });
}

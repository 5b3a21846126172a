using Gateway.Protocol.Documents;

namespace Gateway.Protocol.Evidence;

/// <summary>A physical source: each member may be unknown.</summary>
/// <param name="MakeModel">Make and model.</param>
/// <param name="SerialNumber">As on the label.</param>
/// <param name="DeviceIds">IMEI, UID, MAC address, cloud id, each with its kind (<c>IMEI 490154203237518</c>).</param>
public sealed record SourceDevice(string? MakeModel, string? SerialNumber, IReadOnlyList<string> DeviceIds)
{
    internal static SourceDevice Read(DocumentReader r) => new(
        r.OptionalText("makeModel", 200), r.OptionalText("serialNumber", 200), r.Next("deviceIds") ? r.Texts("deviceIds", 50, 500) : []);

    internal void Write(DocumentWriter w)
    {
        w.OptionalText("makeModel", MakeModel).OptionalText("serialNumber", SerialNumber);
        if (DeviceIds.Count > 0)
            w.Texts("deviceIds", DeviceIds);
    }
}

/// <summary>Whether the source was kept from being written to, and by what.</summary>
public sealed record WriteBlocker(bool Used, string? Model, string? Version)
{
    internal static WriteBlocker Read(DocumentReader r) => new(r.Flag("used"), r.OptionalText("model", 200), r.OptionalText("version", 100));

    internal void Write(DocumentWriter w) => w.Flag("used", Used).OptionalText("model", Model).OptionalText("version", Version);
}

/// <summary>A tool used on the item.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Vendor">Who made it.</param>
/// <param name="Version">Which version was used.</param>
/// <param name="Purpose">What for.</param>
/// <param name="Validation">Its licence, or the reference of its validation.</param>
public sealed record ForensicTool(string Name, string Vendor, string Version, string Purpose, string? Validation = null)
{
    internal static ForensicTool Read(DocumentReader r) => new(r.Text("name", 200), r.Text("vendor", 200), r.Text("version", 100), r.Text("purpose", 500), r.OptionalText("validation", 300));

    internal void Write(DocumentWriter w) => w.Text("name", Name).Text("vendor", Vendor).Text("version", Version).Text("purpose", Purpose).OptionalText("validation", Validation);
}

/// <summary>Who took or examined the item, or gives an expert's opinion on it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Post">The post.</param>
/// <param name="Organisation">Where.</param>
/// <param name="Accreditation">Under which accreditation, of the person or the laboratory.</param>
public sealed record Examiner(string Name, string Post, string Organisation, string? Accreditation = null)
{
    internal static Examiner Read(DocumentReader r) => new(r.Text("name", 200), r.Text("post", 200), r.Text("organisation", 300), r.OptionalText("accreditation", 300));

    internal void Write(DocumentWriter w) => w.Text("name", Name).Text("post", Post).Text("organisation", Organisation).OptionalText("accreditation", Accreditation);
}

/// <summary>The instrument, the provision and, if there is one, the authorisation under which the item was taken.</summary>
/// <param name="Instrument">The law or treaty.</param>
/// <param name="Provision">Its provision.</param>
/// <param name="Authorisation">Number of the authorisation.</param>
/// <param name="AuthorisationType">What kind of authorisation: warrant, court order, consent of the owner.</param>
public sealed record LawfulBasis(string Instrument, string Provision, string? Authorisation, string? AuthorisationType = null)
{
    internal static LawfulBasis Read(DocumentReader r) => new(r.Text("instrument", 300), r.Text("provision", 300), r.OptionalText("authorisation", 300), r.OptionalText("authorisationType", 100));

    internal void Write(DocumentWriter w) => w.Text("instrument", Instrument).Text("provision", Provision).OptionalText("authorisation", Authorisation).OptionalText("authorisationType", AuthorisationType);
}

/// <summary>What the custodian of the source certifies; part of the manifest and hence under the same signature.</summary>
public sealed record CustodianCertificate(
    string Name, string Organisation, string Address, CustodianRelation Relation, IReadOnlyList<CustodianStatement> Statements, string Place, DateTimeOffset Time, Examiner? Expert)
{
    /// <summary>What it is worth by itself: nobody but the technician signed it.</summary>
    public string Unsigned => $"certificate in the manifest: stated by the laboratory, not signed by '{Name}'";

    internal static CustodianCertificate Read(DocumentReader r) => new(
        r.Text("name", 200), r.Text("organisation", 300), r.Text("address", 500), r.Word<CustodianRelation>("relation"),
        r.Words<CustodianStatement>("statements"), r.Text("place", 300), r.LocalTime("time"), r.OptionalObject("expert", Examiner.Read));

    internal void Write(DocumentWriter w)
    {
        w.Text("name", Name).Text("organisation", Organisation).Text("address", Address).Word("relation", Relation)
            .Texts("statements", Statements.Select(s => s.ToString())).Text("place", Place).LocalTime("time", Time);
        if (Expert is not null)
            w.Object("expert", Expert.Write);
    }
}

/// <summary>Why there is no certificate; <paramref name="Due"/> only with EMERGENCY_CERTIFICATE_TO_FOLLOW.</summary>
public sealed record CertificateExemption(ExemptionCode Code, DateTimeOffset? Due)
{
    internal static CertificateExemption Read(DocumentReader r) => new(r.Word<ExemptionCode>("code"), r.Next("due") ? r.Time("due") : null);

    internal void Write(DocumentWriter w)
    {
        w.Word("code", Code);
        if (Due is { } due)
            w.Time("due", due);
    }
}

/// <summary>A person and the authority for which the person acts.</summary>
public sealed record Actor(string Name, string Authority)
{
    internal static Actor Read(DocumentReader r) => new(r.Text("name", 200), r.Id("authority", Ids.IsAuthority));

    internal void Write(DocumentWriter w) => w.Text("name", Name).Text("authority", Authority);
}

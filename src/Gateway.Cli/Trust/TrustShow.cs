using System.CommandLine;
using System.Globalization;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.Judgements;
using Gateway.Recognition.TrustLists;

namespace Gateway.Cli.Trust;

/// <summary>Shows a trusted list of either kind, or a peer card as a list: who signed it, until when it holds, what it says today.</summary>
internal static class TrustShow
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A State's list, an ETSI trusted list, a peer card" };
        var at = new Option<string?>("--at") { Description = "Status at this time instead of now", HelpName = "TIME" };
        return new Command("show", "Shows a trusted list: its signer's fingerprint and what it says of each service; needs no gateway") { file, at }.Runs(run =>
        {
            var files = new TrustFiles();
            if (files.AddTrust(SignatureCheck.Read(run.Value(file)), run.Value(file), TrustPurposes.All) is { } refusal)
                throw StopException.Refused(refusal);
            if (files.Lists is not [var list])
                throw StopException.Usage($"{run.Value(file)} holds certificates, no list");
            return Task.FromResult(Show(run, list, run.Value(at) is { } time ? SignatureCheck.Time(time) : run.Clock.GetUtcNow()));
        });
    }

    internal static ExitCode Show(Invocation run, TrustList list, DateTimeOffset at)
    {
        run.Terminal.Facts(
            ("list", $"{list.Territory} {list.Sequence} ({list.Kind})"),
            ("issued", Day(list.Issued)),
            ("next update", list.NextUpdate is { } next ? Day(next) + (list.ExpiredAt(at) ? "  EXPIRED" : "") : "none: closed"),
            ("signed by", list.SignerName),
            ("fingerprint", SignedCard.Group(list.Signer)),
            ("SHA-256", list.Sha256.ToString()),
            ("services", $"{list.Services.Count}, {list.AnchorsAt(at)} certificates granted"),
            ("points at", string.Join(' ', list.Pointers.Select(p => p.Territory).Distinct().Order(StringComparer.Ordinal))));
        run.Terminal.Table("The list names no service.", ["provider", "service", "for", "status", "since", "certificate"],
            list.Services.Select(s => (Service: s, Period: s.At(at))).Select(s => new string?[]
            {
                s.Service.Provider, s.Service.Name, s.Period is { } p ? string.Join(' ', p.Uses) : "", s.Period is null ? "not yet" : s.Period.Granted ? "granted" : s.Period.Status[(s.Period.Status.LastIndexOf('/') + 1)..],
                s.Period is { } since ? Day(since.From) : "", Names(s.Service),
            }));
        foreach (var remark in list.Remarks)
            run.Terminal.Note($"note: {remark}");
        run.Terminal.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("kind", list.Kind.ToString());
            json.WriteString("territory", list.Territory);
            json.WriteNumber("sequence", list.Sequence);
            json.WriteString("issued", DocumentWriter.FormatTime(list.Issued));
            json.WriteString("nextUpdate", list.NextUpdate is { } due ? DocumentWriter.FormatTime(due) : null);
            json.WriteBoolean("expired", list.ExpiredAt(at));
            json.WriteString("signer", list.Signer.ToString());
            json.WriteString("signerName", list.SignerName);
            json.WriteString("sha256", list.Sha256.ToString());
            json.WriteNumber("anchors", list.AnchorsAt(at));
            json.WriteStartArray("services");
            foreach (var service in list.Services)
            {
                json.WriteStartObject();
                json.WriteString("provider", service.Provider);
                json.WriteString("name", service.Name);
                json.WriteString("authority", service.Authority);
                json.WriteString("type", service.At(at)?.Type);
                json.WriteString("status", service.At(at)?.Status);
                json.WriteBoolean("granted", service.At(at) is { Granted: true });
                json.WriteStartArray("uses");
                foreach (var use in service.At(at)?.Uses ?? [])
                    json.WriteStringValue(use.ToString());
                json.WriteEndArray();
                json.WriteStartArray("certificates");
                foreach (var certificate in service.Certificates)
                    json.WriteStringValue(Digest.Of(certificate.Span).ToString());
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
        return ExitCode.Good;
    }

    private static string Names(TrustedService service)
        => string.Join("; ", service.Certificates.Select(c => Certificate.Read(c).TryGet(out var read, out _) ? read.CommonName ?? read.Subject : Digest.Of(c.Span).ToString()[..16]));

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

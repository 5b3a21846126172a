using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.V1;

namespace Gateway.Cli.Evidence;

/// <summary>A manifest whose signature verifies. Whether the signer may sign for the lab is what the gateway judged on arrival.</summary>
internal sealed record SignedManifest(Manifest Manifest, Digest Sha256, string Signer, ReadOnlyMemory<byte> Der)
{
    public static async Task<SignedManifest> FetchAsync(Invocation run, string item)
    {
        var reply = await run.Gateway.FetchManifestAsync(new FetchManifestRequest { Item = item }, cancellationToken: run.Cancel);
        var signed = SignedDocument.Open(reply.Manifest.Memory).OrStop();
        var manifest = Manifest.Read(signed.Content).OrStop();
        if (manifest.ItemId != item)
            throw StopException.No($"the gateway gave the manifest of item {manifest.ItemId}");
        return new(manifest, signed.Sha256, signed.Signer.Subject, signed.Der);
    }

    public void Show(Terminal terminal) => terminal.Facts([
        ("item", Manifest.ItemId),
        ("exhibit", Manifest.ExhibitNumber),
        ("derivation", Manifest.ParentItem is { } parent ? $"{Manifest.Derivation} of item {parent}, root exhibit {Manifest.RootExhibitNumber}" : $"{Manifest.Derivation}, root exhibit {Manifest.RootExhibitNumber}"),
        ("what", Manifest.Description),
        ("examined by", string.Join(", ", ((string?[])[Manifest.Examiner.Name, Manifest.Examiner.Post, Manifest.Examiner.Organisation, Manifest.Examiner.Accreditation]).OfType<string>())),
        ("with", string.Join("; ", Manifest.Tools.Select(t => $"{t.Name} {t.Version} ({t.Vendor}{(t.Validation is { } validation ? $", {validation}" : "")})"))),
        ("lawful basis", string.Join(", ", ((string?[])[Manifest.LawfulBasis.Instrument, Manifest.LawfulBasis.Provision, Manifest.LawfulBasis.AuthorisationType, Manifest.LawfulBasis.Authorisation]).OfType<string>())),
        .. Manifest.Handling is { } handling ? [("personal data", (string?)$"{handling.PurposeCode}, {string.Join(", ", handling.Conditions)}, kept {handling.Retention}{(handling.IsSpecial ? ", special category" : "")}{(handling.IsHeld ? ", legal hold" : "")}")] : ((string, string?)[])[],
        ("file", Manifest.FileName),
        ("bytes", $"{Manifest.SizeBytes}"),
        .. Manifest.Digests.Select(d => (d.Algorithm, (string?)d.Value)),
        ("sensitivity", string.Join(", ", Manifest.Sensitivity)),
        ("case", Manifest.Case),
        ("manifest", $"{Sha256}, signed by {Signer}")]);

    /// <summary>Says before anything is decrypted what the laboratory calls it. Who wants the key says each of these words (<c>--acknowledge</c>); without them there is none.</summary>
    public void Warn(Terminal terminal)
    {
        if (!Manifest.Sensitivity.Contains(Sensitivity.NONE))
            terminal.Note($"SENSITIVE, by the laboratory: {string.Join(", ", Manifest.Sensitivity)}. Whoever opens or shows the content answers for who sees it");
    }
}

using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Marks;
using Gateway.Protocol.PeerCards;
using Gateway.Protocol.Parts;
using Gateway.Protocol.Refusals;

namespace Gateway.Cli.Parts;

/// <summary>
/// Checks a disclosed part offline, for the court or the defence: the laboratory's manifest, the place of the part in it, the part itself
/// byte for byte, the record of the disclosure.
/// </summary>
internal static class VerifyPart
{
    private const int ReadBytes = 1 << 18;

    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "The folder that was handed over" };
        var trust = new Option<string[]>("--trust") { Description = "A State's card, obtained elsewhere: that of the laboratory's State and that of who disclosed (repeat); what no card says is listed as not verified", HelpName = "CARD" };
        return new Command("verify-part", "Checks a disclosed part of an item offline; needs no gateway and no network") { folder, trust }.Runs(async run =>
        {
            var path = run.Value(folder);
            var cards = (run.Value(trust) ?? []).Select(file => SignedCard.Open(InputFile.Read(file)).OrStop().Card).ToList();
            var (manifest, signed, part, disclosure) = await CheckAsync(run, path);
            var signers = new PartSigners(cards);
            // The laboratory is the one for which the item was attached: the manifest ends with that.
            signers.Judge("the manifest", signed, manifest.Custody[^1].Actor.Authority, Permission.AttachEvidence);
            signers.Judge("the record of the disclosure", disclosure.Signed, disclosure.By, Permission.ReadReceipts);
            Show(run, path, manifest, signed, part, disclosure, signers.Unverified);
            return signers.Unverified.Count > 0 ? ExitCode.Incomplete : ExitCode.Good;
        });
    }

    /// <summary>Everything about the folder but whose signatures they are.</summary>
    public static async Task<CheckedPart> CheckAsync(Invocation run, string path)
    {
        var signed = SignedDocument.Open(InputFile.Read(Path.Combine(path, PartFiles.Manifest))).OrStop();
        var manifest = Manifest.Read(signed.Content).OrStop();
        var proofBytes = InputFile.Read(Path.Combine(path, PartFiles.Proof));
        var proof = PartProof.Read(proofBytes).OrStop();
        if (proof.Check(manifest, signed.Sha256) is { } refusal)
            throw StopException.Refused(refusal);
        var part = proof.File is { } file ? await FileAsync(run, path, manifest, file) : await ChunksAsync(run, path, manifest, proof);
        return new CheckedPart(manifest, signed, part, Disclosure(path, manifest, signed.Sha256, Digest.Of(proofBytes)));
    }

    private static async Task<string> FileAsync(Invocation run, string folder, Manifest manifest, FileProof proof)
    {
        var entry = PartProof.CheckFile(manifest, proof).OrStop();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var content = OpenContent(folder);
        var buffer = new byte[ReadBytes];
        for (int read; (read = await content.ReadAsync(buffer, run.Cancel)) > 0;)
            hash.AppendData(buffer, 0, read);
        if (content.Position != entry.Size || new Digest(hash.GetHashAndReset()) != entry.Sha256)
            throw NotProved("the content is not the file of the entry");
        foreach (var range in entry.Unread)
            run.Terminal.Note($"declared as not read, zero here: {range.Bytes} bytes from byte {range.From}");
        return $"file {entry.Path}, {entry.Size} bytes, SHA-256 {entry.Sha256}";
    }

    private static async Task<string> ChunksAsync(Invocation run, string folder, Manifest manifest, PartProof proof)
    {
        await using var content = OpenContent(folder);
        var (plain, own) = (new byte[Chunk.PlainBytes], new byte[Chunk.PlainBytes]);
        foreach (var chunk in proof.Chunks)
        {
            var length = PartProof.OpenChunk(manifest, chunk, InputFile.Read(Path.Combine(folder, PartFiles.Chunk(chunk.Index))), plain).OrStop();
            if (await content.ReadAtLeastAsync(own.AsMemory(0, length), length, throwOnEndOfStream: false, run.Cancel) < length || !own.AsSpan(0, length).SequenceEqual(plain.AsSpan(0, length)))
                throw NotProved($"the content is not that of chunk {chunk.Index}");
        }
        if (content.Position != content.Length)
            throw NotProved("the content goes on behind the last chunk");
        var first = proof.Chunks[0].Index * Chunk.PlainBytes;
        foreach (var range in manifest.Unread.Where(r => r.From < first + content.Length && r.From + r.Bytes > first))
            run.Terminal.Note($"declared as not read, zero here: {range.Bytes} bytes from byte {range.From} of the item");
        return $"bytes {first} to {first + content.Length - 1}, {proof.Chunks.Count} of {manifest.Chunks} chunks";
    }

    // The custody event names this very proof: it cannot stand for another disclosure.
    private static Disclosed Disclosure(string folder, Manifest manifest, Digest manifestSha256, Digest proof)
    {
        var signed = SignedDocument.Open(InputFile.Read(Path.Combine(folder, PartFiles.Event))).OrStop();
        if (StrictJson.Check(signed.Content.Span) is { } malformed)
            throw StopException.Refused(malformed);
        using var json = JsonDocument.Parse(signed.Content[..^1]);
        string Text(string name) => json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return Text("type") == "custodyEvent" && Text("event") == nameof(CustodyKind.DISCLOSED) && Text("item") == manifest.ItemId
            && Text("manifestSha256") == manifestSha256.ToString() && Text("document") == proof.ToString()
            ? new Disclosed(signed, Text("disclosedTo"), Text("decision"), Text("part"), Text("time"), By(json.RootElement))
            : throw NotProved("the record of the disclosure is of something else");
    }

    private static string By(JsonElement custody) => custody.TryGetProperty("recordedBy", out var by) && by.ValueKind == JsonValueKind.Object
        && by.TryGetProperty("authority", out var authority) && authority.ValueKind == JsonValueKind.String ? authority.GetString()! : "";

    private static void Show(Invocation run, string folder, Manifest manifest, SignedDocument signed, string part, Disclosed disclosure, IReadOnlyList<string> unverified)
    {
        var verdict = unverified.Count == 0 ? "PROVED" : "CONSISTENT, identities not confirmed";
        run.Terminal.Facts([
            ("verdict", verdict),
            ("exhibit", manifest.ExhibitNumber),
            ("item", manifest.ItemId),
            ("what", manifest.Description),
            ("manifest", $"{signed.Sha256}, signed by {signed.Signer.Subject}, {signed.SigningTime:u}"),
            ("part", part),
            ("disclosed", $"{disclosure.Time} to {disclosure.To} under {disclosure.Decision}, by {disclosure.Signed.Signer.Subject}"),
            ("content", Path.Combine(folder, PartFiles.Content))]);
        foreach (var what in unverified)
            run.Terminal.Note($"not verified: {what}");
        run.Terminal.WriteLine(json =>
        {
            json.WriteStartObject();
            json.WriteString("verdict", unverified.Count == 0 ? "PROVED" : "CONSISTENT");
            json.WriteString("item", manifest.ItemId);
            json.WriteString("manifestSha256", signed.Sha256.ToString());
            json.WriteString("part", part);
            json.WriteString("decision", disclosure.Decision);
            json.WriteStartArray("unverified");
            foreach (var what in unverified)
                json.WriteStringValue(what);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static FileStream OpenContent(string folder)
    {
        var path = Path.Combine(folder, PartFiles.Content);
        return File.Exists(path) ? File.OpenRead(path) : throw NotProved("the folder holds no content");
    }

    private static StopException NotProved(string why) => StopException.Refused(new Refusal(RefusalCode.PartNotProved, why));
}

/// <summary>A part that is what the manifest and the record of its disclosure say.</summary>
internal sealed record CheckedPart(Manifest Manifest, SignedDocument Signed, string Part, Disclosed Disclosure);

/// <summary>The record of a disclosure.</summary>
internal sealed record Disclosed(SignedDocument Signed, string To, string Decision, string Part, string Time, string By);

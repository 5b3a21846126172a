using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
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
        var trust = new Option<string[]>("--trust") { Description = "A State's card, obtained elsewhere (repeat); without one, the signers are named but not confirmed", HelpName = "CARD" };
        return new Command("verify-part", "Checks a disclosed part of an item offline; needs no gateway and no network") { folder, trust }.Runs(async run =>
        {
            var path = run.Value(folder);
            var cards = (run.Value(trust) ?? []).Select(file => SignedCard.Open(InputFile.Read(file)).OrStop().Card).ToList();
            var signed = SignedDocument.Open(InputFile.Read(Path.Combine(path, PartFiles.Manifest))).OrStop();
            var manifest = Manifest.Read(signed.Content).OrStop();
            var proofBytes = InputFile.Read(Path.Combine(path, PartFiles.Proof));
            var proof = PartProof.Read(proofBytes).OrStop();
            if (proof.Check(manifest, signed.Sha256) is { } refusal)
                throw StopException.Refused(refusal);
            var part = proof.File is { } file ? await FileAsync(run, path, manifest, file) : await ChunksAsync(run, path, manifest, proof);
            var disclosure = Disclosure(path, manifest, signed.Sha256, Digest.Of(proofBytes));
            string?[] unconfirmed = [Unconfirmed(signed, cards), Unconfirmed(disclosure.Signed, cards)];
            Show(run, path, manifest, signed, part, disclosure, unconfirmed.OfType<string>().ToList());
            return unconfirmed.Any(name => name is not null) ? ExitCode.Incomplete : ExitCode.Good;
        });
    }

    private sealed record Disclosed(SignedDocument Signed, string To, string Decision, string Part, string Time);

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
            ? new Disclosed(signed, Text("disclosedTo"), Text("decision"), Text("part"), Text("time"))
            : throw NotProved("the record of the disclosure is of something else");
    }

    private static string? Unconfirmed(SignedDocument signed, IReadOnlyList<PeerCard> cards)
        => cards.Any(card => card.PersonAuthorities.Any(signed.Signer.IssuedBy)) && signed.Signer.ValidAt(signed.SigningTime) ? null : signed.Signer.Subject;

    private static void Show(Invocation run, string folder, Manifest manifest, SignedDocument signed, string part, Disclosed disclosure, List<string> unconfirmed)
    {
        var verdict = unconfirmed.Count == 0 ? "PROVED" : "CONSISTENT, identities not confirmed";
        run.Terminal.Facts([
            ("verdict", verdict),
            ("exhibit", manifest.ExhibitNumber),
            ("item", manifest.ItemId),
            ("what", manifest.Description),
            ("manifest", $"{signed.Sha256}, signed by {signed.Signer.Subject}, {signed.SigningTime:u}"),
            ("part", part),
            ("disclosed", $"{disclosure.Time} to {disclosure.To} under {disclosure.Decision}, by {disclosure.Signed.Signer.Subject}"),
            ("content", Path.Combine(folder, PartFiles.Content))]);
        foreach (var name in unconfirmed)
            run.Terminal.Note($"not confirmed by a card: {name}; name the State's card with --trust");
        run.Terminal.WriteLine(json =>
        {
            json.WriteStartObject();
            json.WriteString("verdict", unconfirmed.Count == 0 ? "PROVED" : "CONSISTENT");
            json.WriteString("item", manifest.ItemId);
            json.WriteString("manifestSha256", signed.Sha256.ToString());
            json.WriteString("part", part);
            json.WriteString("decision", disclosure.Decision);
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

using Gateway.Cli.Output;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Records;

namespace Gateway.Cli.Records;

/// <summary>A record on the disk: <c>NAME.json</c>, the exact bytes; <c>NAME.1.cms</c>, <c>NAME.2.cms</c> …, one person's signature over them each.</summary>
internal sealed class SignedRecord
{
    private const int MaxSignatures = 20;

    private readonly string _base;

    private SignedRecord(string path, byte[] document, RecordDocument record)
        => (_base, Document, Record) = (path[..^".json".Length], document, record);

    public byte[] Document { get; }

    public RecordDocument Record { get; }

    public string PdfPath => $"{_base}.pdf";

    public static SignedRecord Open(string path)
    {
        if (!path.EndsWith(".json", StringComparison.Ordinal))
            throw StopException.Usage($"{path} is not a record: name the .json file that 'gatewayctl evidence record make' wrote");
        var bytes = InputFile.Read(path);
        return new SignedRecord(path, bytes, RecordDocument.Read(bytes).OrStop());
    }

    /// <summary>Writes the exact bytes beside which signatures will lie.</summary>
    public static SignedRecord Create(string path, byte[] document)
    {
        NewFile.Write(path, document);
        return Open(path);
    }

    /// <summary>The signatures that are there; each is verified and must be over these bytes.</summary>
    public IReadOnlyList<SignedDocument> Signatures()
    {
        var found = new List<SignedDocument>();
        for (var i = 1; i <= MaxSignatures && File.Exists(SignaturePath(i)); i++)
        {
            var signed = SignedDocument.Open(InputFile.Read(SignaturePath(i))).OrStop();
            if (!signed.Content.Span.SequenceEqual(Document))
                throw StopException.No($"{SignaturePath(i)} is a signature over other bytes than {_base}.json");
            found.Add(signed);
        }
        return found;
    }

    /// <summary>Adds a person's signature; nobody signs twice.</summary>
    public string Sign(Signer signer, DateTimeOffset now)
    {
        var there = Signatures();
        if (there.Any(s => s.Signer.SpkiSha256 == signer.Certificate.SpkiSha256))
            throw StopException.No($"{signer.Certificate.CommonName ?? signer.Certificate.Subject} has signed it already");
        if (RecordSignatures.Refuse(Record, signer.Certificate) is { } refusal)
            throw StopException.Refused(refusal);
        if (there.Count == MaxSignatures)
            throw StopException.No($"a record has at most {MaxSignatures} signatures");
        var path = SignaturePath(there.Count + 1);
        NewFile.Write(path, SignedDocument.Sign(Document, signer, now));
        return path;
    }

    /// <summary>The parts that nobody signed whom they name.</summary>
    public IReadOnlyList<string> Unsigned => RecordSignatures.Unsigned(Record, [.. Signatures().Select(s => s.Signer)]);

    /// <summary>Everybody whom it names as one who signs, and who did not.</summary>
    public IReadOnlyList<string> Lacking => RecordSignatures.Lacking(Record, [.. Signatures().Select(s => s.Signer)]);

    /// <summary>Keeps a signature that was made elsewhere over these bytes.</summary>
    public void Keep(SignedDocument signed) => NewFile.Write(SignaturePath(Signatures().Count + 1), signed.Der.Span);

    /// <summary>The PDF with the signatures that are there.</summary>
    public PrintedPaper Pdf() => RecordPdf.Draw(Record, Digest.Of(Document),
        [.. Signatures().Select(s => new PrintedSignature(s.Signer.CommonName ?? s.Signer.Subject, s.SigningTime, s.Sha256))]);

    private string SignaturePath(int number) => $"{_base}.{number}.cms";
}

using Gateway.Recognition.Validation;

namespace Gateway.Recognition.Containers;

/// <summary>Judges a file whatever it is: a CMS, an ASiC container, a signed PDF. What it is, its first bytes say; a name or a media type from outside has no part in it.</summary>
public static class RecogniseFile
{
    private const int PdfHeaderWithin = 1024;

    /// <summary>The verdict. Never throws because of its input.</summary>
    public static Verdict Of(RecognitionInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        try
        {
            return Judge(input);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // As in the engine: a defect of ours must not read as a verdict, nor stop the service. Tests assert that it never comes to this.
            return new Verdict(Indication.Indeterminate, [], [], [new(FindingKey.EngineFault, Severity.Error, null, $"the engine failed ({e.GetType().Name}): nothing is known about this document")], input.At, input.Policy.Id);
        }
    }

    private static Verdict Judge(RecognitionInput input)
    {
        input = input with { Work = new Work(input.Policy.Limits.MaxWork) };
        var bytes = input.Document.Span;
        if (bytes.StartsWith("PK\x03\x04"u8) || bytes.StartsWith("PK\x05\x06"u8))
            return JudgeAsic.Of(input);
        // Readers of PDF take the header anywhere in the first kilobyte (ISO 32000-2 annex I).
        if (!bytes.IsEmpty && bytes[0] != 0x30 && bytes[..Math.Min(bytes.Length, PdfHeaderWithin)].IndexOf("%PDF-"u8) >= 0)
            return JudgePdf.Of(input);
        return Recogniser.Recognise(input);
    }
}

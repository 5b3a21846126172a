namespace Gateway.Recognition.Validation;

/// <summary>
/// The entry of the engine: EN 319 102-1 as a function from bytes, material, time and policy to a verdict. Never throws because of its input;
/// work and memory are bounded by <see cref="Policy.ValidationLimits"/>.
/// </summary>
public static class Recogniser
{
    /// <summary>Judges every signature of a CMS SignedData.</summary>
    public static Verdict Recognise(RecognitionInput input) =>
        new(Indication.Indeterminate, [], [], [], input.At, input.Policy.Id);

    /// <summary>Judges an RFC 3161 token (<see cref="RecognitionInput.Document"/>) over <see cref="RecognitionInput.Content"/>, without a signature.</summary>
    public static TimeStampVerdict RecogniseTimeStamp(RecognitionInput input) =>
        new("DOCUMENT", null, Indication.Indeterminate, [], null, "", []);
}

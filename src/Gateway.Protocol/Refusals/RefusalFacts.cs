namespace Gateway.Protocol.Refusals;

/// <summary>What follows from a refusal, decided by its code alone.</summary>
public enum AfterRefusal
{
    /// <summary>The same bytes will be refused again: a person must change something.</summary>
    Correct,

    /// <summary>Nothing is wrong with the message: send the same again later.</summary>
    Retry,

    /// <summary>It was already done; the stored answer stands.</summary>
    Done,
}

/// <summary>The facts that belong to a code: its text form, the remedy for people, and whether to retry.</summary>
public static class RefusalFacts
{
    /// <summary>The stable text form: <c>V029</c>, <c>T501</c>.</summary>
    public static string Text(this RefusalCode code)
        => (int)code < 1000 ? $"V{(int)code:000}" : $"T{(int)code - 1000:000}";

    /// <summary>Reads <see cref="Text"/> back. Null when the code is unknown to this version.</summary>
    public static RefusalCode? Parse(string text)
    {
        if (text.Length != 4 || text[0] is not ('V' or 'T') || !int.TryParse(text.AsSpan(1), System.Globalization.NumberStyles.None, null, out var number))
            return null;
        var code = (RefusalCode)(text[0] == 'V' ? number : number + 1000);
        return Enum.IsDefined(code) ? code : null;
    }

    /// <summary>Whether the sender should correct, retry or do nothing.</summary>
    public static AfterRefusal After(this RefusalCode code) => code switch
    {
        RefusalCode.RateLimited or RefusalCode.NoSpace or RefusalCode.ShuttingDown or RefusalCode.PeerUnreachable
            or RefusalCode.WaitForEarlierMessage or RefusalCode.ReceiptDoesNotFit or RefusalCode.TooManyTransfers
            or RefusalCode.StorageReadOnly or RefusalCode.LedgerBehind or RefusalCode.LedgerBeingCompared
            or RefusalCode.LogUnwitnessed or RefusalCode.TimeStampMissing
            or RefusalCode.EnvelopeNotForUs or RefusalCode.ItemIncomplete or RefusalCode.ChunkMismatch or RefusalCode.EvidenceQuota or RefusalCode.ItemDamaged or RefusalCode.LogProofPending => AfterRefusal.Retry,
        RefusalCode.Duplicate => AfterRefusal.Done,
        _ => AfterRefusal.Correct,
    };

    /// <summary>What to do, in one sentence.</summary>
    public static string Remedy(this RefusalCode code) => RefusalRemedies.Of(code);
}

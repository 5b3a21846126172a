using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Evidence;

/// <summary>
/// Texts by which people say something about an item become members of its custody events, which take none that is blank or has a NUL. Asked where a document is composed, handed in or
/// arrives, not where it is read: what was kept before stays readable.
/// </summary>
internal static class SaidText
{
    /// <summary>The first that says nothing; null when each does, or is absent.</summary>
    public static Refusal? Refuse(params ReadOnlySpan<(string Name, string? Text)> texts)
    {
        foreach (var (name, text) in texts)
        {
            if (text is not null && (string.IsNullOrWhiteSpace(text) || text.Contains('\0', StringComparison.Ordinal)))
                return new Refusal(RefusalCode.RequiredFieldEmpty, $"'{name}' says nothing that can be read", name);
        }
        return null;
    }
}

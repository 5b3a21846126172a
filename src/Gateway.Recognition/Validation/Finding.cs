namespace Gateway.Recognition.Validation;

/// <summary>How much a finding weighs.</summary>
public enum Severity
{
    /// <summary>Takes the verdict away from PASSED.</summary>
    Error,

    /// <summary>Does not change the verdict; a person should know it.</summary>
    Warning,

    /// <summary>A fact worth showing.</summary>
    Information,
}

/// <summary>One thing that was found. All of them are collected: the first one never hides the next.</summary>
/// <param name="Key">Stable; texts in every language hang on it.</param>
/// <param name="Severity">What it does to the verdict.</param>
/// <param name="SubIndication">The sub-indication it leads to, for errors.</param>
/// <param name="Detail">The facts in English: names, times, numbers of this case. Never longer than a few hundred characters.</param>
/// <param name="Token">SHA-256 (hexadecimal) of the certificate, list or time-stamp concerned, or null.</param>
public sealed record Finding(FindingKey Key, Severity Severity, SubIndication? SubIndication, string Detail, string? Token = null)
{
    /// <summary>Of a revoked certificate: since when.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Severity.Text()} {Key.Text()}{(SubIndication is { } s ? $" ({s.Text()})" : "")}: {Detail}";
}

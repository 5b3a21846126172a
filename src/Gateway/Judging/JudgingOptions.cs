using Gateway.Protocol.Documents;
using Gateway.Runtime;

namespace Gateway.Judging;

/// <summary>Where newer documents of trust about one State are fetched. Nothing else is ever fetched, whatever certificates and lists say.</summary>
internal sealed class TrustSource : ICheckedOptions
{
    public const string List = "LIST";
    public const string Crl = "CRL";
    public const string Ocsp = "OCSP";

    /// <summary>The State.</summary>
    public string State { get; init; } = "";

    /// <summary>LIST (its trusted list), CRL (a revocation list of one of its authorities) or OCSP (a responder for its certificates).</summary>
    public string Kind { get; init; } = "LIST";

    /// <summary>https or http address; redirects are not followed.</summary>
    public string Url { get; init; } = "";

    public void Check(string path, Mistakes mistakes)
    {
        if (!Ids.IsState(State))
            mistakes.Add($"{path}:State", $"'{State}' is not a State", "Write two capital letters (ISO 3166-1 alpha-2): XB.");
        if (Kind is not (List or Crl or Ocsp))
            mistakes.Add($"{path}:Kind", $"'{Kind}' is not known", "Write LIST, CRL or OCSP.");
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.UserInfo.Length > 0)
            mistakes.Add($"{path}:Url", $"'{Url}' is no address", "Write https://host/path.");
    }
}

/// <summary>Section <c>Judging</c>: what foreign marks are judged with.</summary>
internal sealed class JudgingOptions : ICheckedOptions
{
    /// <summary>Where newer trusted lists, revocation lists and OCSP answers come from.</summary>
    public IReadOnlyList<TrustSource> Sources { get; init; } = [];

    /// <summary>Minutes between two looks at each source.</summary>
    public int RefreshMinutes { get; init; } = 60;

    /// <summary>Seconds that one fetch may take.</summary>
    public int FetchSeconds { get; init; } = 20;

    /// <summary>Largest answer that is read, in MiB.</summary>
    public int MaxFetchMiB { get; init; } = 32;

    public void Check(string path, Mistakes mistakes)
    {
        if (RefreshMinutes is < 1 or > 10_080)
            mistakes.Add($"{path}:RefreshMinutes", $"{RefreshMinutes} is not between 1 and 10080", "Write a number from 1 to 10080.");
        if (FetchSeconds is < 1 or > 600)
            mistakes.Add($"{path}:FetchSeconds", $"{FetchSeconds} is not between 1 and 600", "Write a number from 1 to 600.");
        if (MaxFetchMiB is < 1 or > 32)
            mistakes.Add($"{path}:MaxFetchMiB", $"{MaxFetchMiB} is not between 1 and 32", "Write a number from 1 to 32.");
    }
}

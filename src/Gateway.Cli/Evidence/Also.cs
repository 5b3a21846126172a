using System.CommandLine;
using Gateway.Cli.Connection;
using Gateway.Cli.Output;
using Gateway.Protocol.Evidence;

namespace Gateway.Cli.Evidence;

/// <summary>The option that names digests beside SHA-256.</summary>
internal static class Also
{
    public static readonly Option<string[]> Option = new("--also")
    {
        Description = "Also these digests: sha512, sha3-256, streebog-256, sm3, md5, sha1 … (with commas between them); SHA-256 is always there",
        HelpName = "NAMES",
    };

    /// <summary>The names as documents write them; stops at one that is not known or not possible on this machine.</summary>
    public static IReadOnlyList<string> Names(Invocation run)
    {
        var typed = (run.Value(Option) ?? []).SelectMany(names => names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        if (!DigestSet.Create(typed).TryGet(out var set, out var refusal))
            throw StopException.Usage($"--also: {refusal.Detail}");
        using var started = set;
        return [.. set.Finish().Select(digest => digest.Algorithm).Where(name => name != DigestSet.Sha256)];
    }
}

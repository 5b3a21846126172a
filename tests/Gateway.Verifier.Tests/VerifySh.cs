using Gateway.Protocol.Tests.Bundles;
using Gateway.Protocol.Tests.Requests;

namespace Gateway.Verifier.Tests;

/// <summary>Runs deploy/verify.sh, as somebody who has no software of the gateways does.</summary>
internal static class VerifySh
{
    public static string Script { get; } = Path.Combine(RequestSamples.Root, "deploy", "verify.sh");

    /// <summary>The fingerprints of the invented States, in several spellings.</summary>
    public static string[] Trust { get; } = [$"XA={SampleCase.Shared.Asking.Card.CardKey}", $"XB={SampleCase.Shared.Asked.Card.Fingerprint}", $"XC={SampleCase.Shared.Witness.Card.CardKey}"];

    /// <param name="script">The script, or one made of it.</param>
    /// <param name="folder">Where the bundle is written.</param>
    /// <param name="bundle">The ZIP.</param>
    /// <param name="authorities">The folder of the authorities that this machine trusts; null: its own.</param>
    /// <param name="arguments">Behind the bundle; <c>--at TIME</c> stands first.</param>
    public static (int Code, string Output) Run(string script, string folder, byte[] bundle, string? authorities, params string[] arguments)
    {
        var path = Path.Combine(folder, "case.zip");
        File.WriteAllBytes(path, bundle);
        // The story is of a fixed day: without a time of its own the script would judge it as of today.
        string[] at = arguments is ["--at", var time, ..] ? ["--at", time] : ["--at", "2026-11-23T00:00:00Z"];
        return OtherProgram.Run("sh", [script, .. at, path, .. arguments is ["--at", ..] ? arguments[2..] : arguments], authorities is null ? [] : [("SSL_CERT_DIR", authorities)]);
    }
}

using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Gateway.Protocol.Documents;
using Gateway.Protocol.MerkleLog;
using Gateway.Protocol.Verification;
using Gateway.Recognition.Algorithms;
using Gateway.Recognition.Bundles;

namespace Gateway.Verifier;

/// <summary>Exit codes, the same in all programs of the product.</summary>
internal enum ExitCode
{
    Good = 0,
    Broken = 1,
    Usage = 2,
    Undecided = 3,
}

/// <summary><c>gateway-verify BUNDLE --trust FILE...</c>: bundle in, verdict out; offline, writes nothing but the report that was asked for.</summary>
internal static class VerifyCommand
{
    public static int Run(string[] args, TextWriter output, TextWriter error, TimeProvider clock)
    {
        // The edge: whatever goes wrong in here must not look like a verdict, not even like BROKEN.
        try
        {
            return (int)Parse(args, output, error, clock);
        }
        catch (Exception e)
        {
            error.WriteLine(Plain.Text($"gateway-verify: could not complete, no verdict: {e.Message}"));
            return (int)ExitCode.Undecided;
        }
    }

    private static ExitCode Parse(string[] args, TextWriter output, TextWriter error, TimeProvider clock)
    {
        var bundle = new Argument<string>("BUNDLE") { Description = "The ZIP that a gateway exported" };
        var trust = new Option<string[]>("--trust")
        {
            Description = "What you trust, obtained elsewhere: peer cards, STATE=FINGERPRINT of a card key, files of such lines, card certificates (STATE=FILE), or a tlog-policy",
            HelpName = "FILE",
            AllowMultipleArgumentsPerToken = true,
        };
        var stamps = new Option<string[]>("--tsa-trust")
        {
            Description = "Whom you trust for time-stamps, obtained elsewhere: certificates of time-stamp authorities or of their roots",
            HelpName = "FILE",
            AllowMultipleArgumentsPerToken = true,
        };
        var material = new Option<string[]>("--material")
        {
            Description = "Whether their certificates were revoked: revocation lists and OCSP answers; left out: not asked",
            HelpName = "FILE",
            AllowMultipleArgumentsPerToken = true,
        };
        var at = new Option<string?>("--at") { Description = "Judge as of this time, 2026-03-01T00:00:00Z; left out: now", HelpName = "TIME" };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text" };
        var strict = new Option<bool>("--strict") { Description = "A warning is enough to end with 1" };
        var paper = new Option<string?>("--report") { Description = "Write the report for paper, too: one HTML file for A4", HelpName = "FILE.html" };
        var root = new RootCommand("Verifies the exported bundle of a case: offline, without the gateway that made it.\n"
            + "Ends with 0 VALID, 1 BROKEN, 2 wrong usage, 3 CONSISTENT (something is not confirmed) or could not complete.") { bundle, trust, stamps, material, at, json, strict, paper };
        var result = ExitCode.Usage;
        root.SetAction(parsed =>
        {
            var policies = new List<TlogPolicy>();
            if (Anchors(parsed.GetValue(trust) ?? [], policies, error) is not { } anchors || TokenJudge.Read(parsed.GetValue(stamps) ?? [], parsed.GetValue(material) ?? [], error) is not { } tokens || Time(parsed.GetValue(at), clock, error) is not { } time)
                return;
            result = Judge(parsed.GetValue(bundle)!, anchors, policies, tokens, time, parsed.GetValue(json), parsed.GetValue(strict), parsed.GetValue(paper), output);
        });
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // The library takes an unknown option for the name of the bundle.
        var mistaken = parsed.GetResult(bundle)?.Tokens.FirstOrDefault(t => t.Value.StartsWith('-'));
        if (parsed.Errors.Count > 0 || mistaken is not null)
        {
            foreach (var problem in parsed.Errors)
                error.WriteLine(Plain.Text($"gateway-verify: {problem.Message}"));
            if (mistaken is not null)
                error.WriteLine(Plain.Text($"gateway-verify: '{mistaken.Value}' is not an option"));
            error.WriteLine("gateway-verify: usage: gateway-verify BUNDLE --trust FILE... [--tsa-trust FILE...] [--material FILE...] [--at TIME] [--json] [--strict] [--report FILE.html]");
            return ExitCode.Usage;
        }
        var code = parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        // --help and --version are answered by the library, without the action above.
        return parsed.Action == root.Action ? result : (ExitCode)code;
    }

    private static ExitCode Judge(string path, IReadOnlyList<TrustAnchor> anchors, List<TlogPolicy> policies, TokenJudge tokens, DateTimeOffset time, bool json, bool strict, string? paper, TextWriter output)
    {
        BundleReport report;
        // Where there is no libcrypto, managed code stands alone.
        SecondOpinion.TurnOn();
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.RandomAccess))
        {
            report = BundleCheck.Run(stream, anchors, time, policies: policies, further: [CheckVerdicts.Run], timeStamps: (reply, stamped) => tokens.Judge(reply, stamped, time));
            if (paper is not null)
            {
                stream.Position = 0;
                File.WriteAllText(paper, HtmlReport.Write(report, path, time, new Digest(SHA256.HashData(stream))));
            }
        }
        var code = report.Verdict switch
        {
            Verdict.BROKEN => ExitCode.Broken,
            Verdict.CONSISTENT => ExitCode.Undecided,
            Verdict.VALID when strict && report.Findings.Any(f => f.Severity == Protocol.Bundles.Severity.Warning) => ExitCode.Broken,
            Verdict.VALID => ExitCode.Good,
        };
        if (json)
            JsonReport.Write(report, path, code, output);
        else
            TextReport.Write(report, path, code, output);
        return code;
    }

    // What reads as a fingerprint is one, whatever files lie here: a bundle could bring a card under that name. Anything else is a file of that name, or of the name behind a State's code.
    private static List<TrustAnchor>? Anchors(string[] values, List<TlogPolicy> policies, TextWriter error)
    {
        var anchors = new List<TrustAnchor>();
        foreach (var given in values)
        {
            if (TrustAnchor.Fingerprint(given, given) is { } typed)
            {
                anchors.Add(typed);
                continue;
            }
            var (state, value) = given.Length > 3 && given[2] == '=' && Ids.IsState(given[..2]) && !File.Exists(given) && File.Exists(given[3..]) ? (given[..2], given[3..]) : (null, given);
            if (!File.Exists(value))
            {
                error.WriteLine(Plain.Text($"gateway-verify: --trust '{value}' is neither a file nor a fingerprint of 64 hexadecimal digits"));
                return null;
            }
            if (new FileInfo(value).Length > TrustAnchor.MaxBytes)
            {
                error.WriteLine(Plain.Text($"gateway-verify: --trust '{value}' is too large to be a peer card"));
                return null;
            }
            var bytes = File.ReadAllBytes(value);
            // A tlog-policy has a line 'quorum'; a list of fingerprints cannot.
            if (bytes.AsSpan().StartsWith("quorum "u8) || bytes.AsSpan().IndexOf("\nquorum "u8) >= 0)
            {
                if (!TlogPolicy.Read(bytes).TryGet(out var policy, out var noPolicy))
                {
                    error.WriteLine(Plain.Text($"gateway-verify: --trust '{value}': {noPolicy.Detail}"));
                    return null;
                }
                policies.Add(policy);
                continue;
            }
            if (!TrustAnchor.Read(bytes, value).TryGet(out var read, out var refusal))
            {
                error.WriteLine(Plain.Text($"gateway-verify: --trust: {refusal.Detail}"));
                return null;
            }
            if (read.FirstOrDefault(a => state is not null && a.State is not null && a.State != state) is { } other)
            {
                error.WriteLine(Plain.Text($"gateway-verify: --trust '{given}': the file says that it is of {other.State}"));
                return null;
            }
            anchors.AddRange(state is null ? read : read.Select(a => a with { State = state }));
        }
        return anchors;
    }

    private static DateTimeOffset? Time(string? text, TimeProvider clock, TextWriter error)
    {
        if (text is null)
            return clock.GetUtcNow();
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return time;
        error.WriteLine(Plain.Text($"gateway-verify: --at '{text}' is not a time such as 2026-03-01T00:00:00Z"));
        return null;
    }
}

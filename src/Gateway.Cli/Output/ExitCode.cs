namespace Gateway.Cli.Output;

/// <summary>What a command's end means, the same in all three executables.</summary>
internal enum ExitCode
{
    Good = 0,

    /// <summary>The answer is no: refused, failed, different.</summary>
    No = 1,

    /// <summary>The command line itself is wrong.</summary>
    Usage = 2,

    /// <summary>Could not decide or complete: unreachable, interrupted, a file that cannot be read.</summary>
    Incomplete = 3,
}

using Xunit;

namespace Gateway.EndToEnd.Tests.Processes;

/// <summary>A test that traces another process; skipped where that is not possible.</summary>
internal sealed class StraceFactAttribute : FactAttribute
{
    public StraceFactAttribute() => Skip = Requirements.Missing(Requirements.Strace) ?? Requirements.Missing(Requirements.Trace);
}

/// <summary>A test that mounts a small file system; skipped where that is not possible.</summary>
internal sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute() => Skip = Requirements.Missing(Requirements.Mount);
}

/// <summary>A test that breaks an ext4 file system of its own while it is in use; skipped where that is not possible.</summary>
internal sealed class BrokenVolumeFactAttribute : FactAttribute
{
    public BrokenVolumeFactAttribute() => Skip = Requirements.Missing(Requirements.Mount) ?? Requirements.Missing(Requirements.Ext4);
}

/// <summary>Shell commands that succeed where a test can run, each with what to say otherwise.</summary>
internal static class Requirements
{
    public const string Strace = "command -v strace # strace is absent: apt-get install strace";
    public const string Trace = "strace -o /dev/null true # strace may not trace here (ptrace)";
    public const string Mount = "d=$(mktemp -d) && mount -t tmpfs -o size=1m none $d && umount $d && rmdir $d # mounting needs root";
    public const string Ext4 = "PATH=$PATH:/sbin:/usr/sbin; command -v mkfs.ext4 && test -e /dev/loop-control && test -d /sys/fs/ext4 # needs mkfs.ext4, loop devices and ext4 in the kernel";

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, bool> s_met = new();

    /// <summary>Null when the requirement is met, else the words behind '#'.</summary>
    public static string? Missing(string requirement)
        => s_met.GetOrAdd(requirement, r => Repository.Run("bash", "-c", r).ExitCode == 0) ? null : requirement[(requirement.LastIndexOf('#') + 2)..];
}

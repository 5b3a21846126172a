using Gateway.Protocol.Refusals;

namespace Gateway.Storage;

/// <summary>
/// What strangers may not fill. Without it a peer could write until no write succeeds any more, and not even be blocked. An
/// emergency still finds room where an ordinary message does not.
/// </summary>
/// <param name="folder">The data folder.</param>
/// <param name="keepFreeBytes">Space that ordinary messages leave free; emergencies leave a quarter of it.</param>
internal sealed class FreeSpace(string folder, long keepFreeBytes)
{
    private const int EmergencyShare = 4;

    /// <summary>Null when so many more bytes of a peer may be stored, else <see cref="RefusalCode.NoSpace"/>: it sends again later.</summary>
    public Refusal? RefuseFor(long bytes, bool emergency)
        => new DriveInfo(folder).AvailableFreeSpace - bytes >= keepFreeBytes / (emergency ? EmergencyShare : 1)
            ? null
            : new Refusal(RefusalCode.NoSpace, "there is no space left to store this safely");
}

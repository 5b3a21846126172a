using Gateway.Runtime;

namespace Gateway.Backups;

/// <summary>Section <c>Backup</c>: to whom backups are encrypted and how long they are kept. The private keys are never on this machine.</summary>
internal sealed class BackupOptions : ICheckedOptions
{
    /// <summary>Certificate (PEM, key agreement) to which <c>gateway backup</c> encrypts; empty: no backups can be made.</summary>
    [FilePath]
    public string Recipient { get; init; } = "";

    /// <summary>The same for the case keys, where other people keep them; empty: as Recipient.</summary>
    [FilePath]
    public string KeysRecipient { get; init; } = "";

    /// <summary>Days after which the last backup that holds an erased case is destroyed; stands in every erasure.</summary>
    public int KeepDays { get; init; } = 35;

    public void Check(string path, Mistakes mistakes)
    {
        if (KeepDays is < 0 or > 3650)
            mistakes.Add($"{path}:KeepDays", $"{KeepDays} is not between 0 and 3650", "Write the days after which you destroy backups.");
        if (KeysRecipient.Length > 0 && Recipient.Length == 0)
            mistakes.Add($"{path}:Recipient", "a recipient of the case keys is named, and none of the data", "Name the certificate file.");
    }
}

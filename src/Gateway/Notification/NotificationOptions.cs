using Gateway.Runtime;

namespace Gateway.Notification;

/// <summary>Section <c>Notification</c>: who is called when an emergency comes, and how.</summary>
internal sealed class NotificationOptions : ICheckedOptions
{
    /// <summary>The duty roster, JSON; read again when it changes. Empty: none; then every officer of a contact point is called at once.</summary>
    [FilePath]
    public string Roster { get; init; } = "";

    /// <summary>Seconds within which a device must confirm an emergency; then the sender is told that nobody was reached.</summary>
    public int ConfirmSeconds { get; init; } = 60;

    /// <summary>Minutes after which an emergency rings again while it is not acknowledged.</summary>
    public int RepeatMinutes { get; init; } = 5;

    /// <summary>Minutes after which the next officer of the roster is called as well.</summary>
    public int EscalateMinutes { get; init; } = 15;

    /// <summary>Seconds between signs of life to officers who watch.</summary>
    public int HeartbeatSeconds { get; init; } = 15;

    /// <summary>Hosts besides this machine to which webhooks and mail may go.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Addresses that are told; they hear the urgency and a number, never content.</summary>
    public IReadOnlyList<WebhookOptions> Webhooks { get; init; } = [];

    /// <summary>Mail to the officers' mailbox; it says only that something waits, or is due.</summary>
    public MailOptions Mail { get; init; } = new();

    /// <summary>A program of this machine that is run: a siren, a pager.</summary>
    public CommandOptions Command { get; init; } = new();

    public void Check(string path, Mistakes mistakes)
    {
        if (Roster.Length > 0 && !File.Exists(Roster))
            mistakes.Add($"{path}:Roster", $"there is no file {Roster}", "Name the duty roster, or leave it out.");
        foreach (var (name, value, most) in new[] { (nameof(ConfirmSeconds), ConfirmSeconds, 600), (nameof(RepeatMinutes), RepeatMinutes, 60), (nameof(EscalateMinutes), EscalateMinutes, 240), (nameof(HeartbeatSeconds), HeartbeatSeconds, 60) })
        {
            if (value < 1 || value > most)
                mistakes.Add($"{path}:{name}", $"{value} is out of range", $"Write 1 to {most}.");
        }
        for (var i = 0; i < Webhooks.Count; i++)
        {
            if (Webhooks[i].Address.Length > 0 && !(Uri.TryCreate(Webhooks[i].Address, UriKind.Absolute, out var uri) && MayCall(uri)))
                mistakes.Add($"{path}:Webhooks[{i}]:Address", $"'{Webhooks[i].Address}' is not http(s) to this machine, or https to a host of AllowedHosts", "Correct the address, or add its host to AllowedHosts.");
        }
        if (Mail.Host.Length > 0 && !IsAllowed(Mail.Host))
            mistakes.Add($"{path}:Mail:Host", $"{Mail.Host} is neither this machine nor in AllowedHosts", "Use a mail server of this machine, or add the host to AllowedHosts.");
    }

    /// <summary>This machine with or without TLS; other hosts when they are listed, with TLS only.</summary>
    public bool MayCall(Uri address) => address.UserInfo.Length == 0 && ((address.Scheme == "http" && address.IsLoopback) || (address.Scheme == "https" && IsAllowed(address.Host)));

    public bool IsAllowed(string host) => host is "localhost" or "127.0.0.1" or "::1" or "[::1]" || AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase);
}

/// <summary>A webhook.</summary>
internal sealed class WebhookOptions : ICheckedOptions
{
    /// <summary><c>http://localhost:port/path</c>, or https to a host of AllowedHosts.</summary>
    public string Address { get; init; } = "";

    /// <summary>A good answer (2xx) means that a person was reached: it counts as a device that confirmed.</summary>
    public bool Confirms { get; init; }

    public void Check(string path, Mistakes mistakes)
    {
        if (Address.Length == 0)
            mistakes.Add($"{path}:Address", "no address is named", "Write it, or remove the entry.");
    }
}

/// <summary>Mail.</summary>
internal sealed class MailOptions : ICheckedOptions
{
    /// <summary>SMTP server; empty: no mail.</summary>
    public string Host { get; init; } = "";

    /// <summary>Its port.</summary>
    public int Port { get; init; } = 25;

    /// <summary>Sender's address.</summary>
    public string From { get; init; } = "";

    /// <summary>Recipients' addresses.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    public void Check(string path, Mistakes mistakes)
    {
        if (Host.Length == 0)
            return;
        if (Port is < 1 or > 65_535)
            mistakes.Add($"{path}:Port", $"{Port} is no port", "Write 1 to 65535.");
        foreach (var address in To.Append(From).Where(a => !System.Net.Mail.MailAddress.TryCreate(a, out _)))
            mistakes.Add($"{path}:To", $"'{address}' is not an address", "Write name@host.");
        if (To.Count == 0)
            mistakes.Add($"{path}:To", "nobody is named", "Name at least one recipient.");
    }
}

/// <summary>A local program.</summary>
internal sealed class CommandOptions : ICheckedOptions
{
    /// <summary>The program; run without a shell, with two arguments: the urgency of the case (TEST: the test of a shift; NOT_DELIVERED: an emergency of our own that did not arrive) and the number of the alarm. Below EMERGENCY it is a deadline. Empty: none.</summary>
    [FilePath]
    public string Program { get; init; } = "";

    /// <summary>Exit code 0 means that a person was reached.</summary>
    public bool Confirms { get; init; }

    public void Check(string path, Mistakes mistakes)
    {
        if (Program.Length > 0 && !File.Exists(Program))
            mistakes.Add($"{path}:Program", $"there is no program {Program}", "Correct the path, or leave it out.");
    }
}

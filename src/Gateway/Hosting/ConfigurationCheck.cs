using System.Net;
using System.Net.Sockets;
using Gateway.Keys;
using Gateway.Runtime;
using Gateway.Storage;
using Gateway.Witness;

namespace Gateway.Hosting;

/// <summary>
/// <c>gateway config check</c>: everything that would stop or trouble <c>serve</c>, all of it at once. <c>serve</c> and <c>init</c> run
/// the parts that concern them first.
/// </summary>
internal static class ConfigurationCheck
{
    /// <summary>The file itself, and the keys and certificates that it names.</summary>
    public static Configuration Files(string file, DateTimeOffset now, Mistakes mistakes)
    {
        var configuration = Configuration.Load(file, mistakes);
        new KeyFilesCheck(now, mistakes).Check(configuration.Keys);
        return configuration;
    }

    /// <summary>Also the database, the storage key and the ports.</summary>
    public static async Task All(string file, DateTimeOffset now, Mistakes mistakes)
    {
        var configuration = Files(file, now, mistakes);
        if (!mistakes.At("Gateway:DataFolder"))
            await Data(configuration.Gateway.DataFolder, configuration.Witness, now, mistakes);
        Port("Listen:Exchange", configuration.Listen.Exchange, mistakes);
        Port("Listen:Operator", configuration.Listen.Operator, mistakes);
        Port("Listen:Health", configuration.Listen.Health, mistakes);
    }

    private static async Task Data(string folder, WitnessOptions witness, DateTimeOffset now, Mistakes mistakes)
    {
        if (!Directory.Exists(folder))
        {
            mistakes.Add("Gateway:DataFolder", $"{folder} does not exist", "Run 'gateway init' once, or correct the path.");
            return;
        }
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(folder) & (UnixFileMode)0b000_111_111) != 0)
            mistakes.Add("Gateway:DataFolder", $"others than the owner may enter {folder}", $"Run 'chmod 700 {folder}'.");
        try
        {
            await using var database = Database.Open(folder);
            await using var keys = CaseKeys.Open(folder);
            if (database.Read(Peers.PeerRows.Own) is null)
                mistakes.Add("Gateway:DataFolder", "the database holds no card of our own", "Run 'gateway init' to its end.");
            var counted = database.Read(Peers.PeerRows.Peers).Where(p => p.Status == Peers.PeerStatus.APPROVED && p.Card.Card.Log is not null).ToList();
            if (WitnessStanding.Doubt(witness.Quorum, counted.Count, [.. counted.Where(p => p.RefuseAt(now) is not null).Select(p => p.State)]) is { } doubt)
                mistakes.Add("Witness:Quorum", doubt, "Correct the number or leave it out; block a State that is gone for good.");
        }
        catch (Exception e) when (e is DatabaseNotUsableException or IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException)
        {
            // One mistake per path: a folder that is open to others and a database that cannot be used are two.
            mistakes.Add(mistakes.At("Gateway:DataFolder") ? "Gateway:DataFolder (database)" : "Gateway:DataFolder", e.Message.TrimEnd('.'), "Nothing was changed.");
        }
    }

    private static void Port(string path, string text, Mistakes mistakes)
    {
        if (ListenOptions.Parse(text) is not { } endpoint || mistakes.At(path))
            return;
        try
        {
            using var probe = new TcpListener(endpoint) { ExclusiveAddressUse = true };
            probe.Start();
        }
        catch (SocketException e)
        {
            mistakes.Add(path, e.SocketErrorCode == SocketError.AddressAlreadyInUse ? $"{text} is in use" : $"{text} cannot be listened on ({e.SocketErrorCode})", "Stop the other program, or choose another address.");
        }
    }
}

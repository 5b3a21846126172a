using System.CommandLine;
using System.Globalization;
using Gateway.Backups;
using Gateway.Integrity;
using Gateway.Protocol.Envelopes;
using Gateway.Runtime;
using Gateway.Storage;
using Microsoft.Data.Sqlite;

namespace Gateway.Hosting;

/// <summary>The verbs that look after the data: check, backup, restore.</summary>
internal sealed partial class Commands
{
    private Command FsckVerb()
    {
        var json = new Option<bool>("--json") { Description = "one JSON object instead of lines" };
        var skip = new Option<bool>("--without-evidence") { Description = "do not read the chunks of evidence" };
        return Verb("fsck", "recompute everything from the stored records, beside a running gateway or without one; changes nothing", async parsed =>
        {
            if (await LoadData(parsed) is not { } configuration)
                return Usage;
            try
            {
                var report = CheckLedger.Run(configuration.Gateway.DataFolder, chunks: !parsed.GetValue(skip));
                await ReportText.Write(report, output, parsed.GetValue(json));
                return report.Good ? Good : Refused;
            }
            catch (Exception e) when (e is DatabaseNotUsableException or SqliteException)
            {
                // Nothing was decided: that is neither good nor broken.
                await error.WriteLineAsync($"gateway: {e.Message}");
                return Incomplete;
            }
        }, _config, json, skip);
    }

    private Command BackupVerb()
    {
        var target = new Option<string>("--out") { Description = "where the data goes; must not exist", HelpName = "FILE", Required = true };
        var keys = new Option<string?>("--keys-out") { Description = "where the case keys go, to be kept apart from the data; FILE.keys when not given", HelpName = "FILE" };
        var skip = new Option<bool>("--without-evidence") { Description = "leave the chunks of evidence out" };
        return Verb("backup", "write one encrypted file of database, chains, log and evidence, and a second one of the case keys, beside a running gateway", async parsed =>
        {
            if (await LoadData(parsed) is not { } configuration)
                return Refused;
            var file = parsed.GetRequiredValue(target);
            try
            {
                foreach (var made in new MakeBackup(configuration.Gateway.State, configuration.Gateway.DataFolder, configuration.Backup, clock).Run(file, parsed.GetValue(keys) ?? file + ".keys", !parsed.GetValue(skip)))
                    await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{made.Sha256}  {made.File}  {made.Bytes} bytes"));
                return Good;
            }
            catch (SqliteException e)
            {
                // Disk full and the like: nothing has a name yet.
                await error.WriteLineAsync($"gateway: {e.Message}; no backup was made");
                return Incomplete;
            }
        }, _config, target, keys, skip);
    }

    private Command RestoreVerb()
    {
        var from = new Option<string>("--from") { Description = "the file of the data", HelpName = "FILE", Required = true };
        var keysFrom = new Option<string?>("--keys-from") { Description = "the file of the case keys; FILE.keys when not given", HelpName = "FILE" };
        var key = new Option<string>("--key") { Description = "private key of Backup:Recipient, PKCS #8 PEM", HelpName = "FILE", Required = true };
        var certificate = new Option<string>("--cert") { Description = "its certificate, PEM", HelpName = "FILE", Required = true };
        var keysKey = new Option<string?>("--keys-key") { Description = "private key of Backup:KeysRecipient, when it is another", HelpName = "FILE" };
        var keysCertificate = new Option<string?>("--keys-cert") { Description = "its certificate, PEM", HelpName = "FILE" };
        return Verb("restore", "make the data folder from a backup; the next start compares its chains with every peer before anything is signed", async parsed =>
        {
            if (await LoadData(parsed) is not { } configuration)
                return Refused;
            var (data, folder) = (parsed.GetRequiredValue(from), configuration.Gateway.DataFolder);
            using var dataKey = Decryptor.FromPem(await File.ReadAllTextAsync(parsed.GetRequiredValue(certificate)), await File.ReadAllTextAsync(parsed.GetRequiredValue(key)));
            using var otherKey = parsed.GetValue(keysKey) is { } k && parsed.GetValue(keysCertificate) is { } c ? Decryptor.FromPem(await File.ReadAllTextAsync(c), await File.ReadAllTextAsync(k)) : null;
            if (!(await new RestoreBackup(configuration.Gateway.State, folder).Run(new BackupFiles(data, parsed.GetValue(keysFrom) ?? data + ".keys", dataKey, otherKey ?? dataKey))).TryGet(out var made, out var refusal))
            {
                await error.WriteLineAsync($"gateway: {refusal}");
                return Refused;
            }
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{folder} is as it was on {made:yyyy-MM-dd HH:mm:ss} UTC. Start the gateway: it signs nothing until its chains were compared with every peer"));
            var report = CheckLedger.Run(folder, chunks: true);
            await ReportText.Write(report, output, json: false);
            return report.Good ? Good : Refused;
        }, _config, from, keysFrom, key, certificate, keysKey, keysCertificate);
    }

    /// <summary>The configuration where only the data matters: keys and certificates may be long gone. Null when even that is wrong; it has been told.</summary>
    private async Task<Configuration?> LoadData(ParseResult parsed)
    {
        var mistakes = new Mistakes();
        var file = parsed.GetRequiredValue(_config);
        var configuration = Configuration.Load(file, mistakes);
        if (!mistakes.At("Gateway:DataFolder") && !mistakes.At("Gateway:State") && !mistakes.At(file) && !mistakes.Found.Any(m => m.Path.StartsWith("Backup:", StringComparison.Ordinal)))
            return configuration;
        await Report(mistakes, error);
        return null;
    }
}

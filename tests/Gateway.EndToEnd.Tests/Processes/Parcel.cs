using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Gateway.Protocol.Documents;
using Gateway.V1;

namespace Gateway.EndToEnd.Tests.Processes;

/// <summary>An item that XB packed, released and gave to a carrier; key and list of leaves are at XA, and the disk is on its way.</summary>
internal sealed record Parcel(ItemView Item, string Disk, byte[] Content)
{
    /// <summary>What XA's officer types when the disk has come.</summary>
    public string[] Import => ["evidence", "import", Disk, "--seal", "B-004711", "--seal-intact", "yes", "--signed-by", "A. Porter"];

    public static async Task<Parcel> Send(GatewayPair pair, SubmitReply request, int bytes)
    {
        var (source, content) = (Path.Combine(pair.Folder, $"{Ids.New()}.img"), RandomNumberGenerator.GetBytes(bytes));
        await File.WriteAllBytesAsync(source, content);
        var disk = Directory.CreateDirectory(Path.Combine(pair.Folder, "disks", Ids.New())).FullName;
        var (technician, pack) = await Pack(pair, request, source, disk);
        pair.Ctl(0, pack);
        File.Delete(source);
        var packed = Directory.GetDirectories(disk).Single();
        pair.Ctl(0, ["evidence", "attach", packed, .. technician]);
        var item = (await pair.AskedLawyer.Client.ListItemsAsync(new ListItemsRequest { CaseId = request.CaseId, Item = Path.GetFileName(packed) })).Items.Single();
        // The line is held until the carrier has the disk: a small item would have gone by wire meanwhile.
        pair.Asked.Sql($"CREATE TRIGGER held AFTER INSERT ON item_transfers WHEN NEW.item = '{item.Item}' BEGIN UPDATE item_transfers SET next_attempt = '2999-01-01T00:00:00.000Z' WHERE item = NEW.item; END");
        await pair.Release(item, request.CaseId);
        await pair.Holds(() => pair.Asked.Sql("SELECT m.state FROM items i JOIN messages m ON m.id = i.message WHERE i.id = ?", item.Item) == "DELIVERED", "the item was not announced");
        await pair.Ship(item);
        pair.Asked.Sql("DROP TRIGGER held");
        pair.Asked.Sql("UPDATE item_transfers SET next_attempt = '2000-01-01T00:00:00.000Z' WHERE item = ?", item.Item);
        await pair.Holds(() => pair.Asked.Sql("SELECT count(*) FROM item_transfers WHERE item = ? AND last_error LIKE '%carrier%'", item.Item) == "1", "the wire did not leave the item to the carrier");
        return new Parcel(item, packed, content);
    }

    /// <summary>What XB's laboratory would type to pack an item of a case, and who types it.</summary>
    public static async Task<(string[] Technician, string[] Pack)> Pack(GatewayPair pair, SubmitReply request, string source, string to)
    {
        var (form, card) = (Path.Combine(pair.Folder, "packed.json"), Path.Combine(pair.Folder, "XB.card"));
        var intake = JsonNode.Parse(await File.ReadAllTextAsync(Repository.PathOf("deploy/samples/intake.json")))!.AsObject();
        intake["request"] = request.Message;
        await File.WriteAllTextAsync(form, intake.ToJsonString());
        await File.WriteAllBytesAsync(card, (await pair.CardOf(pair.Asked)).Card.ToByteArray());
        var technician = (await pair.AttachCommand(source, request.CaseId))[..2];
        return (technician, ["evidence", "pack", source, "--to", to, "--card", card, "--authority", "XB-CA", "--case", request.CaseId, "--intake", form, "--as", "technician", "--lab", "XB-LAB", .. technician]);
    }
}

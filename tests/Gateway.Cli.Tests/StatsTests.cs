using System.Text.Json;
using Gateway.V1;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary><c>stats</c>: every table, as text, CSV and JSON.</summary>
public class StatsTests
{
    [Fact]
    public async Task A_year_without_a_number_is_refused()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        Assert.Equal(2, (await gateway.RunAsync("stats")).Exit);
    }

    [Fact]
    public async Task Both_tables_stand_in_the_csv_and_each_row_names_its_table()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Service.Year.Kinds.Add(new KindStatistics
        {
            Peer = "XA", Side = "REQUESTED", Kind = "PRESERVE_DATA", Requests = 7, Emergencies = 3, EmergenciesConfirmed = 1, NotEmergencies = 0, EmergenciesAbused = 2, Acknowledged = 6, AcknowledgedInTime = 5,
            HoursToAcknowledgeMedian = 1.5, Answered = 2, DaysToAnswerMedian = 3.5, DaysToAnswerP90 = 9, Returned = 1, MissingFields = { new CodeCount { Code = "itemsAccounts", Count = 4 } }, Refused = 2,
            Grounds = { new CodeCount { Code = "RF-ONE", Count = 1 }, new CodeCount { Code = "RF-TWO", Count = 1 } }, PartialGrounds = { new CodeCount { Code = "RF-THREE", Count = 3 } }, Lapsed = 8,
        });
        gateway.Service.Year.Peers.Add(new PeerStatistics { Peer = "XA", BytesSent = 10, BytesReceived = 20, Mismatches = 1, Rejections = { new CodeCount { Code = "V025", Count = 9 } }, RejectedByPeer = { new CodeCount { Code = "V002", Count = 3 } } });
        var csv = (await gateway.RunAsync("stats", "--year", "2026", "--csv")).Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            [
                "table,peer,we are,kind,requests,emergencies,confirmed,no emergency,abused,acknowledged,in time,hours median,hours p90,answered,days median,days p90,returned,missing,refused,by ground,in part by ground,lapsed",
                "kinds,XA,REQUESTED,PRESERVE_DATA,7,3,1,0,2,6,5,1.5,,2,3.5,9,1,itemsAccounts 4,2,\"RF-ONE 1, RF-TWO 1\",RF-THREE 3,8",
                "table,peer,bytes sent,bytes received,mismatches,we rejected,they rejected",
                "peers,XA,10,20,1,V025 9,V002 3",
            ],
            csv);
        var said = await gateway.RunAsync("stats", "--year", "2026", "--json");
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(1.5, JsonDocument.Parse(said.Output).RootElement.GetProperty("kinds")[0].GetProperty("hoursToAcknowledgeMedian").GetDouble());
        Assert.Contains("RF-THREE", said.Output, StringComparison.Ordinal);
        Assert.Contains("V025", (await gateway.RunAsync("stats", "--year", "2026")).Output, StringComparison.Ordinal);
    }
}

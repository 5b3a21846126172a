using Gateway.Custody;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Storage;
using Xunit;

namespace Gateway.Tests.Custody;

/// <summary>Which cases have something to tell the other side.</summary>
public sealed class TellCustodyTests
{
    [Fact]
    public async Task However_many_closed_cases_have_something_left_the_open_ones_are_found()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-tell-").FullName;
        Database.Create(folder);
        await using (var database = Database.Open(folder))
        {
            await database.Write(Lane.Ordinary, s =>
            {
                foreach (var state in Enum.GetValues<CaseState>().Where(state => state.IsFinal()))
                {
                    for (var i = 0; i < 50; i++)
                        Case(s, $"XA-{i:x4}{(int)state:x28}", state, announced: true);
                }
                Case(s, "XA-ee", CaseState.ACCEPTED, announced: false);
                for (var i = 0; i < 120; i++)
                    Case(s, $"XA-ff{i:x4}", CaseState.ACCEPTED, announced: true);
            });
            var waiting = database.Read(TellCustody.Waiting);
            Assert.Equal(Enumerable.Range(0, 120).Select(i => $"XA-ff{i:x4}"), waiting.Select(row => row.Id).Order(StringComparer.Ordinal));
        }
        Directory.Delete(folder, recursive: true);
    }

    private static void Case(Session s, string id, CaseState state, bool announced)
    {
        s.RunOne("""
            INSERT INTO cases (id, side, peer, own_authority, peer_authority, kind, urgency, state, reference, request_message, opened)
            VALUES ($1, 'Requested', 'XA', 'XB-CA', 'XA-CP', 'PRESERVE_DATA', 'ORDINARY', $2, '', $3, '2026-11-20T10:00:00.000Z')
            """, id, state, Ids.New());
        var item = Ids.New();
        s.RunOne("INSERT INTO items (id, case_id, direction, state, message, created) VALUES ($1, $2, 'OUT', 'SENT', $3, '2026-11-20T10:00:00.000Z')", item, id, announced ? Ids.New() : null);
        s.RunOne("INSERT INTO custody_events (item, state, seq, case_id, kind, sha256, leaf, tell, document) VALUES ($1, 'XB', 1, $2, 'STORED', $3, 1, 1, $3)", item, id, Digest.Of("event"u8));
        s.RunOne("INSERT INTO item_records (item, sha256, record, case_id, leaf, tell, document) VALUES ($1, $2, $2, $3, 2, 1, $2)", item, Digest.Of("record"u8), id);
    }
}

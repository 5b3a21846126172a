using Gateway.Protocol.Acts;
using Gateway.Protocol.Documents;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Requests;
using Gateway.Protocol.Tests.Requests;
using Xunit;
using Samples = Gateway.Protocol.Tests.Evidence.Samples;

namespace Gateway.Protocol.Tests.Paper;

public class PaperRecordTests
{
    private static readonly DateTimeOffset Now = RequestSamples.Now;

    internal static PaperRecord Sent => new()
    {
        Id = Samples.Request,
        Case = Samples.Case,
        Authority = "XA-CA",
        Way = PaperWay.SENT,
        Channel = PaperChannel.COURIER,
        Reference = "CR-4711",
        Message = Samples.Request,
        CoverSha256 = Digest.Of("cover"u8),
        At = Now,
        Person = "Courier Ltd",
        Files = [new PaperFile("request.p7m", "application/pkcs7-mime", 4711, Digest.Of("file"u8))],
        EncryptedTo = Digest.Of("certificate"u8),
        Time = Now,
    };

    internal static PaperRecord Received => Sent with { Way = PaperWay.RECEIVED, EncryptedTo = null, Says = ActKind.EXECUTED, Acts = [ActKind.ACKNOWLEDGED, ActKind.EXECUTED], Outcome = ActOutcome.FULL, DueAt = Now };

    public static TheoryData<string> Wrong =>
    [
        "two files leave", "nothing leaves", "nothing came", "what left says something", "what came is encrypted to somebody", "acts without a word", "a word without acts",
        "acts that end otherwise", "an act of our side", "an act of the gateway", "an outcome without an end", "an end without an outcome", "preserved without an end", "after is no id",
    ];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_record_that_contradicts_itself_is_refused(string what)
    {
        var record = what switch
        {
            "two files leave" => Sent with { Files = [.. Sent.Files, .. Sent.Files] },
            "nothing leaves" => Sent with { Files = [] },
            "nothing came" => Received with { Files = [] },
            "what left says something" => Sent with { DueAt = Now },
            "what came is encrypted to somebody" => Received with { EncryptedTo = Digest.Of("c"u8) },
            "acts without a word" => Received with { Says = null, Outcome = null },
            "a word without acts" => Received with { Acts = [] },
            "acts that end otherwise" => Received with { Acts = [ActKind.EXECUTED, ActKind.ACKNOWLEDGED] },
            "an act of our side" => Received with { Says = ActKind.COMPLETED, Acts = [ActKind.COMPLETED], Outcome = null },
            "an act of the gateway" => Received with { Says = ActKind.DEADLINE_MISSED, Acts = [ActKind.DEADLINE_MISSED], Outcome = null },
            "an outcome without an end" => Received with { Says = ActKind.ACCEPTED, Acts = [ActKind.ACCEPTED] },
            "an end without an outcome" => Received with { Outcome = null },
            "preserved without an end" => Received with { Says = ActKind.PRESERVED, Acts = [ActKind.PRESERVED], Outcome = null },
            _ => Received with { After = "nobody" },
        };
        Assert.False(PaperRecord.Read(record.Write()).Succeeded);
    }

    [Fact]
    public void What_is_written_is_read_and_its_acts_have_ids_that_everybody_computes()
    {
        foreach (var record in new[] { Sent, Received, Received with { Says = ActKind.PRESERVED, Acts = [ActKind.PRESERVED], Outcome = null, Until = Now, DueAt = null } })
            Assert.Equal(record.Write(), PaperRecord.Read(record.Write()).Value.Write());
        var entries = PaperRecord.Read(Received.Write()).Value.Entries;
        Assert.Equal(Received.Entries.Select(e => e.Id), entries.Select(e => e.Id));
        Assert.All(entries, e => Assert.True(Ids.IsId(e.Id)));
        Assert.Equal((null, "FULL"), (entries[0].Outcome, entries[1].Outcome));
    }

    [Fact]
    public void The_way_to_what_a_letter_says_is_that_of_the_life_cycle_and_there_is_none_beside_it()
    {
        Assert.Empty(ReplyPath.To(Standing.Delivered, ActKind.COMPLETED, RequestKind.PRESERVE_DATA));
        Assert.Empty(ReplyPath.To(Standing.Delivered, ActKind.DEADLINE_MISSED, RequestKind.PRESERVE_DATA));
        Assert.Empty(ReplyPath.To(Standing.Delivered, ActKind.PRESERVED, RequestKind.EXTRADITION));
        Assert.Empty(ReplyPath.To(Standing.Delivered with { State = CaseState.REFUSED }, ActKind.EXECUTED, RequestKind.PRESERVE_DATA));
        Assert.Equal([ActKind.ACKNOWLEDGED], ReplyPath.To(Standing.Delivered, ActKind.ACKNOWLEDGED, RequestKind.PRESERVE_DATA));
        Assert.Equal([ActKind.PRESERVED], ReplyPath.To(Standing.Delivered, ActKind.PRESERVED, RequestKind.PRESERVE_DATA));
        Assert.Equal([ActKind.ACKNOWLEDGED, ActKind.REFUSED], ReplyPath.To(Standing.Delivered, ActKind.REFUSED, RequestKind.EXTRADITION));
        Assert.Equal([ActKind.ACKNOWLEDGED, ActKind.ACCEPTED, ActKind.IN_EXECUTION, ActKind.EXECUTED], ReplyPath.To(Standing.Delivered, ActKind.EXECUTED, RequestKind.STORED_CONTENT_DATA));
        Assert.Equal([ActKind.EXECUTED], ReplyPath.To(Standing.Delivered with { State = CaseState.IN_EXECUTION }, ActKind.EXECUTED, RequestKind.PRESERVE_DATA));
    }
}

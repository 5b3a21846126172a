using Gateway.Protocol.Receipts;
using Xunit;

namespace Gateway.Protocol.Tests.Receipts;

/// <summary>The delivery track: every receipt has its row, and no story of receipts leaves the table.</summary>
public class DeliveryTrackTests
{
    [Fact]
    public void Every_event_of_a_receipt_has_a_row_and_all_its_rows_agree_on_who_issues_it_and_behind_what()
        => Assert.All(Enum.GetValues<ReceiptEvent>(), certified =>
        {
            var rows = DeliveryTrack.All.Where(row => row.Event == certified).ToList();
            Assert.NotEmpty(rows);
            Assert.Equal((DeliveryTrack.By(certified), DeliveryTrack.Needs(certified)), Assert.Single(rows.Select(row => (row.By, row.Needs)).Distinct()));
            // One state has one row at most.
            Assert.Equal(rows.Sum(row => row.From.Count), rows.SelectMany(row => row.From).Distinct().Count());
        });

    [Fact]
    public void Who_issues_what_is_as_the_standard_has_it()
    {
        ReceiptEvent[] sender = [ReceiptEvent.SubmissionAcceptance, ReceiptEvent.RelayFailure, ReceiptEvent.RelayToNonERDS, ReceiptEvent.RelayToNonERDSFailure];
        Assert.Equal(sender.Order(), Enum.GetValues<ReceiptEvent>().Where(e => DeliveryTrack.By(e) == MessageEnd.SENDER).Order());
        Assert.Equal([ReceiptEvent.GatewayCaseClosed], Enum.GetValues<ReceiptEvent>().Where(e => DeliveryTrack.By(e) == MessageEnd.EITHER));
        Assert.Equal((MessageEnd.RECIPIENT, MessageEnd.SENDER), (DeliveryTrack.By(ReceiptEvent.ReceivedFromNonERDS), DeliveryTrack.By(ReceiptEvent.ReceivedFromNonERDS, paperRecord: true)));
        Assert.Equal(7, Enum.GetValues<ReceiptEvent>().Count(e => DeliveryTrack.Needs(e) == ReceiptEvent.RelayAcceptance));
    }

    [Fact]
    public void Every_state_is_reached_what_is_final_stays_and_what_needs_a_receipt_comes_behind_it_in_every_story()
    {
        var reached = new HashSet<DeliveryState>();
        var seen = new HashSet<(DeliveryState?, string)>();
        var work = new Stack<(DeliveryState? At, IReadOnlySet<ReceiptEvent> Said)>([(null, new HashSet<ReceiptEvent>())]);
        while (work.TryPop(out var story))
        {
            foreach (var certified in Enum.GetValues<ReceiptEvent>())
            {
                if (DeliveryTrack.After(story.At, certified) is not { } to)
                    continue;
                // The receiver's word about the content stands behind its word that it has the message; the state alone does not say that of what came with a carrier.
                if (DeliveryTrack.Needs(certified) is { } needs && !story.Said.Contains(needs))
                    continue;
                Assert.NotEqual(DeliveryState.RELAY_REJECTED, story.At);
                Assert.NotEqual(DeliveryState.CONSIGNMENT_FAILED, story.At);
                reached.Add(to);
                var said = new HashSet<ReceiptEvent>(story.Said) { certified };
                if (seen.Add((to, string.Join(' ', said.Order()))))
                    work.Push((to, said));
            }
        }
        Assert.Equal(Enum.GetValues<DeliveryState>().Order(), reached.Order());
    }

    [Theory]
    [InlineData(DeliveryState.QUEUED, "SubmissionAcceptance")]
    [InlineData(DeliveryState.RELAY_ACCEPTED, "SubmissionAcceptance RelayFailure RelayAcceptance")]
    [InlineData(DeliveryState.CONSIGNED, "SubmissionAcceptance RelayAcceptance ContentConsignment")]
    [InlineData(DeliveryState.NOTIFIED, "SubmissionAcceptance RelayAcceptance ContentConsignment ConsignmentNotificationFailure ConsignmentNotification")]
    [InlineData(DeliveryState.OPENED, "SubmissionAcceptance RelayAcceptance ContentConsignment ContentAccessTracking ConsignmentNotification")]
    [InlineData(DeliveryState.OPENED, "SubmissionAcceptance RelayAcceptance ContentAccessTracking ContentConsignment")]
    [InlineData(DeliveryState.RELAY_REJECTED, "SubmissionAcceptance RelayRejection ContentConsignment")]
    [InlineData(DeliveryState.CONSIGNMENT_FAILED, "SubmissionAcceptance RelayAcceptance ContentConsignmentFailure")]
    [InlineData(DeliveryState.CAME, "SubmissionAcceptance RelayToNonERDS ReceivedFromNonERDS")]
    public void Where_a_message_is_follows_from_the_receipts_about_it(DeliveryState at, string receipts)
        => Assert.Equal(at, DeliveryTrack.Of(receipts.Split(' ').Select(Enum.Parse<ReceiptEvent>)));
}

using Gateway.Protocol.Acts;
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
        var seen = new HashSet<DeliveryStory>();
        var work = new Stack<DeliveryStory>([default]);
        while (work.TryPop(out var story))
        {
            if (!seen.Add(story))
                continue;
            foreach (var certified in Enum.GetValues<ReceiptEvent>())
            {
                var next = story.With(certified);
                if (next == story)
                    continue;
                // The receiver's word about the content stands behind its word that it has the message; the state alone does not say that of what came with a carrier.
                Assert.True(DeliveryTrack.Needs(certified) is not { } needs || story.Has(needs), $"{certified} from {story}");
                Assert.NotEqual(DeliveryState.RELAY_REJECTED, story.State);
                Assert.NotEqual(DeliveryState.CONSIGNMENT_FAILED, story.State);
                // What is rejected was never taken, and what is refused was never whole.
                Assert.False(next.State == DeliveryState.RELAY_REJECTED && next.Has(ReceiptEvent.RelayAcceptance), next.ToString());
                Assert.False(next.State == DeliveryState.CONSIGNMENT_FAILED && next.Has(ReceiptEvent.ContentConsignment), next.ToString());
                // By itself a case goes from a request only where the other table lets it.
                Assert.True(next.Request == story.Request || Transitions.ApplySystem(story.Request, next.Request).Succeeded, $"{story.Request} -> {next.Request} by {certified}");
                work.Push(next);
            }
        }
        Assert.Equal(Enum.GetValues<DeliveryState>().Order(), seen.Select(story => story.State).OfType<DeliveryState>().Distinct().Order());
    }

    [Theory]
    [InlineData(DeliveryState.QUEUED, CaseState.SENT, "SubmissionAcceptance")]
    [InlineData(DeliveryState.RELAY_FAILED, CaseState.SENT, "SubmissionAcceptance RelayFailure RelayFailure")]
    [InlineData(DeliveryState.RELAY_ACCEPTED, CaseState.PENDING_RECOGNITION, "SubmissionAcceptance RelayFailure RelayAcceptance")]
    [InlineData(DeliveryState.RELAY_ACCEPTED, CaseState.PENDING_RECOGNITION, "SubmissionAcceptance RelayAcceptance RelayFailure RelayRejection")]
    [InlineData(DeliveryState.CONSIGNED, CaseState.DELIVERED, "SubmissionAcceptance RelayAcceptance ContentConsignment")]
    [InlineData(DeliveryState.CONSIGNED, CaseState.DELIVERED, "SubmissionAcceptance RelayAcceptance ContentConsignment ContentConsignmentFailure GatewayCaseClosed")]
    [InlineData(DeliveryState.NOTIFIED, CaseState.DELIVERED, "SubmissionAcceptance RelayAcceptance ContentConsignment ConsignmentNotificationFailure ConsignmentNotification")]
    [InlineData(DeliveryState.OPENED, CaseState.DELIVERED, "SubmissionAcceptance RelayAcceptance ContentConsignment ContentAccessTracking ConsignmentNotification ContentConsignmentFailure")]
    [InlineData(DeliveryState.OPENED, CaseState.DELIVERED, "SubmissionAcceptance RelayAcceptance ContentAccessTracking ContentConsignment")]
    [InlineData(DeliveryState.OPENED, CaseState.PENDING_RECOGNITION, "SubmissionAcceptance RelayAcceptance ContentAccessTracking")]
    [InlineData(DeliveryState.RELAY_REJECTED, CaseState.REJECTED_TECHNICAL, "SubmissionAcceptance RelayRejection ContentConsignment RelayAcceptance")]
    [InlineData(DeliveryState.CONSIGNMENT_FAILED, CaseState.REJECTED_TECHNICAL, "SubmissionAcceptance RelayAcceptance ContentConsignmentFailure ContentConsignment")]
    [InlineData(DeliveryState.CAME, CaseState.SENT, "SubmissionAcceptance RelayToNonERDS ReceivedFromNonERDS")]
    [InlineData(DeliveryState.CONSIGNED, CaseState.DELIVERED, "SubmissionAcceptance RelayToNonERDS RelayAcceptance ContentConsignment")]
    [InlineData(DeliveryState.RELAY_REJECTED, CaseState.REJECTED_TECHNICAL, "SubmissionAcceptance RelayToNonERDS RelayRejection")]
    // The clock of the receiver is behind that of the sender.
    [InlineData(DeliveryState.CONSIGNED, CaseState.DELIVERED, "RelayAcceptance ContentConsignment SubmissionAcceptance")]
    [InlineData(null, CaseState.SENT, "RelayAcceptance ContentConsignment")]
    public void Where_a_message_is_follows_from_the_receipts_about_it(DeliveryState? at, CaseState request, string receipts)
    {
        var story = DeliveryStory.Of(receipts.Split(' ').Select(Enum.Parse<ReceiptEvent>).Select(one => (one, DeliveryTrack.By(one))));
        Assert.Equal((at, request), (story.State, story.Request));
    }

    [Fact]
    public void The_other_end_has_nothing_to_say_about_what_the_table_gives_to_one()
    {
        (ReceiptEvent, MessageEnd)[] taken = [(ReceiptEvent.SubmissionAcceptance, MessageEnd.SENDER), (ReceiptEvent.RelayAcceptance, MessageEnd.RECIPIENT)];
        Assert.Equal(DeliveryState.RELAY_ACCEPTED, DeliveryStory.Of([.. taken, (ReceiptEvent.ContentConsignment, MessageEnd.SENDER)]).State);
        Assert.Equal(DeliveryState.QUEUED, DeliveryStory.Of([taken[0], (ReceiptEvent.RelayRejection, MessageEnd.SENDER)]).State);
        Assert.Null(DeliveryStory.Of([(ReceiptEvent.SubmissionAcceptance, MessageEnd.RECIPIENT)]).State);
        // A record of what came on paper is one's own message.
        Assert.Equal(DeliveryState.CAME, DeliveryStory.Of([taken[0], (ReceiptEvent.ReceivedFromNonERDS, MessageEnd.SENDER)], paperRecord: true).State);
        Assert.Equal(DeliveryState.QUEUED, DeliveryStory.Of([taken[0], (ReceiptEvent.ReceivedFromNonERDS, MessageEnd.SENDER)]).State);
    }
}

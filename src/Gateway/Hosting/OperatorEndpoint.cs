using Gateway.AuditLog;
using Gateway.Cases;
using Gateway.Deadlines;
using Gateway.Custody;
using Gateway.Delivery;
using Gateway.Drafts;
using Gateway.Erasures;
using Gateway.Evidence;
using Gateway.Export;
using Gateway.Judging;
using Gateway.Notification;
using Gateway.Peers;
using Gateway.Reception;
using Gateway.Recovery;
using Gateway.Statistics;
using Gateway.Submission;
using Gateway.Users;
using Gateway.V1;
using Gateway.Witness;
using Grpc.Core;

namespace Gateway.Hosting;

/// <summary>What users may call, one line each; the use cases decide who may do what. Whoever is here has passed <see cref="Admission"/>.</summary>
internal sealed class OperatorEndpoint(Edge edge) : Operator.OperatorBase
{
    public override Task<WhoAmIReply> WhoAmI(WhoAmIRequest request, ServerCallContext context)
        => edge.Answer((ShowStatus status) => status.WhoAmI(OperatorCall.UserOf(context)), context);

    public override Task<StatusReply> Status(StatusRequest request, ServerCallContext context)
        => edge.Answer((ShowStatus status) => status.Run(OperatorCall.UserOf(context)), context);

    public override Task<ComposeReply> Compose(ComposeRequest request, ServerCallContext context)
        => edge.Answer((TakeComposition take) => take.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<SubmitReply> Submit(SubmitRequest request, ServerCallContext context)
        => edge.Answer((TakeSubmission take) => take.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<ListMessagesReply> ListMessages(ListMessagesRequest request, ServerCallContext context)
        => edge.Answer((ShowMessages show) => show.List(request, OperatorCall.UserOf(context)), context);

    public override Task<OpenMessageReply> OpenMessage(OpenMessageRequest request, ServerCallContext context)
        => edge.Answer((ShowMessages show) => show.Open(request, OperatorCall.UserOf(context)), context);

    public override Task Watch(WatchRequest request, IServerStreamWriter<Event> responseStream, ServerCallContext context)
        => edge.Stream((WatchEvents watch) => watch.Run(request, responseStream, OperatorCall.UserOf(context), context.CancellationToken), context);

    public override Task<ListCasesReply> ListCases(ListCasesRequest request, ServerCallContext context)
        => edge.Answer((ShowCases show) => show.List(request, OperatorCall.UserOf(context)), context);

    public override Task<CaseView> ShowCase(ShowCaseRequest request, ServerCallContext context)
        => edge.Answer((ShowCases show) => show.Show(request, OperatorCall.UserOf(context)), context);

    public override Task ExportCase(ExportCaseRequest request, IServerStreamWriter<FilePart> responseStream, ServerCallContext context)
        => edge.Stream((ExportCase export) => export.Run(request, responseStream, OperatorCall.UserOf(context), context.CancellationToken), context);

    public override Task<ListReceiptsReply> ListReceipts(ListReceiptsRequest request, ServerCallContext context)
        => edge.Answer((ShowReceipts show) => show.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<ListItemsReply> ListItems(ListItemsRequest request, ServerCallContext context)
        => edge.Answer((ShowItems show) => show.List(request, OperatorCall.UserOf(context)), context);

    public override Task<FetchCustodyReply> FetchCustody(FetchCustodyRequest request, ServerCallContext context)
        => edge.Answer((ShowCustody show) => show.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<AddRecordReply> AddRecord(AddRecordRequest request, ServerCallContext context)
        => edge.Answer((AddRecord add) => add.Run(request, OperatorCall.UserOf(context)), context);

    public override Task AttachEvidence(IAsyncStreamReader<AttachFrame> requestStream, IServerStreamWriter<AttachAck> responseStream, ServerCallContext context)
        => edge.Stream((AttachEvidence attach) => attach.Run(requestStream, responseStream, OperatorCall.UserOf(context), context.CancellationToken), context);

    public override Task ImportEvidence(IAsyncStreamReader<AttachFrame> requestStream, IServerStreamWriter<AttachAck> responseStream, ServerCallContext context)
        => edge.Stream((ImportItem import) => import.Run(requestStream, responseStream, OperatorCall.UserOf(context), context.CancellationToken), context);

    public override Task<FetchManifestReply> FetchManifest(FetchManifestRequest request, ServerCallContext context)
        => edge.Answer((ShowItems show) => show.Manifest(request, OperatorCall.UserOf(context)), context);

    public override Task FetchLeaves(DownloadEvidenceRequest request, IServerStreamWriter<DownloadFrame> responseStream, ServerCallContext context)
        => edge.Stream((TakeItem take) => take.Leaves(request, responseStream, OperatorCall.UserOf(context), context.CancellationToken), context);

    public override Task DownloadEvidence(DownloadEvidenceRequest request, IServerStreamWriter<DownloadFrame> responseStream, ServerCallContext context)
        => edge.Stream((TakeItem take) => take.Download(request, responseStream, OperatorCall.UserOf(context), context.CancellationToken), context);

    public override Task<RequestGrantReply> RequestGrant(RequestGrantRequest request, ServerCallContext context)
        => edge.Answer((TakeItem take) => take.Grant(request, OperatorCall.UserOf(context)), context);

    public override Task<ListDeliveriesReply> ListDeliveries(ListDeliveriesRequest request, ServerCallContext context)
        => edge.Answer((DeliveryDesk desk) => desk.List(request, OperatorCall.UserOf(context)), context);

    public override Task<DeliveryView> ResendDelivery(ResendDeliveryRequest request, ServerCallContext context)
        => edge.Answer((DeliveryDesk desk) => desk.Resend(request, OperatorCall.UserOf(context)), context);

    public override Task<OwnCardReply> OwnCard(OwnCardRequest request, ServerCallContext context)
        => edge.Answer((PeerViews views) => views.OwnCard(), context);

    public override Task<PeerView> AddPeer(AddPeerRequest request, ServerCallContext context)
        => edge.Answer((AddPeer add) => add.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<PeerView> ApprovePeer(ApprovePeerRequest request, ServerCallContext context)
        => edge.Answer((ApprovePeer approve) => approve.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<ListPeersReply> ListPeers(ListPeersRequest request, ServerCallContext context)
        => edge.Answer((PeerViews views) => views.List(), context);

    public override Task<TestPeerReply> TestPeer(TestPeerRequest request, ServerCallContext context)
        => edge.Answer((TestPeer test) => test.Run(request, OperatorCall.UserOf(context), context.CancellationToken), context);

    public override Task<PeerView> BlockPeer(BlockPeerRequest request, ServerCallContext context)
        => edge.Answer((BlockPeer block) => block.Block(request, OperatorCall.UserOf(context)), context);

    public override Task<PeerView> UnblockPeer(BlockPeerRequest request, ServerCallContext context)
        => edge.Answer((BlockPeer block) => block.Unblock(request, OperatorCall.UserOf(context)), context);

    public override Task<PaperStateView> SetPaperState(SetPaperStateRequest request, ServerCallContext context)
        => edge.Answer((PaperStates states) => states.Set(request, OperatorCall.UserOf(context)), context);

    public override Task<ListPaperStatesReply> ListPaperStates(ListPaperStatesRequest request, ServerCallContext context)
        => edge.Answer((PaperStates states) => states.List(OperatorCall.UserOf(context)), context);

    public override Task<BreachView> RecordBreach(RecordBreachRequest request, ServerCallContext context)
        => edge.Answer((Breaches breaches) => breaches.Record(request, OperatorCall.UserOf(context)), context);

    public override Task<BreachView> TellBreach(TellBreachRequest request, ServerCallContext context)
        => edge.Answer((Breaches breaches) => breaches.Tell(request, OperatorCall.UserOf(context)), context);

    public override Task<ListBreachesReply> ListBreaches(ListBreachesRequest request, ServerCallContext context)
        => edge.Answer((Breaches breaches) => breaches.List(request, OperatorCall.UserOf(context)), context);

    public override Task<CaseView> HoldCase(HoldCaseRequest request, ServerCallContext context)
        => edge.Answer((HoldCase hold) => hold.Hold(request, OperatorCall.UserOf(context)), context);

    public override Task<CaseView> UnholdCase(HoldCaseRequest request, ServerCallContext context)
        => edge.Answer((HoldCase hold) => hold.Unhold(request, OperatorCall.UserOf(context)), context);

    public override Task<CarryErasureReply> CarryErasure(CarryErasureRequest request, ServerCallContext context)
        => edge.Answer((CarryErasure carry) => carry.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<CaseView> ReviewRetention(ReviewRetentionRequest request, ServerCallContext context)
        => edge.Answer((ReviewRetention review) => review.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<CaseView> RecordOriginalSent(RecordOriginalSentRequest request, ServerCallContext context)
        => edge.Answer((RecordOriginalSent record) => record.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<CaseView> HandOverCase(HandOverCaseRequest request, ServerCallContext context)
        => edge.Answer((HandOverCase hand) => hand.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<DraftView> KeepDraft(KeepDraftRequest request, ServerCallContext context)
        => edge.Answer((KeepDraft keep) => keep.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<DraftView> DropDraft(DropDraftRequest request, ServerCallContext context)
        => edge.Answer((KeepDraft keep) => keep.Drop(request, OperatorCall.UserOf(context)), context);

    public override Task<DraftView> ReviewDraft(ReviewDraftRequest request, ServerCallContext context)
        => edge.Answer((ReviewDraft review) => review.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<DraftView> SignDraft(SignDraftRequest request, ServerCallContext context)
        => edge.Answer((SendDraft send) => send.Sign(request, OperatorCall.UserOf(context)), context);

    public override Task<SubmitReply> SendDraft(SendDraftRequest request, ServerCallContext context)
        => edge.Answer((SendDraft send) => send.Send(request, OperatorCall.UserOf(context)), context);

    public override Task<ListDraftsReply> ListDrafts(ListDraftsRequest request, ServerCallContext context)
        => edge.Answer((ShowDrafts show) => show.List(request, OperatorCall.UserOf(context)), context);

    public override Task<DraftView> ShowDraft(ShowDraftRequest request, ServerCallContext context)
        => edge.Answer((ShowDrafts show) => show.Show(request, OperatorCall.UserOf(context)), context);

    public override Task<ListTreatiesReply> ListTreaties(ListTreatiesRequest request, ServerCallContext context)
        => edge.Answer((ApproveTreaties treaties) => treaties.List(), context);

    public override Task<ProfileView> ShowProfile(ShowProfileRequest request, ServerCallContext context)
        => edge.Answer((ShowProfile show) => show.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<LedgerView> ShowLedger(ShowLedgerRequest request, ServerCallContext context)
        => edge.Answer((LedgerDesk desk) => desk.Show(OperatorCall.UserOf(context)), context);

    public override Task<LedgerView> ConfirmLedger(ConfirmLedgerRequest request, ServerCallContext context)
        => edge.Answer((LedgerDesk desk) => desk.Confirm(request, OperatorCall.UserOf(context)), context);

    public override Task<DecideMarksReply> DecideMarks(DecideMarksRequest request, ServerCallContext context)
        => edge.Answer((DecideMarks decide) => decide.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<TrustView> ImportTrust(ImportTrustRequest request, ServerCallContext context)
        => edge.Answer((ImportTrust import) => import.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<TrustView> ApproveTrust(ApproveTrustRequest request, ServerCallContext context)
        => edge.Answer((ImportTrust import) => import.Approve(request, OperatorCall.UserOf(context)), context);

    public override Task<ListTrustReply> ListTrust(ListTrustRequest request, ServerCallContext context)
        => edge.Answer((TrustViews views) => views.List(), context);

    public override Task<UserView> AddUser(AddUserRequest request, ServerCallContext context)
        => edge.Answer((AddUser add) => add.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<ListUsersReply> ListUsers(ListUsersRequest request, ServerCallContext context)
        => edge.Answer((UserViews views) => views.List(OperatorCall.UserOf(context)), context);

    public override Task<UserView> RevokeUser(RevokeUserRequest request, ServerCallContext context)
        => edge.Answer((RevokeUser revoke) => revoke.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<LogView> ShowLog(ShowLogRequest request, ServerCallContext context)
        => edge.Answer((ShowLog show) => show.Run(), context);

    public override Task<LogProofView> ProveLogged(ProveLoggedRequest request, ServerCallContext context)
        => edge.Answer((ShowLog show) => show.Prove(request), context);

    public override Task<StatisticsReply> Statistics(StatisticsRequest request, ServerCallContext context)
        => edge.Answer((ShowStatistics show) => show.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<GrowthProof> ProveGrowth(ProveGrowthRequest request, ServerCallContext context)
        => edge.Answer((ShowLog show) => show.Growth(request), context);

    public override Task<WitnessView> ShowWitness(ShowWitnessRequest request, ServerCallContext context)
        => edge.Answer((ShowWitness show) => show.Run(), context);

    public override Task<ListDeadlinesReply> ListDeadlines(ListDeadlinesRequest request, ServerCallContext context)
        => edge.Answer((ShowDeadlines show) => show.Run(request, OperatorCall.UserOf(context)), context);

    public override Task WatchAlerts(WatchAlertsRequest request, IServerStreamWriter<AlertNotice> responseStream, ServerCallContext context)
        => edge.Stream((WatchAlerts watch) => watch.Watch(request, responseStream, OperatorCall.UserOf(context), context.CancellationToken), context);

    public override Task<ConfirmAlertReply> ConfirmAlert(ConfirmAlertRequest request, ServerCallContext context)
        => edge.Answer((WatchAlerts watch) => watch.Confirm(request, OperatorCall.UserOf(context)), context);

    public override Task<ShiftReportReply> ShiftReport(ShiftReportRequest request, ServerCallContext context)
        => edge.Answer((ShowShift show) => show.Run(request, OperatorCall.UserOf(context)), context);

    public override Task<ReviewEmergencyReply> ReviewEmergency(ReviewEmergencyRequest request, ServerCallContext context)
        => edge.Answer((ReviewEmergency review) => review.Run(request, OperatorCall.UserOf(context)), context);
}

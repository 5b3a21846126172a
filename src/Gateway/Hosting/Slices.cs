using Gateway.Access;
using Gateway.Cases;
using Gateway.Deadlines;
using Gateway.Custody;
using Gateway.Delivery;
using Gateway.Drafts;
using Gateway.Erasures;
using Gateway.Evidence;
using Gateway.Export;
using Gateway.Judging;
using Gateway.Keys;
using Gateway.Notification;
using Gateway.Paper;
using Gateway.Peers;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Covers;
using Gateway.Protocol.Custody;
using Gateway.Protocol.Erasures;
using Gateway.Protocol.Evidence;
using Gateway.Protocol.Paper;
using Gateway.Protocol.Requests;
using Gateway.Receipts;
using Gateway.Reception;
using Gateway.Recovery;
using Gateway.Statistics;
using Gateway.Storage;
using Gateway.Submission;
using Gateway.TimeStamps;
using Gateway.Witness;

namespace Gateway.Hosting;

/// <summary>The steps of the flow, in its order: what people submit, what is delivered, what is received, what cases become of it.</summary>
internal static class Slices
{
    public static void AddFlow(this IServiceCollection services, DeliveryOptions delivery)
    {
        services.AddSingleton(delivery);
        services.AddSingleton(p => new FreeSpace(p.GetRequiredService<GatewayOptions>().DataFolder, p.GetRequiredService<GatewayOptions>().MinFreeMiB * 1024L * 1024));
        services.AddSingleton<LedgerGate>();
        services.AddSingleton<IssueReceipts>();
        services.AddSingleton(p => new AcceptReceipts(p.GetRequiredService<KeyRing>().State, p.GetRequiredService<TimeProvider>())
        {
            ActRefused = (s, caseId, message) => CaseRow.Find(s, caseId)?.Answered(s, message, rejected: true, p.GetRequiredService<TimeProvider>().GetUtcNow()),
            ItemConsigned = (s, chain, issuer, subject) => TransferRow.ReopenGivenUp(s, chain, issuer, subject, p.GetRequiredService<TimeProvider>().GetUtcNow()),
            Forked = () => p.GetRequiredService<ForkAlarms>().LookAfterCommit(),
        });
        services.AddSingleton<CloseChain>();
        services.AddSingleton<TakeReceipts>();
        services.AddSingleton<ForkAlarms>();

        services.AddSingleton<Registry>();
        services.AddSingleton<Surroundings>();
        services.AddSingleton<DraftRequest>();
        services.AddSingleton<ApproveTreaties>();
        services.AddSingleton<ShowProfile>();
        services.AddSingleton<ShowDrafts>();
        services.AddSingleton<KeepDraft>();
        services.AddSingleton<ReviewDraft>();
        services.AddSingleton<SendDraft>();
        services.AddSingleton<ForgetDrafts>();
        services.AddSingleton<SendRequest>();
        services.AddSingleton(p =>
        {
            var send = ActivatorUtilities.CreateInstance<SendMessage>(p);
            send.Queued += _ => p.GetRequiredService<DeliveryLoop>().Wake();
            return send;
        });
        services.AddSingleton(p => new TakeComposition(Composers(p), p.GetRequiredService<DraftRequest>()));
        services.AddSingleton(p => new SubmitDocument(p.GetRequiredService<Database>(), Takers(p), p.GetRequiredService<KeyRing>().State, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<TakeSubmission>();

        services.AddSingleton<DeliverMessage>();
        services.AddSingleton<DeadLetters>();
        services.AddSingleton<PeerCircuits>();
        services.AddSingleton<DeliveryLoop>();
        services.AddHostedService(p => p.GetRequiredService<DeliveryLoop>());
        services.AddHostedService<PushReceipts>();
        services.AddHostedService<CloseLoop>();
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<ReturnToPeer>(p, p.GetRequiredService<KeyRing>().State));
        services.AddSingleton(p =>
        {
            var messages = ActivatorUtilities.CreateInstance<ReturnMessages>(p);
            messages.Queued += p.GetRequiredService<DeliveryLoop>().Wake;
            return messages;
        });
        services.AddHostedService(p => p.GetRequiredService<ReturnMessages>());
        services.AddSingleton<OwnSeals>();
        services.AddSingleton<OwnCards>();
        services.AddSingleton<TakeMessage>();
        services.AddHostedService(p => p.GetRequiredService<ReturnToPeer>());
        services.AddSingleton<CompareHeads>();
        services.AddHostedService(p => p.GetRequiredService<CompareHeads>());
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<TakeHeads>(p, p.GetRequiredService<KeyRing>().State));
        services.AddSingleton<TakeReturned>();
        services.AddSingleton<LedgerDesk>();
        services.AddSingleton<DeliveryDesk>();

        services.AddSingleton<TrustStore>();
        services.AddSingleton<TrustViews>();
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<ImportTrust>(p, p.GetRequiredService<KeyRing>().State));
        services.AddHostedService<AskLibcrypto>();
        services.AddSingleton<WantedStatus>();
        services.AddSingleton<JudgeFiles>();
        services.AddSingleton<JudgeRequestStamp>();
        services.AddSingleton<TrustHttp>();
        services.AddSingleton<TakeStatus>();
        services.AddSingleton<FetchTrust>();
        services.AddHostedService(p => p.GetRequiredService<FetchTrust>());
        services.AddHostedService<FetchStatus>();

        services.AddSingleton<ReadRequest>();
        services.AddSingleton<ReadAct>();
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<RejectMessage>(p, delivery.SignedRejectionsPerMinute));
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<ReceiveMessage>(p, (IReadOnlyDictionary<CoverAbout, ContentReader>)Readers(p)));
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<SettleHeld>(p, (IReadOnlyDictionary<CoverAbout, ContentReader>)Readers(p)));
        services.AddSingleton<DecideMarks>();
        services.AddSingleton<JudgeAgain>();
        services.AddHostedService(p => p.GetRequiredService<JudgeAgain>());
        services.AddSingleton<TakeDelivery>();
        services.AddSingleton<ShowMessages>();

        services.AddSingleton<ApproveAct>();
        services.AddSingleton(p => new PerformAct(p.GetRequiredService<Database>(), p.GetRequiredService<CaseKeys>(), p.GetRequiredService<SendMessage>(), p.GetRequiredService<PeerDirectory>(), p.GetRequiredService<NeedToKnow>(), p.GetRequiredService<ApproveAct>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ShowCases>();
        services.AddSingleton<HandOverCase>();
        services.AddSingleton<RecordPaper>();
        services.AddSingleton<RegisterPaper>();
        services.AddSingleton<ReadPaper>();
        services.AddSingleton<NeedToKnow>();
        services.AddSingleton<ShowStatistics>();
        services.AddSingleton<ShowReceipts>();
        services.AddSingleton<WatchEvents>();

        services.AddSingleton(p => new ChunkStore(Path.Combine(p.GetRequiredService<GatewayOptions>().DataFolder, "items"), p.GetRequiredService<GatewayOptions>().MinFreeMiB * 1024L * 1024));
        services.AddSingleton<RecordCustody>();
        services.AddSingleton<AddCustody>();
        services.AddSingleton<AddRecord>();
        services.AddSingleton<ShowCustody>();
        services.AddSingleton<ReadCustody>();
        services.AddHostedService<TellCustody>();
        services.AddSingleton<ItemLeases>();
        services.AddSingleton<FlushTurns>();
        services.AddSingleton<ItemGrants>();
        services.AddSingleton<RenewGrants>();
        services.AddSingleton<WatchGrants>();
        services.AddHostedService(p => p.GetRequiredService<WatchGrants>());
        services.AddSingleton<CommitItem>();
        services.AddSingleton<AttachEvidence>();
        services.AddSingleton<ShowItems>();
        services.AddSingleton<TakeItem>();
        services.AddSingleton<ReleaseItem>();
        services.AddSingleton<DecideRelease>();
        services.AddSingleton<WatchReviews>();
        services.AddHostedService(p => p.GetRequiredService<WatchReviews>());
        services.AddSingleton<WatchCertificates>();
        services.AddHostedService(p => p.GetRequiredService<WatchCertificates>());
        services.AddSingleton<WatchParcels>();
        services.AddHostedService(p => p.GetRequiredService<WatchParcels>());
        services.AddSingleton<ReadEvidence>();
        services.AddSingleton<ConsignItem>();
        services.AddSingleton<TakeTransfer>();
        services.AddSingleton<HandOverItem>();
        services.AddSingleton<SendItem>();
        services.AddSingleton<ShipItem>();
        services.AddSingleton<LoseItem>();
        services.AddSingleton<ImportItem>();
        services.AddSingleton<Room>();
        services.AddSingleton<ResumeItem>();
        services.AddSingleton<PeerShares>();
        services.AddSingleton(_ => new ChunkTurns(Environment.ProcessorCount));
        services.AddSingleton<TellDamage>();
        services.AddHostedService(p => p.GetRequiredService<TellDamage>());
        services.AddSingleton(p =>
        {
            var scrub = ActivatorUtilities.CreateInstance<ScrubItems>(p);
            scrub.Damaged += () => p.GetRequiredService<TellDamage>().Wake();
            return scrub;
        });
        services.AddHostedService(p => p.GetRequiredService<ScrubItems>());
        services.AddSingleton<TakeDamageReport>();
        services.AddHostedService<TransferLoop>();
        services.AddSingleton<ExpireItems>();
        services.AddHostedService(p => p.GetRequiredService<ExpireItems>());

        services.AddSingleton(p => ActivatorUtilities.CreateInstance<EmptyLogs>(p, p.GetRequiredService<GatewayOptions>().DataFolder));
        services.AddHostedService(p => p.GetRequiredService<EmptyLogs>());
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<FinishErasures>(p, p.GetRequiredService<KeyRing>().State));
        services.AddSingleton<EraseCase>();
        services.AddSingleton<DecideErasure>();
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<HoldCase>(p, p.GetRequiredService<KeyRing>().State));
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<DeclareHolds>(p, p.GetRequiredService<KeyRing>().State));
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<CarryErasure>(p, p.GetRequiredService<KeyRing>().State));
        services.AddSingleton<ReviewRetention>();
        services.AddSingleton<RecordOriginalSent>();
        services.AddSingleton<TakeErasure>();
        services.AddSingleton<Breaches>();
        services.AddHostedService(p => p.GetRequiredService<Breaches>());
        services.AddHostedService(p => ActivatorUtilities.CreateInstance<TellErasures>(p, p.GetRequiredService<KeyRing>().State));
        services.AddSingleton<LogPart>();
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<ExportCase>(p, Path.Combine(p.GetRequiredService<GatewayOptions>().DataFolder, "spool")));
    }

    /// <summary>Witnessing, ours of others and theirs of us, and time-stamps.</summary>
    public static void AddWitness(this IServiceCollection services, WitnessOptions witness, TimeStampOptions timeStamps)
    {
        services.AddSingleton(witness);
        services.AddSingleton(p => new CallRates(witness.CallsPerMinute, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<KnownLogs>();
        services.AddSingleton<OwnLog>();
        services.AddSingleton<SignAgain>();
        services.AddSingleton<LogConflicts>();
        services.AddSingleton<SecondLogs>();
        services.AddSingleton<OwnSplits>();
        services.AddSingleton<WitnessMemory>();
        services.AddSingleton<TakeCheckpoint>();
        services.AddSingleton<ShowCopies>();
        services.AddSingleton<PeerCopies>();
        services.AddSingleton<AskWitness>();
        services.AddSingleton<TellForks>();
        services.AddSingleton<LostLog>();
        services.AddSingleton<CompareCopies>();
        services.AddSingleton<WitnessPolicy>();
        services.AddSingleton<WatchStanding>();
        services.AddSingleton<RecordQuorum>();
        services.AddHostedService<CompareLoop>();
        services.AddSingleton<WitnessLoop>();
        services.AddHostedService(p => p.GetRequiredService<WitnessLoop>());
        services.AddSingleton<ShowWitness>();

        services.AddSingleton(timeStamps);
        services.AddSingleton<AskAuthority>();
        services.AddSingleton<StampRequest>();
        services.AddSingleton<StampLoop>();
        services.AddHostedService(p => p.GetRequiredService<StampLoop>());
    }

    /// <summary>What is due, and who is told.</summary>
    public static void AddClock(this IServiceCollection services, ClockOptions clock, NotificationOptions notification)
    {
        services.AddSingleton(clock);
        services.AddSingleton<Calendars>();
        services.AddSingleton<TablesChanged>();
        services.AddSingleton<CaseClock>();
        services.AddSingleton<AnnounceMissed>();
        services.AddSingleton<ClockLoop>();
        services.AddHostedService(p => p.GetRequiredService<ClockLoop>());
        services.AddSingleton<ShowDeadlines>();

        services.AddSingleton(notification);
        services.AddSingleton<DutyDesk>();
        services.AddSingleton<Devices>();
        services.AddSingleton<DescribeAlert>();
        services.AddSingleton<NotifySender>();
        services.AddSingleton<Ways>();
        services.AddSingleton<CallOut>();
        services.AddSingleton<CallDeadlines>();
        services.AddSingleton<OwnEmergencies>();
        services.AddSingleton<ActNotices>();
        services.AddSingleton<MarksWait>();
        services.AddSingleton<LiveNotices>();
        services.AddSingleton<AlertLoop>();
        services.AddHostedService(p => p.GetRequiredService<AlertLoop>());
        services.AddSingleton<WatchAlerts>();
        services.AddSingleton<ShowShift>();
        services.AddSingleton<ReviewEmergency>();
    }

    private static Dictionary<string, DocumentComposer> Composers(IServiceProvider p) => new(StringComparer.Ordinal)
    {
        [Request.Type] = p.GetRequiredService<DraftRequest>().Compose,
        [Act.Type] = p.GetRequiredService<PerformAct>().Compose,
        [DecideRelease.Type] = p.GetRequiredService<DecideRelease>().Compose,
        [HandOverItem.Type] = p.GetRequiredService<HandOverItem>().Compose,
        [Shipment.Type] = p.GetRequiredService<ShipItem>().Compose,
        [Loss.Type] = p.GetRequiredService<LoseItem>().Compose,
        [ErasureDecision.Type] = p.GetRequiredService<DecideErasure>().Compose,
        [CustodyEvent.Type] = p.GetRequiredService<AddCustody>().Compose,
        [PaperRecord.Type] = p.GetRequiredService<RecordPaper>().Compose,
        [PaperRequest.Type] = p.GetRequiredService<RegisterPaper>().Compose,
        [TreatyApproval.Type] = p.GetRequiredService<ApproveTreaties>().Compose,
    };

    private static Dictionary<string, DocumentTaker> Takers(IServiceProvider p) => new(StringComparer.Ordinal)
    {
        [Request.Type] = p.GetRequiredService<SendRequest>().Submit,
        [Act.Type] = p.GetRequiredService<PerformAct>().Submit,
        [DecideRelease.Type] = p.GetRequiredService<DecideRelease>().Submit,
        [HandOverItem.Type] = p.GetRequiredService<HandOverItem>().Submit,
        [Shipment.Type] = p.GetRequiredService<ShipItem>().Submit,
        [Loss.Type] = p.GetRequiredService<LoseItem>().Submit,
        [ErasureDecision.Type] = p.GetRequiredService<DecideErasure>().Submit,
        [CustodyEvent.Type] = p.GetRequiredService<AddCustody>().Submit,
        [PaperRecord.Type] = p.GetRequiredService<RecordPaper>().Submit,
        [PaperRequest.Type] = p.GetRequiredService<RegisterPaper>().Submit,
        [TreatyApproval.Type] = p.GetRequiredService<ApproveTreaties>().Submit,
    };

    private static Dictionary<CoverAbout, ContentReader> Readers(IServiceProvider p) => new()
    {
        [CoverAbout.REQUEST] = p.GetRequiredService<ReadRequest>().Read,
        [CoverAbout.ACT] = p.GetRequiredService<ReadAct>().Read,
        [CoverAbout.EVIDENCE] = p.GetRequiredService<ReadEvidence>().Read,
        [CoverAbout.CUSTODY] = p.GetRequiredService<ReadCustody>().Read,
        [CoverAbout.PAPER] = p.GetRequiredService<ReadPaper>().Read,
    };
}

using System.CommandLine;
using Gateway.Cli.Cases;
using Gateway.Cli.Connection;
using Gateway.Cli.Deadlines;
using Gateway.Cli.Custody;
using Gateway.Cli.Evidence;
using Gateway.Cli.Output;
using Gateway.Cli.Parts;
using Gateway.Cli.Peers;
using Gateway.Cli.Records;
using Gateway.Cli.Requests;
using Gateway.Cli.Trust;
using Gateway.Cli.Users;

return await CommandLine.RunAsync(new RootCommand("Requests, evidence and receipts between States, from the command line of an officer, a lab, an auditor or an administrator.")
{
    StatusCommand.Create(),
    RequestList.CreateInbox(),
    WatchCommand.Create(),
    WhoAmICommand.Create(),
    DeadlineList.Create(),
    Noun("shift", "The watch of the contact point", () => [ShiftReport.Create()]),
    Noun("request", "Write, sign and send requests; act on those received", () =>
    [
        RequestNew.Create(),
        RequestCheck.Create(),
        DraftCommands.Create(),
        RequestSign.Create(),
        RequestSend.Create(),
        RequestList.Create(),
        RequestShow.Create(),
        RequestDecide.Create(),
        RequestHandover.Create(),
        RequestAct.Acknowledge(),
        RequestAct.Accept(),
        RequestAct.Start(),
        RequestDecision.Answer(),
        RequestAct.Confirm(),
        RequestDecision.Partial(),
        RequestDecision.Refuse(),
        RequestDecision.Postpone(),
        RequestAct.Withdraw(),
        RequestAct.Return(),
        RequestAct.Supplement(),
        RequestAct.Consult(),
        RequestAct.EndConsultation(),
        RequestAct.Condition(),
        RequestAct.AcceptConditions(),
        RequestAct.Query(),
        RequestAct.Report(),
        RequestApprove.Create(),
        RequestOriginal.Create(),
        RequestAct.Any(),
        RequestCallBack.Create(),
        RequestPreserve.Create(),
        RequestPrint.Create(),
        RequestExport.Create(),
        RequestImport.Create(),
        RequestReview.Create(),
    ]),
    Noun("evidence", "Attach evidence at the lab, follow it, download and decrypt it", () =>
    [
        EvidenceHash.Create(),
        EvidenceIntake.Create(),
        EvidencePack.Create(),
        EvidenceAttach.Create(),
        EvidenceList.Create(),
        EvidenceStatus.Create(),
        EvidenceDownload.Create(),
        VerifyPart.Create(),
        EvidenceShip.Create(),
        EvidenceLost.Create(),
        EvidenceImport.Create(),
        EvidenceCustody.Create(),
        RecordCommands.Create(),
    ]),
    Noun("release", "Decide, two officers together, that an item leaves", () =>
    [
        ReleaseDecide.Propose(),
        ReleaseDecide.Approve(),
        ReleaseDecide.Reject(),
        ReleaseDecide.Alone(),
        ReleaseDecide.Uphold(),
        ReleaseDecide.Object(),
        ReleaseList.Create(),
    ]),
    Noun("receipt", "Signed receipts", () =>
    [
        ReceiptList.Create(),
        ReceiptShow.Create(),
    ]),
    Noun("case", "Cases: one request and all that follows it", () =>
    [
        CaseList.Create(),
        CaseShow.Create(),
        CaseExport.Create(),
        CaseErase.Create(),
        CaseReview.Create(),
        CaseOriginal.Create(),
        CaseHold.Hold(),
        CaseHold.Unhold(),
    ]),
    Noun("breach", "Breaches of personal data that another State sent", () =>
    [
        BreachCommands.Record(),
        BreachCommands.Told(),
        BreachCommands.List(),
    ]),
    Noun("peer", "Other States' gateways and their cards", () =>
    [
        PeerCard.Create(),
        PeerAdd.Create(),
        PeerApprove.Create(),
        PeerList.Create(),
        PeerProfile.Create(),
        PeerTest.Create(),
        PeerBlock.Create(),
        PeerUnblock.Create(),
        PeerPaper.Create(),
    ]),
    Noun("treaty", "The provisions that are cited, and the lawyer's approval of them", () =>
    [
        TreatyCommands.List(),
        TreatyCommands.Approve(),
    ]),
    Noun("signature", "Signed files of others", () =>
    [
        SignatureCheck.Create(),
    ]),
    Noun("trust", "Whose marks are believed: trusted lists, recognition agreements", () =>
    [
        TrustMake.Create(),
        TrustShow.Create(),
        AgreementMake.Create(),
        TrustImport.Import(),
        TrustImport.Approve(),
        TrustImport.List(),
    ]),
    Noun("ledger", "Whether the gateway may sign, after a start, a restore or a rollback", () =>
    [
        LedgerCommands.Status(),
        LedgerCommands.Confirm(),
        LedgerCommands.Reopen(),
        LedgerCommands.LookedInto(),
    ]),
    Stats.Create(),
    Noun("log", "The gateway's log: how far it is signed and witnessed, and proofs of what stands in it", () =>
    [
        LogCommands.Status(),
        LogCommands.Proof(),
        LogCommands.Growth(),
    ]),
    Noun("delivery", "What is on its way", () =>
    [
        DeliveryList.Create(),
        DeliveryResend.Create(),
    ]),
    Noun("user", "Who may use this gateway", () =>
    [
        UserAdd.Create(),
        UserList.Create(),
        UserRevoke.Create(),
    ]),
    Noun("context", "Which gateway, and as whom", () =>
    [
        ContextAdd.Create(),
        ContextList.Create(),
        ContextUse.Create(),
    ]),
}, args);

// Of some two hundred commands one runs. To make the others costs more time than most of them take, so a noun gets its verbs only where it is named
// (or where a shell asks for completions, by a directive in brackets).
Command Noun(string name, string what, Func<IEnumerable<Command>> verbs)
{
    var noun = new Command(name, what);
    if (Array.Exists(args, a => a == name || a.StartsWith('[')))
    {
        foreach (var verb in verbs())
            noun.Add(verb);
    }
    return noun;
}

using System.Text.Json;
using Gateway.Protocol.Acts;
using Gateway.Protocol.Requests;
using Gateway.V1;
using Grpc.Core;

namespace Gateway.Cli.Tests;

/// <summary>The one case of the operator service, what is open to do on it, and what both States ask for.</summary>
internal sealed partial class LoopbackOperator
{
    /// <summary>Where the case stands.</summary>
    public CaseHistory History { get; set; } = CaseHistory.New;

    /// <summary>The case as it is shown.</summary>
    public CaseView Case { get; set; } = new()
    {
        CaseId = CaseId, Side = "REQUESTED", Peer = "XA", OwnAuthority = "XB-CA", PeerAuthority = "XA-CA", Kind = "PRESERVE_DATA", Urgency = "URGENT", State = "ACKNOWLEDGED", Reference = "RQ-XA-2026-000417",
    };

    /// <summary>Languages of the States' profiles, as JSON lists.</summary>
    public Dictionary<string, string> Languages { get; } = new() { ["XA"] = """["ru","en"]""", ["XB"] = """["fr"]""" };

    /// <summary>Receipts of the case, in the order of their numbers.</summary>
    public List<ReceiptView> Receipts { get; } = [];

    public override Task<ListReceiptsReply> ListReceipts(ListReceiptsRequest request, ServerCallContext context) => Task.FromResult(new ListReceiptsReply { Receipts = { Receipts } });

    /// <summary>What a message holds; null: a request that cannot be read.</summary>
    public OpenMessageReply? Opened { get; set; }

    /// <summary>The other States, as the directory names them.</summary>
    public List<PeerView> Peers { get; } = [];

    /// <summary>Between whom and when a request is composed; null: between central authorities, now.</summary>
    public Func<JsonElement, RequestContext>? RequestContextOf { get; set; }

    /// <summary>Every State takes an emergency by telephone too.</summary>
    public bool AcceptsOral { get; set; }

    /// <summary>Further members of every profile, as JSON, with a comma before them.</summary>
    public string Asks { get; set; } = "";

    /// <summary>States that no gateway serves.</summary>
    public List<PaperStateView> PaperStates { get; } = [];

    /// <summary>Provisions, and whether the lawyer approved them.</summary>
    public List<TreatyView> Treaties { get; } = [];

    /// <summary>Drafts that were kept, as they came.</summary>
    public List<KeepDraftRequest> Drafts { get; } = [];

    public override Task<OwnCardReply> OwnCard(OwnCardRequest request, ServerCallContext context) => Task.FromResult(new OwnCardReply());

    public override Task<ListPaperStatesReply> ListPaperStates(ListPaperStatesRequest request, ServerCallContext context) => Task.FromResult(new ListPaperStatesReply { States = { PaperStates } });

    /// <summary>Erasures that were taken out for a carrier.</summary>
    public List<CarryErasureRequest> Carried { get; } = [];

    public override Task<CarryErasureReply> CarryErasure(CarryErasureRequest request, ServerCallContext context)
    {
        Carried.Add(request);
        return Task.FromResult(new CarryErasureReply { Erasure = Google.Protobuf.ByteString.CopyFrom("a sealed erasure"u8) });
    }

    public override Task<DraftView> KeepDraft(KeepDraftRequest request, ServerCallContext context)
    {
        Drafts.Add(request);
        return Task.FromResult(new DraftView { Draft = "0123456789abcdef0123456789abcdef", State = "DRAFT", Version = 1, NeedsApproval = true });
    }

    public override Task<ListPeersReply> ListPeers(ListPeersRequest request, ServerCallContext context) => Task.FromResult(new ListPeersReply { Peers = { Peers } });

    public override Task<CaseView> ShowCase(ShowCaseRequest request, ServerCallContext context) => Task.FromResult(Case);

    /// <summary>The newest first, in pages of two.</summary>
    public List<CaseView> Cases { get; } = [];

    public override Task<ListCasesReply> ListCases(ListCasesRequest request, ServerCallContext context)
    {
        var from = request.Before.Length == 0 ? 0 : int.Parse(request.Before, System.Globalization.CultureInfo.InvariantCulture);
        return Task.FromResult(new ListCasesReply { Cases = { Cases.Skip(from).Take(2) }, Next = from + 2 < Cases.Count ? $"{from + 2}" : "" });
    }

    public override Task<ListTreatiesReply> ListTreaties(ListTreatiesRequest request, ServerCallContext context) => Task.FromResult(new ListTreatiesReply { Treaties = { Treaties } });

    public override Task<ProfileView> ShowProfile(ShowProfileRequest request, ServerCallContext context)
        => Task.FromResult(new ProfileView { State = request.State, ProfileJson = $$"""{"languages":{{Languages[request.State]}}{{(AcceptsOral ? ",\"acceptsOralInEmergency\":true" : "")}}{{Asks}}}""" });
}

using System.Globalization;
using Gateway.Protocol.Refusals;
using Gateway.Runtime;
using Gateway.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Peers;

/// <summary>Shows a peer our card. It answers with the version in force there: the proof that both sides see each other.</summary>
internal sealed class PushOwnCard(PeerDirectory peers, PeerChannels channels, PeerContacts contacts, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>The version in force there, or why it could not be told.</summary>
    /// <param name="state">The peer.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="earlier">An earlier card instead of the newest.</param>
    public async Task<Outcome<long>> Run(string state, CancellationToken cancellation, byte[]? earlier = null)
    {
        if (!channels.ToState(state).TryGet(out var channel, out var refusal))
            return refusal;
        var card = earlier is null ? ByteString.CopyFrom(peers.OwnCard.Der.Span) : UnsafeByteOperations.UnsafeWrap(earlier);
        using var timeout = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        var call = contacts.Begin();
        try
        {
            var reply = await new Exchange.ExchangeClient(channel).PushCardAsync(
                new PushCardRequest { Card = card },
                cancellationToken: either.Token);
            contacts.Reached(state);
            return (long)reply.Version;
        }
        catch (RpcException e) when (e.StatusCode != StatusCode.Cancelled || !cancellation.IsCancellationRequested)
        {
            // The words of the other side are for the person who asked, not for the alarm, which is logged.
            contacts.Failed(state, RefusalWire.Of(e) is { } refused ? $"{state} refuses the call: {refused.Code.Text()}" : Explain(state, e), call);
            return new Protocol.Refusals.Refusal(RefusalCode.PeerUnreachable, Explain(state, e));
        }
    }

    private static string Explain(string state, RpcException e) => RefusalWire.Of(e) is { } refusal
        ? $"{state} answers: {refusal.Detail}"
        : string.Create(CultureInfo.InvariantCulture, $"{state} does not answer ({e.StatusCode}): its gateway is down, or it has not approved our card, or does not know our TLS certificate");
}

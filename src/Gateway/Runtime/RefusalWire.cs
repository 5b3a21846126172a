using Gateway.Protocol.Refusals;
using Google.Protobuf;
using Grpc.Core;

namespace Gateway.Runtime;

/// <summary>Refusals as they travel: in the trailer of a failed call, and inside replies.</summary>
internal static class RefusalWire
{
    /// <summary>The trailer's name.</summary>
    public const string Trailer = "gateway-refusal-bin";

    private const int MaxText = 4000;

    public static V1.Refusal ToWire(Refusal refusal) => new()
    {
        Code = refusal.Code.Text(),
        Detail = refusal.Detail,
        Path = refusal.Path ?? "",
        Remedy = refusal.Remedy,
        Retry = refusal.Code.After() == AfterRefusal.Retry,
    };

    /// <summary>A code that this version does not know becomes "unreachable": wait, do not guess.</summary>
    public static Refusal FromWire(V1.Refusal refusal)
        => new(RefusalFacts.Parse(refusal.Code) ?? RefusalCode.PeerUnreachable, Short(refusal.Detail), refusal.Path.Length == 0 ? null : Short(refusal.Path));

    // A stranger's words stand in our tables and events: bounded, and on one line.
    private static string Short(string text)
        => new([.. text.Take(MaxText).Select(c => char.IsControl(c) ? ' ' : c)]);

    /// <summary>What a log may say of a failure: the code of a refusal or the status of a call, never the words that came with it.</summary>
    public static string ForLog(Exception e)
        => e is RpcException call ? Of(call)?.Code.Text() ?? call.StatusCode.ToString() : e.Message;

    /// <summary>The refusal in the trailer of a failed call; null when the call failed for another reason.</summary>
    public static Refusal? Of(RpcException e)
    {
        if (e.Trailers.GetValueBytes(Trailer) is not { } bytes)
            return null;
        try
        {
            return FromWire(V1.Refusal.Parser.ParseFrom(bytes));
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}

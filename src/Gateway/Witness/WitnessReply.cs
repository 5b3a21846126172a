using System.Globalization;

namespace Gateway.Witness;

/// <summary>What a witness answers (C2SP tlog-witness): a status of HTTP and a short text.</summary>
internal sealed record WitnessReply(int Status, string Text, string ContentType = WitnessReply.Plain)
{
    public const string SizeType = "text/x.tlog.size";

    private const string Plain = "text/plain; charset=utf-8";

    /// <summary>The cosignature lines of <c>add-checkpoint</c>, or a checkpoint.</summary>
    public static WitnessReply Found(string text) => new(StatusCodes.Status200OK, text);

    /// <summary>The witness holds another size than the log believes: the log tries again from this one.</summary>
    public static WitnessReply OtherSize(long held) => new(StatusCodes.Status409Conflict, held.ToString(CultureInfo.InvariantCulture) + "\n", SizeType);

    /// <summary>Two roots of one size. Without a size, for there is none from which the log could go on.</summary>
    public static WitnessReply OtherRoot() => new(StatusCodes.Status409Conflict, "another checkpoint of this size is known\n");

    public static WitnessReply Malformed(string why) => new(StatusCodes.Status400BadRequest, why + "\n");

    public static WitnessReply UnknownLog() => new(StatusCodes.Status404NotFound, "no log of this origin is known here\n");

    public static WitnessReply NotSigned(string why) => new(StatusCodes.Status403Forbidden, why + "\n");

    public static WitnessReply NotGrown() => new(StatusCodes.Status422UnprocessableEntity, "the consistency proof does not hold\n");

    public static WitnessReply TooMany() => new(StatusCodes.Status429TooManyRequests, "too many calls; wait\n");

    /// <summary>The witness does not know yet what it cosigned before it was started, or lost.</summary>
    public static WitnessReply NotYet(string why) => new(StatusCodes.Status503ServiceUnavailable, why + "\n");
}

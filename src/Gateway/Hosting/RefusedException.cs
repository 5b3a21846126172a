using Gateway.Protocol.Refusals;

namespace Gateway.Hosting;

/// <summary>A refusal on its way from an endpoint to <see cref="Edge"/>, which makes a gRPC status of it. Nothing else catches it.</summary>
internal sealed class RefusedException(Refusal refusal) : Exception(refusal.ToString())
{
    public Refusal Refusal { get; } = refusal;
}

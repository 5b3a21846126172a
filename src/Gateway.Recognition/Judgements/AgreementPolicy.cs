using Gateway.Recognition.Agreements;
using Gateway.Recognition.Policy;

namespace Gateway.Recognition.Judgements;

/// <summary>
/// The rules for the marks of one State: those for everybody, and what the agreements with that State add. Made from signed documents alone, so that whoever has the
/// agreements has the policy.
/// </summary>
public static class AgreementPolicy
{
    /// <summary>The policy for a State's marks. Its id names what was added: <c>gateway-default-1+GOST+WITHOUT_ATTRIBUTES</c>.</summary>
    public static ValidationPolicy Of(IEnumerable<SignedAgreement> agreements, string? peer)
    {
        var ours = agreements.Select(a => a.Agreement).Where(a => a.Direction == Direction.OURS && a.Peer == peer).GroupBy(a => a.Id).Select(g => g.MaxBy(a => a.Version)!).ToList();
        var national = NationalSupplement.Names.Where(name => ours.Any(a => a.Algorithms?.Contains(name) == true)).ToList();
        var bare = ours.Any(a => a.WithoutAttributes);
        var policy = ValidationPolicy.Default;
        return policy with
        {
            Id = string.Join('+', [policy.Id, .. national, .. bare ? ["WITHOUT_ATTRIBUTES"] : (string[])[]]),
            Algorithms = national.Aggregate(policy.Algorithms, (catalogue, name) => catalogue.With(NationalSupplement.Of(name))),
            AllowNoSignedAttributes = bare,
        };
    }
}

using Gateway.Protocol.Documents;
using Gateway.Protocol.Marks;
using Gateway.Protocol.Refusals;
using Gateway.Protocol.Tests.Marks;
using Gateway.Recognition.Certificates;
using Gateway.Recognition.TrustLists;
using Xunit;

namespace Gateway.Recognition.Tests.TrustLists;

public class StateListTests
{
    internal static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    internal static TrustedService Service(params (int Year, string Status)[] periods) => new("XB", "Ministry of Justice", "Qualified signatures",
        [TestIdentity.P256.Certificate.Der], [.. periods.Select(p => new ServicePeriod(new(p.Year, 1, 1, 0, 0, 0, TimeSpan.Zero), "CA", p.Status, [MarkUse.SIGNATURE], ["QSCD"]))], null, []);

    internal static StateList List(params TrustedService[] services) => new("XB", 4, Now.AddDays(-1), Now.AddDays(30), services);

    internal static byte[] Signed(StateList list, DateTimeOffset? at = null)
    {
        using var signer = TestIdentity.Other.Signer();
        return SignedDocument.Sign(list.Write(), signer, at ?? Now.AddDays(-1));
    }

    [Fact]
    public void A_signed_list_reads_back_as_written()
    {
        var list = StateList.Open(Signed(List(Service((2026, "WITHDRAWN"), (2020, "GRANTED")))), [TestIdentity.Other.Certificate.Sha256]).Value;

        Assert.Equal(("XB", 4L, TrustListKind.STATE), (list.Territory, list.Sequence, list.Kind));
        Assert.Equal(TestIdentity.Other.Certificate.Sha256, list.Signer);
        var service = Assert.Single(list.Services);
        Assert.True(service.Has(TestIdentity.P256.Certificate.Sha256));
        Assert.Equal(["WITHDRAWN", "GRANTED"], service.Periods.Select(p => p.Status));
        Assert.Equal(["QSCD"], service.Periods[0].Qualifiers);
    }

    [Fact]
    public void A_list_by_another_signer_or_signed_outside_the_certificates_time_is_refused()
    {
        Assert.Equal(RefusalCode.TrustListSigner, StateList.Open(Signed(List(Service((2020, "GRANTED")))), [TestIdentity.P256.Certificate.Sha256]).Refusal?.Code);
        Assert.Equal(RefusalCode.TrustListSignature, StateList.Open(Signed(List(Service((2020, "GRANTED"))), TestIdentity.NotBefore.AddDays(-1)), null).Refusal?.Code);
    }

    [Fact]
    public void Lists_that_say_nothing_or_contradict_themselves_are_refused()
    {
        var good = Service((2026, "WITHDRAWN"), (2020, "GRANTED"));
        StateList[] bad =
        [
            List(),
            List(good) with { NextUpdate = Now.AddDays(-2) },
            List(good with { Periods = [.. good.Periods.Reverse()] }),
            List(good with { Periods = [good.Periods[0], good.Periods[0]] }),
            List(good with { Periods = [good.Periods[0] with { Status = "PERHAPS" }] }),
            List(good with { Periods = [good.Periods[0] with { Uses = [] }] }),
            List(good with { Certificates = [] }),
            List(good with { Authority = "XA-CA" }),
        ];
        Assert.All(bad, list => Assert.Equal(RefusalCode.DocumentValue, StateList.Read(list.Write()).Refusal?.Code));
        Assert.True(StateList.Read(List(good).Write()).Succeeded);
    }

    [Fact]
    public void Each_stretch_of_time_in_which_a_service_is_granted_is_an_anchor_of_its_own()
    {
        var list = StateList.Open(Signed(List(Service((2026, "GRANTED"), (2024, "WITHDRAWN"), (2022, "GRANTED"), (2020, "GRANTED")))), null).Value;

        var anchors = ListAnchors.Of(list, []).ToList();

        Assert.Equal([(2020, 2024), (2026, 9999)], anchors.Select(a => (a.TrustedFrom!.Value.Year, a.TrustedUntil?.Year ?? 9999)));
        Assert.All(anchors, a => Assert.Equal((TrustPurposes.Signatures, "XB"), (a.Purposes, a.State)));
        Assert.Empty(ListAnchors.Of(StateList.Open(Signed(List(Service((2020, "WITHDRAWN")))), null).Value, []));
    }

    [Fact]
    public void A_list_past_its_next_update_counts_as_expired_and_an_empty_one_has_no_anchors()
    {
        var list = StateList.Open(Signed(List(Service((2026, "WITHDRAWN"), (2020, "GRANTED")))), null).Value;

        Assert.False(list.ExpiredAt(Now));
        Assert.True(list.ExpiredAt(Now.AddDays(31)));
        Assert.Equal(0, list.AnchorsAt(Now));
        Assert.Equal(1, list.AnchorsAt(new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero)));
    }
}

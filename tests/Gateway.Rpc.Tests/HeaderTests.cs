using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Rpc.Framing;
using Grpc.Core;
using Xunit;
using Timeout = Gateway.Rpc.Framing.Timeout;

namespace Gateway.Rpc.Tests;

public sealed class HeaderTests
{
    [Fact]
    public void Any_message_survives_percent_encoding_as_printable_ASCII()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<UnicodeString>(), text =>
        {
            if (text.Get is null || text.Get.EnumerateRunes().Any(r => r.Value == 0xFFFD)) return true;
            var wire = PercentEncoding.Encode(text.Get);
            return wire.All(c => c is >= ' ' and <= '~') && PercentEncoding.Decode(wire) == text.Get;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("100%", "100%")]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz%41", "%zzA")]
    [InlineData("%41%", "A%")]
    [InlineData("%E2%98%BA", "\u263A")]
    [InlineData("%FF", "\uFFFD")]
    public void A_broken_escape_never_loses_the_message(string wire, string text) => Assert.Equal(text, PercentEncoding.Decode(wire));

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("S")]
    [InlineData("123456789S")]
    [InlineData("-1S")]
    [InlineData("+1S")]
    [InlineData("1.5S")]
    [InlineData(" 1S")]
    [InlineData("1s")]
    [InlineData("1 S")]
    public void A_malformed_timeout_is_refused(string text) => Assert.False(Timeout.TryDecode(text, out _));

    [Theory]
    [InlineData("1n", 1)]
    [InlineData("100n", 1)]
    [InlineData("1u", 10)]
    [InlineData("15m", 150_000)]
    [InlineData("2S", 20_000_000)]
    [InlineData("3M", 1_800_000_000)]
    [InlineData("1H", 36_000_000_000)]
    [InlineData("99999999H", 3_599_999_964_000_000_000)]
    public void A_timeout_is_read_in_its_unit(string text, long ticks)
    {
        Assert.True(Timeout.TryDecode(text, out var timeout));
        Assert.Equal(TimeSpan.FromTicks(ticks), timeout);
    }

    [Fact]
    public void An_encoded_timeout_is_never_shorter_and_at_most_one_unit_longer()
    {
        Prop.ForAll(Gen.Choose(1, int.MaxValue).SelectMany(n => Gen.Choose(0, 30).Select(shift => (long)n << shift)).ToArbitrary(), ticks =>
        {
            var text = Timeout.Encode(TimeSpan.FromTicks(ticks));
            return text.Length <= 9 && Timeout.TryDecode(text, out var back) && back.Ticks >= ticks && back.Ticks - ticks <= Math.Max(10, ticks / 100_000);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Binary_metadata_survives_unpadded()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            var wire = Base64.Encode(bytes);
            return !wire.Contains('=') && Base64.Decode(wire).SequenceEqual(bytes);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Binary_metadata_is_accepted_padded_unpadded_and_joined()
    {
        var metadata = new Metadata();
        GrpcHeaders.AddReceived(metadata, "Key-Bin", "q6ur,qw==,qw, q6s=");
        Assert.Equal(["ABABAB", "AB", "AB", "ABAB"], metadata.GetAll("key-bin").Select(e => Convert.ToHexString(e.ValueBytes)));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a===")]
    [InlineData("????")]
    public void Binary_metadata_that_is_not_base64_is_refused(string wire) =>
        Assert.Equal(StatusCode.Internal, Assert.Throws<RpcException>(() => GrpcHeaders.AddReceived([], "k-bin", wire)).StatusCode);

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData("\u00e4")]
    public void A_metadata_key_that_is_no_header_name_is_refused(string key) => Assert.ThrowsAny<ArgumentException>(() => new Metadata.Entry(key, "v"));

    [Theory]
    [InlineData("line\r\nbreak")]
    [InlineData("\u00e4")]
    [InlineData("\0")]
    public void A_metadata_value_that_is_no_header_value_is_refused(string value) => Assert.Throws<ArgumentException>(() => new Metadata.Entry("k", value));

    [Fact]
    public void Text_under_a_binary_key_and_bytes_under_a_text_key_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("k-bin", "text"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("k", [1]));
    }

    [Fact]
    public void The_empty_metadata_cannot_be_changed() => Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("k", "v"));

    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("Application/GRPC; charset=utf-8", true)]
    [InlineData("application/grpc+json", false)]
    [InlineData("application/grpc-web", false)]
    [InlineData("application/grpc-web+proto", false)]
    [InlineData("application/grpcx", false)]
    [InlineData("application/json", false)]
    [InlineData(null, false)]
    public void Only_grpc_with_protobuf_is_grpc(string? contentType, bool expected) => Assert.Equal(expected, GrpcHeaders.IsGrpc(contentType));

    // http-grpc-status-mapping.md
    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.Unavailable)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(302, StatusCode.Unknown)]
    public void An_HTTP_status_maps_as_published(int http, StatusCode code) => Assert.Equal(code, StatusMapping.FromHttp((HttpStatusCode)http));

    [Theory]
    [InlineData("0", StatusCode.OK)]
    [InlineData("16", StatusCode.Unauthenticated)]
    [InlineData("17", StatusCode.Unknown)]
    [InlineData("-1", StatusCode.Unknown)]
    [InlineData("", StatusCode.Unknown)]
    [InlineData("OK", StatusCode.Unknown)]
    public void A_status_number_outside_the_list_is_unknown(string text, StatusCode code) => Assert.Equal(code, StatusMapping.FromNumber(text));
}

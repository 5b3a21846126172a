using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Protocol.Tests.Requests;
using Gateway.Protocol.Verification;
using Xunit;

namespace Gateway.Verifier.Tests;

/// <summary>The picture of a case is as wide as the text of a page, in millimetres: what is taller than a page is cut by the printer in the middle of a row.</summary>
public sealed partial class TimelinePictureTests
{
    [Theory]
    [InlineData(0.1, 26)]
    [InlineData(30, 18)]
    [InlineData(700, 18)]
    public void Every_picture_fits_on_a_page_however_often_nothing_happened(double hours, int most)
    {
        var events = Enumerable.Range(0, 61).Select(i => new TimelineEvent(RequestSamples.Now.AddHours(hours * i), "XA-1", i % 2 == 0 ? "XA" : "XB", i % 2 == 0 ? "XB" : "XA", null, TimelineKind.Act, $"act {i}", "")).ToList();
        var pictures = TimelinePicture.Of(events);
        Assert.All(pictures, picture => Assert.InRange(double.Parse(ViewBox().Match(picture).Groups[1].Value, CultureInfo.InvariantCulture), 20, 235));
        Assert.All(pictures.SkipLast(1), picture => Assert.InRange(Shown().Count(picture), most - 1, most));
        Assert.Equal(events.Select(e => e.Text), pictures.SelectMany(picture => Shown().Matches(picture).Select(m => m.Value)));
        // Each pause is told once, also one between two pages.
        Assert.Equal(hours > 12 ? events.Count - 1 : 0, pictures.Sum(picture => picture.Split("class=\"gap\"").Length - 1));
    }

    [GeneratedRegex("viewBox=\"0 0 180 ([0-9.]+)\"")]
    private static partial Regex ViewBox();

    [GeneratedRegex("act [0-9]+(?=<)")]
    private static partial Regex Shown();
}

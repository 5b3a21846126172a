using Xunit;

namespace Gateway.Tests.Infrastructure;

/// <summary>Waits for what other threads bring about.</summary>
internal static class Eventually
{
    public static async Task Holds(Func<bool> condition, Func<string>? what = null)
    {
        for (var i = 0; i < 600; i++)
        {
            if (condition())
                return;
            await Task.Delay(50);
        }
        Assert.Fail($"not within 30 seconds: {what?.Invoke()}");
    }
}

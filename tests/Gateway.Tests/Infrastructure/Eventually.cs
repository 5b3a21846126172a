using Xunit;

namespace Gateway.Tests.Infrastructure;

/// <summary>Waits for what other threads bring about.</summary>
internal static class Eventually
{
    public static async Task Holds(Func<bool> condition, Func<string>? what = null)
    {
        for (var i = 0; i < 2400; i++)
        {
            if (condition())
                return;
            await Task.Delay(50);
        }
        Assert.Fail($"not within two minutes: {what?.Invoke()}");
    }
}

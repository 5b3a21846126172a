using System.Reflection;
using System.Text.Json;
using Gateway.Cli.Sources;
using Gateway.Protocol.Evidence;
using Xunit;

namespace Gateway.Cli.Tests;

/// <summary>The laboratory's commands run on Windows as they do here: what is needed for them is managed code.</summary>
public sealed class ManagedCodeTests
{
    [Fact]
    public void Nothing_that_digests_encrypts_or_sends_calls_a_native_library()
    {
        Assembly[] ours = [typeof(SourceReader).Assembly, typeof(Manifest).Assembly, typeof(Grpc.Net.Client.GrpcChannel).Assembly];
        Assert.Empty(from assembly in ours
                     from type in assembly.GetTypes()
                     from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                     where method.Attributes.HasFlag(MethodAttributes.PinvokeImpl)
                     select $"{type}.{method.Name}");
    }

    [Fact]
    public void The_program_brings_no_native_library_of_one_system()
    {
        using var deps = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "gatewayctl.deps.json")));
        Assert.Empty(from target in deps.RootElement.GetProperty("targets").EnumerateObject()
                     from library in target.Value.EnumerateObject()
                     where library.Value.TryGetProperty("native", out _) || (library.Value.TryGetProperty("runtimeTargets", out var files) && files.EnumerateObject().Any(f => f.Value.GetProperty("assetType").GetString() == "native"))
                     select library.Name);
    }
}

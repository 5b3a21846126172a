using Xunit;

namespace Gateway.Protocol.Tests.Digests;

/// <summary>Needs OpenSSL's gost engine (Debian: libengine-gost-openssl; tests/run.sh installs it).</summary>
internal sealed class GostEngineFactAttribute : FactAttribute
{
    public GostEngineFactAttribute()
    {
        var engines = Directory.Exists("/usr/lib") ? Directory.EnumerateDirectories("/usr/lib").SelectMany(d => (string[])[d + "/engines-3/gost.so", d + "/engines-1.1/gost.so"]) : [];
        if (!engines.Any(File.Exists))
            Skip = "libengine-gost-openssl is not installed";
    }
}

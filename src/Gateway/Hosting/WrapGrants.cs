using Gateway.Evidence;
using Gateway.Keys;
using Gateway.Storage;

namespace Gateway.Hosting;

/// <summary><c>gateway key wrap</c>: wraps every stored key grant to the evidence key that the configuration names first. The gateway must be stopped: the database has one owner.</summary>
internal sealed class WrapGrants(Configuration configuration, TimeProvider clock)
{
    public async Task<RenewedGrants> Run()
    {
        using var keys = KeyRing.Load(configuration.Gateway.State, configuration.Keys);
        await using var database = Database.Open(configuration.Gateway.DataFolder);
        await using var caseKeys = CaseKeys.Open(configuration.Gateway.DataFolder);
        return await new RenewGrants(database, caseKeys, keys, new ItemGrants(keys, clock), clock).Run();
    }
}

using Gateway.Rpc.Interop;

const string Usage = """
    usage: server --port N [--tls [--cert FILE --key FILE]]
           client --host H --port N --case NAME[,NAME...]|all [--tls [--ca FILE] [--host-override NAME]]
    """;

try
{
    var arguments = Arguments.Parse(args.Length > 0 ? args[1..] : []);
    switch (args.FirstOrDefault())
    {
        case "server":
            await using (var server = await InteropServer.StartAsync(arguments))
            {
                Console.WriteLine($"listening on 127.0.0.1:{server.Port}");
                await server.WaitForShutdownAsync();
            }
            return 0;
        case "client":
            return await InteropClient.RunAsync(arguments, Console.Out) ? 0 : 1;
        default:
            await Console.Error.WriteLineAsync(Usage);
            return 2;
    }
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync($"{e.Message}\n{Usage}");
    return 2;
}

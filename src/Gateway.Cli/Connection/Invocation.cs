using System.CommandLine;
using Gateway.Cli.Output;
using Gateway.Protocol.Marks;
using Gateway.V1;

namespace Gateway.Cli.Connection;

/// <summary>One run of a command: its arguments, its output, and the context, connection and keys that it asks for.</summary>
internal sealed class Invocation(ParseResult parsed, Terminal terminal, TimeProvider clock, CancellationToken cancel) : IDisposable
{
    private Context? _context;
    private GatewayConnection? _connection;
    private Signer? _signer;

    public Terminal Terminal => terminal;

    public TimeProvider Clock => clock;

    public CancellationToken Cancel => cancel;

    public ContextStore Contexts { get; } = ContextStore.Default();

    public Context Context => _context ??= Contexts.Pick(parsed.GetValue(CommandLine.Context));

    public Operator.OperatorClient Gateway => (_connection ??= GatewayConnection.Open(Context, clock)).Client;

    /// <summary>The person's signing key; read only by commands that sign.</summary>
    public Signer Signer => _signer ??= PersonKeys.Signing(Context);

    public T? Value<T>(Option<T> option) => parsed.GetValue(option);

    public T Value<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    /// <summary>The value of an argument that may be left out.</summary>
    public T? OptionalValue<T>(Argument<T> argument) => parsed.GetValue(argument);

    public void Dispose()
    {
        _signer?.Dispose();
        _connection?.Dispose();
    }
}

namespace Gateway.Cli.Connection;

/// <summary>Who I am towards which gateway: an address, how its certificate is recognised, and the person's files. Never a key itself.</summary>
/// <param name="Endpoint"><c>https://host:port</c> of the operator service.</param>
/// <param name="ServerCertificate">PEM file: the gateway's TLS certificate, or the root that issued it.</param>
/// <param name="ClientCertificate">PEM file for TLS.</param>
/// <param name="ClientKey">PEM file of its key.</param>
/// <param name="SigningCertificate">PEM file for signing documents; null for persons who sign nothing.</param>
/// <param name="SigningKey">PEM file of its key.</param>
/// <param name="Language">In which commands speak when no <c>--lang</c> is given; null: English.</param>
internal sealed record Context(string Endpoint, string ServerCertificate, string ClientCertificate, string ClientKey, string? SigningCertificate = null, string? SigningKey = null, string? Language = null);

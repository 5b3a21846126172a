using Gateway.Protocol.Documents;
using Gateway.Protocol.Refusals;

namespace Gateway.Protocol.Acts;

/// <summary>The registry's stamp over a signed request: a document of its own, signed with the stamp key.</summary>
/// <param name="Authority">The authority whose registry it is.</param>
/// <param name="Office">The office.</param>
/// <param name="Number">The number in its register.</param>
/// <param name="Time">When it was registered, UTC.</param>
/// <param name="RequestSha256">SHA-256 of the signed request (<c>request.cms</c>, DER), so that the stamp belongs to that one only.</param>
public sealed record Stamp(string Authority, string Office, string Number, DateTimeOffset Time, Digest RequestSha256)
{
    /// <summary>The value of <c>type</c>.</summary>
    public const string Type = "stamp";

    /// <summary>The newest version that this code writes and reads.</summary>
    public const int Version = 1;

    private static readonly JsonLimits Limits = new(MaxBytes: 16 * 1024, MaxDepth: 8, MaxMembers: 1000);

    /// <summary>Reads the exact bytes.</summary>
    public static Outcome<Stamp> Read(ReadOnlyMemory<byte> bytes) => DocumentReader.Read(bytes, Type, Version, reader => new Stamp(
        reader.Id("authority", Ids.IsAuthority),
        reader.Text("office", 300),
        reader.Text("number", 120),
        reader.Time("time"),
        reader.Digest("requestSha256")), Limits);

    /// <summary>The exact bytes to sign.</summary>
    public byte[] Write() => DocumentWriter.Write(Type, Version, writer => writer
        .Text("authority", Authority).Text("office", Office).Text("number", Number).Time("time", Time).Digest("requestSha256", RequestSha256));
}

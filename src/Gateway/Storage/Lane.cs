namespace Gateway.Storage;

/// <summary>
/// Who goes first to the one writer. An emergency overtakes everything that waits; bulk takes a bounded share of each flush, so
/// that a terabyte cannot delay a request.
/// </summary>
internal enum Lane
{
    Emergency,
    Ordinary,
    Bulk,
}

namespace Gateway.Custody;

/// <summary>Another event of the item was recorded between signing and writing: sign again on what is there now.</summary>
internal sealed class CustodyMovedException() : Exception("the chain of custody of the item moved");

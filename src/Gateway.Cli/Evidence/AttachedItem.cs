namespace Gateway.Cli.Evidence;

/// <summary>What is decided about an item before its first byte is read.</summary>
/// <param name="ItemId">Random, 32 hexadecimal digits.</param>
/// <param name="CaseId">The case that it answers.</param>
/// <param name="RequestMessage">The message of the request.</param>
/// <param name="SourcePath">Full path of the file.</param>
/// <param name="SizeBytes">Its length when the item was begun.</param>
/// <param name="Digests">Digests besides SHA-256.</param>
internal sealed record AttachedItem(string ItemId, string CaseId, string RequestMessage, string SourcePath, long SizeBytes, IReadOnlyList<string> Digests)
{
    public string FileName => Path.GetFileName(SourcePath);
}

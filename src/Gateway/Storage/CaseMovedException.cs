namespace Gateway.Storage;

/// <summary>A case moved between being read and being changed: what was judged is no longer what is stored. Read again.</summary>
internal sealed class CaseMovedException : Exception;

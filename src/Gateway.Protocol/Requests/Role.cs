namespace Gateway.Protocol.Requests;

/// <summary>What an authority, a person or a system is; the names are the words of peer cards and of the user list.</summary>
public enum Role
{
    /// <summary>Sends and receives requests for mutual legal assistance.</summary>
    CENTRAL_AUTHORITY_MLA,

    /// <summary>Sends and receives requests for extradition and the transfer of persons and proceedings.</summary>
    CENTRAL_AUTHORITY_EXTRADITION,

    /// <summary>Point of the 24/7 network.</summary>
    CONTACT_POINT_24_7,

    /// <summary>Court, prosecutor or investigator: drafts, executes and releases; never sends by itself.</summary>
    COMPETENT_AUTHORITY,

    /// <summary>Police channel: the kinds that may travel by it only.</summary>
    LAW_ENFORCEMENT,

    /// <summary>Embassy or consulate: consular acts on own nationals.</summary>
    DIPLOMATIC_MISSION,

    /// <summary>Traces, freezes and returns property.</summary>
    ASSET_RECOVERY_OFFICE,

    /// <summary>Attaches evidence; never releases it.</summary>
    FORENSIC_LAB,

    /// <summary>Reads receipts, chains and the log; never content.</summary>
    AUDITOR,

    /// <summary>Peers, users and keys; never content.</summary>
    ADMINISTRATOR,

    /// <summary>The gateway itself.</summary>
    SYSTEM,
}

/// <summary>Reads role words as cards and user lists spell them.</summary>
public static class Roles
{
    /// <summary>The roles among the words; words unknown to this version give nothing and permit nothing.</summary>
    public static IReadOnlyList<Role> Of(IEnumerable<string> words)
        => [.. words.Select(Parse).OfType<Role>()];

    /// <summary>One role, spelt exactly; null when unknown.</summary>
    public static Role? Parse(string word)
        => Enum.TryParse<Role>(word, ignoreCase: false, out var role) && Enum.GetName(role) == word ? role : null;
}

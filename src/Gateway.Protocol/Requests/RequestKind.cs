namespace Gateway.Protocol.Requests;

/// <summary>What is asked. Each kind is a row of <see cref="RequestKinds"/>; the names are wire words.</summary>
public enum RequestKind
{
    /// <summary>Keep stored data as it is until a request for disclosure follows.</summary>
    PRESERVE_DATA,

    /// <summary>Hand over stored content data.</summary>
    STORED_CONTENT_DATA,
}

/// <summary>How urgent a request is; risk of losing data alone is <see cref="URGENT"/>.</summary>
public enum Urgency
{
    /// <summary>Significant and imminent risk to life or safety of a person.</summary>
    EMERGENCY,

    /// <summary>Data about to be lost, a person in custody, a fixed hearing date.</summary>
    URGENT,

    /// <summary>Everything else.</summary>
    ORDINARY,
}

/// <summary>How a request belongs to another case.</summary>
public enum Relation
{
    /// <summary>This request preserves data for the linked one.</summary>
    PRESERVES_FOR,

    /// <summary>This request asks for data that the linked one preserved.</summary>
    FOLLOWS_PRESERVATION,

    /// <summary>Prolongs the linked one.</summary>
    EXTENDS,

    /// <summary>Adds to the linked one.</summary>
    SUPPLEMENTS,

    /// <summary>Is the formal request after an emergency or oral one.</summary>
    FORMALISES,

    /// <summary>Stands in place of the linked one.</summary>
    REPLACES,
}

/// <summary>A link from a request to another case.</summary>
/// <param name="Relation">How they belong together.</param>
/// <param name="Case">The other case.</param>
/// <param name="Message">The message id of the other request, when known.</param>
public sealed record LinkedRequest(Relation Relation, string Case, string? Message);

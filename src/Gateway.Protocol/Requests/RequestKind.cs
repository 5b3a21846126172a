namespace Gateway.Protocol.Requests;

/// <summary>What is asked. Each kind is a row of <see cref="RequestKinds"/>; the names are wire words.</summary>
public enum RequestKind
{
    /// <summary>Keep stored data as it is until a request for disclosure follows.</summary>
    PRESERVE_DATA,

    /// <summary>Prolong a preservation before it ends.</summary>
    PRESERVE_EXTENSION,

    /// <summary>Disclose as much preserved traffic data as shows the provider and the path of a communication.</summary>
    DISCLOSE_PRESERVED_TRAFFIC,

    /// <summary>Say who the subscriber behind an identifier is.</summary>
    SUBSCRIBER_INFO,

    /// <summary>Hand over stored traffic data.</summary>
    STORED_TRAFFIC_DATA,

    /// <summary>Hand over stored content data.</summary>
    STORED_CONTENT_DATA,

    /// <summary>Search a place or a system and seize or copy what is found.</summary>
    SEARCH_SEIZE,

    /// <summary>Collect traffic data as they arise.</summary>
    REALTIME_TRAFFIC,

    /// <summary>Intercept content as it is transmitted.</summary>
    INTERCEPT_CONTENT,

    /// <summary>A measure of which the person must not learn; read by named persons only.</summary>
    COVERT_MEASURE,

    /// <summary>Disclose stored data at once, because life or safety is at risk.</summary>
    EMERGENCY_DISCLOSURE,

    /// <summary>Hear a person.</summary>
    TAKE_EVIDENCE,

    /// <summary>Hear a person by video link.</summary>
    VIDEO_HEARING,

    /// <summary>Serve documents on a person.</summary>
    SERVE_DOCUMENTS,

    /// <summary>Serve on or hear an own national through a diplomatic mission.</summary>
    CONSULAR_ACTION,

    /// <summary>Provide documents or records.</summary>
    DOCUMENTS_RECORDS,

    /// <summary>Have an object examined by an expert.</summary>
    EXPERT_EXAMINATION,

    /// <summary>Find a person, data, a provider or a device.</summary>
    LOCATE_IDENTIFY,

    /// <summary>Trace or freeze property.</summary>
    ASSET_TRACE_FREEZE,

    /// <summary>Confiscate property on a decision.</summary>
    ASSET_CONFISCATE,

    /// <summary>Return or dispose of confiscated property.</summary>
    ASSET_RETURN,

    /// <summary>Extradite a person; the gateway carries the request, not the procedure.</summary>
    EXTRADITION,

    /// <summary>Take over a sentenced person.</summary>
    TRANSFER_SENTENCED,

    /// <summary>Take over criminal proceedings.</summary>
    TRANSFER_PROCEEDINGS,

    /// <summary>Set up a joint investigation.</summary>
    JOINT_INVESTIGATION,

    /// <summary>Give technical advice.</summary>
    TECHNICAL_ADVICE,

    /// <summary>Say what the law of the requested State is.</summary>
    LEGAL_INFORMATION,

    /// <summary>Information given without having been asked for.</summary>
    SPONTANEOUS_INFORMATION,

    /// <summary>Consent to another use of data already given, or to passing them on.</summary>
    FURTHER_USE_CONSENT,

    /// <summary>Police information; not evidence until a request for legal assistance formalises it.</summary>
    LAW_ENFORCEMENT_INFO,
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

    /// <summary>Uses or passes on data under the consent given in the linked one.</summary>
    UNDER_CONSENT,
}

/// <summary>A link from a request to another case.</summary>
/// <param name="Relation">How they belong together.</param>
/// <param name="Case">The other case.</param>
/// <param name="Message">The message id of the other request, when known.</param>
public sealed record LinkedRequest(Relation Relation, string Case, string? Message);

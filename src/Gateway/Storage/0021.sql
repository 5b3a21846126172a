-- Consents to further use are looked for whenever received personal data are read.
CREATE INDEX cases_consents ON cases (peer) WHERE kind = 'FURTHER_USE_CONSENT';

-- What allows a person to be kept, and until when. Unknown is NULL.
ALTER TABLE identity ADD COLUMN legal_basis TEXT CHECK (legal_basis <> '');
ALTER TABLE identity ADD COLUMN purpose TEXT CHECK (purpose <> '');
ALTER TABLE identity ADD COLUMN consent_reference TEXT CHECK (consent_reference <> '');
ALTER TABLE identity ADD COLUMN expires_at INTEGER;
CREATE INDEX identity_by_expiry ON identity (expires_at) WHERE expires_at IS NOT NULL;
